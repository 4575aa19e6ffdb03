"""The order of norm and activation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import is_activation, label, note, ops_of, sources

if TYPE_CHECKING:
    from archc.network import Network


@rule("ARC423", severity="info", confidence="low", on=False)
def norm_after_activation(network: Network) -> Iterator[Hit]:
    """# ARC423 norm-after-activation: a norm behind the activation rather than before it

    ## What

    A norm takes an activation's result. Off unless selected: good networks do it too.

    ## Why

    Ioffe and Szegedy (Batch normalization, ICML 2015) normalize before the activation, whose input is then centred; a
    project may want one order throughout.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3}
      - ReLU
      - BatchNorm2d
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3, bias: false}
      - BatchNorm2d
      - ReLU
    ```
    """
    for node in ops_of(network):
        if node.op is None or node.op.family != "norm":
            continue
        (before,) = sources(network, node)
        if is_activation(before):
            message = f"{label(node)} stands behind the activation {label(before)}"
            yield Hit(node, message, (note(before), note(node)), "normalize first, then activate")
