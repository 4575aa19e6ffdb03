"""Dropout whose noise a batch normalization measures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.diagnostics import Fix
from archc.rules.base import Hit, rule
from archc.rules.repair import without
from archc.rules.walk import ends, is_activation, is_affine, is_linear, label, note, ops_of, setting, takes_one

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC405", severity="warning")
def dropout_before_batchnorm(network: Network) -> Iterator[Hit]:
    """# ARC405 dropout-before-batchnorm: dropout whose noise goes into running statistics

    ## What

    What dropout has thinned reaches a norm with running statistics with at most one convolution or dense layer between
    them.

    ## Why

    Dropout changes the variance in training and does nothing in inference, but the norm keeps the variance it saw in
    training: in inference it divides by the wrong one. Li et al. (Understanding the disharmony between dropout and
    batch normalization by variance shift, CVPR 2019) put all dropout behind the last batch normalization.

    ## Triggers it

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - {Linear: {out_features: 128, bias: false}}
      - Dropout: 0.5
      - BatchNorm1d
      - ReLU
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: digits
    inputs: {x: [784]}
    steps:
      - {Linear: {out_features: 128, bias: false}}
      - BatchNorm1d
      - ReLU
      - Dropout: 0.5
      - Linear: 10
    ```
    """
    for node in filter(_drops, ops_of(network)):
        norm = _norm_behind(network, node)
        if norm is not None:
            message = f"{label(node)} shifts the variance that {label(norm)} keeps for inference"
            yield Hit(node, message, (note(node), note(norm)), "drop behind the last batch normalization", _fixes(node))


def _drops(node: Node) -> bool:
    return node.op is not None and node.op.shifts_variance and (setting(node, "p") or 0) > 0


def _norm_behind(network: Network, node: Node) -> Node | None:
    """The norm with running statistics that takes what was dropped, at most one layer further on."""
    for end in ends(network, node, _passes):
        if end is None:
            continue
        if setting(end, "track_running_stats"):
            return end
        if is_linear(end):
            inner = (each for each in ends(network, end, _passes) if each is not None)
            norm = next((each for each in inner if setting(each, "track_running_stats")), None)
            if norm is not None:
                return norm
    return None


def _passes(node: Node) -> bool:
    pools = takes_one(node) and node.op is not None and node.op.family == "pool"
    return not setting(node, "track_running_stats") and (is_affine(node) or is_activation(node) or pools)


def _fixes(node: Node) -> tuple[Fix, ...]:
    edits = without(node.step) if node.step is not None else ()
    return (Fix("take this dropout out", edits),) if edits else ()
