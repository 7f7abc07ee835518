#!/usr/bin/env python3
"""Compares this crate with Cloudflare's SDKs, the crate `cloudflare`, and what one writes by hand.

    benches/peers/compare.py [ROUNDS]

Installs the others, at the versions below, into a cache folder outside the tree, runs the same work with
each, one after another in every round, and prints a table.
"""

import os
import pathlib
import platform
import statistics
import subprocess
import sys

PYTHON_SDK = "5.9.0"
TYPESCRIPT_SDK = "7.3.0"

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
FOLDER = CACHE / "cloudflare-user-groups-peers"
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
RUST = FOLDER / "target/release/peers"

# What is done, how many times, the wait of the server in ms, and who takes part.
RUST_CLIENTS = ["ours", "reqwest + serde", "bare hyper", "crate cloudflare"]
ALL = [*RUST_CLIENTS, "TypeScript SDK", "Python SDK"]
WORK = [
    ("one GET", "get", 1000, 0, ALL),
    ("GET, 64 at once", "get 64", 2000, 0, ALL),
    ("create one of 200", "create", 200, 0, ALL),
    ("list 20,000 groups, defaults", "groups", 1, 0, ALL),
    ("list 20,000 groups, pages of 500", "groups 500", 1, 0, ["ours", "TypeScript SDK", "Python SDK"]),
    ("list 20,000 groups, defaults, 50 ms", "groups", 1, 50, ALL),
    ("list 20,000 groups, pages of 500, 50 ms", "groups 500", 1, 50, ["ours", "TypeScript SDK", "Python SDK"]),
    ("stream 50,000 members", "members", 1, 0, RUST_CLIENTS),
    ("stream 50,000 members, 50 ms", "members", 1, 50, RUST_CLIENTS),
]


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def install():
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(FOLDER / "target")}
    run("cargo", "build", "--quiet", "--release", "--locked", cwd=HERE / "rust", env=environment)
    if not (FOLDER / "venv").exists():
        run(sys.executable, "-m", "venv", FOLDER / "venv")
    run(FOLDER / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", f"cloudflare=={PYTHON_SDK}")
    (FOLDER / "node").mkdir(exist_ok=True)
    (FOLDER / "node/package.json").write_text('{"private": true}')
    run("npm", "install", "--silent", f"cloudflare@{TYPESCRIPT_SDK}", cwd=FOLDER / "node")


def command(client, work):
    rust = {"ours": "ours", "reqwest + serde": "written", "bare hyper": "floor", "crate cloudflare": "published"}
    if client in rust:
        # These list in pages of 500 at any rate.
        return [RUST, rust[client], work.removesuffix(" 500")]
    if client == "Python SDK":
        return [FOLDER / "venv/bin/python", HERE / "sdk.py", work]
    return ["node", HERE / "sdk.mjs", FOLDER / "node", work]


def measure(work, times, delay, rounds, clients):
    """For each client what every round took: seconds, seconds of CPU, kB."""
    server = subprocess.Popen([RUST, "serve", str(delay)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    address = server.stdout.readline().strip()
    taken = {client: [] for client in clients}
    for number in range(rounds):
        # Each round begins with another, so that none always comes after the same.
        start = number % len(clients)
        for client in clients[start:] + clients[:start]:
            words = [str(word) for word in [*command(client, work), times, address]]
            told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            taken[client].append([float(word) for word in told.split()])
    server.stdin.close()
    server.wait()
    return taken


def spread(values, unit):
    """The median, and the least and the most."""
    low, middle, high = (f"{value * unit:,.{0 if value * unit >= 100 else 1}f}" for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low}–{high})"


def table(title, times, rounds, taken):
    unit, name = (1e6, "µs") if times > 1 else (1e3, "ms")
    print(f"\n**{title}**, {rounds} rounds\n")
    print(f"| client | wall, {name} | CPU, {name} | peak, MB | wall, of ours | CPU, of ours |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    ours = [statistics.median(column) for column in zip(*taken["ours"])]
    for client, rows in taken.items():
        wall, cpu, peak = zip(*rows)
        ratios = [statistics.median(column) / base for column, base in zip((wall, cpu), ours)]
        cells = [
            spread([seconds / times for seconds in wall], unit),
            spread([seconds / times for seconds in cpu], unit),
            f"{statistics.median(peak) / 1024:.0f}",
            *(f"{ratio:.2f} ×" for ratio in ratios),
        ]
        print(f"| {client} | {' | '.join(cells)} |", flush=True)


def machine():
    with open("/proc/cpuinfo") as told:
        model = next(line.split(":")[1].strip() for line in told if line.startswith("model name"))
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def version(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split("\n")[0].strip()


def main():
    install()
    lock = (HERE / "rust/Cargo.lock").read_text().split("[[package]]")
    crates = {words[1]: words[3] for words in (part.split('"') for part in lock[1:])}
    print(
        f"{machine()}; load {os.getloadavg()[0]:.1f} at the start. {version('rustc', '--version')}, "
        f"Python {platform.python_version()}, Node {version('node', '--version')}. Python SDK {PYTHON_SDK}, "
        f"TypeScript SDK {TYPESCRIPT_SDK}, crate cloudflare {crates['cloudflare']}, hyper {crates['hyper']}."
    )
    print("Medians, with the least and the most of all rounds.")
    for title, work, times, delay, clients in WORK:
        # What mostly waits spreads little.
        rounds = min(ROUNDS, 3) if delay else ROUNDS
        table(title, times, rounds, measure(work, times, delay, rounds, clients))
    print(f"\nLoad {os.getloadavg()[0]:.1f} at the end.")


main()
