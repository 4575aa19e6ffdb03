"""Sudden losses of width."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.ops.base import count
from archc.rules.base import Hit, rule
from archc.rules.walk import ends, is_linear, label, note, ops_of

if TYPE_CHECKING:
    from archc.network import Network

DROP = 10


@rule("ARC424", severity="info", confidence="low", on=False)
def bottleneck_drop(network: Network) -> Iterator[Hit]:
    """# ARC424 bottleneck-drop: a layer that keeps less than a tenth of what it is fed

    ## What

    A convolution or dense layer that is not the last one gives less than a tenth of the numbers that it takes. Off
    unless selected: where a code or an embedding is wanted, that is the point.

    ## Why

    Szegedy et al. (Rethinking the Inception architecture, CVPR 2016, section 2) advise against bottlenecks with
    extreme compression early in a network: what is lost there cannot come back.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [784]}
    steps:
      - Linear: 16
      - ReLU
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [784]}
    steps:
      - Linear: 128
      - ReLU
      - Linear: 10
    ```
    """
    for node in filter(is_linear, ops_of(network)):
        taken, given = count(node.inputs[0].sample), count(node.outputs[0].sample)
        if DROP * given < taken and None not in ends(network, node, lambda each: not is_linear(each)):
            message = f"{label(node)} gives {given:,} numbers of the {taken:,} that it takes"
            yield Hit(node, message, (note(node, gives=False), note(node)), "narrow down in smaller steps")
