"""A drawn picture as Graphviz's own `-Tjson` output tells it: what was painted where, read without archc."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from tests.diagram.geometry import Box, Line, Point, around, flatten, holds, in_polygon, union

NO_NODES = frozenset({"title", "legend", "note"})
"""The classes of what is drawn as a node of the DOT and is none of the picture."""
_ASCENT, _DESCENT = 0.73, 0.21
"""Of a sans-serif's letters, in sizes."""


@dataclass(frozen=True)
class Text:
    """A run of text in one style, in the box that Graphviz measured."""

    words: str
    box: Box
    size: float
    colour: str
    bold: bool
    home: Box | None = None
    """The box of what its own object painted beneath it."""
    ground: str | None = None
    """The fill beneath it, where the same object has one."""


@dataclass(frozen=True)
class Shape:
    """An outline that was painted, filled or not."""

    outline: Line
    fill: str | None
    round: bool = False

    @cached_property
    def box(self) -> Box:
        return around(self.outline)

    def covers(self, point: Point) -> bool:
        return holds(self.box, point) and in_polygon(self.outline, point)


@dataclass(frozen=True)
class Thing:
    """A node or a frame with its attributes and what was painted for it."""

    name: str
    classes: tuple[str, ...]
    attributes: Mapping[str, str]
    shapes: tuple[Shape, ...]
    texts: tuple[Text, ...]

    @cached_property
    def box(self) -> Box:
        """Around its shapes; around its text where it is text alone."""
        return union(each.box for each in (self.shapes or self.texts))

    @cached_property
    def fill(self) -> str | None:
        """Its colour: that painted first."""
        return next((shape.fill for shape in self.shapes if shape.fill is not None), None)

    def covers(self, point: Point) -> bool:
        """Whether its shapes have a place among them."""
        return any(shape.covers(point) for shape in self.shapes)

    @property
    def family(self) -> str:
        return next(iter(self.classes), "")

    @property
    def is_point(self) -> bool:
        """A junction of lines."""
        return self.attributes.get("shape") == "point"

    @property
    def is_node(self) -> bool:
        return not self.is_point and NO_NODES.isdisjoint(self.classes)

    @property
    def is_round(self) -> bool:
        return bool(self.shapes) and all(shape.round for shape in self.shapes)

    @property
    def words(self) -> str:
        return " ".join(text.words for text in self.texts)

    def number(self, name: str, default: int = 0) -> int:
        """A fact that the DOT carries."""
        return int(self.attributes.get(name) or default)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.attributes.get("paths", "").replace(",", " ").split())


@dataclass(frozen=True)
class Edge:
    """A line from a node to another, with the tip of its arrow."""

    tail: str
    head: str
    classes: tuple[str, ...]
    line: Line
    colours: frozenset[str]
    shapes: tuple[Shape, ...]
    """Grounds of its label."""
    texts: tuple[Text, ...]
    count: int
    """The graph's edges that it stands for."""

    @property
    def name(self) -> str:
        return f"{self.tail} -> {self.head}"


@dataclass(frozen=True)
class Drawing:
    """All that can be seen, in the order in which it was painted: frames, edges, nodes."""

    page: Box
    colour: str
    frames: tuple[Thing, ...]
    edges: tuple[Edge, ...]
    nodes: tuple[Thing, ...]
    texts: tuple[Text, ...]
    """Text that belongs to the page."""

    @cached_property
    def named(self) -> Mapping[str, Thing]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def visible(self) -> tuple[Thing, ...]:
        """The nodes that people count."""
        return tuple(node for node in self.nodes if node.is_node)

    def of(self, kind: str) -> tuple[Thing, ...]:
        """The nodes of a class."""
        return tuple(node for node in self.nodes if kind in node.classes)

    @cached_property
    def every_text(self) -> tuple[Text, ...]:
        groups = (self.texts, *(thing.texts for thing in (*self.frames, *self.edges, *self.nodes)))
        return tuple(text for group in groups for text in group)

    @cached_property
    def extent(self) -> Box:
        """The box around everything but the page."""
        boxes = [thing.box for thing in (*self.frames, *self.nodes)] + [text.box for text in self.every_text]
        return union([*boxes, *(around(edge.line) for edge in self.edges)] or [self.page])

    def ground(self, point: Point) -> str:
        """The colour of the page or the uppermost frame at a point."""
        fills = [s.fill for frame in self.frames for s in frame.shapes if s.fill is not None and s.covers(point)]
        return fills[-1] if fills else self.colour

    def source(self, name: str) -> str:
        """The node whose tensor a line out of this one carries: through junctions, back to a box."""
        seen: set[str] = set()
        while self.named[name].is_point and name not in seen:
            seen.add(name)
            name = next((edge.tail for edge in self.edges if edge.head == name), name)
        return name


