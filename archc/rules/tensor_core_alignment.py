"""Widths that do not fill the hardware's tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import ends, is_linear, label, note, ops_of, setting

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network

TILE = 8
SHARE = 0.01
"""Layers with a smaller share of the multiply-adds are not worth a word."""


@rule("ARC414", severity="info")
def tensor_core_alignment(network: Network) -> Iterator[Hit]:
    """# ARC414 tensor-core-alignment: channels that are not a multiple of 8

    ## What

    A convolution or dense layer with at least 1 % of the network's multiply-adds, which is not an output's last one,
    gives a number of channels that 8 does not divide.

    ## Why

    Tensor cores multiply tiles of 8 (float16) or 4 (TF32) channels; of other numbers the last tile is padded or
    another kernel is taken (NVIDIA, Deep learning performance documentation: convolutional layers). Rounding up costs
    next to nothing: the MobileNets round all widths to multiples of 8.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 30, kernel_size: 3, padding: 1}
      - ReLU
      - Conv2d: {out_channels: 64, kernel_size: 3, padding: 1}
      - ReLU
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 32, kernel_size: 3, padding: 1}
      - ReLU
      - Conv2d: {out_channels: 64, kernel_size: 3, padding: 1}
      - ReLU
    ```
    """
    nodes = list(ops_of(network))
    total = sum(node.macs for node in nodes)
    for node in filter(is_linear, nodes):
        width = setting(node, "out_channels") or setting(node, "out_features") or 0
        if int(width) % TILE and node.macs >= SHARE * total and not _is_last(network, node):
            message = f"{label(node)} gives {int(width)} channels, which {TILE} does not divide"
            near = -(-int(width) // TILE) * TILE
            yield Hit(node, message, (note(node),), f"{near} fill tensor cores as well as {int(width)} do")


def _is_last(network: Network, node: Node) -> bool:
    """Whether an output can be reached without passing another linear layer."""
    return None in ends(network, node, lambda each: not is_linear(each))
