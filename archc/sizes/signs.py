"""Where a polynomial over the whole numbers is negative, zero or positive, exactly.

A polynomial is given by its forward differences at 0: `f(k) = d[0] + d[1] * k + d[2] * k * (k - 1) / 2 + ...`, which
are whole numbers where its values are. Its difference `f(k + 1) - f(k)` has the same list without the first entry,
and tells where it rises and falls; within such a stretch a sign changes once, and bisection finds where.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import comb

Run = tuple[int, int]
"""From which k on a sign (-1, 0 or 1) holds."""


def differences(values: Sequence[int]) -> tuple[int, ...]:
    """The forward differences at 0 of the polynomial with these values at 0, 1, 2, ...; without zeros at the end."""
    row, found = list(values), list[int]()
    while row:
        found.append(row[0])
        row = [after - before for before, after in pairwise(row)]
    while len(found) > 1 and not found[-1]:
        found.pop()
    return tuple(found)


def sign_runs(polynomial: tuple[int, ...]) -> tuple[Run, ...]:
    """The signs of a polynomial for k = 0, 1, 2, ..., run by run."""
    if len(polynomial) == 1:
        return ((0, _sign(polynomial[0])),)
    slopes = sign_runs(polynomial[1:])
    runs: list[Run] = []
    for at, (start, slope) in enumerate(slopes):
        end = slopes[at + 1][0] if at + 1 < len(slopes) else None
        for run in _monotone(polynomial, start, end, slope):
            if not runs or runs[-1][1] != run[1]:
                runs.append(run)
    return tuple(runs)


def _monotone(polynomial: tuple[int, ...], start: int, end: int | None, slope: int) -> list[Run]:
    """The signs from `start` up to `end`, between which the polynomial only rises, only falls or stays."""

    def sign(k: int) -> int:
        return _sign(sum(d * comb(k, i) for i, d in enumerate(polynomial)))

    runs = [(start, sign(start))]
    if not slope:
        return runs
    for wanted in (0, slope):
        if runs[0][1] * slope >= wanted * slope:
            continue
        at = _first(lambda k, wanted=wanted: sign(k) * slope >= wanted * slope, start, end)
        if at is not None:
            runs.append((at, sign(at)))
    return runs


def _first(holds: Callable[[int], bool], start: int, end: int | None) -> int | None:
    """The first number from `start` up to `end` for which something holds that goes on holding; None for none."""
    step = 1
    while end is None and not holds(start + step):
        step *= 2
    low, high = start, start + step if end is None else end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high if end is None or high < end else None


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
