"""For which sizes a condition holds, exactly.

What depends on one symbol is, on each residue class modulo its period, a polynomial in the number of the period
(`archc.dims.periodic`); its signs there make a `SizeSet`. Of several symbols a product of one factor each is solved
by the divisors of what it must come to: `16 * (floor(H / 4) - 2) * (floor(W / 4) - 2) = 400`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, prod

from archc.dims import Condition, Floor, symbols
from archc.dims.atoms import Monomial, Quotient, Terms
from archc.dims.decide import Relation
from archc.dims.periodic import LIMIT, extents
from archc.dims.terms import evaluate, multiply, scale
from archc.sizes.effort import spend, weight
from archc.sizes.signs import differences, sign_runs
from archc.sizes.size_set import ALL, SizeSet, TooLongError

Box = Mapping[str, SizeSet]
"""A set for each symbol; any choice from each will do."""

_SIGNS: dict[Relation, frozenset[int]] = {
    "==": frozenset({0}), "!=": frozenset({-1, 1}), ">=": frozenset({0, 1}), "<": frozenset({-1}),
}  # fmt: skip
_MOST_DIVISIONS = 10**6


def solve(condition: Condition) -> tuple[Box, ...] | None:
    """The boxes that together are the condition's solutions; None where no finite number of boxes is found."""
    terms, const = condition.size.key, condition.size.const
    involved = sorted(symbols(condition.size))
    if len(involved) == 1:
        found = solve_one(terms, const, condition.relation)
        return ({involved[0]: found},) if found else ()
    if condition.relation != "==":
        return None
    return _solve_product(terms, const, involved)


def is_met(value: int, relation: Relation) -> bool:
    """Whether `value relation 0`."""
    return {"==": value == 0, "!=": value != 0, ">=": value >= 0, "<": value < 0}[relation]


def solve_one(terms: Terms, const: int, relation: Relation) -> SizeSet:
    """The sizes from 1 on at which `terms + const` of one symbol stands in a relation to 0."""
    if len(terms) == 1 and len(terms[0][0]) == 1 and isinstance(terms[0][0][0], Floor):
        return _of_floor(terms[0][0][0], terms[0][1], const, _SIGNS[relation]) & ALL
    ((symbol, (degree, period)),) = extents(terms).items()
    if period > LIMIT:
        raise TooLongError
    spend(period * (degree + 1) * (5 + weight(terms)))
    return _by_residue(terms, const, relation, symbol, degree, period)


@lru_cache(maxsize=4096)
def _by_residue(terms: Terms, const: int, relation: Relation, symbol: str, degree: int, period: int) -> SizeSet:
    """The same, residue by residue modulo the period, on each of which the terms are a polynomial."""
    wanted = _SIGNS[relation]
    events: list[tuple[int, int, bool]] = []
    known: dict[tuple[int, ...], tuple[tuple[int, int], ...]] = {}
    for residue in range(period):
        values = [evaluate(terms, const, {symbol: residue + k * period}) for k in range(degree + 1)]
        polynomial = differences(values)
        if polynomial not in known:
            known[polynomial] = sign_runs(polynomial)
        events += [(k, residue, sign in wanted) for k, sign in known[polynomial]]
    return SizeSet.of(period, events) & ALL


