"""A sheet as the shapes of a slide: each box one shape with its text inside, each line one connector or freeform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Literal
from xml.etree.ElementTree import Element

from archc.diagram.curve import rounded
from archc.diagram.deck.drawing import (
    NO_INSETS,
    Insets,
    Rect,
    Scale,
    Stroke,
    element,
    fill,
    named,
    preset,
    stroke,
    text_body,
    transform,
)
from archc.diagram.deck.lines import Target, connector, freeform
from archc.diagram.labels import amount
from archc.diagram.sheet import Box, Fact, Frame, Label, Line, Route, Shape, Sheet, Slot, Swatch
from archc.diagram.theme import Theme

CORNER, FRAME_CORNER = 7.0, 10.0
"""Radii of corners in points."""
BORDER, LINE, SKIP, FRAME, SAMPLE = 1.2, 1.5, 2.2, 1.3, 1.0
"""Widths of lines in points."""


def slide_shapes(sheet: Sheet, theme: Theme, scale: Scale, links: Mapping[str, str]) -> tuple[Element, ...]:
    """All shapes of a slide, those behind first; `links` are the relationships to the slides of other sheets."""
    return tuple(_Slide(sheet, theme, scale, links).shapes())


class _Slide:
    """One slide's shapes. Boxes are numbered before they are drawn: lines lie behind them and are glued to them."""

    def __init__(self, sheet: Sheet, theme: Theme, scale: Scale, links: Mapping[str, str]) -> None:
        self.sheet, self.theme, self.scale, self.links = sheet, theme, scale, links
        self.numbers = count(2)  # 1 is the slide itself
        self.frames = {frame.id: self._target(frame, "rounded") for frame in sheet.frames}
        self.boxes = {box.id: (self._target(box, box.shape), *self._cells(box)) for box in sheet.boxes}
        self.words = {box.id: _words(box) for box in sheet.boxes}

    def shapes(self) -> Iterator[Element]:
        """The shapes in the order of drawing, which is that of reading too."""
        sheet = self.sheet
        yield self._text("Title", sheet.title, role="title")
        for frame in sheet.frames:
            yield from self._frame(frame)
        yield from map(self._route, sheet.routes)
        for box in sheet.boxes:
            yield self._slotted(box) if box.slots else self._box(box, self._named(box))
        for route in sheet.routes:
            if route.label is not None:
                yield self._text(f"{route.id} label", route.label)
        for index, note in enumerate(sheet.notes, 1):
            yield self._text(f"Note {index}", note)
        for swatch in sheet.legend:
            yield from self._swatch(swatch)

    def _target(self, placed: Box | Frame | Slot, shape: Shape) -> Target:
        return Target(next(self.numbers), shape, placed.x, placed.y, placed.w, placed.h)

    def _cells(self, box: Box) -> tuple[Target, ...]:
        return tuple(self._target(slot, "box") for slot in box.slots)

    def _named(self, box: Box, number: int = 0) -> Element:
        link = self.links.get(box.fact.opens or "", "") if box.fact else ""
        told = _told(box.fact) if box.fact else ""
        return named(number or self.boxes[box.id][0].number, box.id, told, link)

    def _box(self, box: Box, who: Element) -> Element:
        theme = self.theme
        if box.shape == "plain":
            return self._shape(who, self._place(box), preset("rect"), None, None, self._body(box.lines))
        dot = box.shape == "point"
        ground = theme.edge if dot else theme.fill(box.family)
        border = None if dot else Stroke(theme.outline, BORDER, dashed=box.dashed)
        form = _form(box.shape, CORNER / max(1, min(box.w, box.h)))
        return self._shape(who, self._place(box), form, ground, border, self._body(box.lines, box.family))

    def _slotted(self, box: Box) -> Element:
        """A group of the box's words and its slots: moved as one, each to be edited by itself."""
        own, *cells = self.boxes[box.id]
        insets = _beside_slots(box)
        words = self._body(() if insets is None else box.lines, insets=insets or NO_INSETS)
        who = named(own.number, f"{box.id} words")
        parts = [self._shape(who, self._place(box), preset("rect"), None, None, words)]
        ground, border = self.theme.fill(box.family), Stroke(self.theme.outline, BORDER)
        for index, (slot, cell) in enumerate(zip(box.slots, cells, strict=True), 1):
            who = named(cell.number, f"{box.id} slot {index}")
            text = self._body((slot.line,), box.family)
            parts.append(self._shape(who, self._place(slot), preset("rect"), ground, border, text))
        who = element("p:nvGrpSpPr", self._named(box, next(self.numbers)), element("p:cNvGrpSpPr"), element("p:nvPr"))
        return element("p:grpSp", who, element("p:grpSpPr", _group_place(self._place(box))), *parts)

    def _route(self, route: Route) -> Element:
        theme, curve = self.theme, rounded(route.points, route.radius)
        ends = curve[0], curve[-1]
        words = f"{self.words.get(route.tail, route.tail)} to {self.words.get(route.head, route.head)}"
        who = named(next(self.numbers), route.id, words)
        colour, width = (theme.accent, SKIP) if route.accent else (theme.edge, LINE)
        style = Stroke(colour, width, arrow=route.arrow)
        if len(curve) > 4:
            return freeform(who, curve, style, self.scale)
        return connector(who, ends, (self._joined(route.tail), self._joined(route.head)), style, self.scale)

    def _joined(self, id: str) -> tuple[Target, ...]:
        """What a line's end may touch: its box, a slot of it, or a frame, where that stands for all that is in it."""
        return *self.boxes.get(id, ()), *self.frames.values()

    def _frame(self, frame: Frame) -> Iterator[Element]:
        theme = self.theme
        definition = frame.style == "definition"
        ground = theme.ground if frame.style == "stage" else None
        border = Stroke(theme.definition if definition else theme.frame, FRAME, dashed=definition)
        form = _form("rounded", FRAME_CORNER / max(1, min(frame.w, frame.h)))
        who = named(self.frames[frame.id].number, frame.id)
        yield self._shape(who, self._place(frame), form, ground, border, self._body(()))
        if frame.heading is not None:
            yield self._text(f"{frame.id} heading", frame.heading)

    def _swatch(self, swatch: Swatch) -> Iterator[Element]:
        who = named(next(self.numbers), f"Legend {swatch.family}", "Legend")
        ground, border = self.theme.fill(swatch.family), Stroke(self.theme.outline, SAMPLE)
        yield self._shape(who, self._place(swatch), preset("rect"), ground, border, self._body(()))
        yield self._text(f"Legend {swatch.family} words", swatch.words)

    def _text(self, name: str, label: Label, role: Literal["text", "title"] = "text") -> Element:
        """Text alone; the title in the layout's place for it, so that the outline has it."""
        body = self._body(label.lines, align="l" if label.align == "left" else "ctr")
        place = self.scale.rect(label.x - label.w / 2, label.y - label.h / 2, label.w, label.h)
        return self._shape(named(next(self.numbers), name), place, preset("rect"), None, None, body, role)

    def _shape(
        self,
        who: Element,
        place: Rect,
        form: Element,
        ground: str | None,
        border: Stroke | None,
        text: Element,
        role: Literal["shape", "text", "title"] = "shape",
    ) -> Element:
        look = element("p:spPr", transform(place), form, fill(ground), stroke(border, self.scale))
        kind, use = element("p:cNvSpPr"), element("p:nvPr")
        if role == "text":
            kind.set("txBox", "1")
        if role == "title":
            kind.append(element("a:spLocks", noGrp=1))
            use.append(element("p:ph", type="title"))
        return element("p:sp", element("p:nvSpPr", who, kind, use), look, text)

    def _body(
        self, lines: tuple[Line, ...], family: str = "", align: str = "ctr", insets: Insets = NO_INSETS
    ) -> Element:
        return text_body(lines, self.scale, lambda run: self.theme.text(run.tone, family), align, insets)

    def _place(self, placed: Box | Frame | Slot | Swatch) -> Rect:
        return self.scale.rect(placed.x, placed.y, placed.w, placed.h)


