"""The memory that activations take at most: in inference, and in a training step.

Counted is what tensors take, storage by storage, along the tape of the forward pass: a view or an op in place takes
none of its own. In training autograd keeps what each op's class says (`keeps`, `beside`), and the backward pass walks
the tape in reverse, with a gradient for each tensor until all its uses have been heard. Not counted are parameters and
their gradients, which `archc.cost` tells apart, and the workspace within a kernel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archc.cost.tape import Drop, Run, Tape, record_forward
from archc.graph import Node
from archc.network import Network
from archc.ops.base import FLOATING, Inputs, count
from archc.summary import BYTES, volume
from archc.tensor import TensorType


class Memory(NamedTuple):
    """The most bytes that activations take at once."""

    inference: int
    training: int


def memory(network: Network, batch: int = 1) -> Memory:
    """The peaks for a batch of so many samples."""
    return Memory(inference_peak(network, batch), training_peak(network, batch))


def inference_peak(network: Network, batch: int = 1) -> int:
    """The most bytes alive at once in a run without gradients."""
    return _Forward(record_forward(network, training=False), batch, training=False).heap.peak


def training_peak(network: Network, batch: int = 1) -> int:
    """The most bytes alive at once in a forward and a backward pass, gradients of parameters aside."""
    forward = _Forward(record_forward(network, training=True), batch, training=True)
    _backward(forward)
    return forward.heap.peak


def kept_by_node(network: Network, batch: int = 1) -> Mapping[Node, int]:
    """What autograd keeps in a training step, by the node that made it; the network's inputs are nobody's."""
    forward = _Forward(record_forward(network, training=True), batch, training=True)
    found: Counter[Node] = Counter()
    for storage in {storage for _, kept in forward.ran for storage in kept}:
        if storage in forward.maker:
            found[forward.maker[storage]] += forward.heap.sizes[storage]
    return found


def bytes_of(type_: TensorType, batch: int) -> int:
    """What a tensor takes for a batch of so many samples."""
    return count(type_.sample) * BYTES.get(type_.dtype, 1) * (batch if type_.batched else 1)


class _Heap:
    """The storages: how many hold each, what they take together, and the most that they ever took."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.holders: Counter[int] = Counter()
        self.total = 0
        self.peak = 0

    def make(self, size: int) -> int:
        """A new storage, held once."""
        self.sizes.append(size)
        self.total += size
        self.peak = max(self.peak, self.total)
        storage = len(self.sizes) - 1
        self.holders[storage] = 1
        return storage

    def hold(self, storage: int) -> int:
        """One more holds a storage."""
        self.holders[storage] += 1
        return storage

    def drop(self, storages: Iterable[int]) -> None:
        """One holder less for each."""
        for storage in storages:
            self.holders[storage] -= 1
            if not self.holders[storage]:
                self.total -= self.sizes[storage]


class _Forward:
    """A forward pass over a heap: which storage each tensor is in, and what autograd keeps."""

    def __init__(self, tape: Tape, batch: int, *, training: bool) -> None:
        self.tape = tape
        self.batch = batch
        self.training = training
        self.heap = _Heap()
        self.storage: dict[int, int] = {}
        self.types: dict[int, TensorType] = {}
        self.maker: dict[int, Node] = {}
        """Who made each storage."""
        self.differentiable: set[int] = set()
        """The tensors that have a gradient."""
        self.own: set[int] = set()
        """The network's own tensors, whose gradients are those of parameters."""
        self.ran: list[tuple[Run, list[int]]] = []
        """The runs that the backward pass goes through, each with the storages kept for it."""
        for tensor, type_ in tape.inputs:
            self.storage[tensor] = self.heap.make(bytes_of(type_, batch))
            self.types[tensor] = type_
        for event in tape.events:
            if isinstance(event, Drop):
                self._drop(event.tensor)
            else:
                self._run(event)

    def _drop(self, tensor: int) -> None:
        self.heap.drop((self.storage[tensor],))

    def _run(self, run: Run) -> None:
        op = run.node.op
        assert op is not None
        inputs = Inputs(run.node.inputs, run.node.ports)
        for number, type_ in zip(run.outputs, run.node.outputs, strict=True):
            if op.is_source:
                self.storage[number] = self.heap.make(0)
                self.own.add(number)
            elif op.aliases(inputs, training=self.training):
                self.storage[number] = self.heap.hold(self.storage[run.inputs[0]])
            else:
                self.storage[number] = self.heap.make(bytes_of(type_, self.batch))
                self.maker[self.storage[number]] = run.node
            self.types[number] = type_
        made = op.beside(inputs, run.node.outputs, training=self.training)
        beside = [self.heap.make(bytes_of(type_, self.batch)) for type_ in made]
        self.maker.update(dict.fromkeys(beside, run.node))
        scratch = op.scratch(inputs, run.node.outputs, training=self.training)
        self.heap.drop([self.heap.make(bytes_of(type_, self.batch)) for type_ in scratch])
        if not (self.training and self._learns(run)):
            self.heap.drop(beside)
            return
        self.differentiable |= {n for n in run.outputs if self.types[n].dtype in FLOATING}
        kept = {"input": run.inputs[:1], "inputs": run.inputs, "output": run.outputs}
        tensors = [self.storage[number] for what in op.kept() for number in kept[what]]
        self.ran.append((run, [*beside, *map(self.heap.hold, tensors)]))

    def _learns(self, run: Run) -> bool:
        return _has_parameters(run.node) or not self.differentiable.isdisjoint(run.inputs)


