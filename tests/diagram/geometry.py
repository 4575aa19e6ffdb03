"""Plane geometry of drawn pictures: boxes, and lines flattened to short straight pieces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Line = tuple[Point, ...]

APART = 2.0
"""Parallel lines nearer than this, in points, look like one."""
LANDING = 16.0
"""So much of lines that end at one box may be one: their arrowheads."""
_REACH = 3.0
_PARALLEL = math.sin(math.radians(5))


def around(points: Iterable[Point]) -> Box:
    """The box around points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def union(boxes: Iterable[Box]) -> Box:
    """The box around boxes."""
    return around(corner for box in boxes for corner in (box[:2], box[2:]))


def inset(box: Box, by: float) -> Box:
    """The box made smaller on all sides, or larger by a negative amount."""
    return box[0] + by, box[1] + by, box[2] - by, box[3] - by


def size(box: Box) -> Point:
    """Width and height."""
    return box[2] - box[0], box[3] - box[1]


def centre(box: Box) -> Point:
    """The middle."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def meet(a: Box, b: Box) -> bool:
    """Whether they have an area in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def within(inner: Box, outer: Box, slack: float = 0.0) -> bool:
    """Whether one lies in the other, or sticks out by no more than `slack`."""
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def holds(box: Box, point: Point) -> bool:
    """Whether the point is in the box."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def in_polygon(points: Sequence[Point], point: Point) -> bool:
    """Whether the point is in the polygon, by the parity of the sides to its right."""
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


def flatten(controls: Sequence[Point]) -> Line:
    """Cubic Bezier pieces, 3n + 1 control points, as a polyline; a straight piece stays one."""
    line = [controls[0]]
    for at in range(0, len(controls) - 1, 3):
        line += _piece(*controls[at : at + 4])
    return tuple(point for at, point in enumerate(line) if at == 0 or math.dist(point, line[at - 1]) > 1e-6)


def _piece(a: Point, b: Point, c: Point, d: Point) -> Iterator[Point]:
    chord = math.dist(a, d)
    bend = max(abs((d[0] - a[0]) * (p[1] - a[1]) - (d[1] - a[1]) * (p[0] - a[0])) for p in (b, c))
    if bend <= 0.05 * chord and math.dist(a, b) <= chord and math.dist(c, d) <= chord:
        yield d
        return
    steps = max(6, min(24, round((math.dist(a, b) + math.dist(b, c) + math.dist(c, d)) / 8)))
    for step in range(1, steps + 1):
        t = step / steps
        u = 1 - t
        weighed = tuple(zip((u**3, 3 * u * u * t, 3 * u * t * t, t**3), (a, b, c, d), strict=True))
        yield sum(w * p[0] for w, p in weighed), sum(w * p[1] for w, p in weighed)


def pieces(line: Line) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a polyline."""
    return pairwise(line)


def near(first: Sequence[Box], second: Sequence[Box] | None = None, by: float = 0.0) -> Iterator[tuple[int, int]]:
    """The pairs of boxes, one of each list, or of one list each pair once, that are no more than `by` apart."""
    others = first if second is None else second
    if not first or not others:
        return
    a, b = np.asarray(first, float), np.asarray(others, float)
    order = np.argsort(b[:, 0], kind="stable")
    b = b[order]
    widest = float((b[:, 2] - b[:, 0]).max())
    starts = np.searchsorted(b[:, 0], a[:, 0] - by - widest)
    ends = np.searchsorted(b[:, 0], a[:, 2] + by, side="right")
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        part = b[start:end]
        hit = (part[:, 2] >= a[at, 0] - by) & (part[:, 1] <= a[at, 3] + by) & (part[:, 3] >= a[at, 1] - by)
        for other in order[start:end][hit]:
            if second is not None or at < other:
                yield at, int(other)


