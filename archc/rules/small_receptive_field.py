"""Averages over places that see little of the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.ops.base import count
from archc.rules.base import Hit, rule
from archc.rules.receptive import fields_of, places
from archc.rules.walk import label, note, ops_of, readers, sources, takes_one

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC412", severity="info", confidence="medium")
def small_receptive_field(network: Network) -> Iterator[Hit]:
    """# ARC412 small-receptive-field: a global average over places that do not see the whole image

    ## What

    A network averages over all places of an image, and even on the longest path none of them sees all of it, at the
    size that the spec gives. Gates that scale the channels of a map by its averages do not count.

    ## Why

    The average of local views knows what there is, but not how the parts lie to each other: such a network is a bag of
    local features (Brendel and Bethge, ICLR 2019). Strides, dilation or more layers let it see more.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 64, 64]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}
      - ReLU
      - adaptive_avg_pool2d: 1
      - flatten: 1
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 64, 64]}
    steps:
      - repeat: {i: 4}
        chain:
          - {Conv2d: {out_channels: 16 * 2 ** i, kernel_size: 5, stride: 2, padding: 2}, as: conv}
          - ReLU
      - Conv2d: {out_channels: 128, kernel_size: 3, padding: 1}
      - ReLU
      - adaptive_avg_pool2d: 1
      - flatten: 1
      - Linear: 10
    ```
    """
    fields = fields_of(network) if not network.settled.guessed else {}
    for node in filter(_averages_all, ops_of(network)):
        (before,) = sources(network, node)
        narrow = [field for field in fields.get(before, ()) if field.most < field.extent]
        if narrow and len(fields[before]) > 1 and _is_head(network, node):
            message = f"{label(node)} averages places that see {narrow[0].most:.0f} of {narrow[0].extent} each"
            yield Hit(node, message, (note(before),), "stride, dilate or go deeper before it")


def _is_head(network: Network, node: Node) -> bool:
    """Whether what follows is about the image as a whole: no gate that goes back into its places."""
    waiting, seen = [node], {node}
    while waiting:
        here = waiting.pop()
        if count(places(here)) > 1:
            return False
        new = [reader for reader in readers(network, here) if reader not in seen]
        seen.update(new)
        waiting += new
    return True


def _averages_all(node: Node) -> bool:
    """Whether one place is left of several, an average of all."""
    if not takes_one(node) or node.op is None or node.op.family != "pool" or not node.op.is_affine:
        return False
    return count(node.inputs[0].shape[2:]) > 1 and count(places(node)) == 1
