"""Transposed convolutions that overlap unevenly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.ops.base import pair
from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, setting

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC409", severity="warning")
def checkerboard(network: Network) -> Iterator[Hit]:
    """# ARC409 checkerboard: a transposed convolution whose kernel is no multiple of its stride

    ## What

    A transposed convolution with a stride above 1 spreads kernels that overlap more at some places than at others.

    ## Why

    The places that more kernels reach come out stronger, and a pattern of squares runs through the picture, which
    training has to learn away (Odena et al., Deconvolution and checkerboard artifacts, Distill 2016). A kernel that
    is a multiple of the stride overlaps evenly; resizing and then convolving avoids the question.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [16, 8, 8]}
    steps:
      - ConvTranspose2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, output_padding: 1}
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [16, 8, 8]}
    steps:
      - ConvTranspose2d: {out_channels: 8, kernel_size: 4, stride: 2, padding: 1}
    ```
    """
    for node in ops_of(network):
        uneven = [(kernel, stride) for kernel, stride in _spread(node) if stride > 1 and kernel % stride]
        if uneven:
            kernel, stride = uneven[0]
            message = f"{label(node)} spreads a kernel of {kernel} every {stride}: they overlap unevenly"
            help = "a kernel that is a multiple of the stride, or `interpolate` and then a convolution"
            yield Hit(node, message, (note(node, gives=False), note(node)), help)


def _spread(node: Node) -> Iterator[tuple[int, int]]:
    """Kernel and stride on each dimension of a transposed convolution."""
    if setting(node, "output_padding") is None:
        return iter(())
    dims = node.inputs[0].rank - 2
    return zip(pair(setting(node, "kernel_size"), dims), pair(setting(node, "stride"), dims), strict=True)
