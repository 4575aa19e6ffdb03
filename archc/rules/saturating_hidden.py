"""Sigmoids and hyperbolic tangents layer upon layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import is_activation, is_linear, label, note, sources

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network

FEW = 3
"""How many such layers in a row still train."""


@rule("ARC406", severity="info", confidence="medium")
def saturating_hidden(network: Network) -> Iterator[Hit]:
    """# ARC406 saturating-hidden: many hidden layers that flatten out on both sides

    ## What

    More than three layers on one path end in a sigmoid, a hyperbolic tangent or another activation that is flat on
    both sides, and nothing normalizes before them. Gates, whose result is multiplied, do not count.

    ## Why

    The derivative of a sigmoid is at most a quarter: behind four of them a gradient is at most 1/256 of what it was
    (Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010). A
    ReLU hands it on whole.

    ## Triggers it

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - repeat: 4
        chain: [Linear: 64, Sigmoid]
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - repeat: 4
        chain: [Linear: 64, ReLU]
      - Linear: 10
    ```
    """
    depth: dict[Node, int] = {}
    for node in network.wiring.nodes:
        before = sources(network, node)
        depth[node] = min((depth[each] for each in before), default=0)
        if not is_activation(node) or node.op is None:
            continue
        if node.op.flattens != "both":
            depth[node] = 0
        elif is_linear(before[0]):
            depth[node] += 1
            if depth[node] == FEW + 1:
                message = f"{label(node)} is the {FEW + 1}th activation in a row that is flat on both sides"
                yield Hit(
                    node, message, (note(node),), "let hidden layers end in a ReLU or its kin, or normalize before"
                )
