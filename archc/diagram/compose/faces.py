"""How large a card is and what is written on it, before it has a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

from archc.diagram.labels import amount
from archc.diagram.metrics import line_height, line_width
from archc.diagram.model.picture import Card
from archc.diagram.options import Told
from archc.diagram.sheet import Line, Run, Shape
from archc.diagram.theme import COLOURED
from archc.diagram.words import SIGNS


@dataclass(frozen=True, slots=True)
class Type:
    """The sizes of text, in whole points, and the space around it."""

    title: int = 28
    subtitle: int = 16
    name: int = 15
    detail: int = 13
    pad: float = 9
    told: frozenset[Told] = frozenset({"shapes", "kernel"})
    """What the cards and arrows tell."""

    def scaled(self, factor: float) -> Type:
        """All but the page's title larger by a factor."""
        return replace(self, name=round(self.name * factor), detail=round(self.detail * factor), pad=self.pad * factor)

    @property
    def gutter(self) -> float:
        """The space between columns."""
        return 5 + 1.5 * self.pad


SIZES = (*(Type().scaled(factor) for factor in (1.5, 1.35, 1.2, 1.1, 1.0)), Type(name=14, detail=12, pad=6))
"""The sizes of text that can be read on a slide, the largest first; the last is as tight as can be."""
SMALLER = tuple(Type(name=14, detail=12, pad=6).scaled(factor) for factor in (0.9, 0.8, 0.7, 0.6, 0.5, 0.4))
"""What is left where nothing legible fits."""


@dataclass(frozen=True, slots=True)
class Face:
    """A card's size and text."""

    w: float
    h: float
    shape: Shape
    lines: tuple[Line, ...] = ()
    cells: tuple[Line, ...] = ()
    """Text in parts: the branches of a block."""
    slot: int = 0
    """The size of the text in a concatenation's parts; its lines stand beside it."""


def face_of(card: Card, type_: Type, *, one_line: bool = False, narrow: bool = False, across: bool = False) -> Face:
    """A card's face: `one_line` has the detail behind the title, `narrow` breaks that; `across` is left to right."""
    if card.kind == "circle":
        side = round(1.75 * type_.name, 1)
        return Face(side, side, "circle", ((Run(SIGNS.get(card.title, card.title), type_.name, bold=True),),))
    if card.kind == "slots":
        return _concatenation(card, type_, across=across)
    times = (Run(f" ×{card.times}", type_.name, bold=True, tone="accent"),) if card.times > 1 else ()
    if card.cells and "kernel" in type_.told:
        parts = tuple((Run(text, type_.detail),) for text in card.cells)
        parts = (*parts, times) if times else parts
        wide = [line_width(part) + 0.9 * type_.pad for part in parts]
        return Face(sum(wide), 1.85 * type_.detail, "box", cells=parts)
    told = "kernel" in type_.told or card.kind == "tensor"
    detail = card.detail if told else ""
    name = card.title if told or not card.parts else card.parts[card.primary]
    before, _, name = (
        name.rpartition(" · ") if card.family not in {"norm", "activation"} and not one_line else ("", "", name)
    )
    title: Line = (Run(name, type_.name, bold=True),)
    lines: list[Line] = [(*title, *times)]
    if one_line:
        lines = [(*title, *((Run(f" {detail}", type_.detail),) if detail else ()), *times)]
    elif narrow or not detail:
        words = name.rsplit(" · " if " · " in name else " ", 1)
        lines = [
            *((Run(word, type_.name, bold=True),) for word in words[:-1]),
            (Run(words[-1], type_.name, bold=True), *times),
        ]
    if detail and not one_line:
        lines.append((Run(detail, type_.detail),))
    if before:
        lines.insert(0, (Run(before, type_.detail),))
    if "params" in type_.told and card.fact.params:
        lines.append((Run(_params(card), type_.detail),))
    return _around(lines, type_, "box" if is_other(card) else "rounded")


def is_other(card: Card) -> bool:
    """Whether it is an op of no coloured family: a white box with sharp corners, where tensors have round ones."""
    return card.kind == "card" and card.family not in COLOURED


def _params(card: Card) -> str:
    each = card.fact.params // card.fact.times
    return f"{amount(each)} params" + (" each" if card.fact.times > 1 else "")


def _concatenation(card: Card, type_: Type, *, across: bool) -> Face:
    """The parts side by side; where inputs come from the left, one above another."""
    texts = [text for parts in card.slots for text in parts]
    wide = max((line_width((Run(text, type_.detail),)) for text in texts), default=0) + type_.pad
    wide, high, count = max(wide, 2.4 * type_.detail), 1.9 * type_.detail, max(1, len(texts))
    size = (wide, high * count) if across else (wide * count, high)
    return Face(*size, "box", ((Run(card.title, type_.name, bold=True),),), slot=type_.detail)


def _around(lines: Iterable[Line], type_: Type, shape: Shape) -> Face:
    kept = tuple(lines)
    wide = max(line_width(line) for line in kept)
    high = sum(line_height(max(run.size for run in line)) for line in kept)
    return Face(round(wide + 2 * type_.pad, 1), round(high + 0.9 * type_.pad, 1), shape, kept)


def evened(faces: Mapping[str, Face], cards: Iterable[Card], aside: Set[str] = frozenset()) -> Mapping[str, Face]:
    """The faces equally wide, those `aside` apart from the others, so that a column has straight sides."""
    widest: dict[bool, float] = defaultdict(float)
    listed = [card.id for card in cards if card.kind not in {"circle", "slots"}]
    for id in listed:
        widest[id in aside] = max(widest[id in aside], faces[id].w)
    return {**faces, **{id: replace(faces[id], w=widest[id in aside]) for id in listed}}
