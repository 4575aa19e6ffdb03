"""Stages of an encoder and its decoder: one row out, one row back below it, so that skips run straight down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archc.diagram.compose.column import shape_lines
from archc.diagram.compose.faces import Type
from archc.diagram.compose.naming import extent
from archc.diagram.compose.overview import Tile, gap_of, tile_of
from archc.diagram.compose.pieces import Piece, together
from archc.diagram.compose.stages import NotStagedError, in_sequence
from archc.diagram.model.picture import Arrow, Picture
from archc.diagram.sheet import Box, Label, Route

BETWEEN = 46.0
"""From one row to the other, across which the skips run."""


@dataclass(frozen=True, slots=True)
class _Fold:
    """Where the row turns: the stages up to `last` stand above, each later one in the column of its partner."""

    last: int
    column: Mapping[int, int]


def hourglass(picture: Picture, type_: Type) -> Piece:
    """The picture in two rows; raises `NotStagedError` where its skips do not nest."""
    stage_of = in_sequence(picture)
    across = [arrow for arrow in picture.arrows if stage_of[arrow.tail] != stage_of[arrow.head]]
    far = [arrow for arrow in across if stage_of[arrow.head] != stage_of[arrow.tail] + 1]
    fold = _fold(far, stage_of, len(picture.stages))
    made = [tile_of(picture, at, stage_of, type_) for at in range(len(picture.stages))]
    widths = [max(tile.piece.w for tile in made if fold.column[tile.at] == column) for column in range(fold.last + 1)]
    tiles = [_widened(tile, widths[fold.column[tile.at]]) for tile in made]
    gap = max(map(gap_of, tiles))
    lefts = [sum(widths[:column]) + gap * column for column in range(len(widths))]
    heights = [max(tile.piece.h for tile in tiles if (tile.at <= fold.last) is upper) for upper in (True, False)]
    rects: dict[int, tuple[float, float, float, float]] = {}
    for tile in tiles:
        column, upper = fold.column[tile.at], tile.at <= fold.last
        y = heights[0] - tile.piece.h if upper else heights[0] + BETWEEN
        rects[tile.at] = (lefts[column], y, tile.piece.w, tile.piece.h)
    pieces = [tile.piece.moved(*rects[tile.at][:2]) for tile in tiles]
    boxes = {box.id: box for piece in pieces for box in piece.boxes}
    routes = [
        *_next(across, stage_of, rects, tiles, fold.last),
        *(_down(arrow, boxes[arrow.tail], rects[stage_of[arrow.head]], type_) for arrow in far),
    ]
    whole = together(lefts[-1] + widths[-1], sum(heights) + BETWEEN, pieces)
    return replace(whole, routes=(*whole.routes, *routes))


def _widened(tile: Tile, w: float) -> Tile:
    """A stage as wide as its column, so that what comes straight down meets it."""
    moved = tile.piece.moved((w - tile.piece.w) / 2, 0)
    ground, *frames = moved.frames
    return replace(tile, piece=replace(moved, w=w, frames=(replace(ground, x=0, w=w), *frames)))


def _fold(far: Sequence[Arrow], stage_of: Mapping[str, int], count: int) -> _Fold:
    partner: dict[int, int] = {}
    for arrow in far:
        start, end = stage_of[arrow.tail], stage_of[arrow.head]
        if partner.setdefault(end, start) != start or list(partner.values()).count(start) > 1:
            raise NotStagedError
    if len(partner) < 2:
        raise NotStagedError
    last = min(partner) - 1
    column = {at: at for at in range(last + 1)}
    ceiling = last + 1
    for at in range(last + 1, count):
        column[at] = partner.get(at, ceiling - 1)
        if column[at] >= ceiling or column[at] < 0:
            raise NotStagedError
        ceiling = column[at]
    return _Fold(last, column)


Rect = tuple[float, float, float, float]


def _next(
    across: Sequence[Arrow],
    stage_of: Mapping[str, int],
    rects: Mapping[int, Rect],
    tiles: Sequence[Tile],
    last: int,
) -> list[Route]:
    """The arrows from each stage to the next: to the right above, down at the turn, and back to the left below."""
    routes: list[Route] = []
    for arrow in across:
        start = stage_of[arrow.tail]
        if stage_of[arrow.head] != start + 1:
            continue
        if any(route.tail == arrow.tail for route in routes) or any(stage_of[route.tail] == start for route in routes):
            raise NotStagedError
        one, two, tile = rects[start], rects[start + 1], tiles[start]
        w, h = extent(tile.shape)
        if start == last:
            points = (
                (one[0] + one[2] / 2, one[1] + one[3]),
                (one[0] + one[2] / 2, two[1] + two[3] / 2),
                (two[0] + two[2], two[1] + two[3] / 2),
            )
            label = Label((points[1][0] + points[2][0]) / 2, points[2][1] - h / 2 - 3, w, h, tile.shape)
        elif start < last:
            y = one[1] + one[3] - min(one[3], two[3]) / 2
            points = ((one[0] + one[2], y), (two[0], y))
            label = Label((points[0][0] + points[1][0]) / 2 - 2, y - h / 2 - 3, w, h, tile.shape)
        else:
            y = one[1] + min(one[3], two[3]) / 2
            points = ((one[0], y), (two[0] + two[2], y))
            label = Label((points[0][0] + points[1][0]) / 2 + 2, y - h / 2 - 3, w, h, tile.shape)
        routes.append(Route(arrow.id, arrow.tail, arrow.head, points, arrow.edges, label=label if tile.shape else None))
    return routes


def _down(arrow: Arrow, tail: Box, two: Rect, type_: Type) -> Route:
    """From the side of the card that gives the tensor, past what stands below it, into the stage below."""
    x, y = tail.x + tail.w + 4, tail.y + tail.h / 2
    lines = shape_lines(arrow.shape, type_.detail)
    w, h = extent(lines)
    label = Label(x - w / 2 - 5, two[1] - BETWEEN / 2, w, h, lines) if "shapes" in type_.told else None
    points = ((tail.x + tail.w, y), (x, y), (x, two[1]))
    return Route(arrow.id, arrow.tail, arrow.head, points, arrow.edges, accent=True, label=label)
