"""The same sizes in fewer regions: a region is joined with another where both together are one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archc.dims import Condition, Sym
from archc.dims.atoms import Terms
from archc.dims.periodic import canonical
from archc.sizes.effort import spend
from archc.sizes.joint import Tied, tied
from archc.sizes.region import Region


def merged(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Those joined that differ in the set of one symbol alone."""
    return _joined(regions, _united)


def joined(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Those joined whose union is one region: a box around both and the conditions of both, with nothing else in it."""
    return _joined(regions, _hull)


def _joined(regions: Iterable[Region], union: Callable[[Region, Region], Region | None]) -> tuple[Region, ...]:
    left = list(regions)
    at = 0
    while at < len(left):
        found = next(((other, one) for other in left[at + 1 :] if (one := union(left[at], other))), None)
        if found is None:
            at += 1
            continue
        left.remove(found[0])
        left[at] = found[1]
        at = 0
    return tuple(left)


def _united(first: Region, second: Region) -> Region | None:
    spend(20 + sum(found.period // 64 for found in first.box.values()))
    differing = [name for name, found in first.box.items() if not found.same_as(second.box[name])]
    if first.joint != second.joint or len(differing) > 1:
        return None
    united = {name: first.box[name] | second.box[name] for name in differing}
    return Region({**first.box, **united}, first.joint)


def _hull(first: Region, second: Region) -> Region | None:
    """The union of two regions where it is one; None where it is not, or not known to be."""
    if not first.joint and not second.joint:
        return _united(first, second)
    box = {name: found | second.box[name] for name, found in first.box.items()}
    conditions = (*first.joint, *second.joint, *_bounds(first, second))
    shared = [each for each in conditions if not (first.where(each.opposite) or second.where(each.opposite))]
    groups = tied(shared, box)
    if groups is None:
        return None
    hull = Region(box, tuple(each for group in groups for each in group.conditions))
    return None if any(part.minus(second) for part in hull.minus(first)) else hull


def _bounds(first: Region, second: Region) -> Iterator[Condition]:
    """The least and the largest value of formulas about which both regions have conditions."""
    theirs = {group.formula: group for group in _groups(second)}
    for own in _groups(first):
        other = theirs.get(own.formula)
        if other is None:
            continue
        low, high = (own.values | other.values).ends
        if low is not None:
            yield Condition(_above(own.formula, low), ">=")
        if high is not None:
            yield Condition(_above(own.formula, high + 1), "<")


def _above(formula: Terms, value: int) -> Sym:
    """How much a formula is above a value."""
    return Sym(formula, -value, 0, canonical(formula))


def _groups(region: Region) -> tuple[Tied, ...]:
    return tied(region.joint, region.box) or ()
