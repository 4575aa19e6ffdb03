"""Scores that an activation cuts off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.ops.base import count
from archc.rules.base import Hit, rule
from archc.rules.walk import (
    channels,
    is_activation,
    is_affine,
    is_linear,
    label,
    note,
    origin_of,
    outputs_of,
    readers,
    sources,
    takes_one,
)

if TYPE_CHECKING:
    from archc.graph import Node, Result
    from archc.network import Network


@rule("ARC404", severity="warning", confidence="medium")
def activation_on_logits(network: Network) -> Iterator[Hit]:
    """# ARC404 activation-on-logits: a ReLU or sigmoid on the scores

    ## What

    An output looks like the scores of classes, one vector narrower than the layer before it, and ends in an
    activation of each score by itself that flattens out, directly or before an average pool. Outputs whose `loss`
    takes such numbers (`BCELoss`, `MSELoss`), a single number, and outputs of another form do not count.

    ## Why

    A cross-entropy wants scores of either sign: behind a ReLU the wrong classes cannot fall below 0, behind a sigmoid
    no class can win clearly, and where the activation is flat no gradient comes back. NeuraLint and UMLAUT look for
    it (Nikanjam et al., TOSEM 2021; Schoop et al., CHI 2021). For several labels at once say so with a loss, or take
    the sigmoid out and train with `BCEWithLogitsLoss`.

    ## Triggers it

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - Linear: 128
      - ReLU
      - Linear: 10
      - ReLU
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
    for result in outputs_of(network):
        last = _last_activation(network, result)
        if last is None or _is_meant(network, result):
            continue
        message = f"{label(last)} flattens the scores that `{result.name}` hands out"
        yield Hit(
            last, message, (note(origin_of(network, last, is_affine)),), "leave it out: a loss wants plain scores"
        )


def _last_activation(network: Network, result: Result) -> Node | None:
    """The activation at the end of what looks like the scores of classes."""
    node = result.node
    while is_affine(node):
        (node,) = sources(network, node)
    if not is_activation(node) or node.op is None or not node.op.flattens or result.type.rank != 2:
        return None
    before = origin_of(network, node, is_affine)
    others = any(reader is not result.node and reader is not node for reader in readers(network, before))
    return node if 1 < count(result.type.sample) < _width(network, before) and not others else None


def _width(network: Network, node: Node) -> int:
    """How wide the tensor was before the layers narrowed or widened it, looking back along one path."""
    width = 0
    while takes_one(node):
        if is_linear(node):
            width = channels(node.inputs[0], node)
            if width != channels(node.outputs[0], node):
                return width
        (node,) = sources(network, node)
    return width


def _is_meant(network: Network, result: Result) -> bool:
    """Whether the spec says what the output is trained with: then that loss decides, not its looks."""
    return any(source.name == result.name for step in network.spec.losses for source in step.sources or ())