def _of_floor(atom: Floor, factor: int, const: int, wanted: frozenset[int]) -> SizeSet:
    """The same for `factor * floor((x + a) / b) + const`, whose sign changes at one or two sizes."""
    if factor < 0:
        return _of_floor(atom, -factor, -const, frozenset(-sign for sign in wanted))
    zero, above = -(const // factor), -const // factor + 1  # the least quotients from which on it is >= 0, and > 0
    first, last = zero * atom.b - atom.a, above * atom.b - atom.a - 1
    parts = {-1: SizeSet.between(0, first - 1), 0: SizeSet.between(first, last), 1: SizeSet.between(last + 1)}
    found = SizeSet.between(1, 0)
    for sign in wanted:
        found |= parts[sign] if sign or last >= first else SizeSet.between(1, 0)
    return found


def _solve_product(terms: Terms, const: int, involved: list[str]) -> tuple[Box, ...] | None:
    factored = _factored(terms, const, involved)
    if factored is None:
        return None
    factors, total = factored
    if total.denominator != 1:
        return ()
    if isqrt(abs(int(total))) > _MOST_DIVISIONS:
        return None
    boxes: list[Box] = []
    if not total:
        return _zero_boxes(involved, factors)
    for values in _products(int(total), len(involved)):
        box: dict[str, SizeSet] = {}
        for symbol, (own, own_const), value in zip(involved, factors, values, strict=True):
            box[symbol] = solve_one(own, own_const - value, "==")
            if not box[symbol]:
                break
        else:
            boxes.append(box)
    return tuple(boxes)


def _factored(terms: Terms, const: int, involved: list[str]) -> tuple[list[tuple[Terms, int]], Fraction] | None:
    """Factors of one symbol each, and what their product must come to for `terms + const` to be 0.

    The monomials with all symbols give each factor but for its constant; that is told by the monomials in which just
    the factor's own symbol is missing. Multiplied out again, everything but the number must be as it was.
    """
    if any(isinstance(atom, Quotient) for monomial, _ in terms for atom in monomial):
        return None
    whole = [(monomial, factor) for monomial, factor in terms if {atom[0] for atom in monomial} == set(involved)]
    if not whole:
        return None
    parts = [_part(whole, symbol) for symbol in involved]
    lead, factor = whole[0]
    leads = [part[_of(lead, symbol)] for part, symbol in zip(parts, involved, strict=True)]
    common = Fraction(factor, prod(leads))
    consts = [
        Fraction(dict(terms).get(_without(lead, symbol), 0)) / (common * Fraction(prod(leads), own))
        for symbol, own in zip(involved, leads, strict=True)
    ]
    factors = [
        (scale(tuple(sorted(part.items())), added.denominator), added.numerator)
        for part, added in zip(parts, consts, strict=True)
    ]
    common /= prod(added.denominator for added in consts)
    product, product_const = factors[0]
    for other, other_const in factors[1:]:
        product, product_const = multiply(product, product_const, other, other_const), product_const * other_const
    if {monomial: common * factor for monomial, factor in product} != dict(terms):
        return None
    return factors, product_const - const / common


def _part(whole: list[tuple[Monomial, int]], symbol: str) -> Mapping[Monomial, int]:
    """The factor of one symbol in a product of such factors, in lowest terms."""
    rest = _without(whole[0][0], symbol)
    column = {_of(monomial, symbol): factor for monomial, factor in whole if _without(monomial, symbol) == rest}
    common = gcd(*column.values())
    return {monomial: factor // common for monomial, factor in column.items()}


def _of(monomial: Monomial, symbol: str) -> Monomial:
    return tuple([atom for atom in monomial if atom[0] == symbol])


def _without(monomial: Monomial, symbol: str) -> Monomial:
    return tuple([atom for atom in monomial if atom[0] != symbol])


def _zero_boxes(involved: list[str], factors: list[tuple[Terms, int]]) -> tuple[Box, ...]:
    """Where a product is 0: the first factor is; or it is not, but the second is; and so on."""
    boxes: list[Box] = []
    before: dict[str, SizeSet] = {}
    for symbol, (own, const) in zip(involved, factors, strict=True):
        boxes.append({**before, symbol: solve_one(own, const, "==")})
        before[symbol] = solve_one(own, const, "!=")
    return tuple(box for box in boxes if all(box.values()))


def _products(total: int, count: int) -> Iterator[tuple[int, ...]]:
    """All ways to write a number other than 0 as a product of so many whole numbers."""
    if count == 1:
        yield (total,)
        return
    for divisor in _divisors(total):
        for rest in _products(total // divisor, count - 1):
            yield (divisor, *rest)


def _divisors(number: int) -> Iterator[int]:
    number = abs(number)
    for low in range(1, isqrt(number) + 1):
        if number % low == 0:
            yield from sorted({low, number // low, -low, -(number // low)})
