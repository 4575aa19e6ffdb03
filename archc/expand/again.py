"""Instances of a block on inputs of other sizes: the one made before, its shape rules run once more.

Where no formula in a block reads the shape of its input, what it expands to is the same for all inputs but for the
sizes: a dense layer, say, that is fed more channels each time. Then arguments need not be evaluated and validated
again. Whatever is unusual is left to the expansion proper, faults first of all.
"""

from __future__ import annotations

from collections.abc import Sequence

from archc.ops.base import Inputs, ShapeError
from archc.spec.reads import input_fields
from archc.spec.walk import arguments_given
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf, Output, Src

Types = tuple[TensorType, ...]


class _Unlike(Exception):  # noqa: N818 - no error: the ordinary way is taken
    """An instance that differs in more than its sizes."""


def can_serve_again(body: Body, known: dict[int, bool]) -> bool:
    """Whether a body, made without findings, is the same for inputs of other sizes but for the sizes in it.

    `known` has, by the `id` of a definition, whether its formulas leave the input alone.
    """
    definition = id(body.definition)
    if definition not in known:
        known[definition] = not any(True for _ in input_fields(body.definition))
    if not known[definition]:
        return False
    sources = [source.item for item in body.items for source in item.inputs] + [each.src.item for each in body.outputs]
    if any(source < -len(body.inputs) for source in sources):
        return False  # something is missing that is reported elsewhere
    return all(_serves(item, known) for item in body.items)


def _serves(item: Item, known: dict[int, bool]) -> bool:
    if item.reuse is not None or item.step.expect is not None or item.outer.expect is not None:
        return False
    if isinstance(item.content, Body):
        return item.content.like is not None or can_serve_again(item.content, known)
    op = item.content.op
    return arguments_given(item.step.action, op).isdisjoint(op.inferred_fields())


def made_again(body: Body, inputs: Types) -> Body | None:
    """The body for other inputs; None where that takes the expansion proper."""
    try:
        return _Again().body(body, inputs)
    except (_Unlike, ShapeError):
        return None


class _Again:
    """One body made again; equal bodies within it once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, Types], Body] = {}

    def body(self, body: Body, inputs: Types) -> Body:
        if inputs == body.inputs:
            return body
        if len(inputs) != len(body.inputs):
            raise _Unlike
        key = (id(body), inputs)
        if key not in self.known:
            self.known[key] = self._body(body, inputs)
        return self.known[key]

    def _body(self, body: Body, inputs: Types) -> Body:
        items: list[Item] = []
        changed = {-1 - at for at, type_ in enumerate(inputs) if type_ != body.inputs[at]}
        for at, item in enumerate(body.items):
            if changed.isdisjoint([source for source, _ in item.inputs]):
                items.append(item)
                continue
            made = self._item(item, tuple([_type_of(source, inputs, items) for source in item.inputs]))
            items.append(made)
            if made.types != item.types:
                changed.add(at)
        outputs = tuple(
            [Output(each.name, each.src, _type_of(each.src, inputs, items), each.train_only) for each in body.outputs]
        )
        return Body(
            body.definition, body.args, inputs, body.input_names, tuple(items), outputs, body.dropped, body.nodes,
            body.like or body,
        )  # fmt: skip

    def _item(self, item: Item, given: Types) -> Item:
        content = item.content
        if isinstance(content, Body):
            inner = self.body(content, given)
            return _with(item, inner, tuple([output.type for output in inner.outputs]))
        op, inputs = content.op, Inputs(given, item.ports)
        told = op.inferred(inputs)
        changed = {name: number for name, number in told.items() if number != getattr(op, name)}
        if changed:
            op = op.filled(changed)
            content = Leaf(op)
        types = op.infer(inputs)
        if len(types) != len(item.types):
            raise _Unlike
        return _with(item, content, types)


def _type_of(source: Src, inputs: Types, items: Sequence[Item]) -> TensorType:
    return inputs[-1 - source.item] if source.item < 0 else items[source.item].types[source.result]


def _with(item: Item, content: Leaf | Body, types: Types) -> Item:
    """An item with another content; written out, as `_replace` takes several times as long."""
    return Item(
        item.step, item.outer, item.name, content, item.inputs, item.ports, types, item.reuse, item.turn, item.placed
    )  # fmt: skip
