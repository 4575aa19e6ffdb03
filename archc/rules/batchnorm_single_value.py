"""Norms that have one value to take a mean of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.ops.base import Inputs
from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, setting

if TYPE_CHECKING:
    from archc.network import Network


@rule("ARC410", severity="error")
def batchnorm_single_value(network: Network) -> Iterator[Hit]:
    """# ARC410 batchnorm-single-value: a norm over one value

    ## What

    A norm that treats each sample by itself has a single value for its statistics, so that its result is the same
    whatever it is fed. As a remark only: a batch normalization of maps of one place, which has no more values than the
    batch has samples.

    ## Why

    One value less its own mean is 0: nothing passes, forward or backward. In training torch refuses a batch
    normalization of one place for a batch of one sample ("Expected more than 1 value per channel"), which mostly
    happens at the end of an epoch, with the last batch.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [8, 3, 3]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}
      - AdaptiveAvgPool2d: 1
      - {GroupNorm: 16}
      - ReLU
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [8, 3, 3]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}
      - {GroupNorm: 16}
      - AdaptiveAvgPool2d: 1
      - ReLU
    ```
    """
    for node in ops_of(network):
        if node.op is None or not node.inputs or node.op.averaged(Inputs(node.inputs, node.ports)) != 1:
            continue
        if setting(node, "track_running_stats") is None:
            message = f"{label(node)} takes its mean over a single value, so that its result never changes"
            yield Hit(node, message, (note(node, gives=False),), "normalize over more: fewer groups, or before pooling")
        elif node.inputs[0].rank > 2:
            message = f"{label(node)} has one value a sample: training fails on a batch of one"
            help = "drop a last batch of one sample, or normalize before pooling"
            yield Hit(node, message, (note(node, gives=False),), help, severity="info")
