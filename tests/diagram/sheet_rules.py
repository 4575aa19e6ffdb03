"""What holds of every sheet, whatever its layout: all on the page, nothing on anything else, lines from box to box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from math import dist

from archc.diagram.metrics import line_width
from archc.diagram.sheet import Box, Frame, Label, Line, Point, Route, Sheet, Slot, Swatch
from tests.diagram.geometry import Box as Rect
from tests.diagram.geometry import length_in_box, meet, within

SLACK = 0.05
"""Rounding, in points."""
JUNCTION = "entry:"
"""How the ids of junctions begin."""


def faults(sheet: Sheet) -> list[str]:
    """All that is wrong with a sheet."""
    found = [*_off_page(sheet), *_same_ids(sheet), *_overlaps(sheet), *_texts(sheet), *_frames(sheet), *_lines(sheet)]
    return list(dict.fromkeys(found))


def rect(thing: Box | Frame | Slot | Swatch) -> Rect:
    """Left, top, right, bottom."""
    return thing.x, thing.y, thing.x + thing.w, thing.y + thing.h


def area(label: Label) -> Rect:
    """The same of a text."""
    return label.x - label.w / 2, label.y - label.h / 2, label.x + label.w / 2, label.y + label.h / 2


def words(lines: tuple[Line, ...]) -> str:
    """The text, its lines parted by a slash."""
    return " / ".join("".join(run.text for run in line) for line in lines)


def labels(sheet: Sheet) -> Iterator[Label]:
    """All text that stands in no box, but for the title and the legend."""
    yield from sheet.notes
    yield from (frame.heading for frame in sheet.frames if frame.heading)
    yield from (route.label for route in sheet.routes if route.label)


def sizes(sheet: Sheet) -> list[int]:
    """The sizes of all text."""
    lines = [line for box in sheet.boxes for line in (*box.lines, *(slot.line for slot in box.slots))]
    lines += [
        line
        for label in (*labels(sheet), *(swatch.words for swatch in sheet.legend), sheet.title)
        for line in label.lines
    ]
    return [run.size for line in lines for run in line if run.text.strip()]


def opaque(sheet: Sheet) -> list[Box]:
    """The boxes but for junctions."""
    return [box for box in sheet.boxes if box.shape != "point"]


def _off_page(sheet: Sheet) -> Iterator[str]:
    """What reaches over the page's edge; the margin is for the page's own tests."""
    things = [(box.id, rect(box)) for box in sheet.boxes] + [(frame.id, rect(frame)) for frame in sheet.frames]
    things += [(swatch.family, rect(swatch)) for swatch in sheet.legend]
    texts = [*labels(sheet), sheet.title, *(swatch.words for swatch in sheet.legend)]
    things += [(words(label.lines), area(label)) for label in texts]
    things += [(route.id, (x, y, x, y)) for route in sheet.routes for x, y in route.points]
    page = (0.0, 0.0, sheet.width, sheet.height)
    yield from (f"{name} is off the page" for name, place in things if not within(place, page, SLACK))


def _same_ids(sheet: Sheet) -> Iterator[str]:
    ids = [
        *(box.id for box in sheet.boxes),
        *(route.id for route in sheet.routes),
        *(frame.id for frame in sheet.frames),
    ]
    yield from (f"{id} is there {count} times" for id, count in Counter(ids).items() if count > 1)


def _overlaps(sheet: Sheet) -> Iterator[str]:
    places = [(box.id, rect(box)) for box in sheet.boxes]
    places += [(f"text {words(label.lines)!r}", area(label)) for label in labels(sheet)]
    places += [(f"swatch {swatch.family}", rect(swatch)) for swatch in sheet.legend]
    places += [(f"legend {words(swatch.words.lines)!r}", area(swatch.words)) for swatch in sheet.legend]
    places.append(("title", area(sheet.title)))
    for (one, a), (other, b) in combinations(places, 2):
        if meet(_inset(a), _inset(b)):
            yield f"{one} lies on {other}"


def _inset(place: Rect) -> Rect:
    left, top, right, bottom = place
    return left + SLACK, top + SLACK, right - SLACK, bottom - SLACK


def _texts(sheet: Sheet) -> Iterator[str]:
    """Text wider than what holds it, and cells that are not within their box."""
    for box in sheet.boxes:
        if box.shape != "point":
            yield from (f"{box.id} is too narrow" for line in box.lines if line_width(line) > box.w + SLACK)
        yield from (f"a cell sticks out of {box.id}" for slot in box.slots if not within(rect(slot), rect(box), SLACK))
        yield from (
            f"a cell of {box.id} is too narrow: {line_width(slot.line):.1f} in {slot.w:.1f}"
            for slot in box.slots
            if line_width(slot.line) > slot.w + SLACK
        )
        for one, other in combinations(box.slots, 2):
            if meet(_inset(rect(one)), _inset(rect(other))):
                yield f"cells of {box.id} overlap"
    for label in (*labels(sheet), sheet.title):
        yield from (
            f"{words(label.lines)!r} is wider than its label"
            for line in label.lines
            if line_width(line) > label.w + SLACK
        )


def _frames(sheet: Sheet) -> Iterator[str]:
    """Frames that cut boxes, headings outside their frame, stages that overlap."""
    for frame in sheet.frames:
        outer = rect(frame)
        for box in sheet.boxes:
            if meet(_inset(rect(box)), _inset(outer)) and not within(rect(box), outer, SLACK):
                yield f"the border of {frame.id} cuts {box.id}"
        if frame.heading and not within(area(frame.heading), outer, SLACK):
            yield f"the heading of {frame.id} sticks out"
    grounds = [frame for frame in sheet.frames if frame.style != "fold"]
    for one, other in combinations(grounds, 2):
        if meet(_inset(rect(one)), _inset(rect(other))):
            yield f"{one.id} overlaps {other.id}"


def _lines(sheet: Sheet) -> Iterator[str]:
    boxes = {box.id: box for box in sheet.boxes}
    for route in sheet.routes:
        if route.tail not in boxes or route.head not in boxes:
            yield f"{route.id} ends at no box"
            continue
        if len(route.points) < 2:
            yield f"{route.id} has no length"
        tail, head = boxes[route.tail], boxes[route.head]
        if not (begins(route, tail, sheet)):
            yield f"{route.id} does not begin at its box"
        if not (at_border(route.points[-1], head) or at_stage(route.points[-1], head, sheet)):
            yield f"{route.id} does not end at its box"
        for (x1, y1), (x2, y2) in pairwise(route.points):
            if abs(x1 - x2) > SLACK and abs(y1 - y2) > SLACK:
                yield f"{route.id} runs askew"
        yield from _through(route, sheet)


def at_border(point: Point, box: Box) -> bool:
    """Whether a line's end is at a box: on its border, or anywhere in a junction."""
    if box.shape == "point":
        return within((*point, *point), rect(box), SLACK)
    if box.shape == "circle":
        return abs(dist(point, (box.x + box.w / 2, box.y + box.h / 2)) - box.w / 2) <= SLACK
    return _on_border(point, rect(box))


