"""A picture as DOT text: the same bytes for the same picture, on every machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from html import escape
from typing import Protocol, cast

import graphviz  # pyright: ignore[reportMissingTypeStubs]

from archc.diagram import palette
from archc.diagram.labels import clean
from archc.diagram.picture import Arrow, Card, Group, Picture

FONT = "Helvetica,Arial,sans-serif"
SMALL = 13

_GRAPH: Mapping[str, str] = {
    "rankdir": "TB", "bgcolor": "white", "fontname": FONT, "fontsize": "22", "fontcolor": palette.INK,
    "labelloc": "t", "labeljust": "l", "nodesep": "0.3", "ranksep": "0.3", "splines": "spline", "newrank": "true",
    "outputorder": "edgesfirst", "pad": "0.15",
}  # fmt: skip
_NODE: Mapping[str, str] = {
    "shape": "box", "style": "filled,rounded", "fontname": FONT, "fontsize": "15", "fontcolor": palette.INK,
    "color": palette.INK, "penwidth": "1.2", "margin": "0.11,0.055", "height": "0.3", "width": "1.5",
}  # fmt: skip
_EDGE: Mapping[str, str] = {
    "color": palette.EDGE, "penwidth": "1.5", "arrowsize": "0.75", "fontname": FONT, "fontsize": str(SMALL),
    "fontcolor": palette.FAINT,
}  # fmt: skip
_FRAME: Mapping[str, str] = {
    "style": "filled,rounded", "color": palette.FRAME, "penwidth": "1.2", "peripheries": "1", "margin": "12",
    "fontname": FONT, "fontsize": "15", "labelloc": "t", "labeljust": "l",
}  # fmt: skip
_CIRCLE: Mapping[str, str] = {"shape": "circle", "width": "0.34", "height": "0.34", "fixedsize": "true", "margin": "0"}


class _Dot(Protocol):
    """What is used of `graphviz.Digraph`, which has no types of its own."""

    source: str

    def attr(self, **attributes: str) -> None: ...

    def node(self, name: str, **attributes: str) -> None: ...

    def edge(self, tail_name: str, head_name: str, **attributes: str) -> None: ...

    def subgraph(self, *, name: str) -> AbstractContextManager[_Dot]: ...


def dot_text(picture: Picture) -> str:
    """The picture in Graphviz's language."""
    title = f'<B>{_text(picture.title, 100)}</B><BR ALIGN="LEFT"/>{_small(picture.facts)}<BR ALIGN="LEFT"/>'
    graph = {**_GRAPH, "label": f"<{title}>"}
    made = graphviz.Digraph(_inert(picture.name), graph_attr=graph, node_attr=dict(_NODE), edge_attr=dict(_EDGE))
    dot = cast("_Dot", made)
    with dot.subgraph(name="cluster_all") as around:
        around.attr(peripheries="0", labelloc="b", labeljust="c", label=_legend(picture))
        for child in picture.children:
            _add(around, child)
    tails, heads = Counter(a.tail for a in picture.arrows), Counter(a.head for a in picture.arrows)
    for arrow in picture.arrows:
        straight = tails[arrow.tail] == heads[arrow.head] == 1
        dot.edge(arrow.tail, arrow.head, **_arrow(arrow, straight=straight))
    return dot.source


def _add(dot: _Dot, child: Card | Group) -> None:
    if isinstance(child, Card):
        dot.node(child.id, **_card(child))
        return
    ground = palette.GROUPS[child.depth % len(palette.GROUPS)]
    heading = f"<B>{_text(child.title or child.name)}</B>" + (f"   {_small(child.name)}" if child.title else "")
    own = {
        "id": _inert(child.path),
        "class": "group",
        "fillcolor": ground,
        "label": f"<{heading}{_times(child.times)}>",
    }
    with dot.subgraph(name=child.id) as frame:
        frame.attr(**{**_FRAME, **own})
        for inner in child.children:
            _add(frame, inner)


def _card(card: Card) -> dict[str, str]:
    own = {
        "id": _inert(card.path or card.id),
        "class": card.family,
        "tooltip": _inert(card.path or card.title),
        "fillcolor": palette.fill(card.family),
    }
    sign = palette.SYMBOLS.get(card.title)
    if sign is not None and not card.detail:
        return {**own, **_CIRCLE, "label": f"<<B>{sign}</B>>"}
    heading = f"<B>{_text(card.title)}</B>"
    if card.name:
        heading += f"  {_small(card.name, palette.INK)}"
    detail = f"<BR/>{_small(card.detail, palette.INK)}" if card.detail else ""
    return {**own, "label": f"<{heading}{_times(card.times)}{detail}>"}


def _times(count: int) -> str:
    return f'   <B><FONT COLOR="{palette.SKIP}">×{count}</FONT></B>' if count > 1 else ""


def _arrow(arrow: Arrow, *, straight: bool) -> dict[str, str]:
    own = {"weight": "20"} if straight else {}
    if arrow.label:
        own["label"] = f"<&#160;&#160;{_text(arrow.label)}>"
    if arrow.skip:
        own |= {"color": palette.SKIP, "penwidth": "2.2", "class": "skip"}
    return own


def _legend(picture: Picture) -> str:
    cells = "".join(
        f'<TD BGCOLOR="{palette.fill(family)}" BORDER="1" COLOR="{palette.INK}" WIDTH="26" HEIGHT="15"'
        f' FIXEDSIZE="TRUE"></TD><TD ALIGN="LEFT">{_small(palette.LEGEND.get(family, family))}</TD><TD WIDTH="8"></TD>'
        for family in picture.families
    )
    return (
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="1"><TR>{cells}</TR></TABLE>>' if cells else ""
    )


def _small(text: str, colour: str = palette.FAINT) -> str:
    return f'<FONT POINT-SIZE="{SMALL}" COLOR="{colour}">{_text(text, 100)}</FONT>'


def _text(text: str, limit: int = 60) -> str:
    return escape(clean(text, limit), quote=True)


def _inert(text: str) -> str:
    """Text that Graphviz takes for what it is: no markup, no escapes."""
    return graphviz.escape(clean(text, 4000))
