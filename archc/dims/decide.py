"""Comparing sizes: the answer at the sizes in force, and, for whoever watches, the condition it stands for.

Shape rules compare sizes by these functions alone. So the conditions noted while a rule runs tell for which other
sizes it would have taken the same way: that is what `archc.sizes` makes the exact set of valid sizes of.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NamedTuple, Protocol, cast, runtime_checkable

from archc.dims.size import BATCH, Dim, Sym
from archc.dims.terms import evaluate

Relation = Literal["==", "!=", ">=", "<"]
_KNOWN = (int, Sym)
"""Sizes that have a value; others are `Symbolic`."""
_OPPOSITE: dict[Relation, Relation] = {"==": "!=", "!=": "==", ">=": "<", "<": ">="}


@runtime_checkable
class Symbolic(Protocol):
    """A number that is a formula of arguments, which answers by itself (see `archc.codegen.symbolic`)."""

    def __ge__(self, other: object, /) -> Any: ...
    def __le__(self, other: object, /) -> Any: ...
    def __mod__(self, other: object, /) -> Any: ...
    def __rmod__(self, other: object, /) -> Any: ...
    def __mul__(self, other: object, /) -> Symbolic: ...
    def __rmul__(self, other: object, /) -> Symbolic: ...
    def __floor__(self) -> Any: ...

    def met(self, other: object, *, first: bool) -> Any:
        """The size that broadcasting makes of it and another, which is the first or the last of them."""
        ...

    def is_multiple(self, by: object) -> bool:
        """Whether it is known to be a multiple of a number, whatever the arguments."""
        ...


Size = Dim | Symbolic


class Condition(NamedTuple):
    """`size relation 0`, where `size` depends on the input's."""

    size: Sym
    relation: Relation

    @property
    def opposite(self) -> Condition:
        """What holds where this does not."""
        return Condition(self.size, _OPPOSITE[self.relation])

    def value(self, **sizes: int) -> int:
        """What its size is at other sizes of its symbols than those in force."""
        return evaluate(self.size.terms, self.size.const, sizes)

    def holds(self, **sizes: int) -> bool:
        """Whether it holds at other sizes of its symbols than those in force."""
        value = self.value(**sizes)
        match self.relation:
            case "==":
                return value == 0
            case "!=":
                return value != 0
            case ">=":
                return value >= 0
            case "<":
                return value < 0


class Comparison(NamedTuple):
    """Two sizes that were compared, and what was found; of a `pinned` one that a module is built with the number."""

    left: Dim
    right: Dim
    relation: Relation
    pinned: bool = False

    def condition(self) -> Condition | None:
        """What was found as a condition on the input's sizes; None where it is so for all."""
        gap = self.left - self.right
        if not isinstance(gap, Sym):
            return None
        if self.relation in {"==", "!="} and gap.key[0][1] < 0:
            gap = -gap  # `H = W` and `W = H` are one condition
        return Condition(gap, self.relation)


_noted: ContextVar[list[Comparison] | None] = ContextVar("noted", default=None)


@contextmanager
def watching() -> Generator[list[Comparison]]:
    """Note all comparisons within of sizes that depend on the input's, in the order they are made."""
    comparisons: list[Comparison] = []
    token = _noted.set(comparisons)
    try:
        yield comparisons
    finally:
        _noted.reset(token)


def equal(left: Size, right: Size) -> bool:
    """Whether two sizes agree."""
    if left is right:
        return True
    if not isinstance(left, _KNOWN) or not isinstance(right, _KNOWN):
        return left is not BATCH and right is not BATCH and bool(left == right)
    holds = int(left) == int(right)
    _note(left, right, "==", holds=holds)
    return holds


def at_least(size: Size, least: Size) -> bool:
    """Whether a size is not below another."""
    if isinstance(size, int) and isinstance(least, int):
        return size >= least
    if not isinstance(size, _KNOWN):
        return bool(size >= least)
    if not isinstance(least, _KNOWN):
        return bool(least <= size)
    holds = int(size) >= int(least)
    _note(size, least, ">=", holds=holds)
    return holds


def same_sizes(left: Sequence[Dim], right: Sequence[Dim]) -> bool:
    """Whether two shapes agree in rank and in every size."""
    return len(left) == len(right) and all(map(equal, left, right))


def divides(by: int | Symbolic, size: Size) -> bool:
    """Whether a size is a multiple of a positive number."""
    if not isinstance(size, _KNOWN):
        return bool(size % by == 0)
    if not isinstance(by, int):
        return bool(size % by == 0)
    if not isinstance(size, Sym) or _noted.get() is None:
        return int(size) % int(by) == 0
    return equal(size // by * by, size)


def is_known(size: Size) -> bool:
    """Whether a size has a value at the sizes in force, rather than being a formula of arguments."""
    return isinstance(size, _KNOWN)


def is_multiple(size: Size, by: int | Symbolic) -> bool:
    """Whether a size is certainly a multiple of a positive number, whatever the input's sizes."""
    if isinstance(size, int):
        return isinstance(by, int) and size % by == 0
    return not isinstance(size, Sym) and size.is_multiple(by)


def shown(size: Size) -> object:
    """A size as messages say it: its value where it has one."""
    return int(size) if isinstance(size, _KNOWN) else size


def is_one(size: Dim) -> bool:
    """Whether a size is 1, as sizes that stretch are; the batch is not."""
    return size is not BATCH and equal(size, 1)


def met(left: Dim, right: Dim) -> Dim:
    """The size that broadcasting makes of two, at least one of which is no known one."""
    if left is right:
        return left
    first, other = cast("tuple[Size, Size]", (left, right))
    return (
        first.met(other, first=False)
        if not isinstance(first, _KNOWN)
        else cast("Symbolic", other).met(first, first=True)
    )


class Pinned(int):
    """A number that a module is built with, and the size that it is: what a watcher gets from `pinned`."""

    size: Sym


def pinned(size: Dim) -> int:
    """A size as the whole number that a module is built with: others than this it does not take afterwards."""
    if not isinstance(size, Sym):
        return size
    noted = _noted.get()
    if noted is None:
        return size.value
    noted.append(Comparison(size, size.value, "==", pinned=True))
    number = Pinned(size.value)
    number.size = size
    return number


def _note(left: Dim, right: Dim, relation: Literal["==", ">="], *, holds: bool) -> None:
    noted = _noted.get()
    if noted is not None and (isinstance(left, Sym) or isinstance(right, Sym)):
        noted.append(Comparison(left, right, relation if holds else _OPPOSITE[relation]))
