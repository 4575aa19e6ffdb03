"""Dense layers that hold nearly all parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import is_linear, label, note, ops_of

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network

SHARE = 0.8
SMALL = 1_000_000
"""Networks with fewer parameters are not worth a word."""


@rule("ARC413", severity="info")
def huge_dense(network: Network) -> Iterator[Hit]:
    """# ARC413 huge-dense: dense layers with over 80 % of a convolutional network's parameters

    ## What

    In a network with convolutions and at least a million parameters, the dense layers on flat vectors hold over 80 %
    of them.

    ## Why

    torchvision's AlexNet has 96 % of its parameters there, VGG-11 93 %: most of what is stored, sent and overfitted,
    for few of the multiply-adds. Averaging each channel before the last layer (Lin et al., Network in network, ICLR
    2014) does without.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 64, 64]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}
      - ReLU
      - flatten: 1
      - Linear: 128
      - ReLU
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 64, 64]}
    steps:
      - repeat: 4
        chain: [{Conv2d: {out_channels: 16, kernel_size: 5, stride: 2, padding: 2}, as: conv}, ReLU]
      - Conv2d: {out_channels: 32, kernel_size: 3, padding: 1}
      - ReLU
      - adaptive_avg_pool2d: 1
      - flatten: 1
      - Linear: 10
    ```
    """
    nodes = list(ops_of(network))
    if not any(_is_conv(node) for node in nodes):
        return
    total = sum(node.params for node in nodes)
    dense = [node for node in nodes if _is_dense(node) and node.params]
    held = sum(node.params for node in dense)
    if total < SMALL or held <= SHARE * total:
        return
    largest = max(dense, key=lambda node: node.params)
    message = f"dense layers hold {held / total:.1%} of the {total:,} parameters, {label(largest)} the most"
    notes = tuple(note(node) for node in dense)
    yield Hit(largest, message, notes, "average over the image (`adaptive_avg_pool2d: 1`) before the first of them")


def _is_dense(node: Node) -> bool:
    """Whether it is a linear layer on one vector a sample."""
    return is_linear(node) and node.op is not None and node.op.family == "linear" and node.inputs[0].rank == 2


def _is_conv(node: Node) -> bool:
    return is_linear(node) and node.op is not None and node.op.family == "conv"
