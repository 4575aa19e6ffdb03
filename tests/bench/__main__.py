"""`python -m tests.bench [NAME...] [--rounds N]`: the benchmarks, as one table. Exits 1 where a target is missed."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from tests.bench.measure import Row, table

SECTIONS = ("startup", "expansion", "checking", "writing", "construction", "running", "pictures", "safety", "diffs")


def main() -> int:
    """Run the sections asked for, all unless named."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure archc beside what it is held against."
    )
    parser.add_argument("sections", nargs="*", metavar="NAME", help=f"any of {', '.join(SECTIONS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=9, help="how often each side runs (default: 9)")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    os.environ["KINETO_LOG_LEVEL"] = "99"  # torch's profiler is talkative
    import_module("torch").set_num_threads(1)
    rows: list[Row] = []
    for name in options.sections or SECTIONS:
        print(f"{name}...", file=sys.stderr, flush=True)
        rows += import_module(f"tests.bench.{name}").rows(options.rounds)
    print(table(rows))
    return int(any(row.good is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
