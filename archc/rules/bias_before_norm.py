"""Biases that the next layer takes away again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.diagnostics import Fix
from archc.rules.base import Hit, rule
from archc.rules.repair import with_argument
from archc.rules.walk import is_handed_out, is_linear, label, note, ops_of, readers, setting
from archc.spec.model import OpCall

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC403", severity="info")
def bias_before_norm(network: Network) -> Iterator[Hit]:
    """# ARC403 bias-before-norm: a bias that the norm behind it cancels

    ## What

    A convolution or dense layer adds a bias to each channel, and every op that takes its result normalizes each
    channel by its own mean.

    ## Why

    Taking the mean of a channel away takes the bias away with it: it is learned, stored and added for nothing. Ioffe
    and Szegedy leave it out (Batch normalization, ICML 2015, section 3.2); NeuraLint reports it (Nikanjam et al.,
    TOSEM 2021).

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {image: [3, 32, 32]}
    steps:
      - Conv2d: {out_channels: 16, kernel_size: 3}
      - BatchNorm2d
      - ReLU
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
    linear = list(filter(is_linear, ops_of(network)))
    found = {node for node in linear if setting(node, "bias") and _is_cancelled(network, node)}
    needed = {node.step for node in linear if node not in found}
    for node in (each for each in linear if each in found):
        edits = with_argument(network, node.step, "bias", "false") if node.step and node.step not in needed else ()
        norm = readers(network, node)[0]
        fixes = (Fix("leave the bias out", edits, safe=_is_always(network, norm)),) if edits else ()
        message = f"the bias of {label(node)} is cancelled by {label(norm)}, which takes each channel's mean away"
        yield Hit(node, message, (note(node), note(norm)), "leave it out: `bias: false`", fixes)


def _is_cancelled(network: Network, node: Node) -> bool:
    after = readers(network, node)
    per_channel = node.op is not None and (node.op.family == "conv" or node.outputs[0].rank == 2)
    centred = all(reader.op is not None and reader.op.centres_channels for reader in after)
    return bool(after) and per_channel and centred and not is_handed_out(network, node)


def _is_always(network: Network, norm: Node) -> bool:
    """Whether the norm is there however the spec is set, and no case counts the parameters."""
    step = norm.step
    plain = step is not None and step.when is None and isinstance(step.action, OpCall)
    return plain and not network.spec.variants and not network.spec.checks