def _form(shape: Shape, corner: float) -> Element:
    if shape == "rounded":
        return preset("roundRect", corner)
    return preset("ellipse" if shape in ("circle", "point") else "rect")


def _group_place(rect: Rect) -> Element:
    """The place of a group whose shapes lie where the slide has them."""
    place = transform(rect)
    place.extend((element("a:chOff", x=rect.x, y=rect.y), element("a:chExt", cx=rect.w, cy=rect.h)))
    return place


def _beside_slots(box: Box) -> Insets | None:
    """What keeps a box's own words clear of its slots: the widest side that they leave free, if they leave one."""
    left = min(slot.x for slot in box.slots) - box.x
    top = min(slot.y for slot in box.slots) - box.y
    right = box.x + box.w - max(slot.x + slot.w for slot in box.slots)
    bottom = box.y + box.h - max(slot.y + slot.h for slot in box.slots)
    rooms: list[tuple[float, Insets]] = [
        (top, (0, 0, 0, box.h - top)),
        (bottom, (0, box.h - bottom, 0, 0)),
        (left, (0, 0, box.w - left, 0)),
        (right, (box.w - right, 0, 0, 0)),
    ]
    room, insets = max(rooms, key=lambda room: room[0])
    return insets if room > 0 else None


def _words(box: Box) -> str:
    """What a box is called in the text about its lines."""
    words = " ".join("".join(run.text for run in line) for line in box.lines)
    return words or (box.fact.kind if box.fact else box.id)


def _told(fact: Fact) -> str:
    """What a box stands for, in words."""
    told = (
        f"{fact.kind} × {fact.times}" if fact.times > 1 else fact.kind,
        f"output {fact.output}",
        f"{amount(fact.params)} parameters",
        f"{amount(fact.macs)} MACs",
        fact.where,
    )
    return "; ".join(told)
