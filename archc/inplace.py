"""Ops that modify their input in place: allowed only where nothing sees the change afterwards.

The forward pass is followed once in training and once in inference, as torch runs it: which tensors share memory
(`Op.aliased`), what autograd saves of it for the backward pass (`Op.saved`), and what is written and read after that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Literal, NamedTuple

from archc import codes
from archc.diagnostics import Diagnostic, Edit, Fix, Where
from archc.ops.base import FLOATING, Inputs, Op
from archc.record import record
from archc.spec.arguments import Const
from archc.spec.model import OpCall, Step
from archc.tree import Body, Item, Leaf, Src, kinds_of_ops


def check_in_place(body: Body) -> tuple[Diagnostic, ...]:
    """Report every op that modifies a tensor in place which is needed as it was, or which torch does not let modify."""
    if not any(op.changes_input() for op in kinds_of_ops(body)):
        return ()
    found: dict[Where, Diagnostic] = {}
    inputs = tuple(_Tensor(at, at, requires_grad=False) for at in range(len(body.inputs)))
    for training in (True, False):
        run = _Run(training, found)
        effects = run.visit(body, inputs)
        for at, item in effects.written:
            run.report(item, f"`{body.input_names[at]}`", "an input of the network")
    return tuple(found.values())


@record
class _Tensor:
    """A tensor, by its storage; two with one `view` are the same elements of it."""

    storage: int
    view: int
    requires_grad: bool
    how: Literal["", "views", "expanded"] = ""
    """Whether it is one of several views, or has elements that share memory."""
    since: int = 0
    """When its elements were written: what is written to the storage later changes it."""


class _Storage:
    """The memory of tensors that share it, and what has come of it so far."""

    def __init__(self, owner: str = "", saver: str = "") -> None:
        self.owner = owner
        """What it belongs to beside the pass, in words: it is never to be modified."""
        self.saver = saver
        """The op whose backward pass needs it."""
        self.written = 0
        self.writer: tuple[Item, str] | None = None
        """The item that modified it last, and the name of the tensor that it did that to."""


@record(eq=False)
class _Effects:
    """What a body does to the storages of its inputs, and its results; storages of its own are numbered behind."""

    written: tuple[tuple[int, Item], ...]
    saved: tuple[tuple[int, str], ...]
    results: tuple[_Tensor, ...]
    owners: tuple[tuple[int, str], ...]


class _Call(NamedTuple):
    """An item as it is run: when, and with what."""

    at: int
    item: Item
    inputs: Sequence[_Tensor]
    names: Sequence[str]


class _Run:
    """A forward pass in one mode. A body is followed once for all inputs that are alike in what matters here."""

    def __init__(self, training: bool, found: dict[Where, Diagnostic]) -> None:
        self.training = training
        self.found = found
        self.known: dict[tuple[int, tuple[_Tensor, ...]], _Effects] = {}

    def report(self, item: Item, what: str, why: str) -> None:
        """Report the item that modifies a tensor, once."""
        mode = "" if self.training else " in inference"
        message = f"`{item.step.key}` modifies {what} in place{mode}, {why}"
        where, fixes = item.step.where, _without(item.step)
        finding = Diagnostic(codes.INPLACE, message, where, help="leave `inplace` out", fixes=fixes)
        self.found.setdefault(where, finding)

    def visit(self, body: Body, inputs: tuple[_Tensor, ...]) -> _Effects:
        """Follow a body, given its inputs with their storages numbered from 0."""
        body = body.like or body
        key = (id(body), inputs)
        if key not in self.known:
            self.known[key] = _Pass(self, body, inputs).effects()
        return self.known[key]


class _Pass:
    """One body, item by item."""

    def __init__(self, run: _Run, body: Body, inputs: tuple[_Tensor, ...]) -> None:
        self.run = run
        self.body = body
        self.storages = {tensor.storage: _Storage() for tensor in inputs}
        self.tensors = {Src(-1 - at): tensor for at, tensor in enumerate(inputs)}
        self.given = tuple(self.storages)
        self.numbers = count(len(inputs))
        self.written: dict[int, Item] = {}
        idle = frozenset[int]() if run.training else _only_for_training(body)
        for at, item in enumerate(body.items):
            if at not in idle:
                self._run(at, item)

    def effects(self) -> _Effects:
        """What the body comes to for the one that holds it."""
        outputs = [output for output in self.body.outputs if self.run.training or not output.train_only]
        for output in outputs:
            self._check_read(self.tensors[output.src], "is also handed out")
        results = tuple(
            replace(self.tensors[output.src], since=0) if output in outputs else _Tensor(-1, -1, requires_grad=False)
            for output in self.body.outputs
        )
        own = {tensor.storage for tensor in results if tensor.storage >= 0} - set(self.given)
        return _Effects(
            tuple(self.written.items()),
            tuple((at, each.saver) for at, each in self.storages.items() if each.saver and at in {*self.given, *own}),
            results,
            tuple((at, self.storages[at].owner) for at in own if self.storages[at].owner),
        )

    def _run(self, at: int, item: Item) -> None:
        inputs = [self.tensors[src] for src in item.inputs]
        call = _Call(at + 1, item, inputs, [self._name(src) for src in item.inputs])
        results = self._body(call, item.content) if isinstance(item.content, Body) else self._op(call, item.content)
        self.tensors.update((Src(at, result), tensor) for result, tensor in enumerate(results))

    def _name(self, src: Src) -> str:
        """What to call a tensor."""
        if src.item < 0:
            return f"`{self.body.input_names[-1 - src.item]}`"
        item = self.body.items[src.item]
        return f"`{item.name}`" if item.step.name is not None else f"the result of {_called(item)}"

    def _make(self, owner: str = "") -> int:
        number = next(self.numbers)
        self.storages[number] = _Storage(owner)
        return number

    def _check_read(self, tensor: _Tensor, why: str) -> None:
        """Report what modified a tensor that is wanted as it was."""
        storage = self.storages[tensor.storage]
        if storage.writer is not None and tensor.since < storage.written:
            item, name = storage.writer
            self.run.report(item, name, f"which {why}")

    def _write(self, call: _Call, tensor: _Tensor, name: str, writer: Item) -> None:
        """Modify a tensor in place."""
        storage = self.storages[tensor.storage]
        if storage.owner:
            self.run.report(writer, name, storage.owner)
        if storage.saver:
            self.run.report(writer, name, f"which the backward pass of {storage.saver} needs")
        storage.written, storage.writer = call.at, (writer, name)
        if tensor.storage in self.given:
            self.written.setdefault(tensor.storage, writer)

    def _body(self, call: _Call, body: Body) -> Iterator[_Tensor]:
        """Follow a body within this one."""
        item, inputs = call.item, call.inputs
        for tensor in inputs:
            self._check_read(tensor, f"{_called(item)} reads afterwards")
        numbers = {tensor.storage: at for at, tensor in reversed([*enumerate(inputs)])}
        views = {tensor.view: at for at, tensor in reversed([*enumerate(inputs)])}
        alike = tuple(replace(t, storage=numbers[t.storage], view=views[t.view], since=0) for t in inputs)
        effects = self.run.visit(body, alike)
        for at, writer in effects.written:
            self._write(call, inputs[at], call.names[at], writer)
        outer = {alike[at].storage: tensor.storage for at, tensor in enumerate(inputs)}
        seen = {alike[at].view: tensor.view for at, tensor in enumerate(inputs)}
        owners = dict(effects.owners)
        for tensor in effects.results:
            if tensor.storage not in outer:
                outer[tensor.storage] = self._make(owners.get(tensor.storage, ""))
            seen.setdefault(tensor.view, next(self.numbers))
        for at, saver in effects.saved:
            self.storages[outer[at]].saver = saver
        for tensor in effects.results:
            yield replace(tensor, storage=outer[tensor.storage], view=seen[tensor.view], since=call.at)

    def _op(self, call: _Call, leaf: Leaf) -> Iterator[_Tensor]:
        """Run an op."""
        op, item, tensors = leaf.op, call.item, call.inputs
        if op.is_source:
            yield from self._source(op, item)
            return
        inputs = Inputs(tuple(self.body.type_of(src) for src in item.inputs), item.ports)
        training = self.run.training
        aliased, overwrites = op.aliased(inputs, training=training), op.changes_input(training=training)
        if aliased is None or overwrites:
            for tensor in tensors:
                self._check_read(tensor, f"{_called(item)} reads afterwards")
        has_parameters = any(not weight.buffer for weight in op.weights())
        is_recorded = has_parameters or any(tensor.requires_grad for tensor in tensors)
        if overwrites:
            self._check_operands(call, is_recorded=is_recorded)
        saves = op.saved(inputs)
        for at, tensor in enumerate(tensors):
            when = "never" if overwrites and aliased is not None and not at else saves.when(at)
            start = 2 if overwrites and aliased is None and not at else 0
            others = has_parameters or any(t.requires_grad for o, t in enumerate(tensors) if o >= start and o != at)
            saved = {"never": False, "always": True, "own": tensor.requires_grad, "others": others}
            if is_recorded and saved[when]:
                self.storages[tensor.storage].saver = _called(item)
        if overwrites:
            self._write(call, tensors[0], call.names[0], item)
        for at, type_ in enumerate(item.types):
            requires_grad = is_recorded and type_.dtype in FLOATING
            if aliased is None:
                made = _Tensor(self._make(), next(self.numbers), requires_grad, since=call.at)
            else:
                first = tensors[0]
                is_same = aliased.how == "itself" or op.is_identity(inputs)
                view = first.view if is_same else next(self.numbers)
                how = first.how or (aliased.how if aliased.how in ("views", "expanded") else "")
                made = _Tensor(first.storage, view, requires_grad, how, call.at if overwrites else first.since)
            if is_recorded and at in saves.results:
                self.storages[made.storage].saver = _called(item)
            yield made

    def _source(self, op: Op, item: Item) -> Iterator[_Tensor]:
        """A tensor that the network owns."""
        requires_grad = not op.weights()[0].buffer and bool(op.__dict__.get("requires_grad"))
        if item.reuse is not None:
            yield self.tensors[Src(item.reuse)]
            return
        owner = "a leaf that requires grad" if requires_grad else "a tensor that the network owns"
        yield _Tensor(self._make(owner), next(self.numbers), requires_grad)

    def _check_operands(self, call: _Call, *, is_recorded: bool) -> None:
        """Report a write that torch refuses, and one that changes an operand of the op itself."""
        item, (first, *others) = call.item, call.inputs
        what = call.names[0]
        if first.how == "expanded":
            self.run.report(item, what, "whose elements share memory")
        if first.how == "views" and is_recorded:
            self.run.report(item, what, "which is one of several views of a tensor")
        for at, other in enumerate(others, start=1):
            if other.storage == first.storage and (at > 1 or other.view != first.view):
                self.run.report(item, what, "which it reads itself")


def _called(item: Item) -> str:
    """An item by its name; without one, by its op."""
    return f"`{item.name if item.step.name is not None else item.step.key}`"


def _only_for_training(body: Body) -> frozenset[int]:
    """The items of a body that only its training-only outputs need."""
    if not any(output.train_only for output in body.outputs):
        return frozenset()
    needed = {output.src.item for output in body.outputs if not output.train_only}
    for at in reversed(range(len(body.items))):
        if at in needed:
            needed.update(src.item for src in body.items[at].inputs)
    return frozenset(range(len(body.items))) - needed


def _without(step: Step) -> tuple[Fix, ...]:
    """The fix that leaves `inplace` out, which changes no result: where it is written as such."""
    args = dict(step.action.args) if isinstance(step.action, OpCall) else {}
    given = args.get("inplace")
    if not isinstance(given, Const) or given.where.route[-1:] != ("inplace",):
        return ()
    return (Fix("leave `inplace` out", (Edit(given.where, "remove"),), safe=True),)
