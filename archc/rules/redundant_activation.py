"""Activations of activations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import is_activation, label, note, ops_of, origin_of, readers, setting, sources, takes_one

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC402", severity="warning")
def redundant_activation(network: Network) -> Iterator[Hit]:
    """# ARC402 redundant-activation: an activation of an activation

    ## What

    An activation's result goes into another activation, at most with a change of layout between them. A softmax after
    an activation that keeps the order of scores (leaky ReLU, as in graph attention) does not count, nor does a pair
    whose result is multiplied with what went in, as Mish is.

    ## Why

    A ReLU of a ReLU does nothing; a sigmoid of a ReLU never gives less than one half; a softmax of a ReLU cannot rank
    what was negative. One of the two was left over from an edit. A kind of fault that NeuraLint looks for (Nikanjam et
    al., TOSEM 2021).

    ## Triggers it

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - Linear: 128
      - ReLU
      - Tanh
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - Linear: 128
      - ReLU
      - Linear: 10
    ```
    """
    for second in filter(is_activation, ops_of(network)):
        first = origin_of(network, second, _is_layout)
        if is_activation(first) and not _keeps_order(first, second) and not _is_gate(network, first, second):
            message = f"{label(second)} is an activation of what {label(first)} has already bent"
            yield Hit(second, message, (note(first), note(second)), "leave one of the two out")


def _is_layout(node: Node) -> bool:
    return takes_one(node) and node.op is not None and node.op.is_view


def _keeps_order(first: Node, second: Node) -> bool:
    """Whether the second compares scores that the first has not cut off."""
    return setting(second, "dim") is not None and first.op is not None and not (first.op.flattens or first.op.numbers)


def _is_gate(network: Network, first: Node, second: Node) -> bool:
    before = sources(network, first)
    return any(source in before for reader in readers(network, second) for source in sources(network, reader))
