"""Arithmetic on terms: sums, products, and division rounded down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd

from archc.dims.atoms import Atom, Floor, Monomial, Quotient, Terms
from archc.dims.text import quotient_text


def add(left: Terms, right: Iterable[tuple[Monomial, int]]) -> Terms:
    """The sum, like terms merged."""
    total = dict(left)
    for monomial, factor in right:
        total[monomial] = total.get(monomial, 0) + factor
    return collect(total)


def collect(total: Mapping[Monomial, int]) -> Terms:
    """Coefficients by monomial as terms: sorted, without zeros."""
    return tuple(sorted([term for term in total.items() if term[1]]))


def scale(terms: Terms, by: int) -> Terms:
    """The terms times a whole number."""
    return tuple([(monomial, factor * by) for monomial, factor in terms]) if by else ()


def multiply(left: Terms, left_const: int, right: Terms, right_const: int) -> Terms:
    """The terms of the product of two sizes; its constant is the product of theirs."""
    total: dict[Monomial, int] = {}
    for first, a in left:
        for second, b in right:
            monomial = tuple(sorted(first + second))
            total[monomial] = total.get(monomial, 0) + a * b
    for terms, const in ((left, right_const), (right, left_const)):
        for monomial, factor in terms:
            total[monomial] = total.get(monomial, 0) + factor * const
    return collect(total)


def floor_divide(terms: Terms, const: int, by: int) -> tuple[Terms, int]:
    """`floor((terms + const) / by)`, as terms and a constant."""
    if len(terms) == 1 and terms[0][1] == 1:
        return _floor_of_rest(terms, const, by)
    if all(factor < 0 for _, factor in terms):
        quotient, const = floor_divide(scale(terms, -1), by - 1 - const, by)
        return scale(quotient, -1), -const
    whole = tuple([(monomial, factor // by) for monomial, factor in terms if factor // by])
    rest = tuple([(monomial, factor % by) for monomial, factor in terms if factor % by])
    if not rest:
        return whole, const // by
    common = gcd(by, *[factor for _, factor in rest])
    if common > 1:
        rest = tuple([(monomial, factor // common) for monomial, factor in rest])
    quotient, const = _floor_of_rest(rest, const // common, by // common)
    return (add(whole, quotient) if whole else quotient), const


def _floor_of_rest(rest: Terms, const: int, by: int) -> tuple[Terms, int]:
    """The same for coefficients in 1 .. by - 1 that share no divisor with `by`."""
    monomial, factor = rest[0]
    if factor == 1 and len(rest) == 1 and len(monomial) == 1:
        return _floor_of_atom(monomial[0], const, by)
    const, offset = divmod(const, by)
    return (((Quotient(quotient_text(rest, offset, by), rest, offset, by),), 1),), const


def _floor_of_atom(atom: Atom, const: int, by: int) -> tuple[Terms, int]:
    """`floor((atom + const) / by)`: a floor of a floor is one floor."""
    if isinstance(atom, Quotient):
        return floor_divide(atom.terms, atom.offset + atom.by * const, atom.by * by)
    symbol, a, b = atom
    const, a = divmod(a + b * const, b * by)
    return (((Floor(symbol, a, b * by),), 1),), const


def evaluate(terms: Terms, const: int, sizes: Mapping[str, int]) -> int:
    """The value at given sizes of the symbols."""
    total = const
    for monomial, factor in terms:
        for atom in monomial:
            if isinstance(atom, Floor):
                factor *= (sizes[atom.symbol] + atom.a) // atom.b
            else:
                factor *= evaluate(atom.terms, atom.offset, sizes) // atom.by
        total += factor
    return total


def names(terms: Terms) -> frozenset[str]:
    """The symbols that occur."""
    found: set[str] = set()
    for monomial, _ in terms:
        for atom in monomial:
            found |= {atom.symbol} if isinstance(atom, Floor) else names(atom.terms)
    return frozenset(found)
