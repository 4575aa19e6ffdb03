"""What a picture has come out as: its layout, its page, and whether its text can be read there."""

from __future__ import annotations

from collections.abc import Iterator

from archc.diagram.compose.page import FORMATS
from archc.diagram.options import Options
from archc.diagram.sheet import Line, Sheet


def outcome(sheet: Sheet, options: Options) -> str:
    """In a line: `columns on 16:9, the fullest that can be read: text from 14 pt, 37 cards`."""
    cards = sum(box.shape != "point" for box in sheet.boxes)
    chosen = options.block is None and options.level is None and not text_problem(sheet, options)
    why = ", the fullest that can be read" if chosen else ""
    size = f"text from {smallest_text(sheet)} pt, {cards} card{'' if cards == 1 else 's'}"
    return f"{sheet.layout} on {_page(sheet, options.fit)}{why}: {size}"


def _page(sheet: Sheet, fit: str) -> str:
    size = f"{sheet.width:.0f} x {sheet.height:.0f} pt"
    if fit == "free":
        return f"a page of {size}"
    return fit if _scale(sheet, fit) == 1 else f"a page of {size}, larger than {fit}"


def text_problem(sheet: Sheet, options: Options) -> str:
    """Why a picture's text cannot be read on its page; empty where it can."""
    least = FORMATS[options.fit].least
    size = smallest_text(sheet) * _scale(sheet, options.fit)
    if round(size) >= least:
        return ""
    return f"text comes out at {size:.2g} pt on {options.fit}, {least} pt is the least to read"


def _scale(sheet: Sheet, fit: str) -> float:
    """By how much a sheet shrinks to go on its page."""
    page = FORMATS[fit]
    if not page.width:
        return 1
    return min(1, page.width / sheet.width, page.height / sheet.height)


def smallest_text(sheet: Sheet) -> int:
    """The size of a picture's smallest text in points."""
    return min(run.size for line in _lines(sheet) for run in line if run.text.strip())


def _lines(sheet: Sheet) -> Iterator[Line]:
    headings = [frame.heading for frame in sheet.frames] + [route.label for route in sheet.routes]
    words = [swatch.words for swatch in sheet.legend]
    for label in (sheet.title, *sheet.notes, *words, *(label for label in headings if label is not None)):
        yield from label.lines
    for box in sheet.boxes:
        yield from box.lines
        yield from (slot.line for slot in box.slots)
