"""Losses that are steps of the network itself: their shapes are checked as any op's, their numbers here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.contract.numbers import feeder, wrong_numbers
from archc.diagnostics import Diagnostic

if TYPE_CHECKING:
    import networkx as nx

    from archc.graph import Node


def check_inner(graph: nx.DiGraph[Node]) -> Iterator[Diagnostic]:
    """Losses within the network that are handed another kind of numbers than they take; each step once."""
    told: set[int] = set()
    for node in graph:
        if node.op is None or node.step is None or node.op.family != "loss" or id(node.step) in told:
            continue
        source = feeder(node, graph)
        found = wrong_numbers(node.op, source, graph) if source is not None else None
        if found is not None:
            told.add(id(node.step))
            stack = node.origin.notes() if node.origin is not None else ()
            yield found.diagnostic(node.step, f"`{node.path}`", stack)
