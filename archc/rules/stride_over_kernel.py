"""Strides that step over inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, readers, sources
from archc.rules.windows import Window, windows_of

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC408", severity="warning")
def stride_over_kernel(network: Network) -> Iterator[Hit]:
    """# ARC408 stride-over-kernel: a stride that skips inputs altogether

    ## What

    A window slides further than it is wide, so that some of its input is never looked at. Where another op reads the
    same tensor and skips nothing, as beside the 1 x 1 shortcut of a ResNet's block, this is a remark only.

    ## Why

    A 1 x 1 convolution with stride 2 throws three quarters of an image away unseen. He et al., Bag of tricks for image
    classification (CVPR 2019), pool before it instead (ResNet-D) and gain accuracy for next to nothing.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 1, stride: 2}
      - ReLU
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 2, stride: 2}
      - ReLU
    ```
    """
    for node in ops_of(network):
        if not _skips(network, node):
            continue
        windows = windows_of(network, node)
        kernel, stride = (
            " x ".join(str(size) for size in sizes)
            for sizes in zip(*((w.span, w.stride) for w in windows), strict=True)
        )
        (before,) = sources(network, node)
        seen = any(not _skips(network, reader) for reader in readers(network, before))
        message = f"{label(node)} looks at {kernel} and steps {stride}: what lies between is skipped"
        help = "average with a stride first, or make the window as wide as the stride"
        yield Hit(node, message, (note(node, gives=False), note(node)), help, severity="info" if seen else None)


def _skips(network: Network, node: Node) -> bool:
    return any(_over(window) for window in windows_of(network, node))


def _over(window: Window) -> bool:
    return window.kernel < window.stride and window.span < window.stride and window.size > window.span
