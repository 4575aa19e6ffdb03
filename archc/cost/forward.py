"""A forward pass over a heap, kernel by kernel: which storage each tensor is in, and what autograd keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from archc.cost.heap import Heap
from archc.cost.tape import Drop, Run, Tape
from archc.graph import Node
from archc.ops.base import Inputs, Op
from archc.ops.kernels import Call, Kernel, Order, bytes_of, names_of
from archc.record import record


@record(eq=False)
class Ran:
    """A kernel that the backward pass goes through: its tensors, and the storages kept for it."""

    path: str
    kernel: Kernel
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    kept: list[int]
    overwrites: int = 0
    """The bytes of the tensor that a view is of which it overwrites."""


@record(eq=False)
class _Plan:
    """What an op comes to: the names of inputs and results, its kernels, and the results in an order of their own."""

    names: tuple[str, ...]
    kernels: tuple[Kernel, ...]
    orders: tuple[tuple[int, Order], ...]


class Forward:
    """The heap after a forward pass. Tensors are numbered as on the tape, those within an op below zero."""

    def __init__(self, tape: Tape, batch: int, *, training: bool) -> None:
        self.tape = tape
        self.batch = batch
        self.training = training
        self.heap = Heap()
        self.storage: dict[int, int] = {}
        self.sizes: dict[int, int] = {}
        """Bytes by tensor."""
        self.maker: dict[int, Node] = {}
        """Who made each storage."""
        self.differentiable: set[int] = set()
        """The tensors that have a gradient."""
        self.own: set[int] = set()
        """The network's own tensors, whose gradients are those of parameters."""
        self.views: set[int] = set()
        """The tensors that are views to autograd."""
        self.ran: list[Ran] = []
        self._orders: dict[int, Order] = {}
        self._inner = count(-1, -1)
        self._plans: dict[object, _Plan] = {}
        for tensor, type_ in tape.inputs:
            self.sizes[tensor] = bytes_of(type_, batch)
            self.storage[tensor] = self.heap.make(self.sizes[tensor])
        for event in tape.events:
            if isinstance(event, Drop):
                self.heap.drop((self.storage[event.tensor],))
            else:
                self._run(event)

    def _run(self, run: Run) -> None:
        """Run the kernels of an op; what goes between them is let go when the last of them has taken it."""
        node = run.node
        op = node.op
        assert op is not None
        plan = self._plan(run, op)
        self._orders.update((run.outputs[at], order) for at, order in plan.orders)
        tensors = dict(zip(plan.names, (*run.inputs, *run.outputs), strict=True))
        if op.is_source:
            self.own.update(run.outputs)
        kernels = plan.kernels
        if len(kernels) == 1:
            self._run_kernel(kernels[0], tensors, node)
            return
        last = _last_uses(kernels, tensors)
        for at, kernel in enumerate(kernels):
            tensors.update((name, next(self._inner)) for name, _ in kernel.makes if name not in tensors)
            self._run_kernel(kernel, tensors, node)
            self.heap.drop([self.storage[tensors[name]] for name in last.get(at, ())])

    def _plan(self, run: Run, op: Op) -> _Plan:
        """The kernels of an op; equal ones on equal types, as blocks repeat them, are asked for once."""
        orders = tuple([self._orders.get(number, ()) for number in run.inputs])
        same = tuple([run.inputs.index(number) for number in run.inputs])
        key = (id(op), run.types, run.node.ports, run.results, orders, same)
        plan = self._plans.get(key)
        if plan is None:
            named = run.node.ports[: len(run.types)]
            ports = tuple([port or f"in{at}" for at, port in enumerate(named)])  # those of a merge have no names
            call = Call(Inputs(run.types, ports), run.results, orders, self.batch, self.training, same)
            resting = tuple((at, order) for at, order in enumerate(op.orders(call)) if order)
            plan = _Plan((*ports, *names_of(op, run.results)), tuple(op.kernels(call)), resting)
            self._plans[key] = plan
        return plan

    def _run_kernel(self, kernel: Kernel, tensors: Mapping[str, int], node: Node) -> None:
        heap = self.heap
        inputs = tuple([tensors[name] for name in kernel.takes])
        outputs = tuple([tensors[name] for name, _ in kernel.makes])
        for number, (_, size) in zip(outputs, kernel.makes, strict=True):
            self.sizes[number] = size
            if kernel.is_view:
                self.storage[number] = heap.hold(self.storage[inputs[0]])
            else:
                self.storage[number] = heap.make(size)
                self.maker[self.storage[number]] = node
        beside = [heap.make(kernel.beside)] if kernel.beside else []
        heap.pass_through(kernel.scratch)
        if not (self.training and (kernel.weights or not self.differentiable.isdisjoint(inputs))):
            heap.drop(beside)
            return
        self.maker.update(dict.fromkeys(beside, node))
        self.differentiable.update(
            n for n, (name, _) in zip(outputs, kernel.makes, strict=True) if name not in kernel.whole
        )
        if kernel.is_viewed or (kernel.is_view and (not kernel.in_place or inputs[0] in self.views)):
            self.views.update(outputs)
        kept = [*beside, *(heap.hold(self.storage[tensors[name]]) for name in kernel.keeps)]
        overwrites = heap.sizes[self.storage[inputs[0]]] if kernel.in_place and inputs[0] in self.views else 0
        self.ran.append(Ran(node.path, kernel, inputs, outputs, kept, overwrites))


def _last_uses(kernels: Sequence[Kernel], known: Mapping[str, int]) -> Mapping[int, Sequence[str]]:
    """By the number of a kernel: the tensors between kernels that nothing needs behind it."""
    last: dict[str, int] = {}
    for at, kernel in enumerate(kernels):
        made = (name for name, _ in kernel.makes)
        last.update((name, at) for name in (*made, *kernel.takes, *kernel.holds) if name not in known)
    found: dict[int, list[str]] = {}
    for name, at in last.items():
        found.setdefault(at, []).append(name)
    return found
