"""`python -m tests.mutation --cases 10000 --seed 1`: recall and precision over many faulty specs."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from tests.mutation.judge import Verdict, minimised
from tests.mutation.kinds import KINDS
from tests.mutation.measure import MOST, Tally, cases


def main() -> None:
    """Plant, check, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10_000, help="how many failing cases are shown")
    asked = parser.parse_args()
    tally, wrong = Tally(), list[Verdict]()
    for verdict in cases(asked.cases, asked.seed):
        tally.add(verdict)
        if not verdict.is_right:
            wrong.append(verdict)
    for verdict in wrong[: asked.show]:
        print("\n".join(told(minimised(verdict))), end="\n\n")
    print("\n".join(table(tally)))


def table(tally: Tally) -> Iterable[str]:
    """Recall and precision, by number of faults and by kind."""
    yield f"{tally.cases} cases, {tally.planted['']} faults, {tally.found['']} findings; {tally.wrong} cases not right"
    yield f"{'':20} {'faults':>8} {'masked':>7} {'recall':>9} {'precision':>10}"
    for key in ("", *(f"{count} faults" for count in range(1, MOST + 1))):
        name, planted = key or "all", tally.planted[key]
        yield f"{name:20} {planted:>8} {tally.masked[key]:>7} {tally.recall(key):>9.3%} {tally.precision(key):>10.3%}"
    for kind in sorted(KINDS):
        yield f"{kind:20} {tally.planted[kind]:>8} {tally.masked[kind]:>7} {tally.recall(kind):>9.3%}"


def told(verdict: Verdict) -> Iterable[str]:
    """A failing case: the spec, what was planted, and what was found."""
    planted, lines = verdict.planted, verdict.planted.text.split("\n")
    yield f"{planted.specimen.name}:"
    for fault, line in zip(planted.faults, planted.lines, strict=True):
        mark = "MISSED" if fault in verdict.missed else "masked" if fault in verdict.masked else "found "
        yield f"  planted {mark} {fault.kind} {sorted(fault.codes)} line {line}: {lines[line - 1].strip()}"
        for change in fault.changes:
            yield f"      {planted.specimen.page.text[change.start : change.end]!r} -> {change.text!r}"
    for found in verdict.found:
        mark = "SURPLUS" if found in verdict.surplus else "fault  "
        yield f"  {mark} {found.diagnostic.code} {found.place}: {found.diagnostic.message}"


if __name__ == "__main__":
    main()
