"""Dropout between the layers of a recurrent layer that is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, setting

if TYPE_CHECKING:
    from archc.network import Network


@rule("ARC429", severity="warning")
def dropout_in_one_layer(network: Network) -> Iterator[Hit]:
    """# ARC429 dropout-in-one-layer: dropout of a recurrent layer that has nothing to drop

    ## What

    A recurrent layer has a `dropout` and a single layer. It drops between its layers, so that nothing is dropped.

    ## Why

    The network is not regularised as its author means it to be; torch warns of it when the layer is made.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [T=12, 8]}
    steps:
      - GRU: {hidden_size: 16, dropout: 0.5}
      - mean: 1
      - Linear: 2
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [T=12, 8]}
    steps:
      - GRU: {hidden_size: 16, num_layers: 2, dropout: 0.5}
      - mean: 1
      - Linear: 2
    ```
    """
    for node in ops_of(network):
        dropout = setting(node, "dropout")
        if setting(node, "num_layers") == 1 and isinstance(dropout, float) and dropout > 0:
            message = f"{label(node)} drops {dropout:g} between its layers, but it is one layer"
            yield Hit(node, message, (note(node),), "give it `num_layers: 2`, or put `Dropout` behind it")
