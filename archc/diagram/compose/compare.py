"""Two networks on one page and one scale: what corresponds side by side, what differs marked, and a small table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from archc.diagram.compose.beside import GUTTER, beside
from archc.diagram.compose.faces import SIZES, SMALLER, Type
from archc.diagram.compose.page import FORMATS, Format, Heading, page, room
from archc.diagram.compose.pieces import Piece, together
from archc.diagram.compose.subject import network_subject, title_of
from archc.diagram.compose.totals import Row, rows_of, table
from archc.diagram.crowd import CROWDED, cards_of, refuse_large
from archc.diagram.engine import TooLargeError
from archc.diagram.labels import amount
from archc.diagram.model.build import picture_of
from archc.diagram.model.correspond import Pair, compacted, correspond
from archc.diagram.model.picture import Card, Picture
from archc.diagram.model.unsaid import ops_by_path
from archc.diagram.model.walk import Plan
from archc.diagram.options import DEFAULT, Options
from archc.diagram.sheet import Sheet
from archc.differences import Difference, diff

if TYPE_CHECKING:
    from archc.network import Network

PLANS = (Plan(), Plan(fold="same"), *(Plan(close=True, fold=fold) for fold in ("none", "same", "like")))
"""What is left out, the same of both networks: the first that can be read."""
IN_ROWS = frozenset({"added", "removed", "op", "argument"})
"""Differences that the rows show, of steps."""
BESIDE = {
    "renamed": "names", "moved": "wiring", "wiring": "wiring", "order": "order of operands",
    "init": "initial weights", "input": "inputs", "output": "outputs",
}  # fmt: skip
"""What the rows do not show, or not all of it."""
SHOWN = frozenset({"added", "removed", "name", "shape"})
"""What they do show of inputs and outputs."""
MAX_CARDS = 40
"""Of each network."""
MAX_ROWS = 1_500
"""Each card of one network is held against each of the other."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two networks and what corresponds in them."""

    networks: tuple[Network, Network]
    pictures: tuple[Picture, Picture]
    pairs: tuple[Pair, ...]
    difference: Difference

    @property
    def rows(self) -> tuple[Row, ...]:
        """The sums of both."""
        return rows_of(*self.networks)

    @property
    def title(self) -> str:
        """Both names."""
        names = dict.fromkeys(names_of(*self.networks))
        shared = title_of(self.networks[0])
        before = f"{shared}: " if len(names) > 1 and shared == title_of(self.networks[1]) else ""
        return before + " and ".join(names)

    @property
    def facts(self) -> str:
        """How many steps are alike, what else differs that no row shows, and how large both are."""
        sizes = [amount(sum(node.params for node in network.graph)) for network in self.networks]
        return f"{self._alike()} · {sizes[0]} and {sizes[1]} parameters"

    def _alike(self) -> str:
        found = self.difference
        if found.identical:
            return "identical"
        steps = {(change.what == "removed", change.path) for change in found.changes if change.what in IN_ROWS}
        total = sum(node.op is not None for node in self.networks[0].graph)
        total += sum(change.what == "added" for change in found.changes)
        hidden = (change for change in found.changes if change.what in BESIDE and change.name not in SHOWN)
        beside = dict.fromkeys(BESIDE[change.what] for change in hidden)
        told = f"{total - len(steps):,} of {total:,} steps alike"
        return f"{told} · also differ: {', '.join(beside)}" if beside else told


def names_of(one: Network, other: Network) -> tuple[str, str]:
    """The networks' titles, or their names where two networks have the same."""
    titles = _short(title_of(one)), _short(title_of(other))
    if titles[0] != titles[1] or one.name == other.name:
        return titles
    variants = one.variant or "", other.variant or ""
    return variants if all(variants) and variants[0] != variants[1] else (one.name, other.name)


def _short(title: str) -> str:
    """What a long title has in brackets: of `Network in network (NiN)`, `NiN`."""
    found = re.search(r"\(([\w-]+)\)", title)
    return found[1] if found is not None and len(title) > 16 else title


def comparison(one: Network, other: Network, plan: Plan = PLANS[0], difference: Difference | None = None) -> Comparison:
    """The alignment of two networks under a plan."""
    pictures = picture_of(network_subject(one), plan), picture_of(network_subject(other), plan)
    ops = ops_by_path(one.graph), ops_by_path(other.graph)
    return Comparison((one, other), pictures, correspond(*pictures, ops), difference or diff(one, other))


