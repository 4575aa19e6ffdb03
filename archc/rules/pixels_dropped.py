"""Pixels that no window reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of
from archc.rules.windows import windows_of

if TYPE_CHECKING:
    from archc.network import Network


@rule("ARC407", severity="info")
def pixels_dropped(network: Network) -> Iterator[Hit]:
    """# ARC407 pixels-dropped: rows or columns at the end that no window reaches

    ## What

    The sizes do not come out even: behind the last place of a window there is a rest of the input, at the size that
    the spec gives, that is too small for one more. Rounding down leaves it unseen.

    ## Why

    What is never looked at cannot matter. AlexNet at 224 x 224 leaves the last columns of the image out, which is why
    its paper's arithmetic works at 227 only. Padding, `ceil_mode: true` or an input of another size brings them in.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 33, 33]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}
      - ReLU
      - MaxPool2d: 2
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 33, 33]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}
      - ReLU
      - MaxPool2d: {kernel_size: 2, ceil_mode: true}
    ```
    """
    for node in ops_of(network) if not network.settled.guessed else ():
        unseen = [(w.unseen, w.size) for w in windows_of(network, node) if w.unseen and w.kernel >= w.stride]
        if unseen:
            rest, size = unseen[0]
            message = f"{label(node)} leaves the last {rest} of {size} unseen, as its windows do not come out even"
            help = "pad, take `ceil_mode: true`, or feed another size"
            yield Hit(node, message, (note(node, gives=False), note(node)), help)
