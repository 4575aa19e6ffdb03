"""What stands around a picture's content: the page, its title and its legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archc.diagram.compose.faces import Type
from archc.diagram.compose.legend import legend
from archc.diagram.compose.naming import extent
from archc.diagram.compose.pieces import Piece, shifted
from archc.diagram.compose.steps import stepped
from archc.diagram.labels import clean
from archc.diagram.metrics import line_width
from archc.diagram.model.picture import Card
from archc.diagram.sheet import Label, Line, Run, Sheet, Swatch

MARGIN = 20.0
ABOVE, BELOW = 12.0, 10.0
"""The least space above and below the content."""


@dataclass(frozen=True, slots=True)
class Format:
    """A page in points, and the size below which text cannot be read on it."""

    name: str
    width: float
    height: float
    least: int


FORMATS: Mapping[str, Format] = {
    "16:9": Format("16:9", 960, 540, 12),
    "4:3": Format("4:3", 720, 540, 12),
    "a4": Format("a4", 842, 595, 8),
    "free": Format("free", 0, 0, 12),
}
"""The pages that a picture can be fitted to; one that is free is as large as its content."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A picture's title, and what it tells of the picture."""

    title: str
    facts: str


def room(format_: Format, heading: Heading, cards: Sequence[Card], type_: Type) -> tuple[float, float]:
    """The width and height that are left for the content of a page."""
    _, _, below = legend(cards, type_.detail, format_.width - 2 * MARGIN)
    return format_.width - 2 * MARGIN, format_.height - 1.4 * MARGIN - _above(
        heading, type_, format_.width
    ) - below - BELOW


def _above(heading: Heading, type_: Type, width: float) -> float:
    return extent(_title(heading, type_, width - 2 * MARGIN))[1] + ABOVE


def _title(heading: Heading, type_: Type, width: float) -> tuple[Line, ...]:
    """The title with the facts behind it, or below it where both are too long for a line."""
    title = _cut(Run(clean(heading.title, 60), type_.title, bold=True), width)
    facts = _cut(Run(clean(heading.facts, 120), type_.subtitle, tone="faint"), width)
    if not heading.facts:
        return ((title,),)
    whole = (title, replace(facts, text=f"   {facts.text}"))
    return (whole,) if extent((whole,))[0] <= width or not width > 0 else ((title,), (Run(" ", 6),), (facts,))


def _cut(run: Run, width: float) -> Run:
    """Text no wider than the page; a page of the content's own size has room for all of it."""
    text = run.text
    while width > 0 and len(text) > 1 and line_width((replace(run, text=text),)) > width:
        text = text[:-2].rstrip() + "…"
    return replace(run, text=text)


def page(name: str, piece: Piece, format_: Format, heading: Heading, cards: Sequence[Card], type_: Type) -> Sheet:
    """The content on its page, the title at the top left and the legend below it."""
    width = format_.width or max(piece.w + 2 * MARGIN, 320)
    lines = _title(heading, type_, width - 2 * MARGIN)
    w, h = extent(lines)
    width = max(width, w + 2 * MARGIN)
    swatches, wide, below = legend(cards, type_.detail, width - 2 * MARGIN)
    width = width if format_.width else max(width, wide + 2 * MARGIN)
    above = 0.7 * MARGIN + h + ABOVE
    height = format_.height or above + piece.h + BELOW + below + 0.7 * MARGIN
    free = height - above - piece.h - BELOW - below - 0.7 * MARGIN
    moved = piece.moved((width - piece.w) / 2, above + free * 0.5)
    title = Label(MARGIN + w / 2, 0.7 * MARGIN + h / 2, w, h, lines, "left")
    entries = _legend(swatches, (width - wide) / 2, height - 0.7 * MARGIN - below)
    sheet = Sheet(name, name, width, height, title, moved.boxes, moved.routes, moved.frames, moved.notes, entries)
    return stepped(sheet)


def _legend(swatches: Sequence[Swatch], dx: float, dy: float) -> tuple[Swatch, ...]:
    return tuple(
        replace(swatch, x=swatch.x + dx, y=swatch.y + dy, words=shifted(swatch.words, dx, dy)) for swatch in swatches
    )
