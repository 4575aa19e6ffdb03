"""The last step of a sequence that was read in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, setting, sources
from archc.spec.data import is_sequence

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC428", severity="warning")
def backward_last_step(network: Network) -> Iterator[Hit]:
    """# ARC428 backward-last-step: the last step alone of what a recurrent layer read in both directions

    ## What

    The output of a bidirectional recurrent layer is taken at its last step. Half of it comes from the layer that reads
    backward, which has seen nothing but that step.

    ## Why

    What both directions make of the whole sequence is `h_n`. The documentation of `torch.nn.LSTM` warns of the mix-up:
    the last step of the output holds the last state forward and the first one backward.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [T=12, 8]}
    steps:
      - {LSTM: {hidden_size: 8, bidirectional: true}, as: rnn}
      - getitem: -1
      - Linear: 2
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [T=12, 8]}
    steps:
      - {LSTM: {hidden_size: 8, bidirectional: true}, as: rnn}
      - {flatten: 1, from: rnn.h_n}
      - Linear: 2
    ```
    """
    for node in ops_of(network):
        before = sources(network, node)
        if len(before) == 1 and setting(before[0], "bidirectional") and _takes_the_last_step(network, before[0], node):
            message = f"{label(node)} takes the last step of {label(before[0])}, whose backward half has seen it alone"
            path = before[0].path
            help = f"take `{path}.h_n`, the last states of both directions"
            yield Hit(node, message, (note(before[0]), note(node)), help)


def _takes_the_last_step(network: Network, before: Node, node: Node) -> bool:
    """Whether an op takes the last step of a recurrent layer's output, and nothing else of it."""
    if network.wiring.edges[before, node] != ((0, 0),):
        return False
    index, dim = setting(node, "index"), setting(node, "dim")
    last = (-1, int(node.inputs[0].shape[1]) - 1)
    return (index[0] if is_sequence(index) else index) in last and dim in (None, 1, -2)
