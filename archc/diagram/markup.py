"""Text, slots and legends in Graphviz's HTML-like labels, where every size is a whole number of points."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from archc.diagram.labels import clean
from archc.diagram.sheet import Box, Label, Line, Run, Swatch
from archc.diagram.theme import Theme

_LIMIT = 200
"""Characters of a run that are shown."""
_MOST = 9999
"""Points of a cell; Graphviz refuses a whole picture for a little more."""
_TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
_SPACE = "&#160;"


def of_label(label: Label, theme: Theme) -> str:
    """The label's lines as a label; lines that begin at the left stand in a table of the label's width."""
    if label.align == "center":
        return of_lines(label.lines, theme)
    cell = f'<TD WIDTH="{_whole(label.w)}" ALIGN="LEFT" BALIGN="LEFT">{_inside(label.lines, theme)}</TD>'
    return f"<{_TABLE}<TR>{cell}</TR></TABLE>>"


def of_lines(lines: Sequence[Line], theme: Theme, family: str = "") -> str:
    """Lines one below another as a label, on the page or on a family's card."""
    inside = _inside(lines, theme, family)
    return f"<{inside}>" if inside else ""


def of_slots(box: Box, theme: Theme) -> str:
    """A box's slots as cells in a row or a column, with its lines on the widest side that they leave free."""
    left, right = min(slot.x for slot in box.slots), max(slot.x + slot.w for slot in box.slots)
    top, bottom = min(slot.y for slot in box.slots), max(slot.y + slot.h for slot in box.slots)
    rooms = {
        "above": top - box.y,
        "below": box.y + box.h - bottom,
        "left": left - box.x,
        "right": box.x + box.w - right,
    }
    side = max(rooms, key=lambda name: rooms[name])
    cells = _cells(box, theme)
    if rooms[side] <= 0 or not box.lines:
        return f"<{cells}>"
    stacked = side in ("above", "below")
    w, h = (box.w, rooms[side]) if stacked else (rooms[side], box.h)
    words = f'<TD WIDTH="{_whole(w)}" HEIGHT="{_whole(h)}">{_inside(box.lines, theme)}</TD>'
    parts = [words, f"<TD>{cells}</TD>"] if side in ("above", "left") else [f"<TD>{cells}</TD>", words]
    return f"<{_TABLE}<TR>{('</TR><TR>' if stacked else '').join(parts)}</TR></TABLE>>"


def of_legend(swatches: Sequence[Swatch], theme: Theme) -> str:
    """The legend as one table, a row for the swatches of the same height."""
    left = min(swatch.x for swatch in swatches)
    rows: list[str] = []
    below = min(_top(swatch) for swatch in swatches)
    for y, row in groupby(sorted(swatches, key=lambda s: (s.words.y, s.x)), key=lambda s: s.words.y):
        listed = list(row)
        height = max(max(s.words.h, s.h) for s in listed)
        gap = y - height / 2 - below
        if gap >= 1:
            rows.append(f'<TR><TD HEIGHT="{_whole(gap)}"></TD></TR>')
        rows.append(f'<TR><TD HEIGHT="{_whole(height)}" ALIGN="LEFT">{_legend_row(listed, left, theme)}</TD></TR>')
        below = y + height / 2
    return f"<{_TABLE}{''.join(rows)}</TABLE>>"


def _legend_row(swatches: Sequence[Swatch], left: float, theme: Theme) -> str:
    """Cells for the swatches, the words and what is between them, each up to its rounded place, so that none drifts."""
    cells: list[str] = []
    at = 0
    for swatch in swatches:
        words = swatch.words
        sample = f'BGCOLOR="{theme.fill(swatch.family)}" BORDER="1" COLOR="{theme.outline}" HEIGHT="{_whole(swatch.h)}"'
        for end, look, inside in (
            (swatch.x, "", ""),
            (swatch.x + swatch.w, f'{sample} FIXEDSIZE="TRUE"', ""),
            (words.x - words.w / 2, "", ""),
            (words.x + words.w / 2, 'ALIGN="LEFT"', _inside(words.lines, theme)),
        ):
            width = _whole(end - left) - at
            if width > 0 or inside:
                cells.append(f'<TD WIDTH="{max(width, 0)}" {look}>{inside}</TD>')
                at += max(width, 0)
    return f"{_TABLE}<TR>{''.join(cells)}</TR></TABLE>"


def _top(swatch: Swatch) -> float:
    return swatch.words.y - max(swatch.words.h, swatch.h) / 2


def _whole(size: float) -> int:
    """A size as Graphviz takes it."""
    return min(max(round(size), 0), _MOST)


def _cells(box: Box, theme: Theme) -> str:
    upright = len({slot.y for slot in box.slots}) > 1
    cells: list[str] = []
    for slot in sorted(box.slots, key=lambda slot: slot.y if upright else slot.x):
        w = round(slot.w) if upright else round(slot.x + slot.w - box.x) - round(slot.x - box.x)
        h = round(slot.y + slot.h - box.y) - round(slot.y - box.y) if upright else round(slot.h)
        cells.append(f'<TD WIDTH="{_whole(w)}" HEIGHT="{_whole(h)}">{_inside((slot.line,), theme, box.family)}</TD>')
    look = f'BGCOLOR="{theme.fill(box.family)}" COLOR="{theme.outline}"'
    rows = ("</TR><TR>" if upright else "").join(cells)
    return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="0" {look}><TR>{rows}</TR></TABLE>'


def _inside(lines: Sequence[Line], theme: Theme, family: str = "") -> str:
    written = ["".join(_run(run, theme, family) for run in line) for line in lines]
    return "<BR/>".join(written) if any(written) else ""


def _run(run: Run, theme: Theme, family: str) -> str:
    words = _words(run.text)
    if not words:
        return ""
    words = f"<B>{words}</B>" if run.bold else words
    return f'<FONT POINT-SIZE="{run.size}" COLOR="{theme.text(run.tone, family)}">{words}</FONT>'


def _words(text: str) -> str:
    """Harmless text; blanks around it part a run from its neighbours and stay."""
    plain = escape(clean(text, _LIMIT), quote=True)
    if not plain:
        return _SPACE if text else ""
    before = min(len(text) - len(text.lstrip(" ")), 8)
    after = min(len(text) - len(text.rstrip(" ")), 8)
    return _SPACE * before + plain + _SPACE * after
