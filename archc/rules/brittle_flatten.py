"""Dense layers that fix the size of the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import is_linear, label, note, ops_of, sources

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC426", severity="info")
def brittle_flatten(network: Network) -> Iterator[Hit]:
    """# ARC426 brittle-flatten: a dense layer on flattened places, which fixes the size of the image

    ## What

    The spec leaves a size of its input free, but a dense layer takes all places of a map, whose number follows from
    that size. The finding says which sizes the network takes once it is built.

    ## Why

    The weights of such a layer are made for one number of places: at another size the module fails. An adaptive pool
    before the `flatten` makes their number fixed.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [1, H=28, W=28]}
    steps:
      - Conv2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
      - ReLU
      - flatten: 1
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [1, H=28, W=28]}
    steps:
      - Conv2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
      - ReLU
      - adaptive_avg_pool2d: 7
      - flatten: 1
      - Linear: 10
    ```
    """
    nodes = {node.path: node for node in ops_of(network)}
    if not any(map(_follows_size, nodes.values())):
        return
    from archc.sizes.refusals import refusals
    from archc.sizes.words import regions_text

    taken, near = network.input_sizes.built, network.settled.sizes
    for refusal in refusals(taken, near):
        node = nodes.get(refusal.met.path)
        if node is not None and _follows_size(node):
            message = (
                f"{label(node)} fixes the size of the input: the network takes {regions_text(taken.regions, near)}"
            )
            notes = tuple(note(each) for each in sources(network, node))
            yield Hit(node, message, notes, "an adaptive pool before the `flatten` takes any size")


def _follows_size(node: Node) -> bool:
    """Whether a dense layer takes a number of features that depends on the size of the input."""
    from archc.dims import Sym

    return (
        is_linear(node)
        and node.op is not None
        and node.op.family == "linear"
        and isinstance(node.inputs[0].shape[-1], Sym)
    )
