"""The definitions of blocks that a picture draws as one card, below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archc.diagram.compose.block import definition, heading_of
from archc.diagram.compose.faces import Type
from archc.diagram.compose.pieces import Piece, in_column, in_row
from archc.diagram.compose.subject import block_subject, dashed_note, parameters_of
from archc.diagram.model.build import picture_of
from archc.diagram.model.definition import fullest, kinds
from archc.diagram.model.picture import Picture
from archc.diagram.model.walk import Plan
from archc.spec.model import Block

if TYPE_CHECKING:
    from archc.network import Network

MOST = 3
"""How many definitions there is ever room for."""
_BELOW = 14.0
_BESIDE = 18.0


@dataclass(frozen=True, slots=True)
class Definition:
    """A block's inside, the parameters that it speaks of, and when its dashed parts are there."""

    picture: Picture
    parameters: tuple[str, ...]
    note: str

    def drawn(self, type_: Type, *, one_line: bool) -> Piece:
        """The definition in its frame."""
        heading = heading_of(self.picture.title, self.parameters, self.note, type_)
        return definition(self.picture, heading, type_, one_line=one_line)


def definitions_of(network: Network, picture: Picture) -> list[Definition]:
    """Those of the blocks that are closed, of what stands for most first."""
    weight: dict[Block, int] = {}
    for card in picture.cards:
        if card.body is not None and isinstance(card.body.definition, Block):
            block = card.body.definition
            weight[block] = weight.get(block, 0) + card.fact.nodes
    found: list[Definition] = []
    for block in sorted(weight, key=lambda block: -weight[block])[:MOST]:
        instance = fullest(kinds(network.body, block))
        subject, symbols = block_subject(network, instance, symbolic=True, brief=True)
        inside = picture_of(subject, Plan())
        found.append(Definition(inside, parameters_of(block, inside), dashed_note(symbols)))
    return found


def with_definitions(main: Piece, below: Sequence[Piece]) -> Piece:
    """A picture with definitions below it, which show nothing of the graph that it has not counted already."""
    if not below:
        return main
    named = [_uncounted(piece.renamed(f"definition{at}:")) for at, piece in enumerate(below)]
    return in_column([main, in_row(named, _BESIDE)], _BELOW)


def _uncounted(piece: Piece) -> Piece:
    boxes = tuple(replace(box, fact=None) for box in piece.boxes)
    return replace(piece, boxes=boxes, routes=tuple(replace(route, edges=0) for route in piece.routes))
