"""The typed graph: a networkx directed graph of frozen nodes, flat, whose edges say which result goes to which port."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from archc.quiet import quiet
from archc.tree import Body
from archc.wiring import Node, Origin, Result, Wiring

__all__ = ["Node", "Origin", "Result", "build_graph", "ops_of", "train_only_nodes"]


@quiet()
def build_graph(wiring: Wiring, body: Body) -> nx.DiGraph[Node]:
    """The network as a graph. `graph.graph` has `inputs` (nodes), `outputs` (`Result`s) and `body`."""
    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from(wiring.nodes)
    graph.add_edges_from((one, other, {"ports": ports}) for (one, other), ports in wiring.edges.items())
    graph.graph.update(inputs=wiring.inputs, outputs=wiring.outputs, body=body)
    return graph


def ops_of(graph: nx.DiGraph[Node]) -> Iterator[Node]:
    """The nodes that are ops, in the order they run."""
    return (node for node in graph if node.op is not None)


def train_only_nodes(graph: nx.DiGraph[Node]) -> set[Node]:
    """The nodes that only training-mode outputs need."""
    always: set[Node] = set()
    training: set[Node] = set()
    for result in graph.graph["outputs"]:
        reached = training if result.train_only else always
        waiting: list[Node] = [result.node]
        while waiting:
            node = waiting.pop()
            if node not in reached:
                reached.add(node)
                waiting.extend(graph.predecessors(node))
    return training - always
