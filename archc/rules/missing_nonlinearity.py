"""Linear layers with nothing non-linear between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.ops.base import pair
from archc.rules.base import Hit, rule
from archc.rules.walk import channels, ends, is_affine, is_linear, label, note, ops_of, setting

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC401", severity="warning", confidence="medium")
def missing_nonlinearity(network: Network) -> Iterator[Hit]:
    """# ARC401 missing-nonlinearity: a linear layer straight into a linear layer

    ## What

    Nothing but identity, dropout, batch normalization, average pooling or a change of layout stands between two
    layers that multiply by weights. Pairs that are made so on purpose do not count: one of the two in groups
    (depthwise-separable convolutions), a tensor between that is so narrow that the two have fewer weights than one
    layer (low rank), or that was no narrower before and widens at least twofold after (a linear bottleneck), and a
    kernel of 1 x n with one of n x 1.

    ## Why

    Two linear maps in a row are one linear map: the second layer costs parameters and time and adds nothing that the
    first could not do alone. Mostly an activation was forgotten. A kind of fault that NeuraLint looks for (Nikanjam et
    al., TOSEM 2021).

    ## Triggers it

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - Linear: 128
      - Linear: 64
      - ReLU
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - Linear: 128
      - ReLU
      - Linear: 64
      - ReLU
      - Linear: 10
    ```
    """
    for first in filter(is_linear, ops_of(network)):
        found = ends(network, first, is_affine)
        seconds = [node for node in found if node is not None and is_linear(node)]
        if len(seconds) < len(found):
            continue
        second = next((node for node in seconds if not _is_factored(first, node)), None)
        if second is not None:
            yield Hit(
                first,
                f"{label(first)} goes straight into {label(second)}: together they are one linear map",
                (note(first), note(second)),
                "put an activation between them, or make one layer of them",
            )


def _is_factored(first: Node, second: Node) -> bool:
    """Whether two layers stand for one larger layer on purpose."""
    if any((setting(node, "groups") or 1) > 1 for node in (first, second)):
        return True
    before, after = channels(first.inputs[0], first), channels(second.outputs[0], second)
    between = max(channels(first.outputs[0], first), channels(second.inputs[0], second))
    is_low_rank = between * (before + after) <= before * after
    is_bottleneck = between <= before and 2 * between <= after
    return is_low_rank or is_bottleneck or _is_crossed(first, second)


def _is_crossed(first: Node, second: Node) -> bool:
    """Whether one kernel is long where the other is 1, on every dimension."""
    kernels = [setting(node, "kernel_size") for node in (first, second)]
    if None in kernels or first.inputs[0].rank != second.inputs[0].rank or first.inputs[0].rank < 4:
        return False
    one, other = (pair(kernel, first.inputs[0].rank - 2) for kernel in kernels)
    return max(one) > 1 and max(other) > 1 and all(min(sizes) == 1 for sizes in zip(one, other, strict=True))
