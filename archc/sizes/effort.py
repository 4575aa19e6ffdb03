"""How much work may go into one question about sizes, so that no spec makes archc think for ever.

Work is counted, not timed: the answer to the same question is the same on every machine. What is still open when the
work is used up stays undecided, which the answer says.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from archc.dims.atoms import Quotient, Terms

MOST = 2_500_000
"""The work for one question, in about as many atoms evaluated: most of a second."""


class TooMuchError(Exception):
    """The work is used up."""


_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def bounded(most: int = MOST) -> Generator[None]:
    """Within, `spend` raises `TooMuchError` once more than `most` is spent."""
    token = _left.set([most])
    try:
        yield
    finally:
        _left.reset(token)


def spend(work: int) -> None:
    """Note that work is about to be done."""
    left = _left.get()
    if left is None:
        return
    left[0] -= work
    if left[0] < 0:
        raise TooMuchError


def weight(terms: Terms) -> int:
    """How many atoms are evaluated to know the value of terms."""
    return sum(
        1 + (weight(atom.terms) if isinstance(atom, Quotient) else 0) for monomial, _ in terms for atom in monomial
    )
