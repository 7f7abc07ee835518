"""Cloudflare's Python SDK doing its work once: sdk.py WORK TIMES ADDRESS."""

import asyncio
import resource
import sys
import time

import cloudflare

ACCOUNT = "eb78d65290b24279ba6f44721b3ea3c4"
GROUP = f"{1:032x}"


def one_by_one(client, work, times):
    groups = client.iam.user_groups
    for number in range(times):
        if work == "get":
            groups.get(GROUP, account_id=ACCOUNT)
        elif work == "create":
            groups.create(account_id=ACCOUNT, name=f"Team {number} of the platform", policies=[])
        elif sum(1 for _ in groups.list(account_id=ACCOUNT, **PAGE[work])) != 20_000:
            raise SystemExit("not all groups came")


# Without a size the API gives pages of 100.
PAGE = {"groups": {}, "groups 500": {"per_page": 500}}


async def sixty_four_at_once(client, times):
    left = iter(range(times))

    async def worker():
        for _ in left:
            await client.iam.user_groups.get(GROUP, account_id=ACCOUNT)

    await asyncio.gather(*(worker() for _ in range(64)))


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak():
    with open("/proc/self/status") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM:"))


def main():
    work, times, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    options = {"api_token": "v1_bench-token_0123456789", "base_url": f"http://{address}/client/v4"}
    if work == "get 64":

        async def run():
            client = cloudflare.AsyncCloudflare(**options)
            await sixty_four_at_once(client, 64)
            begun = time.perf_counter(), cpu()
            await sixty_four_at_once(client, times)
            return begun

        clock, used = asyncio.run(run())
    else:
        client = cloudflare.Cloudflare(**options)
        one_by_one(client, "get", 50)
        clock, used = time.perf_counter(), cpu()
        one_by_one(client, work, times)
    print(time.perf_counter() - clock, cpu() - used, peak())


main()
