"""The slots of a concatenation: each as wide as its branch's pitch and centred on the line that enters it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_INSET = 6.0
"""A line enters a slot at least this far from its sides."""


@dataclass(frozen=True, slots=True)
class End:
    """Where an edge comes down to its part's head, seen from the head's own lane."""

    x: float
    edge: int
    core: bool
    """Of the branches that the head stands below, not a bypass that joins from the side."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot, and where its edge enters: straight down its lane if that is over the slot, else in the middle."""

    edge: int
    left: float
    right: float
    entry: float


def cells(ends: Sequence[End], width: float, reach: float) -> tuple[Cell, ...]:
    """The slots from left to right: at least `width` wide in all, a lone branch's own at most 2 x `reach`."""
    ends = sorted(ends, key=lambda end: (end.x, end.edge))
    least = width / len(ends) / 2
    chosen = [end.x for end in ends if end.core] or [end.x for end in ends]
    before = [end for end in ends if end.x < chosen[0]]
    core = [end for end in ends if chosen[0] <= end.x <= chosen[-1]]
    after = [end for end in ends if end.x > chosen[-1]]
    bounds = _bounds(core, _half(core, before, after, least, max(least, reach)), least)
    for end in after:
        bounds.append(bounds[-1] + 2 * _fit(end.x - bounds[-1], least))
    for end in reversed(before):
        bounds.insert(0, bounds[0] - 2 * _fit(bounds[0] - end.x, least))
    return tuple(_cell(end, left, right) for end, (left, right) in zip(ends, pairwise(bounds), strict=True))


def _half(core: list[End], before: list[End], after: list[End], least: float, most: float) -> float:
    """Half the width of the outermost slots of the branches: half the pitch, or up to the bypass beside."""
    if len(core) > 1:
        return max(least, min(right.x - left.x for left, right in pairwise(core)) / 2)
    room = [end.x - core[0].x - least for end in after[:1]] + [core[0].x - end.x - least for end in before[-1:]]
    fitting = [half for half in room if least <= half <= most]
    return min(fitting, default=most)


def _bounds(core: list[End], half: float, least: float) -> list[float]:
    """Midway between the lanes, yet no slot narrower than the least."""
    bounds = [core[0].x - half]
    for left, right in pairwise(core):
        bounds.append(max((left.x + right.x) / 2, bounds[-1] + 2 * least))
    return [*bounds, max(core[-1].x + half, bounds[-1] + 2 * least)]


def _fit(half: float, least: float) -> float:
    """A slot beside the branches is centred on its line where that is near, else as narrow as may be."""
    return half if least <= half <= 1.5 * least else least


def _cell(end: End, left: float, right: float) -> Cell:
    inset = min(_INSET, (right - left) / 4)
    over = left + inset <= end.x <= right - inset
    return Cell(end.edge, left, right, end.x if over else (left + right) / 2)
