"""What symbolic sizes are made of.

A size is `terms` plus a whole number; a term is a whole coefficient times a product of atoms. Everything here is a
plain tuple that begins with a string, so that sorting gives one order and equality is a comparison of tuples.
"""

from __future__ import annotations

from typing import NamedTuple


class Floor(NamedTuple):
    """`floor((symbol + a) / b)` with `0 <= a < b`; the symbol itself is `Floor(name, 0, 1)`."""

    symbol: str
    a: int
    b: int


class Quotient(NamedTuple):
    """`floor((terms + offset) / by)`, for terms that have no simpler form; `text` is how it reads."""

    text: str
    terms: Terms
    offset: int
    by: int

    @property
    def poly(self) -> Terms:
        """The terms with the constant among them, as the empty monomial."""
        return (*self.terms, ((), self.offset))


Atom = Floor | Quotient
Monomial = tuple[Atom, ...]
"""A product of at least one atom, sorted."""
Terms = tuple[tuple[Monomial, int], ...]
"""Monomials and their coefficients (never 0), sorted; the constant is kept apart."""
