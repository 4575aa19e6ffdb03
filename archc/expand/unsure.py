"""Types of which only a part is known, and the numbers that stand for the rest while a shape rule runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Self

from archc.dims import BATCH, Dim, Sym, symbol
from archc.spec.data import ANY_DTYPE as ANY
from archc.tensor import TensorType


class Open(Sym):
    """A size that a fault made unknown, no more than `most` at the sizes in force.

    No shape rule ever sees it: it runs on `Stand` numbers.
    """

    __slots__ = ("most",)

    def __init__(self, name: str, most: int | None = None) -> None:
        terms = symbol(name, 1).terms
        super().__init__(terms, 0, 1, terms)
        self.most = most

    def __str__(self) -> str:
        return "?"


UNSURE: Dim = Open("?")
"""A size of which nothing is known."""
ASSUMED: Dim = Open("(?)")
"""The same in a type of which even the rank is only what an op would have it be."""
RANKS = (2, 3, 4, 5, 1)
"""The ranks tried for a tensor of which nothing is known, the batch counted."""
DTYPES = ("float32", "int64", "bool")


class Stand(int):
    """A number in place of a size; where it comes out unchanged, so does that size, `actual`."""

    actual: Dim

    @classmethod
    def of(cls, number: int, actual: Dim) -> Self:
        """The number that stands for a size."""
        stand = cls(number)
        stand.actual = actual
        return stand

    def __str__(self) -> str:
        return "?" if is_open(self.actual) else str(self.actual)


def is_open(size: Dim) -> bool:
    """Whether a size is unknown."""
    return isinstance(size, Open)


@cache
def at_most(most: int) -> Dim:
    """An unknown size with a bound."""
    return Open(f"?{most}", most)


def most_of(size: Dim) -> int | None:
    """What a size is at most at the sizes in force; None where that is unknown."""
    return size.most if isinstance(size, Open) else int(size)


def assumed(type_: TensorType | None) -> TensorType | None:
    """A type whose rank nothing but the op that it comes from tells."""
    if type_ is None:
        return None
    return TensorType(tuple(ASSUMED if is_open(size) else size for size in type_.shape), type_.dtype)


def is_sure(type_: TensorType | None) -> bool:
    """Whether all of a type is known."""
    if type_ is None or type_.dtype == ANY:
        return False
    return Open not in map(type, type_.shape)


def restored(type_: TensorType) -> TensorType:
    """A result with the sizes that its numbers stand for."""
    shape = tuple(size.actual if isinstance(size, Stand) else size for size in type_.shape)
    return TensorType(shape, type_.dtype)


def common(types: Sequence[TensorType | None]) -> TensorType | None:
    """What several types agree on; nothing where their ranks differ."""
    first = types[0] if types else None
    known = [type_ for type_ in types if type_ is not None]
    if first is None or len(known) < len(types) or any(type_.rank != first.rank for type_ in known):
        return None
    other = ASSUMED if any(ASSUMED in type_.shape for type_ in known) else UNSURE
    shape = tuple(sizes[0] if len(set(sizes)) == 1 else other for sizes in zip(*(t.shape for t in known), strict=True))
    return TensorType(shape, first.dtype if len({type_.dtype for type_ in known}) == 1 else ANY)


def of_rank(rank: int, dtype: str = ANY) -> TensorType:
    """A type of which only the rank is known."""
    return TensorType((BATCH, *(UNSURE for _ in range(rank - 1))), dtype)


def fitted(type_: TensorType, rank: int) -> TensorType:
    """A type cut, or padded with unknown sizes, to a rank."""
    shape = (*type_.shape, *(UNSURE for _ in range(rank)))[:rank]
    return TensorType(shape, type_.dtype)
