"""Cloudflare's Python SDK doing its work once: sdk.py WORK WARMING TIMES ADDRESS.

Prints seconds by the clock, seconds of CPU, and the most memory in kB.
"""

import asyncio
import sys
import time

import cloudflare

ACCOUNT = "eb78d65290b24279ba6f44721b3ea3c4"
GROUP = f"{1:032x}"


def get(client, times):
    for _ in range(times):
        client.iam.user_groups.get(GROUP, account_id=ACCOUNT)


def create(client, times):
    for number in range(times):
        client.iam.user_groups.create(account_id=ACCOUNT, name=f"Team {number} of the platform")


def list_groups(client, size):
    check(len(list(client.iam.user_groups.list(account_id=ACCOUNT, **size))), 20_000)


def list_members(client, size):
    members = client.iam.user_groups.members.list(GROUP, account_id=ACCOUNT, **size)
    check(sum(1 for _ in members), 50_000)


def check(came, expected):
    if came != expected:
        raise SystemExit(f"{came} of {expected} came")


# Without a size the API gives pages of 100.
WORK = {
    "get": get,
    "create": create,
    "groups": lambda client, _: list_groups(client, {}),
    "groups 500": lambda client, _: list_groups(client, {"per_page": 500}),
    "members": lambda client, _: list_members(client, {}),
    "members 500": lambda client, _: list_members(client, {"per_page": 500}),
}


async def get_64(client, times):
    left = iter(range(times))

    async def worker():
        for _ in left:
            await client.iam.user_groups.get(GROUP, account_id=ACCOUNT)

    await asyncio.gather(*(worker() for _ in range(64)))


async def at_once(options, warming, times):
    client = cloudflare.AsyncCloudflare(**options)
    await get_64(client, warming)
    begun = clocks()
    await get_64(client, times)
    return begun


def one_by_one(options, work, warming, times):
    client = cloudflare.Cloudflare(**options)
    get(client, warming)
    begun = clocks()
    WORK[work](client, times)
    return begun


def clocks():
    return time.perf_counter(), time.process_time()


def peak():
    with open("/proc/self/status") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM:"))


def main():
    work, warming, times, address = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    options = {"api_token": "v1_bench-token_0123456789", "base_url": f"http://{address}/client/v4"}
    if work == "get 64":
        begun = asyncio.run(at_once(options, warming, times))
    else:
        begun = one_by_one(options, work, warming, times)
    clock, cpu = (now - then for now, then in zip(clocks(), begun))
    print(clock, cpu, peak())


main()
