"""Windows that lie in the padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of
from archc.rules.windows import windows_of

if TYPE_CHECKING:
    from archc.network import Network


@rule("ARC420", severity="warning")
def padding_over_kernel(network: Network) -> Iterator[Hit]:
    """# ARC420 padding-over-kernel: windows made of padding alone

    ## What

    A convolution pads as much as its window is wide, or more, so that at the borders it looks at zeros alone. (Pools
    with padding over half their window are errors, as in torch.)

    ## Why

    The result grows by a frame of places that hold the bias and know nothing of the image. Mostly a kernel of 3 became
    one of 1 and its padding stayed.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 1, padding: 1}
      - ReLU
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 1}
      - ReLU
    ```
    """
    for node in ops_of(network):
        over = [window for window in windows_of(network, node) if window.pads_zeros and window.before >= window.span]
        if over:
            span, pad = over[0].span, over[0].before
            message = f"{label(node)} pads {pad} around a window of {span}: at the borders it sees padding alone"
            help = f"pad less than {span}: {(span - 1) // 2} keeps the size"
            yield Hit(node, message, (note(node, gives=False), note(node)), help)
