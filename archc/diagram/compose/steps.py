"""A picture that builds up: what appears when, in a series in which nothing moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from archc.diagram.sheet import Box, Frame, Label, Route, Sheet


def stepped(sheet: Sheet) -> Sheet:
    """The sheet with steps from 1 on: stage by stage, or card by card where there are no stages."""
    grounds = [frame for frame in sheet.frames if frame.style != "fold"]
    steps = _by_frame(sheet, grounds) if len(grounds) > 1 else _by_card(sheet)
    boxes = tuple(replace(box, step=steps[box.id]) for box in sheet.boxes)
    routes = tuple(replace(route, step=_later(route, steps)) for route in sheet.routes)
    frames = tuple(replace(frame, step=_frame_step(frame, boxes, grounds)) for frame in sheet.frames)
    notes = tuple(replace(note, step=_note_step(note, grounds)) for note in sheet.notes)
    return replace(sheet, boxes=boxes, routes=routes, frames=frames, notes=notes)


def _by_frame(sheet: Sheet, grounds: Sequence[Frame]) -> Mapping[str, int]:
    last = len(grounds)
    return {box.id: _ground(box.x + box.w / 2, box.y + box.h / 2, grounds) or last for box in sheet.boxes}


def _ground(x: float, y: float, grounds: Sequence[Frame]) -> int:
    """Which stage or definition a place is in, from 1 on; 0 in none."""
    inside = [
        at
        for at, frame in enumerate(grounds, 1)
        if frame.x <= x <= frame.x + frame.w and frame.y <= y <= frame.y + frame.h
    ]
    return inside[-1] if inside else 0


def _by_card(sheet: Sheet) -> Mapping[str, int]:
    """Cards in the order they run; a junction comes with the first card that it leads to."""
    cards = [box.id for box in sheet.boxes if box.shape != "point"]
    steps = {id: at for at, id in enumerate(cards, 1)}
    for box in sheet.boxes:
        if box.shape == "point":
            heads = [steps[route.head] for route in sheet.routes if route.tail == box.id and route.head in steps]
            steps[box.id] = min(heads, default=1)
    return steps


def _later(route: Route, steps: Mapping[str, int]) -> int:
    return max(steps.get(route.tail, 0), steps.get(route.head, 0))


def _frame_step(frame: Frame, boxes: Sequence[Box], grounds: Sequence[Frame]) -> int:
    if frame in grounds:
        return grounds.index(frame) + 1 if len(grounds) > 1 else 0
    inside = [
        box.step
        for box in boxes
        if frame.x <= box.x and box.x + box.w <= frame.x + frame.w and frame.y <= box.y and box.y <= frame.y + frame.h
    ]
    return max(inside, default=0)


def _note_step(note: Label, grounds: Sequence[Frame]) -> int:
    return _ground(note.x, note.y, grounds) if len(grounds) > 1 else 0
