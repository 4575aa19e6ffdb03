"""The grammar fuzzer: hypothesis makes inputs and minimises those that show a fault; each fault is told once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from tests.safety.fuzz.grammar import EXPRESSIONS, RAW, mutated, specs
from tests.safety.fuzz.judge import Fault, judge, judge_expression

BATCH = 200
"""How many inputs come from one seed."""
DRAWN = 40
"""Every so many-th text is drawn too."""
SHRINKING = 60.0
"""Seconds that making an input smaller may take."""


@dataclass
class Report:
    """What was run and what was found: the least input by fault."""

    ran: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    found: dict[str, str] = field(default_factory=dict)


class _FoundError(Exception):
    """A fault that was not known before."""


KINDS: dict[str, tuple[st.SearchStrategy[str], int]] = {
    "specs": (specs(), 4), "shipped specs with changes": (mutated(), 2), "raw texts": (RAW, 1), "expressions": (EXPRESSIONS, 1),
}  # fmt: skip
"""The kinds of input, and how often each has its turn."""


def fuzz(seconds: float, seed: int, told: Callable[[str], None] = lambda _: None, most: int | None = None) -> Report:
    """Fuzz for so long, or so many inputs of each kind; `told` hears of each fault at once."""
    report, end, turn = Report(), time.monotonic() + seconds, 0
    turns = [kind for kind, (_, often) in KINDS.items() for _ in range(often)]
    while time.monotonic() < end and (most is None or turn < len(turns)):
        kind = turns[turn % len(turns)]
        _batch(report, kind, seed * 1_000_003 + turn, end, min(BATCH, most or BATCH), told)
        turn += 1
    return report


def _batch(report: Report, kind: str, seed: int, end: float, count: int, told: Callable[[str], None]) -> None:
    """The inputs of one seed, until one shows a new fault; then the least input that shows the same."""
    first: list[Fault] = []
    least: list[str] = []
    until = [end]

    def accepted() -> None:
        report.accepted += 1

    @seeded(seed)
    @settings(
        max_examples=count, database=None, deadline=None, phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet,
    )  # fmt: skip
    @given(KINDS[kind][0])
    def attempt(text: str) -> None:
        if time.monotonic() > until[0]:
            if text in least:
                raise _FoundError
            return
        report.ran[kind] += 1
        drawn = report.ran[kind] % DRAWN == 0 and not first
        for fault in judge_expression(text) if kind == "expressions" else judge(text, draw=drawn, accepted=accepted):
            if fault.signature in report.found or (first and fault.signature != first[0].signature):
                continue
            if not first:
                first.append(fault)
                until[0] = time.monotonic() + SHRINKING
                told(f"{fault.signature}\n{fault.detail}")
            least[:] = [text] if not least or len(text) <= len(least[0]) else least
            raise _FoundError

    try:
        attempt()
    except (_FoundError, Flaky):
        report.found[first[0].signature] = least[0]
        told(f"  least input: {least[0]!r}")
