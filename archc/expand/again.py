"""Instances of a block on inputs of other sizes: the one made before, its shape rules run once more.

Where no formula in a block reads the shape of its input, what it expands to is the same for all inputs but for the
sizes: a dense layer, say, that is fed more channels each time. Then arguments need not be evaluated and validated
again. Whatever is unusual is left to the expansion proper, faults first of all.
"""

from __future__ import annotations

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
    for item in body.items:
        if item.reuse is not None or item.step.expect is not None or item.outer.expect is not None:
            return False
        if isinstance(item.content, Body) and not can_serve_again(item.content, known):
            return False
    return True


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

        def type_of(source: Src) -> TensorType:
            return inputs[-1 - source.item] if source.item < 0 else items[source.item].types[source.result]

        for item in body.items:
            given = tuple([type_of(source) for source in item.inputs])
            same = given == tuple([body.type_of(source) for source in item.inputs])
            items.append(item if same else self._item(item, given))
        outputs = [Output(each.name, each.src, type_of(each.src), each.train_only) for each in body.outputs]
        return Body(
            body.definition, body.args, inputs, body.input_names, tuple(items), tuple(outputs), body.dropped,
            body.whens, body.counts, body.nodes,
        )  # fmt: skip

    def _item(self, item: Item, given: Types) -> Item:
        if isinstance(item.content, Body):
            inner = self.body(item.content, given)
            return item._replace(content=inner, types=tuple([output.type for output in inner.outputs]))
        op, inputs = item.content.op, Inputs(given, item.ports)
        told = op.inferred(inputs)
        changed = {name: number for name, number in told.items() if number != getattr(op, name)}
        if changed:
            if changed.keys() & arguments_given(item.step.action, op):
                raise _Unlike
            op = op.model_copy(update=changed)
        types = op.infer(inputs)
        if len(types) != len(item.types):
            raise _Unlike
        return item._replace(content=Leaf(op, {}) if changed else item.content, types=types)
