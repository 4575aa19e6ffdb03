"""Layers whose weights are as many as a free size of the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.rules.base import Hit, rule
from archc.rules.walk import label, note, ops_of, sources

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC430", severity="warning")
def free_size_as_channels(network: Network) -> Iterator[Hit]:
    """# ARC430 free-size-as-channels: a layer that takes a free size of the input for channels

    ## What

    The spec leaves a size of its input free, and a layer takes that very size for its channels or features: the weights
    are made for one value of it, and the network works at no other.

    ## Why

    Mostly the dimensions stand in another order than the layer wants them: a sequence of steps and features, N x T x C,
    goes into `Conv1d` or `BatchNorm1d`, which want N x C x T.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [T=16, 64]}
    steps:
      - {Linear: {out_features: 32, bias: false}}
      - BatchNorm1d
      - ReLU
      - mean: 1
      - Linear: 8
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [T=16, 64]}
    steps:
      - {Linear: {out_features: 32, bias: false}}
      - transpose: {dim0: 1, dim1: 2}
      - BatchNorm1d
      - ReLU
      - mean: 2
      - Linear: 8
    ```
    """
    for node in ops_of(network):
        for name, size in _fixed(network, node):
            message = f"{label(node)} makes {name} of the free size {size}: the network works at one {size} alone"
            help = "put the channels where it wants them (`transpose`, `permute`), or write the size as a number"
            yield Hit(node, message, tuple(note(each) for each in sources(network, node)), help)


def _fixed(network: Network, node: Node) -> Iterator[tuple[str, str]]:
    """The arguments that a layer infers from a free size as it stands."""
    from archc.dims import Sym

    if node.op is None or node.reused or not node.op.weights():
        return
    for name in node.op.inferred_fields():
        value = getattr(node.op, name)
        alike = [size for size in node.inputs[0].shape[1:] if isinstance(size, Sym) and int(size) == value]
        plain = [str(size) for size in alike if str(size) in network.settled.sizes]
        if plain and _follows(node, name):
            yield name, plain[0]


def _follows(node: Node, name: str) -> bool:
    """Whether an argument follows from the free sizes, rather than from another one that happens to be as large."""
    from archc.dims import BATCH, Sym
    from archc.ops.base import Inputs

    x = node.inputs[0]
    moved = x.with_shape(*(7919 if isinstance(size, Sym) and size is not BATCH else size for size in x.shape))
    return node.op is not None and node.op.inferred(Inputs((moved, *node.inputs[1:]), node.ports)).get(name) == 7919
