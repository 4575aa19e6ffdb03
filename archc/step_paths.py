"""Finding a step's result by its path, as `check:` cases name it: `layer1.0.conv`, `rnn.h_n`, `logits`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.ops.base import Op
from archc.suggest import known, suggest
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf, ops_in


def find_type(body: Body, name: str) -> TensorType | None:
    """The type of a step's result by its dotted path, of an output or of an input of the network."""
    found = _in_body(body, name.split("."))
    return found if found is not None else _ends(body).get(name)


def nearest(body: Body, name: str) -> str:
    """What may have been meant by a name that `find_type` does not find."""
    names = {*_ends(body), *_names(body)}
    return suggest(name, [*names, *(path for path, _ in ops_in(body))]) or known("steps", names)


def _ends(body: Body) -> dict[str, TensorType]:
    inputs = dict(zip(body.input_names, body.inputs, strict=True))
    return inputs | {output.name: output.type for output in body.outputs}


def _in_body(body: Body, parts: Sequence[str]) -> TensorType | None:
    head, rest = parts[0], parts[1:]
    for item in body.items:
        if item.name == head:
            return _in_item(item, rest)
        if head in item.step.results and not rest and item.step is item.outer:
            return item.types[item.step.results.index(head)]
    return None


def _in_item(item: Item, parts: Sequence[str]) -> TensorType | None:
    if not parts:
        return item.types[0]
    if isinstance(item.content, Body) and (found := _in_body(item.content, parts)) is not None:
        return found
    ports = _ports(item.content)
    return item.types[ports.index(parts[0])] if len(parts) == 1 and parts[0] in ports[: len(item.types)] else None


def _ports(content: Leaf | Body) -> tuple[str, ...]:
    if isinstance(content, Body):
        return tuple(output.name for output in content.outputs)
    op: Op = content.op
    return op.results


def _names(body: Body) -> Iterator[str]:
    for item in body.items:
        yield from item.step.results or (item.name,)
