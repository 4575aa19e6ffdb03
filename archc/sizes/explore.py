"""For exactly which sizes of its inputs a network works.

Each run of the shape rules at some sizes notes the conditions that led it along (`archc.sizes.paths`). All sizes that
meet the same conditions go the same way. What is left is split at the first condition that does not hold, a size is
taken from each part, and so on until no part is left: then every size is known to work or to be refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from archc.record import record
from archc.sizes.effort import TooMuchError, bounded
from archc.sizes.merging import joined, merged
from archc.sizes.paths import Met, Mode, UndecidedError, free_symbols, path_at
from archc.sizes.region import Region, least
from archc.sizes.size_set import SizeSet
from archc.tree import Body

_MOST_PATHS = 400


@record
class Breaks:
    """A part of the sizes that a network refuses, and the condition of an op that they fail."""

    region: Region
    met: Met


@record
class Validity:
    """The sizes that work, as regions that do not overlap; `open` ones could not be decided."""

    names: tuple[str, ...]
    regions: tuple[Region, ...]
    breaks: tuple[Breaks, ...] = ()
    open: tuple[Region, ...] = ()

    def __contains__(self, sizes: Mapping[str, int]) -> bool:
        return any(sizes in region for region in self.regions)

    @property
    def is_exact(self) -> bool:
        """Whether every size is decided."""
        return not self.open


def explore(body: Body, sizes: Mapping[str, int], mode: Mode) -> Validity:
    """The valid sizes of a network that works at the sizes in force."""
    names = free_symbols(body)
    inputs = {name: sizes[name] for name in names}
    waiting, good = [Region.whole(names)], list[Region]()
    breaks, unknown = list[Breaks](), list[Region]()
    with bounded():
        for _ in range(_MOST_PATHS):
            if not waiting:
                break
            region = waiting.pop()
            try:
                point = region.sample(inputs)
                if point is None:
                    unknown += [] if region.is_tried_out else [region]
                    continue
                path = path_at(body, point, mode)
                inside, outside = _split(region, path.conditions)
            except (UndecidedError, TooMuchError):
                unknown.append(region)
                continue
            waiting += outside
            if path.refused:
                breaks += [Breaks(part, path.conditions[-1]) for part in inside if path.conditions]
            else:
                good += inside
        for fewer in (merged, joined):
            with suppress(TooMuchError):
                good = [*fewer(good)]
    if not good and (unknown or waiting):
        good = [Region({name: SizeSet.between(size, size) for name, size in inputs.items()})]
    return Validity(names, tuple(sorted(good, key=least)), tuple(breaks), (*unknown, *waiting))


def _split(region: Region, conditions: Sequence[Met]) -> tuple[tuple[Region, ...], list[Region]]:
    """The parts of a region that meet all conditions, and those that fail one, cut at the first that they fail."""
    inside: tuple[Region, ...] = (region,)
    outside: list[Region] = []
    for met in conditions:
        outside += [part for each in inside for part in each.where(met.condition.opposite)]
        inside = tuple(part for each in inside for part in each.where(met.condition))
    return inside, outside
