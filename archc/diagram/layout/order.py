"""The order of upright lanes from left to right: few crossings first, then short ways, then the author's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
Wishes = Mapping[tuple[int, int], int]
"""How often one lane would rather be to the left of another."""


def best_order(lanes: int, gaps: Sequence[Sequence[Strand]], wishes: Wishes, author: Sequence[int]) -> list[int]:
    """The lanes from left to right."""
    natural = sorted(range(lanes), key=lambda lane: (author[lane], lane))
    bent = [strands for strands in gaps if any(one.top != one.bottom for one in strands)]
    if lanes <= 5:
        return list(min(permutations(natural), key=lambda order: _cost(order, bent, wishes)))
    search = _Search(lanes, bent, wishes)
    starts = (natural, search.by_neighbours(natural))
    return min((search.sifted(start) for start in starts), key=lambda order: _cost(order, bent, wishes))


def _cost(order: Sequence[int], gaps: Sequence[Sequence[Strand]], wishes: Wishes) -> Cost:
    rank = [0] * len(order)
    for i, lane in enumerate(order):
        rank[lane] = i
    crossings = sum(_crossings(strands, rank) for strands in gaps)
    against = sum(n for (left, right), n in wishes.items() if rank[left] > rank[right])
    return crossings, against + sum(abs(rank[one.top] - rank[one.bottom]) for strands in gaps for one in strands)


def _crossings(strands: Sequence[Strand], rank: Sequence[int]) -> int:
    """Pairs of lines of two tensors that change sides in a gap."""
    ends = [(rank[top], rank[bottom], tensor) for top, bottom, tensor in strands]
    bent = [end for end in ends if end[0] != end[1]]
    twice = sum((a - c) * (b - d) < 0 and own != other for a, b, own in bent for c, d, other in bent)
    upright = [end for end in ends if end[0] == end[1]]
    return twice // 2 + sum((a - c) * (b - c) < 0 and own != other for a, b, own in bent for c, _, other in upright)


class _Search:
    """Improves an order by moving one lane at a time."""

    def __init__(self, lanes: int, gaps: Sequence[Sequence[Strand]], wishes: Wishes) -> None:
        self.lanes, self.gaps, self.wishes = lanes, gaps, wishes
        self.at: list[dict[int, list[Strand]]] = [{} for _ in range(lanes)]
        """The strands that touch a lane, by gap."""
        self.near: list[Counter[int]] = [Counter() for _ in range(lanes)]
        """The lanes it is connected to, and how often."""
        for i, strands in enumerate(gaps):
            for one in strands:
                self.at[one.top].setdefault(i, []).append(one)
                if one.top != one.bottom:
                    self.at[one.bottom].setdefault(i, []).append(one)
                    self.near[one.top][one.bottom] += 1
                    self.near[one.bottom][one.top] += 1

    def by_neighbours(self, start: list[int]) -> list[int]:
        """Sort by the mean place of the lanes one is connected to, a few times; the best of these orders."""
        order, orders = start, [start]
        for _ in range(8 if self.lanes <= _SIFTED else 3):
            rank = {lane: i for i, lane in enumerate(order)}
            place = [
                (sum(rank[other] * n for other, n in near.items()) + rank[lane]) / (near.total() + 1)
                for lane, near in enumerate(self.near)
            ]
            order = sorted(order, key=lambda lane: (place[lane], rank[lane]))
            orders.append(order)
        return min(orders, key=lambda one: _cost(one, self.gaps, self.wishes))

    def sifted(self, start: list[int]) -> list[int]:
        """Take every lane through all places and leave it at the best one, until nothing improves."""
        order, rank = list(start), [0] * self.lanes
        for i, lane in enumerate(order):
            rank[lane] = i
        reach = self.lanes if self.lanes <= _SIFTED else 3
        for _ in range(6 if self.lanes <= _SIFTED else 2):
            moved = [
                self._sift(order, rank, lane, reach) for lane in sorted(start, key=lambda one: -self.near[one].total())
            ]
            if not any(moved):
                break
        return order

    def _sift(self, order: list[int], rank: list[int], lane: int, reach: int) -> bool:
        """Walk a lane both ways past its neighbours, then put it where it was best."""
        home = rank[lane]
        best, place = (0, 0), home
        for step in (-1, 1):
            crossings = longer = 0
            spot = home
            while 0 <= spot + step < len(order) and abs(spot + step - home) <= reach:
                change = self._swap(order, rank, spot, step)
                spot += step
                crossings, longer = crossings + change[0], longer + change[1]
                if (crossings, longer) < best:
                    best, place = (crossings, longer), spot
            _move(order, rank, spot, home)
        _move(order, rank, home, place)
        return place != home

    def _swap(self, order: list[int], rank: list[int], spot: int, step: int) -> Cost:
        """Swap two neighbours; what it changes."""
        lane, other = order[spot], order[spot + step]
        few, many = self.at[lane], self.at[other]
        if len(few) > len(many):
            few, many = many, few
        shared = [gap for gap in few if gap in many]
        before = self._between(rank, lane, other, shared)
        longer = sum(n if rank[one] <= spot else -n for one, n in self.near[lane].items() if one != other)
        longer -= sum(n if rank[one] < spot + step else -n for one, n in self.near[other].items() if one != lane)
        longer += self.wishes.get((lane, other), 0) - self.wishes.get((other, lane), 0)
        order[spot], order[spot + step] = other, lane
        rank[lane], rank[other] = spot + step, spot
        return self._between(rank, lane, other, shared) - before, step * longer

    def _between(self, rank: list[int], lane: int, other: int, shared: list[int]) -> int:
        """Crossings of what touches one lane with what touches the other."""
        count = 0
        for gap in shared:
            for a in self.at[lane][gap]:
                for b in self.at[other][gap]:
                    if a.tensor != b.tensor and (rank[a.top] - rank[b.top]) * (rank[a.bottom] - rank[b.bottom]) < 0:
                        count += 1
        return count


def _move(order: list[int], rank: list[int], spot: int, to: int) -> None:
    """Put the lane at one place at another, keeping the order of the rest."""
    if spot == to:
        return
    order.insert(to, order.pop(spot))
    for i in range(min(spot, to), max(spot, to) + 1):
        rank[order[i]] = i