def length_in_box(p: Point, q: Point, box: Box) -> float:
    """How much of a straight piece lies in a box."""
    low, high = 0.0, 1.0
    for axis in (0, 1):
        way = q[axis] - p[axis]
        if abs(way) < 1e-9:
            if not box[axis] < p[axis] < box[axis + 2]:
                return 0.0
            continue
        enter, leave = sorted(((box[axis] - p[axis]) / way, (box[axis + 2] - p[axis]) / way))
        low, high = max(low, enter), min(high, leave)
    return max(0.0, high - low) * math.dist(p, q)


def distance(p: Point, q: Point, point: Point) -> float:
    """From a straight piece to a point."""
    way = q[0] - p[0], q[1] - p[1]
    square = way[0] ** 2 + way[1] ** 2
    t = 0.0 if not square else ((point[0] - p[0]) * way[0] + (point[1] - p[1]) * way[1]) / square
    t = min(1.0, max(0.0, t))
    return math.dist((p[0] + t * way[0], p[1] + t * way[1]), point)


def meeting(p: Point, q: Point, r: Point, s: Point) -> Point | None:
    """Where two straight pieces cross or touch; None where they do not, or run the same way."""
    one, other = (q[0] - p[0], q[1] - p[1]), (s[0] - r[0], s[1] - r[1])
    cross = one[0] * other[1] - one[1] * other[0]
    if abs(cross) <= _PARALLEL * math.hypot(*one) * math.hypot(*other):
        return None
    t = ((r[0] - p[0]) * other[1] - (r[1] - p[1]) * other[0]) / cross
    u = ((r[0] - p[0]) * one[1] - (r[1] - p[1]) * one[0]) / cross
    slack, reach = 0.01 / max(0.01, math.hypot(*one)), 0.01 / max(0.01, math.hypot(*other))
    if not (-slack <= t <= 1 + slack and -reach <= u <= 1 + reach):
        return None
    return p[0] + t * one[0], p[1] + t * one[1]


def together(p: Point, q: Point, r: Point, s: Point) -> tuple[Point, Point] | None:
    """The stretch of the first piece along which the second runs so near that they look like one."""
    long = math.dist(p, q)
    way = (q[0] - p[0]) / long, (q[1] - p[1]) / long
    other = s[0] - r[0], s[1] - r[1]
    if abs(way[0] * other[1] - way[1] * other[0]) > _PARALLEL * math.hypot(*other):
        return None
    if max(abs((x - p[0]) * way[1] - (y - p[1]) * way[0]) for x, y in (r, s)) >= APART:
        return None
    start, end = sorted((x - p[0]) * way[0] + (y - p[1]) * way[1] for x, y in (r, s))
    start, end = max(0.0, start), min(long, end)
    if end - start <= APART:
        return None
    return (p[0] + start * way[0], p[1] + start * way[1]), (p[0] + end * way[0], p[1] + end * way[1])


def crosses(a: Line, b: Line, point: Point) -> bool:
    """Whether, at a point that both go through, one passes from one side of the other to its other side."""
    ways = [way for way in (*_ways(a, point), *_ways(b, point)) if way is not None]
    if len(ways) < 4:
        return False
    turn = [math.atan2(y - point[1], x - point[0]) for x, y in ways]
    full = 2 * math.pi
    arc, first, second = ((angle - turn[0]) % full for angle in turn[1:])
    slack = math.radians(4)
    apart = all(slack < angle < full - slack and abs(angle - arc) > slack for angle in (first, second))
    return apart and (first < arc) != (second < arc)


def _ways(line: Line, point: Point) -> tuple[Point | None, Point | None]:
    """The points of a line a little before and a little after one on it; None where the line ends."""
    at = min(range(len(line) - 1), key=lambda index: distance(line[index], line[index + 1], point))
    return _walk((point, *reversed(line[: at + 1]))), _walk((point, *line[at + 1 :]))


def _walk(line: Line) -> Point | None:
    left = _REACH
    for p, q in pieces(line):
        long = math.dist(p, q)
        if long >= left > 0:
            return p[0] + (q[0] - p[0]) * left / long, p[1] + (q[1] - p[1]) * left / long
        left -= long
    return None
