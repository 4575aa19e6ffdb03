"""A layered layout for directed acyclic graphs of cards, with lines of horizontal and vertical pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from archc.diagram.layout.decompose import decomposed
from archc.diagram.layout.graph import Edge, Gaps, Graph, Kind, Node, Placed, Point, Rect, graph_of
from archc.diagram.layout.heights import Heights, heights
from archc.diagram.layout.lines import lines
from archc.diagram.layout.mesh import mesh_block
from archc.diagram.layout.parts import Part, in_order
from archc.diagram.layout.place import Block, Ground, chain_block, fan_block, wire_block
from archc.diagram.layout.routes import label_place, route
from archc.diagram.layout.rows import Lanes, borders

__all__ = ["Edge", "Gaps", "Kind", "Node", "Placed", "Point", "Rect", "flow"]


def flow(nodes: Sequence[Node], edges: Sequence[Edge], direction: Literal["TB", "LR"], gaps: Gaps) -> Placed:
    """Lay out nodes that come in a topological order, downwards or to the right."""
    if not nodes:
        return Placed(0.0, 0.0, {}, {}, {}, {})
    if direction == "TB":
        return _downwards(graph_of(nodes, edges, gaps, 1))
    turned = [replace(node, w=node.h, h=node.w) for node in nodes]
    texts = [edge if edge.label is None else replace(edge, label=edge.label[::-1]) for edge in edges]
    return _turned(_downwards(graph_of(turned, texts, gaps, -1)))


def _downwards(graph: Graph) -> Placed:
    ground = Ground(graph)
    whole = decomposed(graph)
    for part in in_order(whole):
        ground.blocks[id(part)] = _block(ground, part)
    lanes = _lanes(ground, whole)
    own = lines(graph, lanes)
    ways = heights(graph, own, lanes.node, ground.floating.values())
    at: dict[str, Rect] = {}
    slots: dict[str, tuple[Rect, ...]] = {}
    for v, node in enumerate(graph.nodes):
        left, right = borders(graph, lanes, v)
        at[node.id] = (lanes.node[v] + left, ways.node[v] - node.h / 2, right - left, node.h)
        if v in lanes.cells:
            slots[node.id] = _slots(graph, lanes, ways, v)
    routes = {graph.edges[line.edge].id: route(graph, line, ways) for line in own}
    labels = {graph.edges[e.edge].id: label_place(graph, e, ways) for e in own if graph.edges[e.edge].label}
    return _at_origin(Placed(0.0, ways.total, at, slots, routes, labels), graph)


def _block(ground: Ground, part: Part) -> Block:
    match part.form:
        case "wire":
            return wire_block(ground.graph, part)
        case "chain":
            return chain_block(ground, part)
        case "fan":
            return fan_block(ground, part)
        case "mesh":
            return mesh_block(ground, part)


def _lanes(ground: Ground, whole: Part) -> Lanes:
    """Where everything stands, seen from the lane of the whole graph."""
    node = [0.0] * ground.graph.n
    wire = [0.0] * len(ground.graph.edges)
    stack = [(whole, 0.0)]
    while stack:
        part, x = stack.pop()
        shifts = ground.block(part).shifts
        if part.form == "wire" and part.edge >= 0:
            wire[part.edge] = x
        for own, shift in zip(part.parts, shifts, strict=False):
            stack.append((own, x + shift))
        for i, v in enumerate(part.joints):
            node[v] = x + shifts[len(part.parts) + i] if part.form == "mesh" else x
    return Lanes(node, wire, ground.cells)


def _slots(graph: Graph, lanes: Lanes, ways: Heights, v: int) -> tuple[Rect, ...]:
    """The slots of a concatenation in the order of its inputs."""
    high = graph.nodes[v].h
    cell_of = {cell.edge: cell for cell in lanes.cells[v]}
    inputs = [cell_of[e] for e in graph.ins[v]]
    return tuple((lanes.node[v] + cell.left, ways.node[v] - high / 2, cell.right - cell.left, high) for cell in inputs)


def _at_origin(placed: Placed, graph: Graph) -> Placed:
    """The same layout, moved so that nothing is left of 0 or above it."""
    sizes = {edge.id: edge.label or (0.0, 0.0) for edge in graph.edges}
    xs = [x for points in placed.routes.values() for x, _ in points]
    left = min(
        *(x for x, _, _, _ in placed.at.values()),
        *xs,
        *(x - sizes[key][0] / 2 for key, (x, _) in placed.labels.items()),
        float("inf"),
    )
    right = max(
        *(x + w for x, _, w, _ in placed.at.values()),
        *xs,
        *(x + sizes[key][0] / 2 for key, (x, _) in placed.labels.items()),
        -float("inf"),
    )
    return Placed(
        right - left,
        placed.h,
        {key: (x - left, y, w, h) for key, (x, y, w, h) in placed.at.items()},
        {key: tuple((x - left, y, w, h) for x, y, w, h in rects) for key, rects in placed.slots.items()},
        {key: tuple((x - left, y) for x, y in points) for key, points in placed.routes.items()},
        {key: (x - left, y) for key, (x, y) in placed.labels.items()},
    )


def _turned(placed: Placed) -> Placed:
    """Rightwards instead of downwards."""
    return Placed(
        placed.h,
        placed.w,
        {key: (y, x, h, w) for key, (x, y, w, h) in placed.at.items()},
        {key: tuple((y, x, h, w) for x, y, w, h in rects) for key, rects in placed.slots.items()},
        {key: tuple((y, x) for x, y in points) for key, points in placed.routes.items()},
        {key: (y, x) for key, (x, y) in placed.labels.items()},
    )
