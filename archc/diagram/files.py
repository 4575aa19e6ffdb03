"""Pictures as files: one picture, or a series of them that builds it up with nothing moving in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from archc.diagram import engine
from archc.diagram.asked import named
from archc.diagram.crowd import refuse_large
from archc.diagram.insides import sheet_of, sheet_set
from archc.diagram.options import DEFAULT, Level, Options
from archc.diagram.pinned import dot_text
from archc.diagram.sheet import Sheet
from archc.diagram.theme import THEMES, Theme
from archc.marks import marked

if TYPE_CHECKING:
    from archc.network import Network

Format = Literal["svg", "pdf", "png", "dot", "html"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png", "dot", "html")
_LESS: Mapping[Level | None, Level] = {"full": "stages", "stages": "overview", None: "overview"}
"""What is drawn instead of a level that takes Graphviz too long."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as the content of a file, or of one for each step of a series."""

    contents: tuple[bytes, ...]
    sheet: Sheet
    options: Options
    """What it was drawn by, the level among them where it is not the one asked for."""
    too_slow: bool = False
    """Whether Graphviz took too long for what was asked for."""


def draw_picture(
    network: Network, format: Format, options: Options = DEFAULT, *, dpi: int = engine.DPI, steps: bool = False
) -> Drawn:
    """Draw a network or one of its blocks, less of it where Graphviz takes too long.

    Raises `OptionError` where it has no such block, `EngineError` where no Graphviz can draw it.
    """
    named("format", format, FORMATS)
    refuse_large(network)
    try:
        return _drawn(network, format, options, dpi, steps=steps)
    except engine.TooSlowError:
        if options.block is not None or options.level == "overview":
            raise
        less = replace(options, level=_LESS[options.level])
        return replace(draw_picture(network, format, less, dpi=dpi, steps=steps), too_slow=True)


def _drawn(network: Network, format: Format, options: Options, dpi: int, *, steps: bool) -> Drawn:
    theme = THEMES[options.theme]
    if format == "html":
        sheets = sheet_set(network, options)
        closed = "overview" if sheets[0].layout == "overview" else options.level
        return Drawn((_page(network, sheets, theme),), sheets[0], replace(options, level=closed))
    sheet = sheet_of(network, options)
    shown = range(1, 1 + steps_of(sheet)) if steps else (None,)
    texts = [dot_text(sheet, theme, until=until) for until in shown]
    if format == "dot":
        return Drawn(tuple(text.encode() for text in texts), sheet, options)
    return Drawn(engine.draw_many(texts, format, dpi=dpi), sheet, options)


def draw_sheet(sheet: Sheet, format: Format, options: Options, *, dpi: int | None = None) -> bytes:
    """A sheet as the content of a file, HTML aside; raises `EngineError` where no Graphviz can draw it."""
    text = dot_text(sheet, THEMES[options.theme])
    drawn = text.encode() if format == "dot" else engine.draw(text, format, dpi=dpi or engine.DPI)
    return marked(drawn, f".{format}")


def steps_of(sheet: Sheet) -> int:
    """How many pictures the series that builds up a sheet has."""
    return max((part.step for part in (*sheet.boxes, *sheet.frames, *sheet.routes)), default=0)


def _page(network: Network, sheets: tuple[Sheet, ...], theme: Theme) -> bytes:
    from archc.diagram.html import html_text

    svgs = engine.draw_many([dot_text(sheet, theme) for sheet in sheets], "svg")
    return html_text(sheets, svgs, theme, title=network.spec.title).encode()
