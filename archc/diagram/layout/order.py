"""The order of upright lanes from left to right: few crossings first, then short ways, then the author's order."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

_SIFTED = 160
"""Beyond so many lanes, each is only tried a few places from where it is."""


class Strand(NamedTuple):
    """What runs through a gap from a lane above it to a lane below it."""

    top: int
    bottom: int
    tensor: int


Cost = tuple[int, int]


def best_order(lanes: int, gaps: Sequence[Sequence[Strand]], author: Sequence[int]) -> list[int]:
    """The lanes from left to right."""
    natural = sorted(range(lanes), key=lambda lane: (author[lane], lane))
    if lanes <= 5:
        return list(min(permutations(natural), key=lambda order: _cost(order, gaps)))
    search = _Search(lanes, gaps)
    starts = [natural, search.by_neighbours(natural)]
    return min((search.sifted(start) for start in starts), key=lambda order: _cost(order, gaps))


def _cost(order: Sequence[int], gaps: Sequence[Sequence[Strand]]) -> Cost:
    rank = {lane: i for i, lane in enumerate(order)}
    crossings = sum(_crossings(strands, rank) for strands in gaps)
    return crossings, sum(abs(rank[one.top] - rank[one.bottom]) for strands in gaps for one in strands)


def _crossings(strands: Sequence[Strand], rank: dict[int, int]) -> int:
    """Pairs that change sides in a gap; two lines of one tensor count as well when there are many."""
    ends = sorted((rank[one.top], rank[one.bottom], one.tensor) for one in strands)
    if len(ends) > 40:
        return _inversions([bottom for _, bottom, _ in ends])
    return sum(
        1 for i, a in enumerate(ends) for b in ends[i + 1 :] if a[0] < b[0] and a[1] > b[1] and a[2] != b[2]
    )


def _inversions(values: Sequence[int]) -> int:
    seen: list[int] = []
    count = 0
    for value in values:
        count += len(seen) - bisect_right(seen, value)
        insort(seen, value)
    return count


class _Search:
    """Improves an order by moving one lane at a time."""

    def __init__(self, lanes: int, gaps: Sequence[Sequence[Strand]]) -> None:
        self.lanes, self.gaps = lanes, gaps
        self.at: list[dict[int, list[Strand]]] = [{} for _ in range(lanes)]
        """The strands that touch a lane, by gap."""
        self.near: list[list[int]] = [[] for _ in range(lanes)]
        for i, strands in enumerate(gaps):
            for one in strands:
                for lane in {one.top, one.bottom}:
                    self.at[lane].setdefault(i, []).append(one)
                if one.top != one.bottom:
                    self.near[one.top].append(one.bottom)
                    self.near[one.bottom].append(one.top)

    def by_neighbours(self, start: list[int]) -> list[int]:
        """Sort by the mean place of the lanes one is connected to, a few times; the best of these orders."""
        order, best = start, start
        for _ in range(8):
            rank = {lane: i for i, lane in enumerate(order)}
            place = [
                (sum(rank[other] for other in near) + rank[lane]) / (len(near) + 1) for lane, near in enumerate(self.near)
            ]
            order = sorted(order, key=lambda lane: (place[lane], rank[lane]))
            best = min(best, order, key=lambda one: _cost(one, self.gaps))
        return best

    def sifted(self, start: list[int]) -> list[int]:
        """Take every lane through all places and leave it at the best one, until nothing improves."""
        order = list(start)
        reach = self.lanes if self.lanes <= _SIFTED else 3
        for _ in range(6 if self.lanes <= _SIFTED else 2):
            moved = [self._sift(order, lane, reach) for lane in sorted(start, key=lambda lane: -len(self.near[lane]))]
            if not any(moved):
                break
        return order

    def _sift(self, order: list[int], lane: int, reach: int) -> bool:
        home = order.index(lane)
        rank = {other: i for i, other in enumerate(order)}
        best, place = (0, 0), home
        for step in (-1, 1):
            total, spot = (0, 0), home
            while 0 <= spot + step < len(order) and abs(spot + step - home) <= reach:
                other = order[spot + step]
                change = self._swap(rank, lane, other, step)
                total = (total[0] + change[0], total[1] + change[1])
                spot += step
                if total < best:
                    best, place = total, spot
            for i, other in enumerate(order):
                rank[other] = i
        if place == home:
            return False
        order.remove(lane)
        order.insert(place, lane)
        return True

    def _swap(self, rank: dict[int, int], lane: int, other: int, step: int) -> Cost:
        """What it changes to swap two neighbours, done in `rank`."""
        few, many = sorted((self.at[lane], self.at[other]), key=len)
        shared = [gap for gap in few if gap in many]
        before = self._between(rank, lane, other, shared)
        rank[lane] += step
        rank[other] -= step
        after = self._between(rank, lane, other, shared)
        longer = self._ways(rank, lane) + self._ways(rank, other)
        rank[lane] -= step
        rank[other] += step
        longer -= self._ways(rank, lane) + self._ways(rank, other)
        rank[lane] += step
        rank[other] -= step
        return after - before, longer

    def _between(self, rank: dict[int, int], lane: int, other: int, shared: list[int]) -> int:
        """Crossings of what touches one lane with what touches the other."""
        count = 0
        for gap in shared:
            for a in self.at[lane][gap]:
                for b in self.at[other][gap]:
                    if a.tensor != b.tensor and (rank[a.top] - rank[b.top]) * (rank[a.bottom] - rank[b.bottom]) < 0:
                        count += 1
        return count

    def _ways(self, rank: dict[int, int], lane: int) -> int:
        return sum(abs(rank[lane] - rank[other]) for other in self.near[lane])
