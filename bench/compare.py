"""This ledger and what people would pick instead, side by side in one run: `make bench`.

    .venv/bin/python bench/compare.py [system|wheel18] [--only append_1,fold] [--growth 10000,100000,1000000]
    .venv/bin/python bench/compare.py --quick

Without options it measures every row of docs/benchmarks.md (some ten minutes) and writes that page, its plots and
bench/results/recorded.json anew. With --only, only the functions that fill these rows. With --growth, what an append,
a timeline, a search and a replay cost in ledgers of so many events; all other rows stay as they are recorded.

--quick takes less than two minutes, writes nothing, and fails when a ratio is more than a third worse than recorded.
Nothing else should run on the machine: rounds alternate, but what waits for the disk waits for everybody's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping

import growth
import results
from common import durable_server
from measures import FULL, IN_QUICK, MEASURES, QUICK, Lab, Measure
from rounds import Spread
from targets import BY_KEY


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?", default="system", choices=["system", "wheel18"])
    parser.add_argument("--only", type=keys, default=[], help="rows, by their keys in bench/targets.py")
    parser.add_argument("--growth", type=sizes, default=[], help="numbers of events")
    parser.add_argument("--page", action="store_true", help="only write the page and its plots of what is recorded")
    parser.add_argument("--quick", action="store_true", help="compare with what is recorded, and write nothing")
    args = parser.parse_args()
    recorded = results.load()
    if args.quick:
        return quick(args.server, recorded)
    if args.growth:
        recorded = recorded.with_growth(growth.measure(args.server, args.growth))
    elif not args.page:
        recorded = recorded.with_findings(measure(args.server, args.only))
    results.save(recorded)
    print(f"wrote {results.RECORDED}, {results.PAGE} and the plots", file=sys.stderr)
    return 0


def keys(text: str) -> list[str]:
    found = text.split(",")
    if unknown := set(found) - set(BY_KEY):
        raise argparse.ArgumentTypeError(f"no row is called {', '.join(unknown)}; there are: {', '.join(BY_KEY)}")
    return found


def sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def measure(kind: str, only: list[str]) -> results.Run:
    """All rows, or those that are asked for."""
    chosen = [function for function, rows in MEASURES.items() if not only or set(rows) & set(only)]
    with durable_server(kind) as server:
        machine = results.machine_of(server)
        lab = Lab(server, FULL)
        try:
            for function in chosen:
                one(lab, function)
            lab.check()
        finally:
            lab.open.close()
        return results.Run(machine, [f"PostgreSQL {server.version}", *lab.versions], lab.missing, lab.found)


def one(lab: Lab, function: Measure) -> None:
    started = time.monotonic()
    function(lab)
    print(f"{function.__name__}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    for key in MEASURES[function]:
        if key in lab.found.rows:
            print("    " + results.line(BY_KEY[key], lab.found.rows[key]), file=sys.stderr, flush=True)


def quick(kind: str, recorded: results.Recorded) -> int:
    """The rows that need little time, against what is recorded; 1 when one fell by more than a third."""
    started = time.monotonic()
    with durable_server(kind) as server:
        lab = Lab(server, QUICK)
        try:
            for function in IN_QUICK:
                one(lab, function)
            lab.check()
        finally:
            lab.open.close()
    print(f"took {time.monotonic() - started:.0f} s")
    return judge(recorded.rows, lab.found.rows, lab.missing)


def judge(recorded: Mapping[str, Spread], found: Mapping[str, Spread], missing: Mapping[str, str]) -> int:
    """Says which ratios fell by more than a third. The exit code is 1 for any, and when there is nothing to compare."""
    worse = results.fallen(recorded, found)
    for name, why in missing.items():
        print(f"{name} is left out: {why}")
    for text in worse:
        print(f"SLOWER: {text}")
    compared = sum(BY_KEY[key].unit == "x" for key in found.keys() & recorded.keys())
    print(f"{compared} ratios compared with those recorded, {len(worse)} of them more than a third worse")
    return 1 if worse or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
