"""Comparing sizes: the answer at the sizes in force, and, for whoever watches, the condition it stands for.

Shape rules compare sizes by these functions alone. So the conditions noted while a rule runs tell for which other
sizes it would have taken the same way: that is what `archc.sizes` makes the exact set of valid sizes of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, NamedTuple

from archc.dims.size import BATCH, Dim, Sym
from archc.dims.terms import evaluate

Relation = Literal["==", "!=", ">=", "<"]
_OPPOSITE: dict[Relation, Relation] = {"==": "!=", "!=": "==", ">=": "<", "<": ">="}


class Condition(NamedTuple):
    """`size relation 0`, where `size` depends on the input's; `pinned` where a module is built for that very size."""

    size: Sym
    relation: Relation
    pinned: bool = False

    @property
    def opposite(self) -> Condition:
        """What holds where this does not."""
        return Condition(self.size, _OPPOSITE[self.relation], self.pinned)

    def holds(self, **sizes: int) -> bool:
        """Whether it holds at other sizes of its symbols than those in force."""
        value = evaluate(self.size.terms, self.size.const, sizes)
        match self.relation:
            case "==":
                return value == 0
            case "!=":
                return value != 0
            case ">=":
                return value >= 0
            case "<":
                return value < 0


_noted: ContextVar[list[Condition] | None] = ContextVar("noted", default=None)


@contextmanager
def watching() -> Iterator[list[Condition]]:
    """Note the conditions of all comparisons within, in the order they are made."""
    conditions: list[Condition] = []
    token = _noted.set(conditions)
    try:
        yield conditions
    finally:
        _noted.reset(token)


def equal(left: Dim, right: Dim) -> bool:
    """Whether two sizes agree."""
    holds = int(left) == int(right)
    _note(left, right, "==", holds=holds)
    return holds


def at_least(size: Dim, least: Dim) -> bool:
    """Whether a size is not below another."""
    holds = int(size) >= int(least)
    _note(size, least, ">=", holds=holds)
    return holds


def same_sizes(left: Sequence[Dim], right: Sequence[Dim]) -> bool:
    """Whether two shapes agree in rank and in every size."""
    return len(left) == len(right) and all(map(equal, left, right))


def divides(by: int, size: Dim) -> bool:
    """Whether a size is a multiple of a positive number."""
    if not isinstance(size, Sym) or _noted.get() is None:
        return int(size) % int(by) == 0
    return equal(size // by * by, size)


def is_one(size: Dim) -> bool:
    """Whether a size is 1, as sizes that stretch are; the batch is not."""
    return size is not BATCH and equal(size, 1)


def pinned(size: Dim) -> int:
    """A size as the whole number that a module is built with: others than this it does not take afterwards."""
    if not isinstance(size, Sym):
        return size
    _note(size, size.value, "==", holds=True, pinned=True)
    return size.value


def _note(left: Dim, right: Dim, relation: Literal["==", ">="], *, holds: bool, pinned: bool = False) -> None:
    noted = _noted.get()
    if noted is None:
        return
    gap = left - right
    if isinstance(gap, Sym):
        noted.append(Condition(gap, relation if holds else _OPPOSITE[relation], pinned))
