"""Measures a picture as a slide has it: every row of the slide-ready table, from Graphviz's own `-Tjson` output.

Nothing here uses how archc lays a picture out: `measure` reads what was painted, `misses` names the rows that fail.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

from tests.diagram import clashes, looks, truth
from tests.diagram.colour import least_distance
from tests.diagram.drawing import Drawing, read
from tests.diagram.geometry import size

if TYPE_CHECKING:
    import networkx as nx

    from archc.graph import Node

Kind = Literal["network", "block", "full", "free"]
"""A whole network on a slide, a block's close-up, a poster with every op, a page of the picture's own size."""
SLIDE, POSTER = (960.0, 540.0), (3370.39, 2383.94)
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Expected:
    """What the caller knows of the picture; rows that need what is not given are taken as met."""

    name: str
    """What the title names."""
    graph: nx.DiGraph[Node] | None = None
    """The part of the network's graph that the picture stands for."""
    params: int | None = None
    """What the title says; None where it says nothing."""
    says: tuple[str, ...] = ()
    """Words that the title needs besides."""
    words: tuple[str, ...] = ()
    """Names of blocks, besides those in the graph, that nodes may be known by."""
    fills: Mapping[str, str] = field(default_factory=dict[str, str])
    """The theme's colour of each family."""
    page: tuple[float, float] | None = None
    """Width and height in points; Graphviz makes a page larger where something sticks out."""


@dataclass(frozen=True)
class Measured:
    """Every figure of the table; faults as sentences."""

    text: float
    """The smallest text, in points, fitted to the slide."""
    title: float
    """The smallest of the nodes' titles."""
    own: tuple[float, float]
    """Both as they are, not fitted."""
    poster: float
    """The smallest text, fitted to A0."""
    nodes: int
    aspect: float
    coverage: float
    overlaps: tuple[str, ...]
    through: tuple[str, ...]
    crossings: tuple[str, ...]
    stderr: str
    contrast: tuple[float, str]
    lines: tuple[float, str]
    palette: float
    families: int
    colours: tuple[str, ...]
    unnamed: tuple[str, ...]
    legend: tuple[str, ...]
    titling: tuple[str, ...]
    shapes: tuple[str, ...]
    truth: tuple[str, ...]
    renders: int
    """How many different results rendering it again gave."""
    editing: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One row of the table for one picture."""

    name: str
    bar: str
    value: str
    good: bool | None
    """None where the row is not asked of this kind of picture."""
    faults: tuple[str, ...] = ()


def measure(
    json: str | bytes,
    expected: Expected,
    *,
    stderr: str = "",
    svg: bytes | None = None,
    renders: Sequence[bytes] = (),
) -> Measured:
    """The figures of a picture. `renders` are the bytes of several runs, which have to be equal."""
    drawing = read(json)
    own = _sizes(drawing)
    wide, high = size(drawing.page)
    fit = min(SLIDE[0] / wide, SLIDE[1] / high)
    poster = max(min(a / wide, b / high) for a, b in (POSTER, POSTER[::-1]))
    extent = size(drawing.extent)
    fills = looks.fills(drawing)
    graph = expected.graph
    convs = None if graph is None else truth.convolutions(graph)
    known = [] if graph is None else [*truth.sum_faults(drawing, graph), *truth.edge_faults(drawing, graph)]
    return Measured(
        text=own[0] * fit,
        title=own[1] * fit,
        own=own,
        poster=own[0] * poster,
        nodes=sum("slot" not in node.classes for node in drawing.visible),
        aspect=extent[0] / max(extent[1], 1e-9),
        coverage=extent[0] * extent[1] * fit**2 / (SLIDE[0] * SLIDE[1]),
        overlaps=(*_off_page(size(drawing.page), expected.page), *clashes.overlaps(drawing)),
        through=clashes.through(drawing),
        crossings=clashes.crossings(drawing),
        stderr="\n".join(line for line in stderr.splitlines() if line and not line.startswith("Fontconfig")),
        contrast=looks.least_text_contrast(drawing),
        lines=looks.least_line_contrast(drawing),
        palette=_palette(fills),
        families=len(looks.COLOURED & set(fills)),
        colours=looks.uneven(drawing, expected.fills),
        unnamed=looks.unnamed(drawing, () if graph is None else tuple(graph), expected.words),
        legend=looks.legend_faults(drawing),
        titling=tuple(truth.title_faults(drawing, expected.name, expected.params, expected.says, convs)),
        shapes=tuple(truth.shape_faults(drawing, graph)),
        truth=tuple(known),
        renders=len(set(renders)) or 1,
        editing=() if svg is None else editing_faults(drawing, svg),
    )


def _sizes(drawing: Drawing) -> tuple[float, float]:
    """The smallest text, and the smallest of the nodes' largest."""
    every = [text.size for text in drawing.every_text]
    titles = [
        max(t.size for t in node.texts) for node in drawing.visible if node.texts and "slotted" not in node.classes
    ]
    return min(every, default=math.inf), min(titles, default=math.inf)


