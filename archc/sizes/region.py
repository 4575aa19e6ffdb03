"""Sets of sizes of several symbols: a box, and conditions that no finite number of boxes can say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from math import prod

from archc.dims import Condition, Dim, Floor, Sym, substituted, symbol, symbols
from archc.dims.periodic import canonical
from archc.record import record
from archc.sizes.effort import spend, weight
from archc.sizes.joint import tied
from archc.sizes.size_set import ALL, SizeSet, TooLongError
from archc.sizes.solve import Box, is_met, solve, solve_one

_TRIED = 64
"""How many sizes of each symbol are tried to find one that conditions between symbols allow."""
_MOST_TRIED = 50_000
_MOST_AVOIDED = 64


@record
class Region:
    """The sizes that lie in `box` and meet the conditions of `joint`."""

    box: Mapping[str, SizeSet]
    joint: tuple[Condition, ...] = ()

    @staticmethod
    def whole(names: tuple[str, ...]) -> Region:
        """All sizes of these symbols."""
        return Region(dict.fromkeys(names, ALL))

    def __contains__(self, sizes: Mapping[str, int]) -> bool:
        inside = all(sizes[name] in found for name, found in self.box.items())
        return inside and all(condition.holds(**sizes) for condition in self.joint)

    def allows_others(self, name: str, sizes: Mapping[str, int]) -> bool:
        """Whether it has sizes of one symbol beside these of the other symbols."""
        return not self.joint and all(other == name or sizes[other] in found for other, found in self.box.items())

    def where(self, condition: Condition) -> tuple[Region, ...]:
        """The parts of it where a condition holds; they do not overlap."""
        spend(100 + len(self.box) + sum(weight(each.size.terms) for each in (condition, *self.joint)))
        left = self._with_fixed(condition)
        if isinstance(left, bool):
            return (self,) if left else ()
        condition = left
        try:
            boxes = solve(condition)
            if boxes is not None:
                return self._within(boxes)
            avoided = solve(condition.opposite)
            if avoided is not None and len(avoided) <= _MOST_AVOIDED:
                return self._without(avoided)
        except TooLongError:
            pass
        return self._tightened(condition)

    def _tightened(self, condition: Condition) -> tuple[Region, ...]:
        """Where a condition between symbols holds as well; a formula that has one value left is solved for it."""
        groups = tied((*self.joint, condition), self.box)
        if groups is None:
            return ()
        for group in groups:
            value = group.values.single
            solved = None if value is None else Condition(Sym(group.formula, -value, 0, canonical(group.formula)), "==")
            if solved is not None and solved not in group.conditions:
                others = [each for other in groups if other is not group for each in other.conditions]
                return Region(self.box, tuple(others)).where(solved)
        found = Region(self.box, tuple(each for group in groups for each in group.conditions))
        return () if found._is_surely_empty() else (found,)

    def _with_fixed(self, condition: Condition) -> Condition | bool:
        """A condition with the number in place of each symbol that has one size here alone."""
        size: Dim = condition.size
        for name in sorted(symbols(size)):
            if isinstance(size, Sym) and is_single(self.box[name]):
                size = substituted(size, name, next(iter(self.box[name])))
        return Condition(size, condition.relation) if isinstance(size, Sym) else is_met(size, condition.relation)

    def _rejoined(self) -> tuple[Region, ...]:
        """The same sizes, its conditions solved anew where a symbol in them has come to have one size alone."""
        if not any(is_single(self.box[name]) for each in self.joint for name in symbols(each.size)):
            return (self,)
        return self._solved_anew()

    def _solved_anew(self) -> tuple[Region, ...]:
        parts: tuple[Region, ...] = (Region(self.box),)
        for condition in self.joint:
            parts = tuple(part for each in parts for part in each.where(condition))
        return parts

    def _is_surely_empty(self) -> bool:
        """Whether an equality of two symbols, put into the other conditions, leaves no size."""
        for equality in self.joint:
            tied = tie_of(equality)
            if tied is not None:
                name, other, by = tied
                left = self.box[other] & self.box[name].shifted(-by)
                rest = [each for each in self.joint if each is not equality]
                for condition in rest:
                    left &= _where(condition, name, other, by)
                return not left
        return False

    def _within(self, boxes: Iterable[Box]) -> tuple[Region, ...]:
        shared = [{name: found & box.get(name, ALL) for name, found in self.box.items()} for box in boxes]
        return tuple(part for box in shared if all(box.values()) for part in Region(box, self.joint)._rejoined())

    def _without(self, boxes: Iterable[Box]) -> tuple[Region, ...]:
        """What is left of it without some boxes: for each, what differs in the first symbol, in the second, ..."""
        left: list[Region] = [self]
        for box in boxes:
            left = [part for region in left for part in region.outside(box)]
        return tuple(part for region in left for part in region._rejoined())

    def outside(self, box: Box) -> Iterator[Region]:
        """The parts of it that a box leaves, which do not overlap."""
        inside = dict(self.box)
        for name, found in box.items():
            outside = inside[name] & ~found
            if outside:
                yield Region({**inside, name: outside}, self.joint)
            inside[name] &= found
            if not inside[name]:
                return

    def without(self, box: Box) -> tuple[Region, ...]:
        """The parts of it that a box leaves."""
        return self._without((box,))

    def at(self, name: str, size: int) -> tuple[Region, ...]:
        """The part of it with one size of a symbol."""
        return self._within(({name: SizeSet.between(size, size)},))

    def minus(self, other: Region) -> tuple[Region, ...]:
        """The parts of it that another region leaves, as far as they are not known to be empty."""
        shared = {name: found & other.box[name] for name, found in self.box.items()}
        both = Region(shared, self.joint)
        inside: tuple[Region, ...] = both._solved_anew() if all(shared.values()) else ()
        left = [part for each in self.outside(other.box) for part in each._solved_anew()]
        for condition in other.joint:
            left += [part for each in inside for part in each.where(condition.opposite)]
            inside = tuple(part for each in inside for part in each.where(condition))
        return tuple(left)

    def sample(self, preferred: Mapping[str, int]) -> Mapping[str, int] | None:
        """Sizes in it, the preferred ones if they are; None where none are found."""
        if preferred in self:
            return preferred
        return next(self._some(preferred), None)

    @property
    def is_tried_out(self) -> bool:
        """Whether `sample` tries all that its box has."""
        tried = [len([*islice(found, _TRIED + 1)]) for found in self.box.values()]
        return max(tried, default=0) <= _TRIED and prod(tried) <= _MOST_TRIED

    def _some(self, preferred: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
        columns = [self._candidates(name, found, preferred[name]) for name, found in self.box.items()]
        work = 20 + len(columns) + 5 * sum(weight(condition.size.terms) for condition in self.joint)
        for sizes in islice(product(*columns), _MOST_TRIED):
            spend(work)
            point = dict(zip(self.box, sizes, strict=True))
            if all(condition.holds(**point) for condition in self.joint):
                yield point

    def _candidates(self, name: str, found: SizeSet, preferred: int) -> list[int]:
        """Sizes worth a try: the one next to the preferred one, and the least."""
        spend(20 + found.period // 4)
        if not self.joint:
            return [*islice(found, 1)]
        least = [*islice(found, _TRIED)]
        return [*found.nearest(preferred)[-1:], *least]


def is_single(found: SizeSet) -> bool:
    """Whether a set has one size alone."""
    return found.is_finite and len([*islice(found, 2)]) == 1


def least(region: Region) -> tuple[int, ...]:
    """The smallest size of each symbol in it."""
    return tuple(next(iter(found)) for found in region.box.values())


def tie_of(condition: Condition) -> tuple[str, str, int] | None:
    """`(name, other, by)` where a condition says `name = other + by`."""
    terms = condition.size.key
    if condition.relation != "==" or [factor for _, factor in terms] not in ([1, -1], [-1, 1]):
        return None
    atoms = [monomial[0] for monomial, _ in terms]
    if any(len(monomial) > 1 for monomial, _ in terms) or any(not isinstance(a, Floor) or a.b > 1 for a in atoms):
        return None
    return atoms[0][0], atoms[1][0], -condition.size.const * terms[0][1]


def _where(condition: Condition, name: str, other: str, by: int) -> SizeSet:
    """The sizes of `other` for which a condition may hold where `name = other + by`."""
    size = substituted(condition.size, name, symbol(other, 0) + by)
    if not isinstance(size, Sym):
        return ALL if is_met(size, condition.relation) else SizeSet.between(1, 0)
    if symbols(size) != frozenset({other}):
        return ALL
    return solve_one(size.key, size.const, condition.relation)
