"""`python -m tests.safety.fuzz --minutes 30 --seed 1`: what was run, and the least input that shows each fault."""

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.safety.fuzz.run import Report


def main() -> int:
    """Fuzz for so long and report; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.safety.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guided", action="store_true", help="let coverage guide it (needs the extra `fuzz`)")
    asked = parser.parse_args()
    if asked.guided:
        if find_spec("atheris") is None:
            parser.error("--guided needs atheris, which `pip install '.[test,fuzz]'` brings")
        from tests.safety.fuzz.guided import guided

        guided(asked.minutes, asked.seed)
    from tests.safety.fuzz.run import fuzz

    start = time.monotonic()
    report = fuzz(60 * asked.minutes, asked.seed, told=lambda text: print(text, file=sys.stderr, flush=True))
    print(summed(report, time.monotonic() - start))
    return int(bool(report.found))


def summed(report: Report, seconds: float) -> str:
    """The outcome in a few lines, with every fault and its input."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.ran.items()))
    lines = [
        f"{sum(report.ran.values()):,} executions in {seconds:,.0f} s ({kinds}), {report.accepted:,} networks accepted"
    ]
    lines += [f"{len(report.found)} faults"]
    for fault, text in report.found.items():
        lines += ["", fault, f"  {text!r}"]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
