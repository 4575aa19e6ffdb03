"""`reuse`: an earlier instance applied to other inputs. Its weights are the same, so they must fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc import codes
from archc.diagnostics import Where
from archc.dims import times
from archc.expand.blocks import instance
from archc.expand.frame import Site
from archc.expand.run import Run
from archc.expand.scope import Named, Value, lost
from archc.expand.sources import resolve
from archc.expand.unsure import is_sure
from archc.ops.base import Inputs, ShapeError
from archc.spec.model import Block, Reuse, Source, Step
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf, Src, ops_in

Again = tuple[Leaf | Body, tuple[TensorType, ...]]
"""What is applied again, with the types of its results there."""
NamedShape = tuple[str, tuple[int, ...]]
"""A parameter: its path, and its shape."""


def place_again(run: Run, step: Step, action: Reuse, site: Site, sources: Sequence[Value]) -> Named:
    """The earlier instance as one more item."""
    where = Where(step.where.file, step.where.route)
    named = site.names.find(action.name)
    if named is None:
        resolve(run, site.names, Source("", action.name, where))
        return lost()
    item = None if named.item is None else site.frame.items[named.item]
    if item is None or not _is_instance(item):
        if named.values[0].type is not None:
            help = "`reuse` takes a step of the same block or Sequential that owns a module"
            run.report(codes.REUSE, f"`{action.name}` is no instance that can be used again here", where, help)
        return lost()
    if len(sources) != len(item.inputs):
        message = f"`{action.name}` takes {len(item.inputs)} inputs, not {len(sources)}"
        run.report(codes.ARITY, message, where, "name them under `from`, in the order of its own")
        return lost()
    types = tuple(value.type for value in sources if value.type is not None and is_sure(value.type))
    again = _apply(run, step, item, types) if len(types) == len(sources) else None
    if again is None:
        return lost()
    content, results = again
    inputs = tuple(value.src for value in sources)
    nodes = content.nodes if isinstance(content, Body) else 1
    outer = site.outer or step
    at = site.frame.add(
        Item(step, outer, item.name, content, inputs, item.ports, results, named.item, site.turn, placed=False), nodes
    )
    values = tuple(Value(Src(at, result), type_) for result, type_ in enumerate(results))
    return Named(values, named.ports, named.item)


def _is_instance(item: Item) -> bool:
    """Whether an item is a module that can be called again."""
    return isinstance(item.content, Body) or (item.content.op.is_module and not item.content.op.is_source)


def _apply(run: Run, step: Step, item: Item, types: tuple[TensorType, ...]) -> Again | None:
    if isinstance(item.content, Leaf):
        return _apply_op(run, step, item, item.content, types)
    return _apply_body(run, step, item, item.content, types)


def _apply_op(run: Run, step: Step, item: Item, leaf: Leaf, types: tuple[TensorType, ...]) -> Again | None:
    op, inputs = leaf.op, Inputs(types, item.ports)
    try:
        told = op.inferred(inputs)
        wrong = next((name for name, value in told.items() if getattr(op, name) != value), None)
        if wrong is None:
            return leaf, op.infer(inputs)
    except ShapeError as error:
        run.report(error.code, f"`{op.name}` {error.message}", step.where, error.help)
        return None
    message = f"`{item.name}` was made for `{wrong}` {getattr(op, wrong)}, here it is {told[wrong]}"
    run.report(codes.REUSE, message, step.where)
    return None


def _apply_body(run: Run, step: Step, item: Item, body: Body, types: tuple[TensorType, ...]) -> Again | None:
    if not isinstance(body.definition, Block):
        if types == body.inputs:
            return body, item.types
        message = f"`{item.name}` can be used again on inputs of the same shape only"
        run.report(codes.REUSE, message, step.where, "make it a block")
        return None
    again = instance(run, step, body.definition, body.args, types)
    if again is None or not all(map(is_sure, body.inputs)):
        return None
    there, here = list(_weights(body)), list(_weights(again))
    if here != there:
        run.report(
            codes.REUSE, f"`{item.name}` would need other weights for this input{_apart(there, here)}", step.where
        )
        return None
    return again, tuple(output.type for output in again.outputs)


def _apart(there: Sequence[NamedShape], here: Sequence[NamedShape]) -> str:
    """The first parameter that differs, where they are the same ones in other shapes."""
    if [name for name, _ in there] != [name for name, _ in here]:
        return ""
    pairs = zip(there, here, strict=True)
    return next(f": its `{name}` is {times(was)}, not {times(now)}" for (name, was), (_, now) in pairs if was != now)


def _weights(body: Body) -> Iterator[NamedShape]:
    """The paths and shapes of all parameters of a body, in order."""
    for path, op in ops_in(body):
        yield from ((f"{path}.{weight.name}", weight.shape) for weight in op.weights())
