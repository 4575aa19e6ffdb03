"""Measuring: several runs of each side, taken in turn, and a table of their ratios.

Times are processor time, in one thread: what else the machine does then matters little.
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Row:
    """One line of the table: two figures, and how their ratio should be."""

    what: str
    ours: float
    theirs: float
    ratio: float
    """Of the minimums."""
    median: float
    """The median of the ratios, round by round."""
    unit: str
    target: str = ""
    good: bool | None = None
    """Whether the target is met; None where there is none."""


def in_turn(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time that each side takes, `rounds` times, after one run to warm up."""
    return sampled({name: lambda run=run: _timed(run) for name, run in sides.items()}, rounds)


def sampled(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """The figures that each side gives, `rounds` times in turn, after one run to warm up."""
    for run in sides.values():
        run()
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            found[name].append(run())
    return found


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    run()
    return time.process_time() - start


def cold(words: Sequence[str], environment: Mapping[str, str]) -> float:
    """The seconds of processor time of a Python process of its own, those that it starts and awaits among them."""
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return usage.ru_utime + usage.ru_stime


def compare(
    what: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    most: float | None = None,
    scale: float = 1e3,
    unit: str = "ms",
) -> Row:
    """Ours beside theirs: at most `most` times as much, by one of the two ratios; what is slower is so by both."""
    ratio = min(ours) / min(theirs)
    median = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    target, good = ("", None) if most is None else (f"<= {most:g}x", min(ratio, median) <= most)
    return Row(what, min(ours) * scale, min(theirs) * scale, ratio, median, unit, target, good)


def limit(what: str, value: float, most: float, unit: str) -> Row:
    """A figure that has a limit of its own; the ratio is its share of that."""
    return Row(what, value, most, value / most, value / most, unit, f"<= {most:g} {unit}", value <= most)


def table(rows: Sequence[Row]) -> str:
    """The rows as text."""
    head = ("", "ours", "against", "ratio", "median", "target", "")
    body = [_cells(row) for row in rows]
    widths = [max(len(line[at]) for line in [head, *body]) for at in range(len(head))]
    lines = [
        "  ".join(
            text.ljust(width) if at == 0 else text.rjust(width)
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in [head, *body]
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    verdict = "" if row.good is None else "ok" if row.good else "MISSED"
    figures = (f"{row.theirs:,.1f} {row.unit}", f"{row.ratio:.3f}", f"{row.median:.3f}")
    against = ("-", "-", "-") if math.isnan(row.theirs) else figures
    return (row.what, f"{row.ours:,.1f} {row.unit}", *against, row.target, verdict)
