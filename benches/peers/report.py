"""Prints what was measured, in markdown."""

import os
import platform
import statistics

import install


def head():
    print(
        f"{machine()}; load {os.getloadavg()[0]:.1f} at the start. {install.versions()}.\n\n"
        "Medians, with the least and the most of all rounds; ratios are of medians. Each client is a process of its\n"
        "own. Before the clocks start, each has read one user group 200 times, or 20 times where the server waits: 64 at\n"
        "once where that is measured, and one after another elsewhere. The peak is of the whole process with its\n"
        "runtime. Requests are what the server counted, without the warming. The rate limit is off in ours."
    )


def machine():
    with open("/proc/cpuinfo") as file:
        model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def table(work, rounds, taken):
    unit, name = (1e6 / work.times, "µs") if work.times > 1 else (1e3, "ms")
    print(f"\n**{work.title}**, {rounds} {'rounds' if rounds > 1 else 'round'}\n")
    print(f"| client | wall, {name} | CPU, {name} | peak, MB | requests | wall, of ours | CPU, of ours |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    ours = columns(taken["ours"])
    for client, rows in taken.items():
        wall, cpu, peak, requests = columns(rows)
        cells = [
            spread([seconds * unit for seconds in wall]),
            spread([seconds * unit for seconds in cpu]),
            number(statistics.median(peak) / 1024),
            "–".join(f"{count:,}" for count in sorted({min(requests), max(requests)})),
            *(f"{statistics.median(one) / statistics.median(other):.2f} ×" for one, other in zip((wall, cpu), ours)),
        ]
        print(f"| {client} | {' | '.join(cells)} |", flush=True)


def columns(rows):
    return list(zip(*rows))


def spread(values):
    """The median, and the least and the most."""
    return f"{number(statistics.median(values))} ({number(min(values))}–{number(max(values))})"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def foot():
    print(f"\nLoad {os.getloadavg()[0]:.1f} at the end.")
