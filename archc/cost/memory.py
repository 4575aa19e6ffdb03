"""The memory that activations take at most: in inference, and in a training step.

Counted is what tensors take, storage by storage, along the tape of the forward pass: a view or an op in place takes
none of its own. In training autograd keeps what each op's class says (`saves`, `beside`; `kernels` where an op is
several), and the backward pass walks the tape in reverse, with a gradient for each tensor until all its uses have been
heard. Not counted are parameters and their gradients, which stand apart, nor what a kernel needs within itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from archc.cost.backward import run_backward
from archc.cost.forward import Forward
from archc.cost.tape import Recorder, Tape
from archc.graph import Node
from archc.network import Network
from archc.quiet import quiet


class Memory(NamedTuple):
    """The most bytes that activations take at once."""

    inference: int
    training: int


@quiet()
def memory(network: Network, batch: int = 1) -> Memory:
    """The peaks for a batch of so many samples."""
    recorder = Recorder(network)
    tape = recorder.record(training=True)
    in_inference = recorder.record(training=False) if recorder.graph.reads_mode else tape
    return Memory(_inference_peak(in_inference, batch), _training_peak(tape, batch))


def _inference_peak(tape: Tape, batch: int) -> int:
    """The most bytes alive at once in a run without gradients."""
    return Forward(tape, batch, training=False).heap.peak


def _training_peak(tape: Tape, batch: int) -> int:
    """The most bytes alive at once in a forward and a backward pass, gradients of parameters aside."""
    forward = Forward(tape, batch, training=True)
    run_backward(forward)
    return forward.heap.peak


@quiet()
def kept_by_node(network: Network, batch: int = 1) -> Mapping[Node, int]:
    """What autograd keeps in a training step, by the node that made it; the network's inputs are nobody's."""
    forward = Forward(Recorder(network).record(training=True), batch, training=True)
    found: Counter[Node] = Counter()
    for storage in {storage for ran in forward.ran for storage in ran.kept}:
        if storage in forward.maker:
            found[forward.maker[storage]] += forward.heap.sizes[storage]
    return found
