"""Which sizes that work are the nearest to sizes that do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from archc.record import record
from archc.sizes.effort import TooMuchError, bounded
from archc.sizes.region import Region
from archc.sizes.size_set import SizeSet

MOST = 3
"""How many sizes are offered."""

Key = tuple[int, int, tuple[int, ...]]
"""How far sizes are from those wanted, how many of them differ, and the sizes themselves."""


@record
class Nearest:
    """Sizes that work, the nearest first; without `is_sure` there may be nearer ones."""

    points: tuple[Mapping[str, int], ...]
    is_sure: bool = True


def nearest(regions: Sequence[Region], wanted: Mapping[str, int]) -> Nearest:
    """The nearest sizes in regions, by the sum of the differences.

    None of them lies behind another: where 12 is offered for 5, 13 is not. Of equally near ones those count that
    change the fewest sizes.
    """
    found: list[Mapping[str, int]] = []
    keys: list[Key] = []
    left = tuple(regions)
    try:
        with bounded():
            while len(found) < MOST:
                point = _nearest(left, wanted)
                if point is None:
                    break
                key = _key(point, wanted)
                if keys and key[0] == keys[-1][0] and key[1] > keys[-1][1]:
                    break
                found.append(point)
                keys.append(key)
                left = tuple(part for region in left for part in region.without(_behind(point, wanted)))
    except TooMuchError:
        return Nearest(tuple(found or _some(left, wanted)), is_sure=False)
    return Nearest(tuple(found))


def _some(regions: Sequence[Region], wanted: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """Any sizes at all, where some are found."""
    samples = (region.sample(wanted) for region in regions)
    yield from islice((sample for sample in samples if sample is not None), 1)


def _behind(point: Mapping[str, int], wanted: Mapping[str, int]) -> Mapping[str, SizeSet]:
    """The sizes that are as far or farther, in the same direction, for every symbol that a point changes."""
    return {
        name: SizeSet.between(size) if size > wanted[name] else SizeSet.between(1, size)
        for name, size in point.items()
        if size != wanted[name]
    }


def _nearest(regions: Sequence[Region], wanted: Mapping[str, int]) -> Mapping[str, int] | None:
    """The nearest of all sizes in regions; None where there are none."""
    best: Mapping[str, int] | None = None
    # a box is sure to have what it promises, which bounds the search where conditions may leave nothing
    for region in sorted(regions, key=lambda region: (bool(region.joint), _least_distance(region, wanted))):
        best = _nearer(region, wanted, best)
    return best


def _nearer(region: Region, wanted: Mapping[str, int], best: Mapping[str, int] | None) -> Mapping[str, int] | None:
    """The nearest point of a region, or the one known if none is nearer.

    Its symbols are set one after the other, each to the sizes around the one wanted, as long as the rest may be nearer.
    Those of which there are finitely many come first: where a condition leaves nothing, that ends.
    """
    if _is_beyond(region, wanted, best):
        return best
    if not region.joint:
        point = {name: next(_around(found, wanted[name])) for name, found in region.box.items()}
        return point if best is None or _key(point, wanted) < _key(best, wanted) else best
    several = [name for name, found in region.box.items() if len(found.first(2)) > 1]
    name = next((name for name in several if region.box[name].is_finite), several[0])
    others = _least_distance(Region({other: found for other, found in region.box.items() if other != name}), wanted)
    for size in _around(region.box[name], wanted[name]):
        if best is not None and abs(size - wanted[name]) + others > _key(best, wanted)[0]:
            break
        for part in region.at(name, size):
            best = _nearer(part, wanted, best)
    return best


def _is_beyond(region: Region, wanted: Mapping[str, int], best: Mapping[str, int] | None) -> bool:
    """Whether no size of a region can be as near as the one known."""
    return best is not None and _least_distance(region, wanted) > _key(best, wanted)[0]


def _least_distance(region: Region, wanted: Mapping[str, int]) -> int:
    """How far the box of a region is at least."""
    return sum(abs(next(_around(found, wanted[name])) - wanted[name]) for name, found in region.box.items())


def _key(point: Mapping[str, int], wanted: Mapping[str, int]) -> Key:
    gaps = [abs(size - wanted[name]) for name, size in point.items()]
    return sum(gaps), sum(gap > 0 for gap in gaps), tuple(point.values())


def _around(found: SizeSet, wanted: int) -> Iterator[int]:
    """The sizes of a set, the nearest first, the smaller one of two."""
    above = iter(found & SizeSet.between(wanted))
    low, high = found.below(wanted), next(above, None)
    while low is not None or high is not None:
        if low is None or (high is not None and high - wanted < wanted - low):
            assert high is not None
            yield high
            high = next(above, None)
        else:
            yield low
            low = found.below(low)