def read(text: str | bytes) -> Drawing:
    """What Graphviz's JSON says it painted; nothing that is invisible."""
    data: dict[str, Any] = json.loads(text)
    objects = data.get("objects", [])
    names = {found["_gvid"]: found["name"] for found in objects}
    frames = [_thing(found) for found in objects if "nodes" in found and not isinstance(found["nodes"], str)]
    frames += [_thing(found) for found in objects if found["name"].startswith("cluster") and "pos" not in found]
    nodes = [_thing(found) for found in objects if "pos" in found]
    edges = [_edge(found, names) for found in data.get("edges", [])]
    shapes, texts = _painted(data)
    return Drawing(
        page=_page(data),
        colour=next((shape.fill for shape in shapes if shape.fill), "#ffffff"),
        frames=tuple({frame.name: frame for frame in frames if frame.shapes or frame.texts}.values()),
        edges=tuple(edge for edge in edges if edge is not None),
        nodes=tuple(node for node in nodes if node.shapes or node.texts),
        texts=texts,
    )


def _page(data: Mapping[str, Any]) -> Box:
    """What its viewport shows, `width,height,zoom,x,y`; the box around everything where it has none."""
    if not data.get("viewport"):
        left, low, right, high = map(float, data["bb"].split(","))
        return left, low, right, high
    wide, high, zoom, x, y = map(float, data["viewport"].split(","))
    return x - wide / zoom / 2, y - high / zoom / 2, x + wide / zoom / 2, y + high / zoom / 2


def _thing(found: Mapping[str, Any]) -> Thing:
    attributes = {key: value for key, value in found.items() if isinstance(value, str)}
    return Thing(found["name"], tuple(found.get("class", "").split()), attributes, *_painted(found))


def _edge(found: Mapping[str, Any], names: Mapping[int, str]) -> Edge | None:
    line = [flatten(op["points"]) for op in found.get("_draw_", ()) if op["op"] in "bBL"]
    if not line:
        return None
    points = [point for piece in line for point in piece]
    for end, at in (("_hdraw_", -1), ("_tdraw_", 0)):
        for op in found.get(end, ()):
            if op["op"] in "pP":
                tip = max(op["points"], key=lambda corner: math.dist(corner, points[at]))
                points.insert(len(points) if at else 0, (tip[0], tip[1]))
    strokes = {op["color"] for op in found["_draw_"] if op["op"] == "c"}
    shapes, texts = _painted({"_ldraw_": found.get("_ldraw_", ())})
    classes = tuple(found.get("class", "").split())
    count = int(found.get("edges") or 0)
    ends = names[found["tail"]], names[found["head"]]
    return Edge(*ends, classes, tuple(points), frozenset(strokes), shapes, texts, count)


def _painted(found: Mapping[str, Any]) -> tuple[tuple[Shape, ...], tuple[Text, ...]]:
    """The shapes and texts of an object, from its drawing operations; those in no visible colour left out."""
    shapes: list[Shape] = []
    texts: list[Text] = []
    pen, fill, size, bold = "#000000", "#000000", 14.0, False
    for op in (*found.get("_draw_", ()), *found.get("_ldraw_", ())):
        match op["op"]:
            case "c":
                pen = op["color"]
            case "C":
                fill = op["color"]
            case "F":
                size = float(op["size"])
            case "t":
                bold = bool(op["fontchar"] & 1)
            case "T" if op["text"].strip():
                texts.append(_text(op, size, pen, bold, shapes))
            case "P" | "B" | "E" | "p" | "b" | "e" as kind:
                shapes += _shape(kind, op, pen, fill)
            case _:
                pass
    return tuple(shapes), tuple(texts)


def _shape(kind: Literal["P", "B", "E", "p", "b", "e"], op: Mapping[str, Any], pen: str, fill: str) -> Iterator[Shape]:
    inside = fill if kind.isupper() and _opaque(fill) else None
    if inside is None and not _opaque(pen):
        return
    if kind in "Ee":
        x, y, wide, high = op["rect"]
        turns = [math.tau * step / 24 for step in range(24)]
        yield Shape(tuple((x + wide * math.cos(a), y + high * math.sin(a)) for a in turns), inside, round=True)
        return
    points: Sequence[Point] = [(x, y) for x, y in op["points"]]
    yield Shape(flatten(points) if kind in "Bb" else tuple(points), inside)


def _opaque(colour: str) -> bool:
    return colour != "transparent" and (len(colour) != 9 or colour[7:] != "00")


def _text(op: Mapping[str, Any], size: float, colour: str, bold: bool, beneath: Sequence[Shape]) -> Text:
    x, y = op["pt"]
    left = x - op["width"] * {"l": 0.0, "c": 0.5, "r": 1.0}[op["align"]]
    box = left, y - _DESCENT * size, left + op["width"], y + _ASCENT * size
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    under = [shape for shape in beneath if shape.covers(middle)]
    fills = [shape.fill for shape in under if shape.fill is not None]
    return Text(op["text"], box, size, colour, bold, under[-1].box if under else None, fills[-1] if fills else None)
