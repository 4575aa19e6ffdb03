"""Graphviz's SVG with its text where a browser's letters need it.

Graphviz counts every letter in whole pixels at 96 dpi and writes where a line starts by that; what shows the SVG sets
letters finely. Lines would stand off their cards' centres, and bold words run into the plain ones after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import accumulate

from archc.diagram.metrics import fine_width, pixel_width

FONT = "Helvetica,Arial,Liberation Sans,sans-serif"
"""Families of the same widths, one of which every machine has."""
LEFT = "left"
"""The class of a group whose lines begin at the left; those of the others are centred."""
_PART = re.compile(
    r'<g id="[^"]*" class="(?P<classes>[^"]*)">'
    r'|<text [^>]*?text-anchor="start" x="(?P<x>[^"]*)"(?P<rest> y="(?P<y>[^"]*)"[^>]*)>(?P<words>[^<]*)</text>'
)
_SIZE = re.compile(r'font-size="([^"]*)"')


@dataclass(frozen=True, slots=True)
class _Piece:
    """A `<text>` of the SVG: a run of one style."""

    match: re.Match[str]
    left: bool

    @property
    def x(self) -> float:
        return float(self.match["x"])

    def width(self, *, fine: bool) -> float:
        rest = self.match["rest"]
        size = _SIZE.search(rest)
        measure = fine_width if fine else pixel_width
        return measure(unescape(self.match["words"]), float(size[1]) if size else 14.0, 'font-weight="bold"' in rest)


def settled(svg: str, family: str) -> str:
    """The SVG with the lines of a font family centred by the letters' true widths, or begun at the left by them."""
    made: list[str] = []
    at = 0
    for line in _lines(svg, family):
        fine, pixels = ([piece.width(fine=fine) for piece in line] for fine in (True, False))
        shift = 0.0 if line[0].left else (sum(pixels) - sum(fine)) / 2
        growths = accumulate((f - p for f, p in zip(fine, pixels, strict=True)), initial=shift)
        for piece, growth in zip(line, growths, strict=False):
            start, end = piece.match.span("x")
            made += [svg[at:start], f"{piece.x + growth:.2f}"]
            at = end
    return "".join([*made, svg[at:]])


def _lines(svg: str, family: str) -> Iterator[list[_Piece]]:
    """The runs of each line: each begins where the one before ends, up to the kerning."""
    line: list[_Piece] = []
    left = False
    for match in _PART.finditer(svg):
        if match["classes"] is not None:
            left = LEFT in match["classes"].split()
        elif family in match["rest"]:
            piece = _Piece(match, left)
            if line and not _follows(line[-1], piece):
                yield line
                line = []
            line.append(piece)
    if line:
        yield line


def _follows(before: _Piece, piece: _Piece) -> bool:
    gap = piece.x - before.x - before.width(fine=False)
    return before.match["y"] == piece.match["y"] and -0.2 * before.width(fine=False) - 1 < gap < 2
