"""Which bodies are opened, which are drawn as one card, and how a network falls into units."""

from __future__ import annotations

from itertools import pairwise

from archc.ops.base import Op
from archc.spec.model import Block
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf

Resolution = tuple[int, ...]
SEQUENCE: Resolution = (-2,)
GLUE = frozenset({"flatten", "Flatten", "Identity"})


def resolution(type_: TensorType) -> Resolution:
    """The sizes behind the channels; a vector or a single pixel has none, and of a sequence they tell nothing."""
    if not type_.sample:
        return ()
    if len(type_.sample) == 2:
        return SEQUENCE
    sizes = tuple(int(size) for size in type_.sample[1:])
    return () if all(size == 1 for size in sizes) else sizes


def dissolves(body: Body) -> bool:
    """Whether a body is opened into the units of the network around it: it changes resolution more than once."""
    if len(body.items) < 2:
        return not isinstance(body.definition, Block)
    seen = [resolution(body.inputs[0])] if body.inputs and body.inputs[0].sample else []
    seen += [resolution(item.types[0]) for item in body.items if item.types and item.types[0].sample]
    changes = sum(one != other for one, other in pairwise(seen))
    if isinstance(body.definition, Block):
        return changes > 2 and not _is_fork(body)
    return changes > 1 or not any(isinstance(item.content, Body) for item in body.items)


def _is_fork(body: Body) -> bool:
    return any(len(item.inputs) > 1 for item in body.items)


def closes(body: Body) -> bool:
    """Whether a body is drawn as one card where blocks are: not groups, chains of blocks, nor what is one card."""
    return isinstance(body.definition, Block) and not is_container(body) and weight(body) > 1


def is_container(body: Body) -> bool:
    """Whether a body is a chain of blocks in the main."""
    blocks = sum(_is_block(item) for item in body.items)
    return blocks >= 2 and 2 * blocks > len(body.items) and not _is_fork(body)


def is_stage(body: Body) -> bool:
    """Whether a body is a stage of its own: a chain of blocks, or a group that holds some."""
    if isinstance(body.definition, Block):
        return is_container(body)
    return any(_is_block(item) for item in body.items)


def _is_block(item: Item) -> bool:
    return isinstance(item.content, Body) and weight(item.content) > 1


def weight(body: Body) -> int:
    """How many cards a body would be, about: norms, activations and dropout go with the op before."""
    total = 0
    for item in body.items:
        if isinstance(item.content, Body):
            total += weight(item.content)
        elif not is_light(item.content):
            total += 1
    return max(total, 1)


def is_dropout(op: Op) -> bool:
    """Whether an op drops parts of what it is given, in training alone."""
    return "dropout" in op.name.lower() or op.name == "stochastic_depth"


def is_light(leaf: Leaf) -> bool:
    """Whether an op is told of along with the one that it follows."""
    op = leaf.op
    return op.family in {"norm", "activation"} or op.name in GLUE or is_dropout(op)
