"""Stages in rows, the shapes of what they hand on upon the arrows between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archc.diagram.compose.column import Part, lay, shortcuts
from archc.diagram.compose.faces import Type, evened, face_of, is_other
from archc.diagram.compose.naming import extent
from archc.diagram.compose.pieces import Piece, together
from archc.diagram.compose.stages import NotStagedError, in_sequence
from archc.diagram.layout.flow import Gaps
from archc.diagram.metrics import line_width
from archc.diagram.model.picture import Arrow, Picture
from archc.diagram.sheet import Frame, Label, Line, Route, Run

PAD = 8.0
SPACE = 11.0
"""Around the shape on an arrow."""
TRACK = 9.0
ROWS = 32.0
"""Between two rows of stages."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A stage with its frame, its top left corner at 0, 0."""

    at: int
    piece: Piece
    heading: tuple[Line, ...]
    head: float
    """The height of the heading."""
    shape: tuple[Line, ...]
    """What it hands on, for the arrow behind it."""


def overview(picture: Picture, type_: Type, width: float) -> Piece:
    """The picture as rows of stages no wider than `width`; raises `NotStagedError` where its stages are in no row."""
    stage_of = in_sequence(picture)
    across = [arrow for arrow in picture.arrows if stage_of[arrow.tail] != stage_of[arrow.head]]
    tiles = [tile_of(picture, at, stage_of, type_) for at in range(len(picture.stages))]
    rows = _rows(tiles, width)
    far = [arrow for arrow in across if stage_of[arrow.head] != stage_of[arrow.tail] + 1]
    if far and len(rows) > 1:
        raise NotStagedError
    tracks = _tracks(far, stage_of)
    top = len(tracks) * TRACK + (6 if tracks else 0)
    placed = _placed(rows, top, max(sum(_wide(tile, last=tile is row[-1]) for tile in row) for row in rows))
    pieces = [tile.piece.moved(x, y) for tile, x, y in placed]
    rects = {tile.at: (x, y, tile.piece.w, tile.piece.h) for tile, x, y in placed}
    floors = {tile.at: max(rects[other.at][1] + rects[other.at][3] for other in row) for row in rows for tile in row}
    routes = [*_next_routes(across, stage_of, rects, floors, tiles), *_far_routes(far, stage_of, rects, tracks, top)]
    high = max(y + tile.piece.h for tile, _, y in placed)
    wide = max(x + tile.piece.w for tile, x, _ in placed)
    whole = together(wide, high, pieces)
    return replace(whole, routes=(*whole.routes, *routes))


def tile_of(picture: Picture, at: int, stage_of: Mapping[str, int], type_: Type) -> Tile:
    """A stage with its cards one below another."""
    cards = tuple(card for card in picture.cards if card.stage == at)
    inside = {card.id for card in cards}
    arrows = tuple(arrow for arrow in picture.arrows if arrow.head in inside and arrow.tail in inside)
    folds = tuple(fold for fold in picture.folds if fold.stage == at)
    faces = evened({card.id: face_of(card, type_, one_line=True) for card in cards}, cards, shortcuts(cards, arrows))
    faces = {
        **faces,
        **{
            card.id: replace(faces[card.id], h=round(1.85 * type_.detail, 1))
            for card in cards
            if faces[card.id].shape == "rounded" or is_other(card)
        },
    }
    gaps = Gaps(8.5 * type_.name / 15, 10, 7, 4)
    inner = lay(Part(cards, arrows, {}, folds), faces, "TB", gaps, type_).piece
    heading: tuple[Line, ...] = ((Run(picture.stages[at].title, type_.name, bold=True),),)
    w, h = extent(heading)
    wide = max(inner.w, w) + 2 * PAD
    head = PAD + h + 7
    high = head + inner.h + PAD
    frame = Frame(f"stage:{at}", 0, 0, wide, high, "stage", Label(wide / 2, PAD + h / 2, w, h, heading))
    moved = inner.moved((wide - inner.w) / 2, head)
    return Tile(
        at, replace(moved, w=wide, h=high, frames=(frame, *moved.frames)), heading, head, _shape(picture, at, type_)
    )


def _shape(picture: Picture, at: int, type_: Type) -> tuple[Line, ...]:
    """Channels above sizes, so that the arrow can be short."""
    if "shapes" not in type_.told:
        return ()
    channels, cross, sizes = picture.stages[at].detail.partition(" × ")
    texts = [channels, sizes] if cross else [channels]
    return tuple((Run(text, type_.detail, tone="faint"),) for text in texts if text)


def _wide(tile: Tile, *, last: bool) -> float:
    return tile.piece.w + (0 if last else gap_of(tile))


def gap_of(tile: Tile) -> float:
    """The length of the arrow behind a stage, which its shape has to fit."""
    return max((line_width(line) for line in tile.shape), default=14) + SPACE


