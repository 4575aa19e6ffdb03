"""The legend: exactly the families that a picture has, and what their cards hold besides the op that names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archc.diagram.compose.naming import extent
from archc.diagram.metrics import line_height
from archc.diagram.model.picture import Card
from archc.diagram.sheet import Label, Run, Swatch
from archc.diagram.theme import COLOURED, legend_word

_WIDE, _HIGH = 22.0, 14.0
_SPACE = 16.0
_ROW = 22.0


def legend(cards: Sequence[Card], size: int, width: float) -> tuple[tuple[Swatch, ...], float, float]:
    """The legend's entries in as many rows as the width asks for, its width and its height."""
    entries = [(family, words) for family, words in _entries(cards)]
    rows: list[list[tuple[str, Label]]] = [[]]
    used = 0.0
    for family, words in entries:
        line = ((Run(words, size),),)
        w, h = extent(line)
        wide = _WIDE + 6 + w + _SPACE
        if rows[-1] and used + wide - _SPACE > width:
            rows.append([])
            used = 0.0
        rows[-1].append((family, Label(0, 0, w, h, line, "left")))
        used += wide
    pitch = max(_ROW, line_height(size))
    return _placed(rows, pitch), max(map(_length, rows)), _ROW + pitch * (len(rows) - 1)


def _length(row: Sequence[tuple[str, Label]]) -> float:
    return sum(_WIDE + 6 + label.w + _SPACE for _, label in row) - (_SPACE if row else 0)


def _placed(rows: Sequence[Sequence[tuple[str, Label]]], pitch: float) -> tuple[Swatch, ...]:
    widest = max(map(_length, rows))
    swatches: list[Swatch] = []
    for at, row in enumerate(rows):
        x, y = (widest - _length(row)) / 2, at * pitch + (_ROW - _HIGH) / 2
        for family, label in row:
            words = Label(x + _WIDE + 6 + label.w / 2, y + _HIGH / 2, label.w, label.h, label.lines, "left")
            swatches.append(Swatch(family, x, y, _WIDE, _HIGH, words))
            x += _WIDE + 6 + label.w + _SPACE
    return tuple(swatches)


def _entries(cards: Sequence[Card]) -> Iterable[tuple[str, str]]:
    for family in (*COLOURED, "tensor"):
        shown = [card for card in cards if card.family == family]
        if shown:
            yield family, _words(family, shown)


def _words(family: str, cards: Sequence[Card]) -> str:
    if family == "merge":
        return _merges(cards)
    if family == "block":
        names = {card.title for card in cards}
        return f"{names.pop()} block" if len(names) == 1 else "block"
    if family == "tensor":
        return "tensor"
    return legend_word(family) + _extras(cards)


def _extras(cards: Sequence[Card]) -> str:
    """`+ BN (+ ReLU)`: what all have behind their main op, what only some have; what leads a card is named on it."""
    after = [card.parts[card.primary + 1 :] for card in cards]
    named = list(dict.fromkeys(part for parts in after for part in parts))
    always = [part for part in named if all(part in parts for parts in after)]
    sometimes = [part for part in named if part not in always]
    told = "".join(f" + {part}" for part in always)
    return told + (f" (+ {', '.join(sometimes)})" if sometimes else "")


def _merges(cards: Sequence[Card]) -> str:
    told: list[str] = []
    for card in cards:
        name = (
            "concatenate"
            if card.kind == "slots"
            else {"mul": "multiply", "sub": "subtract"}.get(card.title, card.title)
        )
        after = [part for at, part in enumerate(card.parts) if at != card.primary]
        told.append(", then ".join([name, *after]))
    return "; ".join(dict.fromkeys(told))
