"""Many layers in a row without a shortcut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import is_linear, label, note, ops_of, sources

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network

DEEP = 20
"""How many weighted layers in a row still train."""


@rule("ARC421", severity="info", confidence="medium")
def deep_plain(network: Network) -> Iterator[Hit]:
    """# ARC421 deep-plain: over 20 weighted layers in a row without a shortcut

    ## What

    More than 20 convolutions or dense layers follow one another and nothing joins them: no sum, no concatenation.

    ## Why

    He et al. (Deep residual learning for image recognition, CVPR 2016) found plain networks of 34 layers to train
    worse than ones of 18, batch normalization or not, and shortcuts to mend it.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [16, 32, 32]}
    steps:
      - repeat: 21
        chain: [Conv2d: {out_channels: 16, kernel_size: 1}, ReLU]
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {image: [16, 32, 32]}
    steps:
      - Sequential:
          - repeat: 21
            Sequential:
              - add: {skip: [], body: [Conv2d: {out_channels: 16, kernel_size: 1}, ReLU]}
    ```
    """
    depth: dict[Node, int] = {}
    for node in network.wiring.nodes:
        before = sources(network, node)
        depth[node] = depth[before[0]] if len(before) == 1 else 0
        depth[node] += is_linear(node)
    last = max(ops_of(network), key=lambda node: depth[node], default=None)
    if last is not None and depth[last] > DEEP:
        end = next(node for node in depth if depth[node] == depth[last])
        message = f"{depth[last]} weighted layers in a row, up to {label(end)}, have no shortcut around any of them"
        yield Hit(end, message, (note(end),), "join layers with what went in: `add: {skip: [], body: [...]}`")
