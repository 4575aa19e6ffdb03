"""Cures that sizes tell: the number that an argument must be, a `Flatten` that is missing, padding that is enough."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from pydantic import ValidationError

from archc.codes import DTYPE, EMPTY, MERGE, RANK
from archc.diagnostics import Edit, Fix
from archc.dims import BATCH, Sym, product, times, watching
from archc.expand.unsure import DTYPES
from archc.expr import UNKNOWN
from archc.ops.base import Inputs, Op, ShapeError
from archc.record import record
from archc.spec.arguments import Const, Seq
from archc.spec.data import is_sequence, is_whole
from archc.spec.model import OpCall, Step
from archc.tensor import TensorType

MOST_PADDING = 64
"""The largest padding that is tried."""
Values = Mapping[str, object]


@record
class Cure:
    """What to say of a finding, where that is more than is said already, and the fixes that do it."""

    help: str = ""
    fixes: tuple[Fix, ...] = ()


def cure_assertion(step: Step, call: OpCall, values: Values, inputs: Inputs | None, name: str, actual: object) -> Cure:
    """For an argument that the graph contradicts: which of the two is wrong only the author knows."""
    written, given = f"{name}: {shown(actual)}", dict(call.args).get(name)
    fixes: tuple[Fix, ...] = ()
    if given is not None and given.where.route[-1:] == (name,):
        fixes = (Fix(f"leave `{name}` out", (Edit(given.where, "remove"),)),)
    if isinstance(given, (Const, Seq)):
        fixes = (Fix(f"write `{written}`", (Edit(given.where, "replace", shown(actual)),)), *fixes)
    moved = _channels_first(step, call, values, inputs, name) if inputs is not None else Cure()
    if inputs is not None and inputs.first.rank > 2 and isinstance(inputs.first.shape[1], Sym):  # free: no channels
        return moved if moved.help else Cure("leave it out", fixes[-1:])
    if moved.help:
        return Cure(f"{moved.help}, or write `{written}`", (*moved.fixes, *fixes))
    flatten = _flatten(step, call) if inputs is not None else ()
    flat = _told(call.op, values, _flattened(inputs)) if inputs is not None else dict[str, object]()
    if not flatten or name not in flat or flat[name] != values[name]:
        return Cure(f"write `{written}`, or leave it out", fixes)
    return Cure(f"{flatten[0].title}, or write `{written}`", (*flatten, *fixes))


def cure_refusal(step: Step, call: OpCall, values: Values, inputs: Inputs, error: ShapeError) -> Cure:
    """For inputs that an op does not take."""
    if UNKNOWN in values.values():
        return Cure()
    if error.code == RANK and len(inputs) == 1:
        flatten = _flatten(step, call)
        if flatten and _fits(call.op, values, _flattened(inputs)):
            return Cure(error.help or flatten[0].title, flatten)
        return Cure() if error.help else _unsqueezed(step, call, values, inputs)
    if error.code == DTYPE and len(inputs) == 1 and not error.help:
        return _converted(step, call, values, inputs)
    if error.code == EMPTY and "padding" in call.op.model_fields:
        return _padded(step, call, values, inputs)
    if error.code == MERGE and not error.help:
        joined = values.get("dim", 1) if "dim" in call.op.model_fields else None
        return Cure(_off_by_one(inputs, joined if is_whole(joined) else None))
    return Cure()


def shown(value: object) -> str:
    """A value as YAML has it in brackets."""
    return str(list(value)) if is_sequence(value) else str(value)


def _flatten(step: Step, call: OpCall) -> tuple[Fix, ...]:
    """The step that flattens what this one is fed, put before it: as a module before a module."""
    return _inserted(step, "Flatten" if call.op.is_module else "flatten: 1")


def _inserted(step: Step, text: str) -> tuple[Fix, ...]:
    """One more step put before this one, where that would feed it alone."""
    entry = step.entry
    if step.sources is not None or step.repeat is not None or entry is None:
        return ()
    return (Fix(f"insert `{text}` before it", (Edit(entry, "insert", text),)),)


def _channels_first(step: Step, call: OpCall, values: Values, inputs: Inputs, name: str) -> Cure:
    """The last dimension put behind the batch, where it is what an argument says of the channels."""
    x = inputs.first
    if not x.batched or x.rank < 3 or x.shape[-1] != values.get(name) or x.shape[1] == x.shape[-1]:
        return Cure()
    shape = (BATCH, x.shape[-1], *x.shape[1:-1])
    told = _told(call.op, values, replace(inputs, types=(x.with_shape(*shape), *inputs.types[1:])))
    if told.get(name) != values[name]:
        return Cure()
    order = [0, x.rank - 1, *range(1, x.rank - 1)]
    step_text = "transpose: {dim0: 1, dim1: 2}" if x.rank == 3 else f"permute: {order}"
    return Cure(
        f"insert `{step_text}` before it, for its channels are last ({times(shape[1:])})", _inserted(step, step_text)
    )


def _unsqueezed(step: Step, call: OpCall, values: Values, inputs: Inputs) -> Cure:
    """A dimension of 1 put where the op then takes its input; there may be several such places."""
    x = inputs.first
    ways: dict[str, str] = {}
    for dim in range(1, x.rank + 1):
        shape = (*x.shape[:dim], 1, *x.shape[dim:])
        if _fits(call.op, values, replace(inputs, types=(x.with_shape(*shape), *inputs.types[1:]))):
            ways[f"unsqueeze: {dim}"] = times(shape[1:])
    if not ways:
        return Cure()
    told = " or ".join(f"`{way}` ({made})" for way, made in ways.items())
    return Cure(f"insert {told} before it", _inserted(step, next(iter(ways))) if len(ways) == 1 else ())


def _converted(step: Step, call: OpCall, values: Values, inputs: Inputs) -> Cure:
    """The dtype that an op takes in place of the one that it is fed."""
    x = inputs.first
    for dtype in DTYPES:
        if _fits(call.op, values, replace(inputs, types=(TensorType(x.shape, dtype), *inputs.types[1:]))):
            help = f"feed it {dtype}, or insert `to: {dtype}` before it"
            return Cure(help, _inserted(step, f"to: {dtype}"))
    return Cure()


def _flattened(inputs: Inputs) -> Inputs:
    first = inputs.first
    return replace(inputs, types=(first.with_shape(BATCH, product(first.sample)), *inputs.types[1:]))


def _told(op: type[Op], values: Values, inputs: Inputs) -> Mapping[str, object]:
    """What the graph would tell an op of these inputs; nothing where it does not take them."""
    with suppress(ShapeError, ValidationError), watching():  # what is only tried sets no condition on sizes
        return op.model_validate(dict(values), strict=True).inferred(inputs)
    return {}


def _fits(op: type[Op], values: Values, inputs: Inputs) -> bool:
    """Whether an op with these arguments takes these inputs."""
    with suppress(ShapeError, ValidationError), watching():
        made = op.model_validate(dict(values), strict=True)
        made.filled(dict(made.inferred(inputs))).infer(inputs)
        return True
    return False


def _padded(step: Step, call: OpCall, values: Values, inputs: Inputs) -> Cure:
    """The least padding with which a window finds a place."""
    before = values.get("padding", 0)
    if not is_whole(before):
        return Cure()
    sizes = range(before + 1, before + MOST_PADDING)
    enough = next((size for size in sizes if _fits(call.op, {**values, "padding": size}, inputs)), None)
    if enough is None:
        return Cure()
    given = dict(call.args).get("padding")
    title, first = f"write `padding: {enough}`", next((arg for _, arg in call.args), None)
    edits: tuple[Edit, ...] = ()
    if isinstance(given, Const):
        edits = (Edit(given.where, "replace", str(enough)),)
    elif given is None and first is not None and first.where.route[len(step.where.route) :]:
        edits = (Edit(first.where, "insert", f"padding: {enough}"),)
    return Cure(f"{title}, make the window smaller, or stride less before", (Fix(title, edits),) if edits else ())


def _off_by_one(inputs: Inputs, joined: int | None) -> str:
    """What to do about tensors that differ by one in sizes behind their channels, as an odd size makes them.

    They may differ in the dimension in which they are joined.
    """
    shapes = [[int(size) for size in x.sample] for x in inputs]
    if len({len(shape) for shape in shapes}) > 1:
        return ""
    apart = [max(sizes) - min(sizes) for sizes in zip(*shapes, strict=True)]
    if joined is not None:
        apart[joined % (len(apart) + 1) - 1] = 0
    if not any(apart) or apart[0] or max(apart) > 1:
        return ""
    return "pad the smaller by 1, cut 1 off the larger, or feed a size that divides evenly"
