"""Outlines of what is already placed, row by row, so that things beside it come as near as they may."""

from __future__ import annotations

from archc.diagram.layout.graph import CLEARANCE, Gaps

_FAR = float("inf")
Row = tuple[float, float, float, float]
"""The leftmost card, the leftmost line, the rightmost card, the rightmost line."""
Contour = dict[int, Row]
"""Layer i is row 2i, the gap below it row 2i + 1."""


def of_line(first: int, last: int) -> Contour:
    """A vertical line at 0 through rows `first` to `last`."""
    return dict.fromkeys(range(first, last + 1), (_FAR, 0.0, -_FAR, 0.0))


def of_box(row: int, left: float, right: float) -> Contour:
    """A card in one row."""
    return {row: (left, _FAR, right, -_FAR)}


def add(to: Contour, other: Contour, dx: float) -> None:
    """Put another outline, moved to the right by `dx`, into an outline."""
    if not to and not dx:
        to.update(other)
        return
    for row, (a, b, c, d) in other.items():
        own = to.get(row)
        if own is None:
            to[row] = (a + dx, b + dx, c + dx, d + dx)
        else:
            to[row] = (min(own[0], a + dx), min(own[1], b + dx), max(own[2], c + dx), max(own[3], d + dx))


def apart(left: Contour, right: Contour, gaps: Gaps) -> float:
    """How far to the right of `left` an outline has to stand; minus infinity where they share no row."""
    cards, lines, beside = gaps.between_lanes, gaps.track, max(gaps.margin_side, CLEARANCE)
    need = -_FAR
    small, large = (left, right) if len(left) < len(right) else (right, left)
    for row in small:
        if row not in large:
            continue
        _, _, card, line = left[row]
        other_card, other_line, _, _ = right[row]
        need = max(
            need,
            card - other_card + cards,
            card - other_line + beside,
            line - other_card + beside,
            line - other_line + lines,
        )
    return need
