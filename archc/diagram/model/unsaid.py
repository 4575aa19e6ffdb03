"""How two cards differ that say the same: in ops that go with the main one, in arguments, in a block's inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import networkx as nx

from archc.diagram.labels import amount, clean
from archc.diagram.model.closing import GLUE
from archc.diagram.model.picture import Card
from archc.diagram.words import short_name
from archc.differences.description import arguments
from archc.graph import Node
from archc.ops.base import Op
from archc.tree import Body, Leaf, Src

Ops = Mapping[str, Op]
"""A network's ops by their places in the module."""
Notes = tuple[str, str]
MAX_TOLD = 2


@dataclass(frozen=True, slots=True)
class Made:
    """An op as it was asked for: what its inputs tell of it is left out."""

    name: str
    args: Mapping[str, str]
    usual: Mapping[str, str] = field(compare=False)
    """What the arguments are where nobody says."""


def ops_by_path(graph: nx.DiGraph[Node]) -> Ops:
    """The ops of a network by their places."""
    return {node.path: node.op for node in graph if node.op is not None}


def unsaid(one: Card, other: Card, ops: tuple[Ops, Ops]) -> Notes | None:
    """What each of two cards has that the other has not, in words; None where both are the same."""
    if one.kind == "tensor" or other.kind == "tensor":
        return None
    if one.body is not None and other.body is not None:
        return None if _inside(one.body) == _inside(other.body) else _of_blocks(one, other)
    left, right = (_made_of(card, own) for card, own in zip((one, other), ops, strict=True))
    if left == right:
        return None
    notes = _of_ops(left, right, one.primary)
    return notes if any(notes) else (clean(one.fact.kind, 40), clean(other.fact.kind, 40))


def _made_of(card: Card, ops: Ops) -> tuple[Made, ...]:
    return tuple(made(ops[path]) for path in card.fact.paths if path in ops and ops[path].name not in GLUE)


def made(op: Op) -> Made:
    """An op by the name that modules and functions share, with its arguments as text."""
    args = {name: _text(value) for name, value in arguments(op)}
    return Made(short_name(op.name), args, {name: _text(type(op).model_fields[name].default) for name in args})


def _text(value: object) -> str:
    sizes = (
        [str(each) for each in cast("Sequence[object]", value)] if isinstance(value, (tuple, list)) else [str(value)]
    )
    return sizes[0] if len(set(sizes)) == 1 else "×".join(sizes)


def _of_ops(left: Sequence[Made], right: Sequence[Made], primary: int) -> Notes:
    """`+ BN` of what one has alone; of the same ops the arguments that are not the usual, `padding 2`."""
    names = [each.name for each in left], [each.name for each in right]
    extra = _extra(*names)
    if any(extra):
        return extra
    if names[0] != names[1]:
        return " · ".join(names[0]), " · ".join(names[1])
    told: list[tuple[str, str]] = []
    for at, (one, other) in enumerate(zip(left, right, strict=True)):
        name = "" if at == primary else f"{one.name} "
        differ = [arg for arg, value in one.args.items() if value != other.args.get(arg, value)]
        told += ((_argument(name, arg, one), _argument(name, arg, other)) for arg in differ)
    return _columns(told)


def _columns(told: Sequence[tuple[str, str]]) -> Notes:
    return _joined(one for one, _ in told if one), _joined(other for _, other in told if other)


def _extra(left: Sequence[str], right: Sequence[str]) -> Notes:
    one, other = Counter(left), Counter(right)
    return _joined(f"+ {name}" for name in one - other), _joined(f"+ {name}" for name in other - one)


def _argument(before: str, name: str, op: Made) -> str:
    """An argument in words; nothing where it is the usual."""
    value = op.args[name]
    if value == op.usual.get(name):
        return ""
    if name.startswith("out_"):
        return before + value
    plain = name.replace("_", " ")
    return before + (plain if value == "True" else f"no {plain}" if value == "False" else f"{plain} {value}")


def _joined(texts: Iterator[str]) -> str:
    found = list(dict.fromkeys(texts))
    return clean(", ".join([*found[:MAX_TOLD], *(["…"] if len(found) > MAX_TOLD else [])]), 40)


def _of_blocks(one: Card, other: Card) -> Notes:
    """How the ops of two blocks differ; else how many parameters each has."""
    leaves = [tuple(_leaves(cast("Body", card.body))) for card in (one, other)]
    kinds = [sorted({each.name for each in made}) for made in leaves]
    extra = _extra(kinds[0], kinds[1])
    if any(extra):
        return extra
    if [each.name for each in leaves[0]] == [each.name for each in leaves[1]]:
        notes = _of_ops(leaves[0], leaves[1], -1)
        if any(notes):
            return notes
    counts = [amount(card.fact.params // card.fact.times) for card in (one, other)]
    return f"{counts[0]} params", f"{counts[1]} params"


def _leaves(body: Body) -> Iterator[Made]:
    for item in body.items:
        if isinstance(item.content, Leaf):
            yield made(item.content.op)
        else:
            yield from _leaves(item.content)


@lru_cache(maxsize=4096)
def _inside(body: Body) -> tuple[tuple[object, tuple[Src, ...]], ...]:
    """A block's ops and how they are connected, whatever they are called."""
    return tuple(
        ((made(item.content.op) if isinstance(item.content, Leaf) else _inside(item.content)), item.inputs)
        for item in body.items
    )