def at_stage(point: Point, box: Box, sheet: Sheet) -> bool:
    """Whether a line's end is at the border of the stage that a box is in, as in an overview."""
    around = [frame for frame in sheet.frames if frame.style == "stage" and within(rect(box), rect(frame), SLACK)]
    return any(_on_border(point, rect(frame)) for frame in around)


def begins(route: Route, tail: Box, sheet: Sheet) -> bool:
    """Whether a line begins at its tail, or branches off another line of the same tensor."""
    start = route.points[0]
    if at_border(start, tail) or at_stage(start, tail, sheet):
        return True
    others = [other for other in sheet.routes if other.tail == route.tail and other is not route]
    ways_in = [box for box in sheet.boxes if box.shape == "point" and box.id in {other.head for other in others}]
    if any(at_border(start, junction) for junction in ways_in):
        return True
    return any(_on_line(start, p, q) for other in others for p, q in pairwise(other.points))


def _on_line(point: Point, p: Point, q: Point) -> bool:
    left, right = sorted((p[0], q[0]))
    top, bottom = sorted((p[1], q[1]))
    return within((*point, *point), (left, top, right, bottom), SLACK)


def _on_border(point: Point, place: Rect) -> bool:
    x, y = point
    left, top, right, bottom = place
    inside = within((x, y, x, y), place, SLACK)
    return inside and min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) <= SLACK


def _through(route: Route, sheet: Sheet) -> Iterator[str]:
    """Boxes and texts that a line runs over."""
    own = words(route.label.lines) if route.label else ""
    ends = (route.tail, route.head)
    places = [(box.id, rect(box)) for box in opaque(sheet) if box.shape != "circle" or box.id not in ends]
    places += [(words(label.lines), area(label)) for label in labels(sheet) if words(label.lines) != own]
    for name, place in places:
        if any(length_in_box(p, q, _inset(place)) > 1 for p, q in pairwise(route.points)):
            yield f"{route.id} runs over {name}"
