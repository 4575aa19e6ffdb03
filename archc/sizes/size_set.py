"""Sets of sizes that repeat from some size on: all that a condition on one input size can come to.

A set is kept in blocks of `period` sizes: `steps` say from which block on which sizes of a block are in it, as bits.
The last step holds for ever. Intersections, unions and complements are then operations on bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, pairwise
from math import lcm

from archc.record import record

LONGEST = 1 << 17
"""The longest period that sets may come to."""

Step = tuple[int, int]
"""The number of a block, and the bits of it and of those that follow up to the next step."""


class TooLongError(Exception):
    """Two sets whose common period is longer than `LONGEST`."""


@record
class SizeSet:
    """A set of whole numbers from 0 on."""

    period: int
    steps: tuple[Step, ...]

    @staticmethod
    def of(period: int, events: Iterable[tuple[int, int, bool]]) -> SizeSet:
        """From what changes: at block k, the size `r` of each block from there on is in the set, or is not."""
        bits, steps = 0, dict[int, int]()
        for block, residue, is_in in sorted(events):
            bits = bits | 1 << residue if is_in else bits & ~(1 << residue)
            steps[block] = bits
        return _normal(period, [(0, 0), *steps.items()] if 0 not in steps else list(steps.items()))

    @staticmethod
    def between(first: int, last: int | None = None) -> SizeSet:
        """The sizes `first` to `last`; without `last` all from `first` on."""
        first = max(first, 0)
        if last is None:
            return _normal(1, [(0, 0), (first, 1)])
        return _normal(1, [(0, 0), (first, 1), (max(last, first - 1) + 1, 0)])

    def __contains__(self, size: int) -> bool:
        return size >= 0 and bool(self.bits(size // self.period) >> size % self.period & 1)

    def __and__(self, other: SizeSet) -> SizeSet:
        return _joined(self, other, lambda left, right: left & right)

    def __or__(self, other: SizeSet) -> SizeSet:
        return _joined(self, other, lambda left, right: left | right)

    def __invert__(self) -> SizeSet:
        full = (1 << self.period) - 1
        return SizeSet(self.period, tuple([(block, full ^ bits) for block, bits in self.steps]))

    def __bool__(self) -> bool:
        return any(bits for _, bits in self.steps)

    def __iter__(self) -> Iterator[int]:
        """The sizes in order; without end where the set has none."""
        ends = [block for block, _ in self.steps[1:]]
        for (start, bits), end in zip(self.steps, [*ends, None], strict=True):
            if not bits:
                continue
            inside = [residue for residue in range(self.period) if bits >> residue & 1]
            block = start
            while end is None or block < end:
                yield from (block * self.period + residue for residue in inside)
                block += 1

    def same_as(self, other: SizeSet) -> bool:
        """Whether two sets have the same sizes, in whatever blocks they are kept."""
        return self == other or not ((self & ~other) | (other & ~self))

    def first(self, count: int) -> tuple[int, ...]:
        """The least of its sizes, so many as are asked for and there are."""
        return tuple(islice(self, count))

    @property
    def last(self) -> int | None:
        """The largest of its sizes; None where there is none."""
        return self.below(self.steps[-1][0] * self.period) if self.is_finite else None

    @property
    def is_finite(self) -> bool:
        """Whether there is a largest size in it."""
        return not self.steps[-1][1]

    def runs(self, limit: int) -> tuple[tuple[int, int | None], ...] | None:
        """The set as runs `(first, last)` in order, None for no last; None where there are more than `limit`."""
        found: list[tuple[int, int | None]] = []
        full = (1 << self.period) - 1
        ends = [block for block, _ in self.steps[1:]]
        for (start, bits), end in zip(self.steps, [*ends, None], strict=True):
            if bits not in {0, full} and (end is None or (end - start) * self.period > LONGEST):
                return None
            if bits == full:
                _extend(found, start * self.period, None if end is None else end * self.period - 1)
            elif bits:
                assert end is not None
                for size in range(start * self.period, end * self.period):
                    if bits >> size % self.period & 1:
                        _extend(found, size, size)
                    if len(found) > limit:
                        return None
        return tuple(found) if len(found) <= limit else None

    def shifted(self, by: int) -> SizeSet:
        """The set of its sizes plus a number, so far as they are not negative."""
        blocks, rest = divmod(-by, self.period)
        full = (1 << self.period) - 1
        changes = {max(0, block - blocks - early) for block, _ in self.steps for early in (0, 1)} | {0}
        steps: list[Step] = []
        for change in sorted(changes):
            low, high = (self.bits(change + blocks + late) if change + blocks + late >= 0 else 0 for late in (0, 1))
            steps.append((change, (low >> rest | high << self.period - rest) & full))
        return _normal(self.period, steps)

    def nearest(self, size: int) -> tuple[int, ...]:
        """The largest of its sizes below `size` and the smallest from there on, as far as there are."""
        below = self.below(size)
        return (*([] if below is None else [below]), *(self & SizeSet.between(size)).first(1))

    def below(self, size: int) -> int | None:
        """The largest of its sizes below `size`; None where there is none."""
        starts = [start for start, _ in self.steps]
        for at in range(bisect_right(starts, size // self.period) - 1, -1, -1):
            start, bits = self.steps[at]
            end = size if at + 1 == len(starts) else min(size, starts[at + 1] * self.period)
            for back in range(end - 1, max(start * self.period, end - 2 * self.period) - 1, -1):
                if bits >> back % self.period & 1:
                    return back
        return None

    def bits(self, block: int) -> int:
        """Which sizes of a block are in the set."""
        return self.steps[bisect_right(self.steps, block, key=lambda step: step[0]) - 1][1]

    def stretched(self, period: int) -> SizeSet:
        """The same set with a multiple of its period."""
        times = period // self.period
        if times == 1:
            return self
        changes = sorted({change for block, _ in self.steps for change in (block // times, -(-block // times))})
        return SizeSet(period, tuple([(change, self._block_of(change * times, times)) for change in changes]))

    def _block_of(self, first: int, count: int) -> int:
        """The bits of several blocks side by side."""
        starts = [first, *(block for block, _ in self.steps if first < block < first + count), first + count]
        total = 0
        for start, end in pairwise(starts):
            repeated = ((1 << (end - start) * self.period) - 1) // ((1 << self.period) - 1)
            total |= self.bits(start) * repeated << (start - first) * self.period
        return total


def _joined(left: SizeSet, right: SizeSet, operation: Callable[[int, int], int]) -> SizeSet:
    period = lcm(left.period, right.period)
    if period > LONGEST:
        raise TooLongError
    left, right = left.stretched(period), right.stretched(period)
    blocks = sorted({block for block, _ in (*left.steps, *right.steps)})
    return _normal(period, [(block, operation(left.bits(block), right.bits(block))) for block in blocks])


def _normal(period: int, steps: list[Step]) -> SizeSet:
    """A set without steps that change nothing; of a block's several steps the last one counts."""
    kept: list[Step] = []
    for block, bits in steps:
        if kept and kept[-1][0] == block:
            kept.pop()
        if not kept or kept[-1][1] != bits:
            kept.append((block, bits))
    period, kept = _shortest(period, kept)
    return SizeSet(period, tuple(kept))


def _shortest(period: int, steps: list[Step]) -> tuple[int, list[Step]]:
    """Period 1 for sets that are plain intervals at block boundaries; longer ones stay as they are."""
    full = (1 << period) - 1
    if period == 1 or any(bits not in {0, full} for _, bits in steps):
        return period, steps
    return 1, [(block * period, 1 if bits else 0) for block, bits in steps]


def _extend(runs: list[tuple[int, int | None]], first: int, last: int | None) -> None:
    """Add a run, joined with the one before where they touch."""
    if runs and runs[-1][1] is not None and runs[-1][1] + 1 >= first:
        runs[-1] = (runs[-1][0], last)
    else:
        runs.append((first, last))


ALL = SizeSet.between(1)
"""Every size there can be: the whole numbers from 1 on."""
