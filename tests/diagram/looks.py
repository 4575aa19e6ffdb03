"""What colours and words a drawing has: contrasts, the palette, the legend, and whether nodes name their ops."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from archc import ops
from tests.diagram.colour import contrast
from tests.diagram.drawing import Drawing, Text, Thing
from tests.diagram.geometry import centre, pieces

if TYPE_CHECKING:
    from archc.graph import Node

COLOURED = frozenset({"conv", "linear", "pool", "norm", "activation", "merge", "attention", "recurrent", "block"})
"""The families that have a colour of their own."""
_SHORT: Mapping[str, tuple[str, ...]] = {
    "add": ("+",), "mul": ("×",), "sub": ("−", "-"), "div": ("÷", "/"), "matmul": ("×",),
    "cat": ("concat", "concatenate"), "linear": ("fc", "dense"), "batchnorm": ("bn",), "syncbatchnorm": ("bn",),
    "layernorm": ("ln",), "groupnorm": ("gn",), "instancenorm": ("in",), "localresponsenorm": ("lrn",),
}  # fmt: skip
"""What lectures call an op, by its name's letters, other than by that or a word of it."""
_LEGEND: Mapping[str, str] = {
    "conv": "conv", "linear": "linear|fully|dense", "pool": "pool", "norm": "norm", "activation": "activation",
    "merge": "merge|add|concat|join|sum", "attention": "attention", "recurrent": "recurrent", "block": "block",
    "tensor": "tensor|input|output", "other": "other",
}  # fmt: skip
"""What an entry of the legend says, as a pattern, by its family."""


def least_text_contrast(drawing: Drawing) -> tuple[float, str]:
    """The least contrast of a text with what it stands on, and that text."""
    found = ((contrast(text.colour, _ground(drawing, text)), text.words) for text in drawing.every_text)
    return min(found, default=(math.inf, ""))


def _ground(drawing: Drawing, text: Text) -> str:
    if text.ground is not None:
        return text.ground
    middle = centre(text.box)
    under = [node.fill for node in drawing.nodes if any(s.fill and s.covers(middle) for s in node.shapes)]
    return next((fill for fill in reversed(under) if fill is not None), drawing.ground(middle))


def least_line_contrast(drawing: Drawing) -> tuple[float, str]:
    """The least contrast of a line with the page and frames behind it, and that line."""
    found = (
        (contrast(colour, ground), edge.name)
        for edge in drawing.edges
        for ground in {drawing.ground(point) for piece in pieces(edge.line) for point in _along(*piece)}
        for colour in edge.colours
    )
    return min(found, default=(math.inf, ""))


def _along(p: tuple[float, float], q: tuple[float, float]) -> Iterator[tuple[float, float]]:
    steps = max(1, math.ceil(math.dist(p, q) / 25))
    for step in range(steps):
        t = (step + 0.5) / steps
        yield p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])


def fills(drawing: Drawing) -> Mapping[str, frozenset[str]]:
    """The colours of each family's nodes."""
    found: dict[str, set[str]] = {}
    for node in drawing.visible:
        if node.fill is not None:
            found.setdefault(node.family, set()).add(node.fill.lower())
    return {family: frozenset(colours) for family, colours in found.items()}


def uneven(drawing: Drawing, table: Mapping[str, str]) -> tuple[str, ...]:
    """Families with other than one colour, the table's where it has one."""
    wrong = [f"{family} has {len(colours)} colours" for family, colours in fills(drawing).items() if len(colours) > 1]
    wrong += [
        f"{family} is {colour}, not {table[family]}"
        for family, colours in fills(drawing).items()
        for colour in colours
        if family in table and colour != table[family].lower()
    ]
    return tuple(wrong)


def legend_faults(drawing: Drawing) -> tuple[str, ...]:
    """Where the legend is not exactly the families present; those without a colour may be left out."""
    wanted = {family: next(iter(colours)) for family, colours in fills(drawing).items()}
    swatches = [shape for node in drawing.of("legend") for shape in node.shapes if shape.fill is not None]
    words = [text for node in drawing.of("legend") for text in node.texts]
    said: dict[str, list[str]] = {}
    for swatch in swatches:
        x, y = swatch.box[2], centre(swatch.box)[1]
        right = [t for t in words if t.box[0] >= x - 1 and abs(centre(t.box)[1] - y) < t.size / 2]
        nearest = min(right, key=lambda text: text.box[0], default=None)
        said.setdefault((swatch.fill or "").lower(), []).append("" if nearest is None else nearest.words)
    wrong = [f"the legend lacks {family}" for family in wanted if family in COLOURED and wanted[family] not in said]
    wrong += [f"the legend has {colour}, which is not drawn" for colour in said if colour not in wanted.values()]
    wrong += [f"the legend says {told} of one colour" for told in said.values() if len(told) > 1]
    for colour, told in said.items():
        patterns = [_LEGEND.get(family, family) for family, fill in wanted.items() if fill == colour]
        if patterns and not re.search("|".join(patterns), told[0], re.IGNORECASE):
            wrong.append(f"the legend calls {colour} {told[0]!r}")
    return tuple(wrong)


def unnamed(drawing: Drawing, nodes: Collection[Node], names: Collection[str]) -> tuple[str, ...]:
    """The coloured nodes whose text has no word of their ops' names, or of their block's; `names` are good for any."""
    by_path: dict[str, list[Node]] = {}
    for node in nodes:
        by_path.setdefault(node.path, []).append(node)
    general = {word for name in names for word in words_of(name)}
    found: list[str] = []
    for thing in drawing.visible:
        if thing.family not in COLOURED:
            continue
        inner = [node for path in thing.paths for node in by_path.get(path, ())]
        if general.union(_allowed(thing, inner)).isdisjoint(_said(thing) | _beside(drawing, thing)):
            found.append(f"{thing.name} ({thing.family}) says only {thing.words!r}")
    return tuple(found)


def _beside(drawing: Drawing, thing: Thing) -> set[str]:
    """Of a box in parts, which has no title: the headings of the frames around it, and the legend."""
    if "slotted" not in thing.classes:
        return set()
    around = [frame.words for frame in drawing.frames if frame.covers(centre(thing.box))]
    return set().union(*map(words_of, (*around, *(node.words for node in drawing.of("legend")))))


def _said(thing: Thing) -> set[str]:
    return words_of(thing.words) | set(re.findall(r"[+×−÷/-]", thing.words))


def _allowed(thing: Thing, inner: Collection[Node]) -> frozenset[str]:
    if not inner:
        return frozenset({"block"}) if thing.family == "block" else _every_word()
    if thing.family == "block":
        origins = [node.origin for node in inner]
        around = [origin.around for origin in origins if origin is not None]
        names = {origin.block or origin.name for origin in (*origins, *around) if origin is not None}
        return frozenset({"block"}.union(*map(words_of, names)))
    own = [node for node in inner if node.op is not None and node.op.family == thing.family]
    return frozenset().union(*(_op_words(node.kind) for node in own or inner))


@cache
def _every_word() -> frozenset[str]:
    return frozenset().union(*map(_op_words, ops.names()))


@cache
def _op_words(name: str) -> frozenset[str]:
    plain = re.sub(r"[1-3]d$", "", name)
    return frozenset(words_of(plain)) | frozenset(_SHORT.get(plain.replace("_", "").lower(), ()))


def words_of(text: str) -> set[str]:
    """The words of a text in small letters, those of camel case each and together."""
    whole = re.findall(r"[^\W\d_]+", text)
    parts = [part for word in whole for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", word)]
    return {word.lower() for word in (*whole, *parts) if len(word) > 1}
