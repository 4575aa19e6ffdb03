"""The lines between boxes: connectors glued to what they join where they are straight, freeforms where they turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import dist
from xml.etree.ElementTree import Element

from archc.diagram.deck.drawing import Rect, Scale, Stroke, element, path, preset, stroke, transform
from archc.diagram.sheet import Point, Shape

_NEAR = 0.05
"""Points between a line's end and the middle of a side at which they count as one."""


@dataclass(frozen=True, slots=True)
class Target:
    """A shape on the slide, in the sheet's points, that a connector can be glued to."""

    number: int
    shape: Shape
    x: float
    y: float
    w: float
    h: float

    def sites(self) -> tuple[tuple[int, Point], ...]:
        """The middles of its sides with the numbers that the format gives them."""
        across, down = self.x + self.w / 2, self.y + self.h / 2
        middles = (across, self.y), (self.x, down), (across, self.y + self.h), (self.x + self.w, down)
        numbers = (0, 2, 4, 6) if self.shape in ("circle", "point") else (0, 1, 2, 3)
        return tuple(zip(numbers, middles, strict=True))


@dataclass(frozen=True, slots=True)
class _End:
    """Where a connector ends, and the site there that it is glued to."""

    at: Point
    glue: tuple[int, int] | None = None


def connector(
    who: Element,
    ends: tuple[Point, Point],
    joined: tuple[Iterable[Target], Iterable[Target]],
    style: Stroke,
    scale: Scale,
) -> Element:
    """A straight connector, glued at each end that lies in the middle of a side of what is `joined` there."""
    start, end = _glued(ends[0], ends[1], joined[0]), _glued(ends[1], ends[0], joined[1])
    (x, y), (to_x, to_y) = scale.at(start.at), scale.at(end.at)
    glue = element("p:cNvCxnSpPr")
    for tag, glued in (("a:stCxn", start.glue), ("a:endCxn", end.glue)):
        if glued is not None:
            glue.append(element(tag, id=glued[0], idx=glued[1]))
    flips = {name: 1 for name, turned in (("flipH", to_x < x), ("flipV", to_y < y)) if turned}
    place = transform(Rect(min(x, to_x), min(y, to_y), abs(to_x - x), abs(to_y - y)), **flips)
    look = element("p:spPr", place, preset("straightConnector1"), stroke(style, scale))
    return element("p:cxnSp", element("p:nvCxnSpPr", who, glue, element("p:nvPr")), look)


def freeform(who: Element, curve: Sequence[Point], style: Stroke, scale: Scale) -> Element:
    """A line of several pieces as one shape; `curve` is a start and three more points for each cubic."""
    across, down = [x for x, _ in curve], [y for _, y in curve]
    rect = scale.rect(min(across), min(down), max(across) - min(across), max(down) - min(down))
    look = element("p:spPr", transform(rect), path(curve, scale, rect))
    look.extend((element("a:noFill"), stroke(style, scale)))
    return element("p:sp", element("p:nvSpPr", who, element("p:cNvSpPr"), element("p:nvPr")), look)


def _glued(end: Point, other: Point, targets: Iterable[Target]) -> _End:
    for target in targets:
        if target.shape == "point":
            return _at_junction(end, other, target)
        for index, site in target.sites():
            if dist(site, end) < _NEAR:
                return _End(end, (target.number, index))
    return _End(end)


def _at_junction(end: Point, other: Point, dot: Target) -> _End:
    """A line into a dot ends at the side it comes from: to its middle is the same picture, and has no site."""
    index, site = min(dot.sites(), key=lambda each: dist(each[1], other))
    centre = dot.x + dot.w / 2, dot.y + dot.h / 2
    if dist(end, centre) > max(dot.w, dot.h) or not _straight(centre, site, other):
        return _End(end)
    return _End(site, (dot.number, index))


def _straight(first: Point, second: Point, third: Point) -> bool:
    """Whether the second point lies on the line of the two others."""
    area = (second[0] - first[0]) * (third[1] - first[1]) - (second[1] - first[1]) * (third[0] - first[0])
    return abs(area) <= _NEAR * max(dist(first, third), dist(first, second))
