#!/usr/bin/env python3
"""Compares this crate with Cloudflare's SDKs, the crate `cloudflare`, alchemy's client, and what one writes
by hand.

    benches/peers/compare.py [ROUNDS]

Installs the others, runs the same work with each, one after another in every round, and prints tables.
"""

import sys

import install
import measure
import report
from measure import Work

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5

ALL = list(measure.PROGRAMS)
# What is written by hand has no default. The crate `cloudflare` has no paging: its user walks the pages, and
# asks for no size unless he thinks of it.
WITH_DEFAULTS = ["ours", "crate cloudflare", "TypeScript SDK", "alchemy", "Python SDK"]

GROUPS = "list 20,000 groups"
MEMBERS = "stream 50,000 members"
DEFAULT = "each at its defaults: pages of 500 in ours, of 100 in the others"
LARGEST = "pages of 500 in all"
WORK = [
    Work("1,000 GETs, one after another, per call", "get", 1000, 0, ALL),
    Work("2,000 GETs, 64 at once, per call", "get 64", 2000, 0, ALL),
    Work("create 200 groups, one after another, per call", "create", 200, 0, ALL),
    Work(f"{GROUPS}, {DEFAULT}", "groups", 1, 0, WITH_DEFAULTS),
    Work(f"{GROUPS}, {LARGEST}", "groups 500", 1, 0, ALL),
    Work(f"{GROUPS}, {DEFAULT}; each response after 50 ms", "groups", 1, 50, WITH_DEFAULTS),
    Work(f"{GROUPS}, {LARGEST}; each response after 50 ms", "groups 500", 1, 50, ALL),
    Work(f"{MEMBERS}, {DEFAULT}", "members", 1, 0, WITH_DEFAULTS),
    Work(f"{MEMBERS}, {LARGEST}", "members 500", 1, 0, ALL),
    Work(f"{MEMBERS}, {LARGEST}; each response after 50 ms", "members 500", 1, 50, ALL),
]


def main():
    install.install()
    report.head()
    for work in WORK:
        # What mostly waits spreads little.
        rounds = min(ROUNDS, 3) if work.delay else ROUNDS
        report.table(work, rounds, measure.measure(work, rounds))
    report.foot()


main()
