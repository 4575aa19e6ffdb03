"""Which layout a network gets: of those that leave out least, the first that stays legible on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archc.diagram.compose.block import whole
from archc.diagram.compose.definitions import Definition, definitions_of, with_definitions
from archc.diagram.compose.faces import SIZES, SMALLER, Type
from archc.diagram.compose.hourglass import hourglass
from archc.diagram.compose.overview import overview
from archc.diagram.compose.page import FORMATS, Format, Heading, page, room
from archc.diagram.compose.pieces import Piece
from archc.diagram.compose.poster import poster, spread
from archc.diagram.compose.stages import NotStagedError, columns
from archc.diagram.compose.subject import facts_of, network_subject
from archc.diagram.compose.volumes import SCALE, volumes
from archc.diagram.crowd import CROWDED, refuse_cards
from archc.diagram.model.build import picture_of
from archc.diagram.model.picture import Card, Picture
from archc.diagram.model.split import split
from archc.diagram.model.walk import Plan
from archc.diagram.options import DEFAULT, DIRECTIONS, Direction, Options, Style
from archc.diagram.sheet import Sheet

if TYPE_CHECKING:
    from archc.network import Network

MAX_CARDS = 40
"""More than this is not read on a slide."""
ATTEMPTS = 6
"""How many layouts are tried at sizes that are hard to read: those with the fewest cards."""

_STYLE_NEEDS: Mapping[str, str] = {
    "columns": "its stages do not follow one another",
    "overview": "its stages do not follow one another",
    "volumes": "it is no chain",
    "flow": "it has no cards",
}


class StyleError(Exception):
    """A network that cannot be drawn in the style asked for."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A layout of a picture: `draw` makes its content, given the sizes of text and the room there is."""

    name: str
    picture: Picture
    cards: tuple[Card, ...]
    draw: Callable[[Type, float, float], Piece]


def network_sheet(network: Network, options: Options = DEFAULT) -> Sheet:
    """The picture of a network on its page."""
    if options.level == "full":
        return poster(network, options)
    format_ = FORMATS[options.fit]
    legible = _told([*SIZES, *(type_ for type_ in SMALLER if type_.detail >= format_.least)], options)
    tried: list[_Candidate] = []
    for candidate in _candidates(network, options):
        if candidate.name not in _asked(options):
            continue
        tried.append(candidate)
        if len(candidate.picture.cards) <= MAX_CARDS:
            sheet = _fitted(network, candidate, format_, legible)
            if sheet is not None:
                return sheet
    fewest = sorted(tried, key=lambda candidate: len(candidate.picture.cards))[:ATTEMPTS]
    for type_ in _told(SMALLER, options):
        for candidate in (each for each in fewest if len(each.picture.cards) <= CROWDED):
            sheet = _fitted(network, candidate, format_, [type_])
            if sheet is not None:
                return sheet
    if not tried or not _can_be_drawn(tried[-1]):
        raise StyleError(f"{network.name} cannot be drawn as {options.style}: {_STYLE_NEEDS[options.style or 'flow']}")
    refuse_cards(network, len((tried[-1] if options.style is not None else fewest[0]).picture.cards))
    if options.style is not None:
        return _drawn(network, tried[-1], FORMATS["free"], _told(SIZES, options)[-1])
    return spread(network, fewest[0].picture, options, _told(SIZES, options)[-1])


def _asked(options: Options) -> tuple[Style, ...]:
    """The layouts that may be chosen: a direction is that of a flow."""
    if options.style is not None:
        return (options.style,)
    return ("flow",) if options.direction is not None else ("columns", "overview", "flow")


def _can_be_drawn(candidate: _Candidate) -> bool:
    try:
        candidate.draw(Type(), 10**6, 10**6)
    except NotStagedError:
        return False
    return True


def _told(sizes: Sequence[Type], options: Options) -> Sequence[Type]:
    return [replace(type_, told=options.labels) for type_ in sizes]


