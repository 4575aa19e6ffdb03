"""A sheet as DOT text in which every place is pinned: Graphviz lays nothing out, and all its versions draw the same.

The text names the engine that leaves places alone, so plain `dot -Tsvg` draws it too.
The bytes are the same for the same sheet, on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol, cast

import graphviz  # pyright: ignore[reportMissingTypeStubs]

from archc.diagram import markup
from archc.diagram.curve import rounded, shortened
from archc.diagram.labels import clean
from archc.diagram.sheet import Box, Fact, Frame, Label, Point, Route, Sheet, Swatch
from archc.diagram.svg import FONT, LEFT
from archc.diagram.theme import Theme

_Up = Callable[[Point], Point]

_ARROW = 7.5
"""The length of an arrowhead in points; that of Graphviz's own is 10."""
_TIP_LIMIT = 300
_FACT_LIMIT = 8_000
"""Characters; Graphviz refuses a whole picture for a string of more than 16,384 bytes."""
_STYLES: Mapping[str, str] = {
    "rounded": "filled,rounded", "box": "filled", "circle": "filled", "point": "filled", "plain": "",
    "stage": "filled,rounded", "definition": "rounded,dashed", "fold": "rounded",
}  # fmt: skip
_SHAPES: Mapping[str, str] = {"rounded": "box", "plain": "plaintext"}


class _Dot(Protocol):
    """What is used of `graphviz.Digraph`, which has no types of its own."""

    source: str

    def attr(self, **attributes: str) -> None: ...

    def node(self, name: str, **attributes: str) -> None: ...

    def edge(self, tail_name: str, head_name: str, **attributes: str) -> None: ...

    def subgraph(self, *, name: str) -> AbstractContextManager[_Dot]: ...


def dot_text(sheet: Sheet, theme: Theme, *, until: int | None = None) -> str:
    """The sheet in Graphviz's language; what appears after the step `until` is there, but out of sight."""
    graph, node, edge = _defaults(sheet, theme)
    dot = cast("_Dot", graphviz.Digraph(_inert(sheet.name), graph_attr=graph, node_attr=node, edge_attr=edge))
    up = partial(_up, sheet.height)
    for at, frame in enumerate(sheet.frames):
        with dot.subgraph(name=f"cluster_{at}") as cluster:
            cluster.attr(**_frame(frame, theme, up), **_sight(frame.step, until, _STYLES[frame.style]))
    names = {box.id: f"box{at}" for at, box in enumerate(sheet.boxes)}
    for box in sheet.boxes:
        style = "" if box.slots else _STYLES[box.shape] + (",dashed" if box.dashed else "")
        dot.node(names[box.id], **_box(box, theme, up), **_sight(box.step, until, style))
    for name, kind, label in _texts(sheet):
        own = {"id": name, "class": _classes(kind, label), **_text(label, theme, up)}
        dot.node(name, **own, **({"style": "invis"} if until is not None and label.step > until else {}))
    if sheet.legend:
        dot.node("legend", id="legend", **{"class": f"legend {LEFT}"}, **_legend(sheet.legend, theme, up))
    for route in sheet.routes:
        dot.edge(names[route.tail], names[route.head], **_route(route, theme, up), **_sight(route.step, until, ""))
    return dot.source


def _up(height: float, point: Point) -> Point:
    """A point in DOT, where y grows upwards."""
    return point[0], height - point[1]