def _off_page(drawn: tuple[float, float], wanted: tuple[float, float] | None) -> tuple[str, ...]:
    if wanted is None or max(abs(a - b) for a, b in zip(drawn, wanted, strict=True)) <= 1:
        return ()
    return (f"the page is {drawn[0]:.0f} x {drawn[1]:.0f}, not {wanted[0]:.0f} x {wanted[1]:.0f}",)


def _palette(fills: Mapping[str, frozenset[str]]) -> float:
    """The least distance between families; those without a colour are one."""
    plain = {colour for family, colours in fills.items() if family not in looks.COLOURED for colour in colours}
    coloured = [min(colours) for family, colours in sorted(fills.items()) if family in looks.COLOURED]
    return least_distance([*coloured, *sorted(plain)])


def editing_faults(drawing: Drawing, svg: bytes) -> tuple[str, ...]:
    """Where the SVG's text is not text, or a node is not there once, by its id and with its class."""
    root = ElementTree.fromstring(svg)
    said = re.sub(r"\s+", "", "".join("".join(text.itertext()) for text in root.iter(f"{_SVG}text")))
    lost = [t.words for t in drawing.every_text if re.sub(r"\s+", "", t.words) not in said]
    wrong = [f"{words!r} is not text" for words in lost]
    groups: dict[str, list[str]] = {}
    for group in root.iter(f"{_SVG}g"):
        groups.setdefault(group.get("id", ""), []).append(group.get("class", ""))
    for node in drawing.visible:
        classes = groups.get(node.attributes.get("id", ""), [])
        if len(classes) != 1 or node.family not in classes[0].split():
            wrong.append(f"{node.name} is in the SVG {len(classes)} times by its id, as {classes}")
    return tuple(wrong)


def rows(m: Measured, kind: Kind) -> tuple[Row, ...]:
    """The table for one picture."""
    fitted = kind in ("network", "block")
    most = 20 if kind == "block" else 40
    text, title = (m.text, m.title) if fitted else m.own
    sized = None if kind == "full" else True
    return (
        Row("smallest text", ">= 12 pt", f"{text:.1f}", sized and text >= 12 - 1e-6),
        Row("node titles", ">= 14 pt", f"{title:.1f}", sized and title >= 14 - 1e-6),
        Row("text on A0", ">= 7 pt", f"{m.poster:.1f}", m.poster >= 7 - 1e-6 if kind == "full" else None),
        Row("nodes", f"<= {most}", str(m.nodes), m.nodes <= most if fitted else None),
        Row("aspect", "1.0-2.6", f"{m.aspect:.2f}", 1.0 <= m.aspect <= 2.6 if fitted else None),
        Row("coverage", ">= 0.40", f"{m.coverage:.2f}", m.coverage >= 0.40 if fitted else None),
        _none("overlaps", m.overlaps),
        _none("edges through nodes", m.through),
        _none("crossings", m.crossings),
        Row("stderr", "empty", m.stderr or "empty", not m.stderr),
        Row("text contrast", ">= 4.5", f"{m.contrast[0]:.1f}", m.contrast[0] >= 4.5, m.contrast[1:]),
        Row("line contrast", ">= 3.0", f"{m.lines[0]:.1f}", m.lines[0] >= 3, m.lines[1:]),
        Row("palette", ">= 10, <= 8", f"{m.palette:.1f}, {m.families}", m.palette >= 10 and m.families <= 8),
        _none("colours", m.colours),
        _none("named", m.unnamed),
        _none("legend", m.legend),
        _none("title", m.titling),
        _none("shapes", m.shapes),
        _none("truth", m.truth),
        Row("determinism", "1 result", str(m.renders), m.renders == 1),
        _none("editable", m.editing),
    )


def _none(name: str, faults: tuple[str, ...]) -> Row:
    return Row(name, "0", str(len(faults)), not faults, faults)


ROWS = tuple(row.name for row in rows(Measured(
    math.inf, math.inf, (math.inf, math.inf), math.inf, 0, 1.0, 1.0, (), (), (), "", (21.0, ""), (21.0, ""),
    math.inf, 0, (), (), (), (), (), (), 1, ()), "network"))  # fmt: skip


def misses(measured: Measured, kind: Kind, *, exempt: Collection[str] = ()) -> tuple[str, ...]:
    """The rows that the picture fails, each with its figure and its first faults; `exempt` are names of rows."""
    if unknown := set(exempt) - set(ROWS):
        raise ValueError(f"no rows of the table: {', '.join(sorted(unknown))}")
    return tuple(
        f"{row.name}: {row.value}, bar {row.bar}" + "".join(f"\n    {fault}" for fault in row.faults[:8])
        for row in rows(measured, kind)
        if row.good is False and row.name not in exempt
    )


def table(pictures: Iterable[tuple[str, Measured, Kind]]) -> str:
    """The slide-ready table of many pictures in Markdown, one a line; what fails is in bold."""
    lines = [("picture", *ROWS), ("---", *("---:" for _ in ROWS))]
    lines += [(name, *map(_cell, rows(measured, kind))) for name, measured, kind in pictures]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row) -> str:
    value = " ".join(row.value.split())[:40].replace("|", "\\|")
    return f"**{value}**" if row.good is False else f"({value})" if row.good is None else value
