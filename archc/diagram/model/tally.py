"""What a card stands for, summed over its copies: nodes, parameters, multiply-adds, and where it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from archc.diagram.labels import shape_text
from archc.diagram.model.walk import Scene
from archc.diagram.sheet import Fact
from archc.graph import Node, ops_of

Places = Callable[[Node], str]
"""Where a node is written: file and line."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The nodes behind each node of a first copy, and the edges between them."""

    copies: Mapping[Node, tuple[Node, ...]]
    edges: Mapping[tuple[Node, Node, int], int]
    """By the nodes of the first copy, and the input of the head; one edge may come to several."""


def tally_of(scene: Scene) -> Tally:
    """Sort a network's nodes and edges onto those that are drawn."""
    copies: dict[Node, list[Node]] = defaultdict(list)
    for node in ops_of(scene.graph):
        copies[scene.origin(node)].append(node)
    edges: dict[tuple[Node, Node, int], int] = defaultdict(int)
    for first, all_ in copies.items():
        tails = {
            port: scene.origin(tail)
            for tail, _, data in scene.graph.in_edges(first, data=True)
            for _, port in data["ports"]
        }
        for node in all_:
            for _, port, is_first in sources_of(scene.graph, node):
                edges[tails[port], first, port] += is_first
    return Tally({node: tuple(all_) for node, all_ in copies.items()}, edges)


def sources_of(graph: nx.DiGraph[Node], node: Node) -> list[tuple[Node, int, bool]]:
    """The inputs of a node in order, each with what feeds it; an edge that comes to several counts at the first."""
    found = [
        (tail, port, at == 0)
        for tail, _, data in graph.in_edges(node, data=True)
        for at, (_, port) in enumerate(data["ports"])
    ]
    return sorted(found, key=lambda source: source[1])


def fact_of(tally: Tally, shown: Sequence[Node], inner: int, kind: str, where: str) -> Fact:
    """The fact of a card with these nodes, those of its first copy."""
    every = [node for first in shown for node in tally.copies[first]]
    given, made = shown[0].inputs, shown[-1].outputs
    return Fact(
        kind,
        tuple(node.path for node in shown),
        len(tally.copies[shown[0]]),
        len(every),
        inner,
        sum(node.op is not None and node.op.family == "conv" for node in every),
        sum(node.params for node in every),
        sum(node.macs for node in every),
        shape_text(given[0]) if given else "",
        shape_text(made[0]) if made else "",
        where,
    )
