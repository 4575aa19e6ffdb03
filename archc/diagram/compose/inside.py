"""A block on a page of its own: an instance by its place, or each structure that its definition takes in a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archc.diagram.compose.block import close_up
from archc.diagram.compose.faces import SIZES, SMALLER, Type
from archc.diagram.compose.page import FORMATS, Format, Heading, page, room
from archc.diagram.compose.pieces import Piece, in_column, in_row
from archc.diagram.compose.subject import block_subject, title_of
from archc.diagram.labels import amount, clean
from archc.diagram.model.build import picture_of
from archc.diagram.model.definition import Instance, dropped_names, instances, kinds
from archc.diagram.model.picture import Card, Picture
from archc.diagram.model.walk import Plan
from archc.diagram.options import DEFAULT, DIRECTIONS, Direction, Options
from archc.diagram.sheet import Run, Sheet

if TYPE_CHECKING:
    from archc.network import Network

MAX_CARDS = 20
"""More than this is not read in a close-up."""
OPEN = 12
"""Up to this many, norms and activations have cards of their own."""
_SPACE = 30.0


class UnknownBlockError(Exception):
    """No block of that name or place: `names` has all that are."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        super().__init__(name)
        self.name = name
        self.names = tuple(names)


def found_instances(network: Network, name: str) -> tuple[Instance, ...]:
    """The instance at a place, or one of each structure of a block's definition; raises `UnknownBlockError`."""
    every = list(instances(network.body))
    at_place = [instance for _, instance in every if instance.path == name]
    if at_place:
        return (at_place[0],)
    blocks = {block for block, _ in every if name in {block.name, block.name.rsplit(".", 1)[-1]}}
    found = tuple(instance for block in blocks for instance in kinds(network.body, block))
    if found:
        return tuple(sorted(found, key=lambda instance: instance.body.nodes))[:3]
    names = dict.fromkeys([block.name for block, _ in every] + [instance.path for _, instance in every])
    raise UnknownBlockError(name, list(names))


@dataclass(frozen=True, slots=True)
class _Shown:
    instance: Instance
    picture: Picture


def block_sheet(network: Network, name: str, options: Options = DEFAULT) -> Sheet:
    """The close-up of a block; raises `UnknownBlockError`."""
    found = found_instances(network, name)
    best: Sheet | None = None
    for plan, most in (
        (Plan(fuse=False), OPEN), (Plan(), MAX_CARDS), (Plan(fold="same"), MAX_CARDS), (Plan(close=True), MAX_CARDS),
        (Plan(fold="like", close=True), MAX_CARDS),
    ):  # fmt: skip
        shown = [_Shown(instance, _picture(network, instance, plan)) for instance in found]
        counts = [len(each.picture.cards) for each in shown]
        if max(counts) > most or sum(counts) > MAX_CARDS + 4 * (len(counts) - 1):
            continue
        best = _largest(network, name, shown, options)
        if best is not None:
            return best
    shown = [_Shown(instance, _picture(network, instance, Plan(close=True))) for instance in found]
    return _page(network, name, shown, FORMATS["free"], options.direction or "TB", Type())[0]


def _picture(network: Network, instance: Instance, plan: Plan) -> Picture:
    return picture_of(block_subject(network, instance, symbolic=False, brief=False)[0], plan)


def _largest(network: Network, name: str, shown: Sequence[_Shown], options: Options) -> Sheet | None:
    """The page with text as large as it allows, whichever direction allows more."""
    for type_ in (*SIZES, *SMALLER) if FORMATS[options.fit].width else (Type(),):
        told = replace(type_, told=options.labels)
        for way in (options.direction,) if options.direction else DIRECTIONS:
            sheet, fits = _page(network, name, shown, FORMATS[options.fit], way, told)
            if fits:
                return sheet
    return None


def _page(
    network: Network, name: str, shown: Sequence[_Shown], format_: Format, direction: Direction, type_: Type
) -> tuple[Sheet, bool]:
    cards: list[Card] = [card for each in shown for card in each.picture.cards]
    heading = Heading(_titled(shown[0].picture.title), _facts(network, shown))
    piece = _arranged([_piece(each, direction, type_, several=len(shown) > 1) for each in shown], direction)
    width, height = room(format_, heading, cards, type_) if format_.width else (piece.w, piece.h)
    sheet = page(f"{network.name}-{name}", piece, format_, heading, cards, type_)
    return replace(sheet, layout="close-up"), piece.w <= width and piece.h <= height


def _titled(name: str) -> str:
    return name if name.lower().endswith(("block", "layer", "head", "stage")) else f"{name} block"


def _facts(network: Network, shown: Sequence[_Shown]) -> str:
    params = dict.fromkeys(amount(sum(card.fact.params for card in each.picture.cards)) for each in shown)
    return f"{title_of(network)} · {' and '.join(params)} parameters"


def _piece(each: _Shown, direction: Direction, type_: Type, *, several: bool) -> Piece:
    gone = ", ".join(dropped_names(each.instance))
    told = f"{each.instance.path}, without {gone}" if gone and several else each.instance.path
    heading = ((Run(clean(told, 60), type_.name, bold=True),),)
    piece = close_up(each.picture, heading, direction, type_)
    return piece.renamed(f"{each.instance.path}:") if several else piece


def _arranged(pieces: Sequence[Piece], direction: Direction) -> Piece:
    """Several close-ups side by side, or one below another where they run from left to right."""
    return (in_row if direction == "TB" else in_column)(pieces, _SPACE)