def _candidates(network: Network, options: Options) -> Iterator[_Candidate]:
    """The layouts from the one that leaves out least; a picture without stages in a row is one flow."""
    subject = network_subject(network)
    plans: Sequence[tuple[str, Plan]] = {
        "overview": _OVERVIEWS,
        "stages": (("columns", Plan()), ("columns", Plan(fold="same")), ("columns", Plan(fold="like")), *_CLOSED),
    }.get(options.level or "", (("columns", Plan()), ("columns", Plan(fold="same")), *_OVERVIEWS))
    overviews: list[_Candidate] = []
    flows: list[_Candidate] = []
    for name, plan in plans:
        picture = picture_of(subject, plan)
        for parted in _parted(picture):
            if name == "overview":
                overviews.extend(_overviews(network, parted))
                continue
            for one_line in (False, True):
                yield _Candidate(name, parted, parted.cards, _columns(parted, one_line=one_line))
        ways = (options.direction,) if options.direction else DIRECTIONS
        flows.extend(_Candidate("flow", picture, picture.cards, _flow(picture, way)) for way in ways)
    yield from sorted(overviews, key=lambda candidate: len(candidate.cards) == len(candidate.picture.cards))
    yield from flows
    chain = picture_of(subject, Plan())
    yield _Candidate("volumes", chain, chain.cards, lambda type_, width, height: volumes(chain, type_))


def _parted(picture: Picture) -> Iterator[Picture]:
    """The picture, and with its long stages in parts."""
    yield picture
    if len(picture.cards) > CROWDED:
        return
    longest = max(Counter(card.stage for card in picture.cards).values())
    for most in (8, 5):
        if longest > most:
            yield split(picture, most)


_OVERVIEWS = tuple(("overview", Plan(fold=fold, close=True)) for fold in ("none", "same", "like"))
_CLOSED = tuple(("columns", Plan(fold=fold, close=True)) for fold in ("none", "same", "like"))


def _columns(picture: Picture, *, one_line: bool) -> Callable[[Type, float, float], Piece]:
    return lambda type_, width, height: columns(picture, type_, one_line=one_line)


def _flow(picture: Picture, direction: Direction) -> Callable[[Type, float, float], Piece]:
    return lambda type_, width, height: whole(picture, direction, type_)


def _overviews(network: Network, picture: Picture) -> Iterator[_Candidate]:
    """An overview with the definitions of its blocks below, as many as there is room for."""
    inside = definitions_of(network, picture)
    for count in range(len(inside), -1, -1):
        shown = inside[:count]
        cards = (*picture.cards, *(card for each in shown for card in each.picture.cards))
        for one_line in (False, True) if count else (False,):
            yield _Candidate("overview", picture, cards, _overview(picture, shown, one_line=one_line))


def _overview(
    picture: Picture, shown: Sequence[Definition], *, one_line: bool
) -> Callable[[Type, float, float], Piece]:
    def draw(type_: Type, width: float, height: float) -> Piece:
        below = [each.drawn(type_, one_line=one_line) for each in shown]
        try:
            main = hourglass(picture, type_)
        except NotStagedError:
            main = overview(picture, type_, width)
        return with_definitions(main, below)

    return draw


def _fitted(network: Network, candidate: _Candidate, format_: Format, sizes: Sequence[Type]) -> Sheet | None:
    """The sheet with text as large as the page allows; None where even the smallest does not fit."""
    if not format_.width:
        return _drawn(network, candidate, format_, sizes[-1]) if _can_be_drawn(candidate) else None
    smallest = _content(network, candidate, format_, sizes[-1])  # first, since most candidates fail here
    if smallest is None:
        return None
    for type_ in sizes[:-1]:
        piece = _content(network, candidate, format_, type_)
        if piece is not None:
            return _paged(network, candidate, format_, type_, piece)
    return _paged(network, candidate, format_, sizes[-1], smallest)


def _content(network: Network, candidate: _Candidate, format_: Format, type_: Type) -> Piece | None:
    """A candidate's content, if it has room on the page."""
    heading = _heading(network, candidate)
    width, height = room(format_, heading, candidate.cards, type_)
    try:
        piece = candidate.draw(type_, width, height)
    except NotStagedError:
        return None
    return piece if piece.w <= width and piece.h <= height else None


def _heading(network: Network, candidate: _Candidate) -> Heading:
    facts = facts_of(network, candidate.picture)
    return Heading(candidate.picture.title, f"{facts} · {SCALE}" if candidate.name == "volumes" else facts)


def _paged(network: Network, candidate: _Candidate, format_: Format, type_: Type, piece: Piece) -> Sheet:
    heading = _heading(network, candidate)
    return replace(page(network.name, piece, format_, heading, candidate.cards, type_), layout=candidate.name)


def _drawn(network: Network, candidate: _Candidate, format_: Format, type_: Type) -> Sheet:
    """A candidate on a page of its own size."""
    return _paged(network, candidate, format_, type_, candidate.draw(type_, 10**6, 10**6))
