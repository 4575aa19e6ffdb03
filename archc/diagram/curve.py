"""A route as one smooth curve: straight pieces with round corners, as the cubic Béziers that every writer can draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import dist

from archc.diagram.sheet import Point

_ARC = 0.5523
"""How far the control points of a quarter of a circle lie along its tangents, in radii."""
_NEAR = 0.01


def rounded(points: Sequence[Point], radius: float) -> tuple[Point, ...]:
    """A start and three more points for each cubic: the pieces through `points`, no corner wider than they allow."""
    corners = _distinct(points)
    if len(corners) == 1:
        return (corners[0],) * 4
    made = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        r = min(radius, _share(before, corner, corners[0]), _share(after, corner, corners[-1]))
        enter, leave = _towards(corner, before, r), _towards(corner, after, r)
        made += [*_straight(made[-1], enter), enter]
        made += [_towards(enter, corner, r * _ARC), _towards(leave, corner, r * _ARC), leave]
    return (*made, *_straight(made[-1], corners[-1]), corners[-1])


def shortened(points: Sequence[Point], length: float) -> tuple[Point, ...]:
    """The pieces without their last `length`, for an arrowhead; the last piece keeps at least a tenth of itself."""
    corners = _distinct(points)
    if len(corners) == 1:
        return corners
    last, end = corners[-2:]
    return (*corners[:-1], _towards(end, last, min(length, 0.9 * dist(last, end))))


def _distinct(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points without those where nothing turns."""
    apart = [points[0], *(b for a, b in pairwise(points) if dist(a, b) > _NEAR)]
    turns = [b for a, b, c in zip(apart, apart[1:], apart[2:], strict=False) if _turns(a, b, c)]
    return (apart[0], *turns, apart[-1]) if len(apart) > 1 else (apart[0],)


def _turns(a: Point, b: Point, c: Point) -> bool:
    return abs((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])) > _NEAR


def _share(other: Point, corner: Point, end: Point) -> float:
    """How much of a piece a corner may take: all of one that ends there, half of one with a corner at each end."""
    return dist(other, corner) * (1 if other == end else 0.5)


def _towards(start: Point, goal: Point, length: float) -> Point:
    whole = dist(start, goal)
    if whole == 0:
        return start
    return start[0] + (goal[0] - start[0]) * length / whole, start[1] + (goal[1] - start[1]) * length / whole


def _straight(start: Point, end: Point) -> Iterator[Point]:
    for part in (1 / 3, 2 / 3):
        yield start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
