"""The order that modules have in a tree, by what the text and the order of execution say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.codegen.lowered import Graph
from archc.diagnostics import Route
from archc.wiring import Node


def in_tree(paths: Sequence[str], graph: Graph, depth: int = 0) -> Iterator[str]:
    """Paths in the order that a tree of modules has which are made in theirs: what a list holds stands together.

    A list that the first round has nothing for stands where the text has its step.
    """
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(".".join(path.split(".", depth + 1)[: depth + 1]), []).append(path)
    heads = list(groups)
    firsts = [groups[head][0].split(".")[depth : depth + 2] for head in heads]
    if any(number.isdigit() and number != "0" for _, *rest in firsts for number in rest) and not any(
        name.isdigit() for name, *_ in firsts
    ):
        ranks: dict[Route, int] = {}
        for node, *_ in graph.steps:
            _rank(_route(node, node.path), ranks)
        heads.sort(key=lambda head: _rank(_route(graph.nodes[groups[head][0]], head), ranks))
    for head in heads:
        yield from groups[head] if groups[head] == [head] else in_tree(groups[head], graph, depth + 1)


def _route(node: Node, path: str) -> Route:
    """Where the text has the step that made the module at a path, a node or something around it."""
    found, origin = node.step.where.route if node.step is not None else (), node.origin
    while origin is not None and len(origin.name) >= len(path):
        found, origin = origin.where.route, origin.around
    return found


def _rank(route: Route, ranks: dict[Route, int]) -> tuple[int, ...]:
    """A key to sort by: keys of mappings in the order in which they are met."""
    parts = enumerate(route)
    return tuple(part if isinstance(part, int) else ranks.setdefault(route[: at + 1], len(ranks)) for at, part in parts)
