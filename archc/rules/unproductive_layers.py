"""Convolutions that have seen everything before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.receptive import Fields, fields_of
from archc.rules.walk import is_linear, label, note, ops_of, sources
from archc.rules.windows import windows_of

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC411", severity="warning", confidence="medium")
def unproductive_layers(network: Network) -> Iterator[Hit]:
    """# ARC411 unproductive-layers: convolutions behind a receptive field larger than the input

    ## What

    On the shortest path from the input, each place already sees more than the whole image, at the size that the spec
    gives, and convolutions with kernels above 1 follow all the same.

    ## Why

    Such layers can integrate nothing that was not integrated before; Richter et al. (Should you go deeper?, ICMLA
    2021) measure that they do not improve the prediction and can be left out. A network made for larger images, fed
    with small ones, is the usual case: stride or pool less early, or take fewer layers.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 7, stride: 2, padding: 3}
      - ReLU
      - MaxPool2d: {kernel_size: 3, stride: 2, padding: 1}
      - repeat: 5
        chain: [Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}, ReLU]
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - repeat: 5
        chain: [Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}, ReLU]
    ```
    """
    if network.settled.guessed:
        return
    fields = fields_of(network)
    idle = [node for node in ops_of(network) if _looks_around(network, node) and _sees_all(network, node, fields)]
    if idle:
        (before,) = sources(network, idle[0])
        seen, extent = fields[before][0].least, fields[before][0].extent
        count = "it adds" if len(idle) == 1 else f"it and {len(idle) - 1} more add"
        message = f"before {label(idle[0])} each place sees {seen:,.0f} of {extent:,} already: {count} no context"
        yield Hit(idle[0], message, tuple(map(note, idle[:4])), "stride or pool less before, or take fewer layers")


def _looks_around(network: Network, node: Node) -> bool:
    return is_linear(node) and any(window.kernel > 1 for window in windows_of(network, node))


def _sees_all(network: Network, node: Node, fields: dict[Node, Fields]) -> bool:
    (before,) = sources(network, node)
    return before in fields and all(field.extent < field.least < float("inf") for field in fields[before])
