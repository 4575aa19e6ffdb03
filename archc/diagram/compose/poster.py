"""What no slide holds: everything there is, or what is left of it, on a page as large as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc.diagram.compose.block import whole
from archc.diagram.compose.faces import Type
from archc.diagram.compose.page import FORMATS, MARGIN, Format, Heading, page, room
from archc.diagram.compose.pieces import Piece
from archc.diagram.compose.stages import NotStagedError, columns
from archc.diagram.compose.subject import facts_of, network_subject
from archc.diagram.crowd import refuse_cards
from archc.diagram.model.build import picture_of
from archc.diagram.model.picture import Card, Picture
from archc.diagram.model.split import split
from archc.diagram.model.walk import Plan
from archc.diagram.options import DIRECTIONS, Options
from archc.diagram.sheet import Sheet

if TYPE_CHECKING:
    from archc.network import Network

LENGTHS = (8, 12, 18, 27, 40, 60, 90)
"""The cards of a column that are tried."""
_STEP = 1.03
"""By how much a page grows until it holds its content."""


def poster(network: Network, options: Options) -> Sheet:
    """Everything, with nothing fused or folded, on a page of the format's proportions as large as that takes."""
    refuse_cards(network, network.body.nodes)
    picture = picture_of(network_subject(network), Plan(fuse=False))
    return spread(network, picture, options, replace(Type(), told=options.labels | {"params"}), "full")


def spread(network: Network, picture: Picture, options: Options, type_: Type, name: str = "") -> Sheet:
    """A picture in the layout that makes the smallest page of the format's proportions."""
    heading = Heading(picture.title, facts_of(network, picture))
    tried = [
        (_grown(FORMATS[options.fit], piece, heading, picture.cards, type_), layout, piece)
        for layout, piece in _spreads(picture, options, type_)
    ]
    format_, layout, piece = min(tried, key=lambda each: each[0].width)
    return replace(page(network.name, piece, format_, heading, picture.cards, type_), layout=name or layout)


def _spreads(picture: Picture, options: Options, type_: Type) -> Iterator[tuple[str, Piece]]:
    """The picture in columns of several lengths; as flows where it has no stages in a row."""
    found = False
    parted: Picture | None = None
    for most in LENGTHS:
        before, parted = parted, split(picture, most)
        if parted == before:
            continue
        try:
            yield "columns", columns(parted, type_)
        except NotStagedError:
            continue
        found = True
    for way in () if found else (options.direction,) if options.direction else DIRECTIONS:
        yield "flow", whole(picture, way, type_)


def _grown(format_: Format, piece: Piece, heading: Heading, cards: Sequence[Card], type_: Type) -> Format:
    """The format, enlarged until the content has room on it."""
    if not format_.width:
        return replace(format_, width=piece.w + 2 * MARGIN)
    grown = format_
    while True:
        width, height = room(grown, heading, cards, type_)
        if piece.w <= width and piece.h <= height:
            return grown
        grown = replace(grown, width=grown.width * _STEP, height=grown.height * _STEP)
