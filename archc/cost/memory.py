"""The memory that activations take at most: in inference, and in a training step.

Counted is what tensors take, storage by storage, along the tape of the forward pass: a view or an op in place takes
none of its own. In training autograd keeps what each op's class says (`keeps`, `beside`, or `kernels` where an op is
several), and the backward pass walks the tape in reverse, with a gradient for each tensor until all its uses have been
heard. Not counted are parameters and their gradients, which `archc.cost` tells apart, and the workspace within a kernel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from archc.cost.backward import run_backward
from archc.cost.forward import Forward
from archc.cost.tape import record_forward
from archc.graph import Node
from archc.network import Network


class Memory(NamedTuple):
    """The most bytes that activations take at once."""

    inference: int
    training: int


def memory(network: Network, batch: int = 1) -> Memory:
    """The peaks for a batch of so many samples."""
    return Memory(inference_peak(network, batch), training_peak(network, batch))


def inference_peak(network: Network, batch: int = 1) -> int:
    """The most bytes alive at once in a run without gradients."""
    return Forward(record_forward(network, training=False), batch, training=False).heap.peak


def training_peak(network: Network, batch: int = 1) -> int:
    """The most bytes alive at once in a forward and a backward pass, gradients of parameters aside."""
    forward = Forward(record_forward(network, training=True), batch, training=True)
    run_backward(forward)
    return forward.heap.peak


def kept_by_node(network: Network, batch: int = 1) -> Mapping[Node, int]:
    """What autograd keeps in a training step, by the node that made it; the network's inputs are nobody's."""
    forward = Forward(record_forward(network, training=True), batch, training=True)
    found: Counter[Node] = Counter()
    for storage in {storage for ran in forward.ran for storage in ran.kept}:
        if storage in forward.maker:
            found[forward.maker[storage]] += forward.heap.sizes[storage]
    return found