def _has_parameters(node: Node) -> bool:
    return node.op is not None and any(not weight.buffer for weight in node.op.weights())


def _backward(forward: _Forward) -> None:
    """The backward pass: the runs in reverse, each output's gradient made when its turn comes."""
    heap = forward.heap
    gradients: dict[int, int] = {}
    shared = _Shared(forward)
    outputs = {tensor for tensor in forward.tape.outputs if tensor in forward.differentiable}
    for run, kept in reversed(forward.ran):
        for tensor in outputs.intersection(run.outputs):
            _add(forward, gradients, tensor, heap.make(bytes_of(forward.types[tensor], forward.batch)))
        given = [gradients.pop(number) for number in run.outputs if number in gradients]
        if given:
            again = shared.learn(run.node)
            _spread(forward, run, given, gradients)
            heap.drop(again)
        heap.drop([*kept, *given])


class _Shared:
    """The gradients of weights that are used several times: the first two are summed into memory of its own."""

    def __init__(self, forward: _Forward) -> None:
        self.heap = forward.heap
        self.uses = Counter(run.node.path for run, _ in forward.ran)
        self.waiting: dict[str, int] = {}
        """By path: the first gradient, until the second one comes."""
        self.summed: set[str] = set()

    def learn(self, node: Node) -> list[int]:
        """Make the gradients of a node's parameters, where these are not the ones to keep; gives what goes then."""
        assert node.op is not None
        size = sum(volume(w.shape) * BYTES.get(w.dtype, 1) for w in node.op.weights() if not w.buffer)
        if self.uses[node.path] < 2 or not size:
            return []
        made = self.heap.make(size)
        if node.path in self.summed:
            return [made]
        first = self.waiting.pop(node.path, None)
        if first is None:
            self.waiting[node.path] = made
            return []
        self.summed.add(node.path)
        return [first, made]


def _spread(forward: _Forward, run: Run, given: list[int], gradients: dict[int, int]) -> None:
    """Add what an op hands back to the gradients of its inputs."""
    heap, op = forward.heap, run.node.op
    assert op is not None
    wanted = [number for number in run.inputs if number in forward.differentiable and number not in forward.own]
    made: list[int] = []
    for number in wanted:
        size = bytes_of(forward.types[number], forward.batch)
        alike = op.gradient == "view" or (op.gradient == "same" and size == heap.sizes[given[0]])
        made.append(heap.hold(given[0]) if alike else heap.make(size))
    scratch = op.scratch(Inputs(run.node.inputs, run.node.ports), run.node.outputs, training=True)
    heap.drop([heap.make(bytes_of(type_, forward.batch)) for type_ in scratch])
    for number, gradient in zip(wanted, made, strict=True):
        _add(forward, gradients, number, gradient)


def _add(forward: _Forward, gradients: dict[int, int], tensor: int, gradient: int) -> None:
    """One more gradient of a tensor, which is added to those before: in place, where nothing shares their memory."""
    heap = forward.heap
    before = gradients.get(tensor)
    if before is None:
        gradients[tensor] = gradient
        return
    if heap.holders[before] > 1:
        gradients[tensor] = heap.make(bytes_of(forward.types[tensor], forward.batch))
        heap.drop((before,))
    heap.drop((gradient,))
