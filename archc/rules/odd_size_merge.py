"""Merges that fit for some sizes of the input only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, sources

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC425", severity="warning")
def odd_size_merge(network: Network) -> Iterator[Hit]:
    """# ARC425 odd-size-merge: tensors that fit together for some sizes of the input only

    ## What

    The spec leaves a size of its input free, and a sum or concatenation joins tensors that went different ways, one
    halved and doubled again, say. They agree at the size that the spec gives, but not at all that the ops before them
    take. The finding says which sizes the network works for.

    ## Why

    The network is checked at one size and fails at the next: a U-Net of four levels takes multiples of 16 alone.
    Resize one tensor to the other (`interpolate` with `like`), pad the input, or write numbers in place of free sizes.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, H=64, W=64]}
    steps:
      - {Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}, as: full}
      - MaxPool2d: 2
      - {ConvTranspose2d: {out_channels: 16, kernel_size: 2, stride: 2}, as: up}
      - cat: [full, up]
      - {Conv2d: {out_channels: 2, kernel_size: 1}}
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, H=64, W=64]}
    steps:
      - {Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}, as: full}
      - MaxPool2d: 2
      - {ConvTranspose2d: {out_channels: 16, kernel_size: 2, stride: 2}, as: up}
      - {interpolate: {}, from: {input: up, like: full}, as: fitted}
      - cat: [full, fitted]
      - {Conv2d: {out_channels: 2, kernel_size: 1}}
    ```
    """
    nodes = {node.path: node for node in ops_of(network)}
    if not any(map(_may_differ, nodes.values())):
        return
    from archc.sizes.refusals import refusals
    from archc.sizes.words import regions_text

    taken, near = network.input_sizes.built, network.settled.sizes
    found = [nodes[each.met.path] for each in refusals(taken, near) if each.met.path in nodes]
    merges = [node for node in found if _may_differ(node)]
    if merges:
        node, more = merges[0], len(merges) - 1
        others = f", and {more} {'merges' if more > 1 else 'merge'} after it" if more else ""
        sizes = regions_text(taken.regions, near)
        message = f"{label(node)}{others} fit{'s' if not more else ''} for some sizes only: the network takes {sizes}"
        help = "resize one to the other (`interpolate` with `like`), or write these sizes as numbers"
        yield Hit(node, message, tuple(note(each) for each in sources(network, node)), help)


def _may_differ(node: Node) -> bool:
    """Whether a node joins tensors whose sizes are different formulas of the input's, equal at the size in force."""
    if node.op is None or not node.op.merges or len({x.rank for x in node.inputs}) > 1:
        return False
    if len({id(x) for x in node.inputs}) == 1:
        return False
    columns = (set(sizes) for sizes in zip(*(x.shape for x in node.inputs), strict=True))
    return any(len(sizes) > 1 == len({int(size) for size in sizes}) for sizes in columns)
