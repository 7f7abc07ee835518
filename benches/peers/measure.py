"""Lets clients work next to a server, and takes down what they used."""

import subprocess
import typing

import install

RUST = {"ours": "ours", "reqwest + serde": "written", "bare hyper": "floor", "crate cloudflare": "published"}
PROGRAMS = {
    **{client: [install.RUST, name] for client, name in RUST.items()},
    "TypeScript SDK": ["node", install.HERE / "sdk.mjs", install.NODE],
    "alchemy": ["node", install.HERE / "alchemy.mjs", install.NODE],
    "Python SDK": [install.PYTHON, install.HERE / "sdk.py"],
}


class Work(typing.NamedTuple):
    title: str
    # What the programs call it.
    name: str
    times: int
    # What the server waits before each response, in ms.
    delay: int
    clients: list


class Taken(typing.NamedTuple):
    seconds: float
    cpu: float
    kilobytes: float
    requests: int


def warming(work):
    """How many GETs come before the clock starts."""
    return 20 if work.delay else 200


def measure(work, rounds):
    """For each client what every round took."""
    taken = {client: [] for client in work.clients}
    with Server(work.delay) as server:
        for number in range(rounds):
            # Each round begins with another, so that none always comes after the same.
            start = number % len(work.clients)
            for client in work.clients[start:] + work.clients[:start]:
                taken[client].append(once(client, work, server))
    return taken


def once(client, work, server):
    words = [*PROGRAMS[client], work.name, warming(work), work.times, server.address]
    before = server.requests()
    output = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True).stdout
    requests = server.requests() - before - warming(work)
    return Taken(*(float(word) for word in output.split()), requests)


class Server:
    def __init__(self, delay):
        command = [install.RUST, "serve", str(delay)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.address = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def requests(self):
        """How many have come so far."""
        self.process.stdin.write("\n")
        return int(self.process.stdout.readline())
