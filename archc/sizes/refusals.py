"""Which ops keep a network from taking more sizes than it does."""

from __future__ import annotations

from collections.abc import Mapping

from archc.record import record
from archc.sizes.explore import Validity
from archc.sizes.paths import Met
from archc.sizes.size_set import SizeSet


@record
class Refusal:
    """An op and the sizes that it is the first to refuse, of each symbol when that one alone is varied."""

    met: Met
    sets: Mapping[str, SizeSet]


def refusals(validity: Validity, near: Mapping[str, int]) -> tuple[Refusal, ...]:
    """The ops that bound the sizes around those given, which work, in the order they run.

    Of several that refuse ever smaller sizes, as pools do, the one that refuses the largest of them is told.
    """
    found: dict[str, Refusal] = {}
    for broken in validity.breaks:
        refusal = found.get(broken.met.path, Refusal(broken.met, {}))
        sets = dict(refusal.sets)
        for name, size_set in broken.region.box.items():
            if broken.region.allows_others(name, near):
                sets[name] = sets[name] | size_set if name in sets else size_set
        found[broken.met.path] = Refusal(refusal.met, sets)
    told = [Refusal(each.met, _telling(each, list(found.values()), near)) for each in found.values()]
    return tuple(sorted((each for each in told if each.sets), key=lambda each: each.met.order))


def _telling(refusal: Refusal, all_: list[Refusal], near: Mapping[str, int]) -> Mapping[str, SizeSet]:
    """The sets of an op but for those that lie farther from the sizes in force than another op's."""
    kept: dict[str, SizeSet] = {}
    for name, own in refusal.sets.items():
        others = [each.sets[name] for each in all_ if each is not refusal and name in each.sets]
        if not any(_is_nearer(other, own, near[name]) for other in others):
            kept[name] = own
    return kept


def _is_nearer(other: SizeSet, own: SizeSet, near: int) -> bool:
    """Whether the one lies wholly between the other, which is a plain range below or above, and a size."""
    theirs, ours = other.runs(1), own.runs(1)
    if theirs is None or ours is None:
        return False
    (first, last), (own_first, own_last) = theirs[0], ours[0]
    below = own_last is not None and own_last < first and last is not None and last < near
    return below or (near < first and last is not None and last < own_first)