def _rows(tiles: Sequence[Tile], width: float) -> list[list[Tile]]:
    """The stages in as few rows as the width allows, about equally long."""
    for count in range(1, len(tiles) + 1):
        rows = _split(tiles, count)
        if all(sum(_wide(tile, last=tile is row[-1]) for tile in row) <= width for row in rows) or count == 3:
            return rows
    return [list(tiles)]


def _split(tiles: Sequence[Tile], count: int) -> list[list[Tile]]:
    total = sum(_wide(tile, last=False) for tile in tiles)
    rows: list[list[Tile]] = [[]]
    used = 0.0
    for tile in tiles:
        wide = _wide(tile, last=False)
        if rows[-1] and len(rows) < count and used + wide / 2 > total * len(rows) / count:
            rows.append([])
        rows[-1].append(tile)
        used += wide
    return rows


def _placed(rows: Sequence[Sequence[Tile]], top: float, wide: float) -> list[tuple[Tile, float, float]]:
    """Each tile with its place: those of a row on one axis, rows below one another."""
    placed: list[tuple[Tile, float, float]] = []
    y = top
    for row in rows:
        high = max(tile.piece.h for tile in row)
        x = 0.0
        for tile in row:
            placed.append((tile, x, y + (high - tile.piece.h) / 2))
            x += _wide(tile, last=False)
        y += high + ROWS
    return placed


Rect = tuple[float, float, float, float]
Rects = Mapping[int, Rect]


def _next_routes(
    across: Sequence[Arrow],
    stage_of: Mapping[str, int],
    rects: Rects,
    floors: Mapping[int, float],
    tiles: Sequence[Tile],
) -> list[Route]:
    """The arrows from a stage to the next, one each; raises `NotStagedError` where there would be more."""
    routes: dict[int, Route] = {}
    for arrow in across:
        stage = stage_of[arrow.tail]
        if stage_of[arrow.head] != stage + 1:
            continue
        if stage in routes:
            raise NotStagedError
        routes[stage] = _next_route(arrow, rects[stage], rects[stage + 1], floors[stage], tiles[stage])
    return list(routes.values())


def _next_route(arrow: Arrow, one: Rect, two: Rect, floor: float, tile: Tile) -> Route:
    """To the right on the row's axis, or from the end of a row over to the next."""
    start, end = (one[0] + one[2], one[1] + one[3] / 2), (two[0], two[1] + two[3] / 2)
    w, h = extent(tile.shape)
    if end[0] > start[0]:
        label = Label((start[0] + end[0] - 5) / 2, start[1] - h / 2 - 3, w, h, tile.shape)
        points = (start, (end[0], start[1]))
        return Route(arrow.id, arrow.tail, arrow.head, points, arrow.edges, label=label if tile.shape else None)
    low = floor + 19
    points = (
        (one[0] + one[2] / 2, one[1] + one[3]), (one[0] + one[2] / 2, low), (two[0] + two[2] / 2, low),
        (two[0] + two[2] / 2, two[1]),
    )  # fmt: skip
    if not tile.shape:
        return Route(arrow.id, arrow.tail, arrow.head, points, arrow.edges)
    runs = [run for line in tile.shape for run in line]
    flat = ((replace(runs[0], text=" × ".join(run.text for run in runs)),),)
    w, h = extent(flat)
    label = Label((points[1][0] + points[2][0]) / 2, low - h / 2 - 2, w, h, flat)
    return Route(arrow.id, arrow.tail, arrow.head, points, arrow.edges, label=label)


def _tracks(far: Sequence[Arrow], stage_of: Mapping[str, int]) -> Mapping[tuple[str, int], int]:
    """A track above the stages for each line that passes over some, the longer ones further out."""
    spans = {(arrow.tail, stage_of[arrow.head]): stage_of[arrow.head] - stage_of[arrow.tail] for arrow in far}
    return {key: at for at, key in enumerate(sorted(spans, key=lambda key: (spans[key], key)))}


def _far_routes(
    far: Sequence[Arrow], stage_of: Mapping[str, int], rects: Rects, tracks: Mapping[tuple[str, int], int], top: float
) -> list[Route]:
    """Lines over the stages between: out of the top of one on its right, into the top of another on its left."""
    routes: list[Route] = []
    for arrow in far:
        start, end = stage_of[arrow.tail], stage_of[arrow.head]
        ranks = sorted((key for key in tracks if stage_of[key[0]] == start), key=lambda key: tracks[key])
        ends = sorted((key for key in tracks if key[1] == end), key=lambda key: tracks[key])
        at = tracks[(arrow.tail, end)]
        x1 = rects[start][0] + rects[start][2] * (1 + ranks.index((arrow.tail, end)) + len(ranks)) / (
            2 * len(ranks) + 1
        )
        x2 = rects[end][0] + rects[end][2] * (len(ends) - ends.index((arrow.tail, end))) / (2 * len(ends) + 1)
        y = top - 6 - at * TRACK
        points = ((x1, rects[start][1]), (x1, y), (x2, y), (x2, rects[end][1]))
        routes.append(Route(arrow.id, arrow.tail, arrow.head, points, arrow.edges, accent=True))
    return routes