def _defaults(sheet: Sheet, theme: Theme) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What graph, nodes and edges have where they say nothing else."""
    font = {"fontname": FONT, "fontcolor": theme.ink}
    view = f"{_at((sheet.width, sheet.height))},1,{_at((sheet.width / 2, sheet.height / 2))}"
    page = {"layout": "nop2", "notranslate": "true", "viewport": view, "bgcolor": theme.page, "pad": "0", "margin": "0"}
    graph = {**font, **page, "outputorder": "edgesfirst", "splines": "true"}
    # `shape`: a label may be larger than its node, as it is where fonts are other than expected, without a warning
    node = {**font, "color": theme.outline, "penwidth": "1.2", "margin": "0", "fixedsize": "shape"}
    return graph, node, {**font, "color": theme.edge, "penwidth": "1.5", "arrowsize": _number(_ARROW / 10)}


def _texts(sheet: Sheet) -> Iterable[tuple[str, str, Label]]:
    yield "title", "title", sheet.title
    for at, note in enumerate(sheet.notes):
        yield f"note{at}", "note", note


def _sight(step: int, until: int | None, style: str) -> dict[str, str]:
    return {"style": "invis" if until is not None and step > until else style}


def _classes(kind: str, label: Label | None) -> str:
    """The classes in the SVG."""
    return f"{kind} {LEFT}".strip() if label is not None and label.align == "left" else kind


def _frame(frame: Frame, theme: Theme, up: _Up) -> dict[str, str]:
    low, high = up((frame.x, frame.y + frame.h)), up((frame.x + frame.w, frame.y))
    own = {
        "id": _inert(frame.id),
        "class": _classes(f"frame {frame.style}", frame.heading),
        "bb": f"{_at(low)},{_at(high)}",
        "color": theme.definition if frame.style == "definition" else theme.frame,
        "bgcolor": "",
        "fillcolor": theme.ground,
        "penwidth": "1.3",
    }
    heading = frame.heading
    if heading is None:
        return {**own, "label": ""}
    return {**own, "label": markup.of_label(heading, theme), "lp": _at(up((heading.x, heading.y)))}


def _box(box: Box, theme: Theme, up: _Up) -> dict[str, str]:
    plain = box.shape == "plain" or bool(box.slots)
    own = {
        "id": _inert(box.id),
        "class": _inert(f"{box.family} slotted" if box.slots else box.family),
        "shape": "plaintext" if plain else _SHAPES.get(box.shape, box.shape),
        "pos": _at(up((box.x + box.w / 2, box.y + box.h / 2))),
        **_size(box.w, box.h),
        **({} if box.fact is None else _facts(box.fact)),
    }
    if box.slots:
        return {**own, "label": markup.of_slots(box, theme)}
    if box.shape == "point":
        return {**own, "label": "", "color": theme.edge, "fillcolor": theme.edge}
    label = markup.of_lines(box.lines, theme, "" if plain else box.family)
    return {**own, "label": label, "fillcolor": theme.fill(box.family)}


def _facts(fact: Fact) -> dict[str, str]:
    """What a box stands for, for readers of the picture (a tooltip) and of Graphviz's JSON."""
    return {
        "tooltip": _inert(f"{fact.kind} · {', '.join(fact.paths)}", _TIP_LIMIT),
        "paths": _inert(" ".join(fact.paths), _FACT_LIMIT),
        "times": str(fact.times),
        "nodes": str(fact.nodes),
        "inner": str(fact.inner),
        "convs": str(fact.convs),
        "params": str(fact.params),
        "macs": str(fact.macs),
    }


def _text(label: Label, theme: Theme, up: _Up) -> dict[str, str]:
    own = {"shape": "plaintext", "pos": _at(up((label.x, label.y))), **_size(label.w, label.h)}
    return {**own, "label": markup.of_label(label, theme)}


def _legend(swatches: tuple[Swatch, ...], theme: Theme, up: _Up) -> dict[str, str]:
    left, right = min(s.x for s in swatches), max(s.words.x + s.words.w / 2 for s in swatches)
    top = min(s.words.y - max(s.words.h, s.h) / 2 for s in swatches)
    bottom = max(s.words.y + max(s.words.h, s.h) / 2 for s in swatches)
    own = {"shape": "plaintext", "pos": _at(up(((left + right) / 2, (top + bottom) / 2)))}
    return {**own, **_size(right - left, bottom - top), "label": markup.of_legend(swatches, theme)}


def _route(route: Route, theme: Theme, up: _Up) -> dict[str, str]:
    through = shortened(route.points, _ARROW) if route.arrow else route.points
    curve = " ".join(_at(up(point)) for point in rounded(through, route.radius))
    own = {
        "id": _inert(route.id),
        "class": _classes("skip" if route.accent else "", route.label),
        "edges": str(route.edges),
        "pos": f"e,{_at(up(route.points[-1]))} {curve}" if route.arrow else curve,
        **({} if route.arrow else {"dir": "none"}),
        **({"color": theme.accent, "penwidth": "2.2"} if route.accent else {}),
    }
    if route.label is None:
        return own
    return {**own, "label": markup.of_label(route.label, theme), "lp": _at(up((route.label.x, route.label.y)))}


def _size(w: float, h: float) -> dict[str, str]:
    """A node's size, in inches."""
    return {"width": _number(w / 72, 6), "height": _number(h / 72, 6)}


def _at(point: Point) -> str:
    return ",".join(_number(value) for value in point)


def _number(value: float, digits: int = 2) -> str:
    """A number without an exponent and without needless zeros."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _inert(text: str, limit: int = 4000) -> str:
    """Text that Graphviz takes for what it is: no markup, no escapes."""
    return graphviz.escape(clean(text, limit))
