"""The tracks of a gap between two layers: how high each horizontal piece runs, so that few cross and none overlap."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from itertools import pairwise, permutations

_OVERLAP = 1000.0
"""What it costs to lay a line on another tensor's."""
_NEAR = 4.0
"""Vertical lines nearer than this must not run side by side."""
_MANY = 120
"""Beyond so many lines, no pairs are compared."""


@dataclass(frozen=True)
class Net:
    """What one tensor does in a gap: it comes down at `top` and goes on at every one of `bottoms`."""

    tail: int
    skip: bool
    top: float
    bottoms: tuple[float, ...]

    @cached_property
    def left(self) -> float:
        """Its horizontal piece's left end."""
        return min(self.top, *self.bottoms)

    @cached_property
    def right(self) -> float:
        """Its horizontal piece's right end."""
        return max(self.top, *self.bottoms)


@dataclass(frozen=True, slots=True)
class Way:
    """The tracks of a net, counted from the top: mostly one; two where it has to step aside at `aside` first."""

    first: int
    second: int | None = None
    aside: float = 0.0


def tracks(nets: Sequence[Net], upright: Sequence[float], track: float) -> list[Way]:
    """The ways of the nets that have a horizontal piece; `upright` are the lines that only pass."""
    pieces = list(nets)
    origin = list(range(len(nets)))
    taken = [*upright, *(x for net in nets for x in (net.top, *net.bottoms))]
    order = _ordered(pieces, track)
    while (bad := _overlapping(pieces, order)) is not None and origin.count(origin[bad]) == 1:
        aside = _free_place(pieces[bad], taken, track)
        taken.append(aside)
        pieces.append(replace(pieces[bad], top=aside))
        origin.append(bad)
        pieces[bad] = replace(pieces[bad], bottoms=(aside,))
        order = _ordered(pieces, track)
    levels = _levels(pieces, order, track)
    ways = [Way(levels[i]) for i in range(len(nets))]
    for i in range(len(nets), len(pieces)):
        ways[origin[i]] = Way(levels[origin[i]], levels[i], pieces[i].top)
    return ways


def _ordered(nets: Sequence[Net], track: float) -> list[int]:
    """From the top down: every pair as it likes best where that is possible, else all orders or a good one."""
    if len(nets) > _MANY:
        return _by_direction(nets)
    count = len(nets)
    cost = [[_cost(a, b, track) if a is not b else 0.0 for b in nets] for a in nets]
    before = [{j for j in range(count) if cost[j][i] < cost[i][j]} for i in range(count)]
    order = _sorted(before, list(range(count)), lambda i, left: sum(cost[i][j] - cost[j][i] for j in left))
    if all(before[i].isdisjoint(order[place:]) for place, i in enumerate(order)):
        return order
    if count <= 6:
        return list(min(permutations(order), key=lambda one: _total(one, cost)))
    return _exchanged(order, cost)


def _by_direction(nets: Sequence[Net]) -> list[int]:
    """Lines to the right from the right, then lines to the left from the left; only overlaps matter beyond that."""
    before: list[set[int]] = [set() for _ in nets]
    for upper, lower in _musts(nets):
        before[lower].add(upper)
    place = [(net.right == net.top, net.top if net.right == net.top else -net.top) for net in nets]
    by_place = sorted(range(len(nets)), key=lambda i: place[i])
    return _sorted(before, by_place, lambda i, left: len(before[i] & left))


def _sorted(before: Sequence[set[int]], wanted: list[int], badness: Callable[[int, set[int]], float]) -> list[int]:
    """All in the order wanted, each after those before it; where that goes round in a circle, the least bad next."""
    place = {i: spot for spot, i in enumerate(wanted)}
    after: list[list[int]] = [[] for _ in before]
    for i, others in enumerate(before):
        for j in others:
            after[j].append(i)
    waits = [len(others) for others in before]
    free = [place[i] for i in wanted if not waits[i]]
    left, order = set(wanted), list[int]()
    while left:
        chosen = wanted[heappop(free)] if free else min(left, key=lambda i: (badness(i, left), place[i]))
        if chosen not in left:
            continue
        left.discard(chosen)
        order.append(chosen)
        for i in after[chosen]:
            waits[i] -= 1
            if not waits[i] and i in left:
                heappush(free, place[i])
    return order


def _musts(nets: Sequence[Net]) -> Iterator[tuple[int, int]]:
    """Pairs of which the first has to be above the second, since it comes down where the second goes on."""
    tops = sorted((net.top, i) for i, net in enumerate(nets))
    for lower, net in enumerate(nets):
        for x in net.bottoms:
            for top, upper in tops[bisect_left(tops, (x - _NEAR, len(nets))) :]:
                if top >= x + _NEAR:
                    break
                if nets[upper].tail != net.tail:
                    yield upper, lower


def _total(order: Sequence[int], cost: Sequence[Sequence[float]]) -> float:
    return sum(cost[a][b] for i, a in enumerate(order) for b in order[i + 1 :])


def _exchanged(order: list[int], cost: Sequence[Sequence[float]]) -> list[int]:
    for _ in range(len(order)):
        moved = False
        for i, (a, b) in enumerate(pairwise(order)):
            if cost[b][a] < cost[a][b]:
                order[i], order[i + 1] = b, a
                moved = True
        if not moved:
            break
    return order


def _cost(above: Net, below: Net, track: float) -> float:
    """Crossings and overlaps of two nets, one on a track above the other's."""
    if above.left >= below.right + track or below.left >= above.right + track:
        return 0.0
    if above.tail == below.tail:
        crossing = 0.1 * _crossings(above, below)
        hidden = above.top == below.top and below.skip and not above.skip
        return crossing + (_OVERLAP / 2 if hidden and above.top not in above.bottoms else 0.2 * hidden)
    near = [abs(x - below.top) for x in above.bottoms]
    overlaps = sum(distance < _NEAR for distance in near)
    close = sum(_NEAR <= distance < 0.9 * track for distance in near)
    return _crossings(above, below) + _OVERLAP * overlaps + 0.5 * close


def _crossings(above: Net, below: Net) -> int:
    """The lower net comes down through the upper one's track, the upper one goes on through the lower one's."""
    through = above.left < below.top < above.right
    return through + sum(below.left < x < below.right for x in above.bottoms)


def _overlapping(nets: Sequence[Net], order: Sequence[int]) -> int | None:
    """A net that lies on another one below it."""
    place = {i: spot for spot, i in enumerate(order)}
    return next((lower for upper, lower in _musts(nets) if place[lower] < place[upper]), None)


def _free_place(net: Net, taken: Sequence[float], track: float) -> float:
    """Where a net may go down between two tracks: inside its own width if there is room, else beside everything."""
    inside = sorted({net.left, net.right, *(x for x in taken if net.left <= x <= net.right)})
    room, middle = max(((b - a, (a + b) / 2) for a, b in pairwise(inside)), default=(0.0, 0.0))
    return middle if room >= 2 * _NEAR else max(taken) + track


def _levels(nets: Sequence[Net], order: Sequence[int], track: float) -> list[int]:
    """The track of each net: as high as those above it leave room."""
    levels = [0] * len(nets)
    for place, i in enumerate(order):
        for j in order[:place]:
            apart = nets[i].left >= nets[j].right + track or nets[j].left >= nets[i].right + track
            same = nets[i].tail == nets[j].tail and nets[i].skip == nets[j].skip and nets[i].top != nets[j].top
            if not apart and not same:
                levels[i] = max(levels[i], levels[j] + 1)
    return levels
