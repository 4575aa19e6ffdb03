"""Conditions between several symbols that are about one and the same formula: what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from math import gcd

from archc.dims import Condition, Floor
from archc.dims.atoms import Monomial, Quotient, Terms
from archc.dims.terms import add, evaluate, floor_divide, scale
from archc.record import record
from archc.sizes.size_set import SizeSet, TooLongError
from archc.sizes.solve import is_met, solve_one

_NONE = SizeSet.between(1, 0)


@record
class Values:
    """Whole numbers: those from 0 on, and the others without their sign."""

    up: SizeSet = SizeSet.between(0)
    down: SizeSet = SizeSet.between(1)

    def __and__(self, other: Values) -> Values:
        return Values(self.up & other.up, self.down & other.down)

    def __or__(self, other: Values) -> Values:
        return Values(self.up | other.up, self.down | other.down)

    def __bool__(self) -> bool:
        return bool(self.up) or bool(self.down)

    def within(self, other: Values) -> bool:
        """Whether all of them are among others."""
        return not (self.up & ~other.up) and not (self.down & ~other.down)

    @property
    def single(self) -> int | None:
        """The one there is; None where there are more."""
        if not self.up.is_finite or not self.down.is_finite:
            return None
        some = [*chain(self.up.first(2), (-value for value in self.down.first(2)))]
        return some[0] if len(some) == 1 else None

    @property
    def ends(self) -> tuple[int | None, int | None]:
        """The least and the largest of them; None where there is none."""
        low = next(iter(self.up), None) if not self.down else -self.down.last if self.down.last is not None else None
        high = self.up.last if self.up else next((-value for value in self.down), None)
        return low, high


@record
class Tied:
    """A formula of several symbols, the values that it may have, and the conditions that say so."""

    formula: Terms
    values: Values
    conditions: tuple[Condition, ...]


def tied(joint: Iterable[Condition], box: Mapping[str, SizeSet]) -> tuple[Tied, ...] | None:
    """Conditions by the formula they are about, without those that others or the box imply; None for a contradiction.

    A condition that is about no formula alone, or whose sets would be too long, stands by itself.
    """
    groups: dict[Terms, dict[Condition, Values]] = {}
    for condition in joint:
        formula, values = _about(condition)
        groups.setdefault(formula, {})[condition] = values
    found = [_needed(formula, given, _reach(formula, box)) for formula, given in groups.items()]
    if not all(each.values for each in found):
        return None
    return tuple(each for each in found if each.conditions)


def _needed(formula: Terms, given: Mapping[Condition, Values], reach: Values) -> Tied:
    """The conditions of one formula that say more than the others do."""
    left = dict(given)
    try:
        for condition, values in given.items():
            others = reach
            for other, also in left.items():
                others = others if other == condition else others & also
            if others.within(values):
                del left[condition]
        for values in left.values():
            reach &= values
    except TooLongError:
        return Tied(formula, Values(), tuple(given))
    return Tied(formula, reach, tuple(left))


def _about(condition: Condition) -> tuple[Terms, Values]:
    """The formula that a condition is about, and the values with which it holds.

    `H * W = 5 * floor(H * W / 5)` is about `H * W`, as everything is that is worked out of it alone.
    """
    key, const = condition.size.key, condition.size.const
    quotients, rest = _parted(key)
    formula = _primitive(rest or quotients[0][0].terms)
    if any(_primitive(quotient.terms) != formula for quotient, _ in quotients):
        quotients, rest, formula = [], key, _primitive(key)

    def at(sign: int, shift: int) -> SizeSet:
        """The numbers x from 1 on for which it holds where the formula is `sign * x + shift`."""
        x: Terms = (((Floor("x", 0, 1),), sign),)
        factor = _factor(rest, formula)
        terms, total = scale(x, factor), factor * shift + const
        for quotient, times in quotients:
            inner = _factor(quotient.terms, formula)
            part, added = floor_divide(scale(x, inner), inner * shift + quotient.offset, quotient.by)
            terms, total = add(terms, scale(part, times)), total + times * added
        if not terms:
            return SizeSet.between(1) if is_met(total, condition.relation) else _NONE
        return solve_one(terms, total, condition.relation)

    try:
        return formula, Values(at(1, -1).shifted(-1), at(-1, 0))
    except TooLongError:
        return key, Values()


def _parted(key: Terms) -> tuple[list[tuple[Quotient, int]], Terms]:
    """The terms that are a quotient alone, with their factors, and the others."""
    quotients: list[tuple[Quotient, int]] = []
    rest: list[tuple[Monomial, int]] = []
    for monomial, factor in key:
        if len(monomial) == 1 and isinstance(monomial[0], Quotient):
            quotients.append((monomial[0], factor))
        else:
            rest.append((monomial, factor))
    return quotients, tuple(rest)


def _primitive(terms: Terms) -> Terms:
    """Terms without a common factor, the first one positive."""
    common = gcd(*[factor for _, factor in terms]) * (1 if terms[0][1] > 0 else -1)
    return tuple([(monomial, factor // common) for monomial, factor in terms])


def _factor(terms: Terms, formula: Terms) -> int:
    return terms[0][1] // formula[0][1] if terms else 0


def _reach(formula: Terms, box: Mapping[str, SizeSet]) -> Values:
    """The values that a formula may have in a box; one that grows with every symbol is least at the least sizes."""
    atoms = [atom for monomial, _ in formula for atom in monomial]
    if any(factor < 0 for _, factor in formula) or not all(isinstance(atom, Floor) for atom in atoms):
        return Values()
    low = evaluate(formula, 0, {name: next(iter(found)) for name, found in box.items()})
    largest = {atom.symbol: box[atom.symbol].last for atom in atoms if isinstance(atom, Floor)}
    most = {name: size for name, size in largest.items() if size is not None}
    return Values(SizeSet.between(low, evaluate(formula, 0, most) if len(most) == len(largest) else None), _NONE)