def comparisons(one: Network, other: Network, most: int) -> Iterator[Comparison]:
    """The alignments under the plans that leave about so many cards of each network; under the last in any case.

    Raises `TooLargeError` where that one leaves more than are compared.
    """
    for network in (one, other):
        refuse_large(network)
    difference: Difference | None = None
    for plan in PLANS:
        cards = max(cards_of(network, plan) for network in (one, other))
        if plan is PLANS[-1] and cards > MAX_ROWS:
            message = f"`{one.name}` and `{other.name}` have up to {cards:,} ops and blocks that differ"
            raise TooLargeError(
                f"{message}, and at most {MAX_ROWS:,} are compared", "`archc summary` shows layers as text"
            )
        if plan is PLANS[-1] or cards <= most:
            difference = difference or diff(one, other)
            yield comparison(one, other, plan, difference)


def compare_sheet(one: Network, other: Network, options: Options = DEFAULT) -> Sheet:
    """Both networks on a page, with as little left out and text as large as it takes."""
    format_ = FORMATS[options.fit]
    drawn: list[Comparison] = []
    for compared in comparisons(one, other, CROWDED):
        drawn.append(compared)
        sheet = _legible(compared, compared.pairs, format_, options)
        if sheet is not None:
            return sheet
    tight = [(compared, compacted(compared.pairs)) for compared in drawn]
    for compared, rows in tight:
        sheet = _legible(compared, rows, format_, options)
        if sheet is not None:
            return sheet
    small = [each for each in tight if len(each[1]) <= CROWDED]
    for size, (compared, rows) in product(SMALLER, small):
        sheet = _fitted(compared, rows, format_, [size], options)
        if sheet is not None:
            return sheet
    last = drawn[-1]
    return _paged(last, FORMATS["free"], _piece(last, last.pairs, 1, SIZES[-1]), SIZES[-1])


def _legible(compared: Comparison, rows: Sequence[Pair], format_: Format, options: Options) -> Sheet | None:
    if max(len(picture.cards) for picture in compared.pictures) > MAX_CARDS:
        return None
    return _fitted(compared, rows, format_, SIZES, options)


def _fitted(
    compared: Comparison, rows: Sequence[Pair], format_: Format, sizes: Sequence[Type], options: Options
) -> Sheet | None:
    if not format_.width:
        return _paged(compared, format_, _piece(compared, rows, 1, sizes[-1]), sizes[-1])
    cards = [card for picture in compared.pictures for card in picture.cards]
    for parts, size in product((1, 2, 3), sizes):
        type_ = replace(size, told=options.labels)
        width, height = room(format_, _heading(compared), cards, type_)
        piece = _piece(compared, rows, parts, type_)
        if piece is not None and piece.w <= width and piece.h <= height:
            return _paged(compared, format_, piece, type_)
    return None


def _paged(compared: Comparison, format_: Format, piece: Piece | None, type_: Type) -> Sheet:
    assert piece is not None
    cards = [card for picture in compared.pictures for card in picture.cards]
    name = "-".join(network.name for network in compared.networks)
    return replace(page(name, piece, format_, _heading(compared), cards, type_), layout="compare")


def _heading(compared: Comparison) -> Heading:
    alone = any(pair.one is None or pair.other is None for pair in compared.pairs)
    return Heading(compared.title, f"{compared.facts} · dashed: in one alone" if alone else compared.facts)


def _piece(compared: Comparison, rows: Sequence[Pair], parts: int, type_: Type) -> Piece | None:
    """The rows in so many parts, the table behind them; None where the rows cannot be parted so."""
    names = names_of(*compared.networks)
    main = beside(compared.pictures, rows, names, parts, type_)
    if main is None:
        return None
    total = table(compared.rows, names, type_)
    high = max(main.h, total.h)
    placed = (main.moved(0, (high - main.h) / 2), total.moved(main.w + GUTTER, (high - total.h) / 2))
    return together(main.w + GUTTER + total.w, high, placed)


def lines_of(compared: Comparison) -> Iterator[tuple[str, str, str]]:
    """The comparison as text: what stands left, the mark, what stands right."""
    for pair in compared.pairs:
        yield _told(pair.one), "=" if pair.is_same else "≠" if pair.differs else " ", _told(pair.other)


def _told(card: Card | None) -> str:
    if card is None:
        return ""
    times = f" ×{card.fact.times}" if card.fact.times > 1 else ""
    return f"{card.title} {card.detail}".strip() + times
