"""Branches that are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, readers, sources, takes_one

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC422", severity="info", confidence="medium")
def duplicate_branch(network: Network) -> Iterator[Hit]:
    """# ARC422 duplicate-branch: two branches that are the same ops on the same tensor

    ## What

    Two of the tensors that a sum or a concatenation joins are made by equal ops, in the same order, from one tensor.

    ## Why

    Without weights both are the same numbers. With weights their concatenation is one wider branch, and their sum
    gains little over a single one; mostly a branch was copied and then not changed.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [8, 16, 16]}
    steps:
      - cat:
          narrow: [{Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}, ReLU]
          wide: [{Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}, ReLU]
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [8, 16, 16]}
    steps:
      - cat:
          narrow: [{Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}, ReLU]
          wide: [{Conv2d: {out_channels: 8, kernel_size: 5, padding: 2}}, ReLU]
    ```
    """
    for node in ops_of(network):
        if node.op is None or not node.op.is_sum_or_join or len(node.inputs) < 2:
            continue
        known: dict[object, Node] = {}
        for branch in sources(network, node):
            made = _making(network, branch)
            twin = known.setdefault(made, branch)
            if made and twin is not branch:
                message = f"{label(branch)} ends the same ops on the same tensor as {label(twin)}"
                yield Hit(branch, message, (note(twin), note(branch)), "keep one of them, or change the other")


def _making(network: Network, node: Node) -> tuple[object, ...]:
    """The ops that lead to a node from where the graph last forked, then the tensor they start from."""
    made: list[object] = []
    while takes_one(node) and len(readers(network, node)) == 1 and not node.reused:
        (before,) = sources(network, node)
        made += [node.op, network.wiring.edges[before, node]]
        node = before
    return (*made, node) if made else ()
