"""What a spec expands to: bodies of typed items, nested as the modules will be.

A `Body` is one instance of the network, of a block or of a group. Equal instances (same definition, same arguments,
same input types) are one `Body` object, so a block repeated ten thousand times is expanded and checked once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc.ops.base import Op
from archc.record import record
from archc.spec.model import Block, Chain, Spec, Step
from archc.tensor import TensorType


class Src(NamedTuple):
    """A tensor within a body: result `result` of item `item`; item -1-k is the body's own input k."""

    item: int
    result: int = 0


@record(eq=False, repr=False)
class Leaf:
    """An op with all its arguments known."""

    op: Op


@record(eq=False, repr=False)
class Turn:
    """Which round of a repeated step an item belongs to: `index` of `count`."""

    step: Step
    index: int
    count: int


class Item(NamedTuple):
    """One op, block or group within a body.

    `step` is the step it was written as, `outer` the step of the body's own chain that it came from (another one for
    the ops inside a fork). A `reuse` has the index of the item whose module it applies again.
    """

    step: Step
    outer: Step
    name: str
    content: Leaf | Body
    inputs: tuple[Src, ...]
    ports: tuple[str, ...]
    types: tuple[TensorType, ...]
    reuse: int | None = None
    turn: Turn | None = None
    placed: bool = True
    """Whether it takes a place of its own in its chain; the parts of a fork do not."""


@record(eq=False, repr=False)
class Output:
    """A result that a body hands out."""

    name: str
    src: Src
    type: TensorType
    train_only: bool = False


@record(eq=False, repr=False)
class Body:
    """One instance of the network (`definition` is the spec), of a block, or of a group (the chain)."""

    definition: Spec | Block | Chain
    args: Mapping[str, object]
    inputs: tuple[TensorType, ...]
    input_names: tuple[str, ...]
    items: tuple[Item, ...]
    outputs: tuple[Output, ...]
    dropped: tuple[Step, ...] = ()
    nodes: int = 0
    """How many ops it holds, those within its items included."""
    like: Body | None = None
    """A body that differs from it in sizes alone, where it was made after one; never one that was so made itself."""

    def type_of(self, source: Src) -> TensorType:
        """The type of a tensor in it."""
        return self.inputs[-1 - source.item] if source.item < 0 else self.items[source.item].types[source.result]

    @property
    def is_group(self) -> bool:
        """Whether it is a `Sequential`, a branch or a side chain rather than a block or the network."""
        return isinstance(self.definition, Chain)


def is_plain_chain(body: Body) -> bool:
    """Whether a body is modules alone, each fed by the one before: what `nn.Sequential` is."""
    for at, item in enumerate(body.items):
        content = item.content
        one_to_one = item.inputs == (Src(at - 1),) and len(item.types) == 1 and item.reuse is None
        if not one_to_one or (isinstance(content, Leaf) and not _takes_and_gives_one(content.op)):
            return False
    outputs = body.outputs
    last = len(outputs) == 1 and outputs[0].src == Src(len(body.items) - 1) and not outputs[0].train_only
    return last and len(body.inputs) == 1


def _takes_and_gives_one(op: Op) -> bool:
    """Whether an op is a module that is called with one tensor and returns one."""
    return op.is_module and op.apply() is None and op.unpack() is None


def ops_in(body: Body, prefix: str = "") -> Iterator[tuple[str, Op]]:
    """The ops of a network with their paths, in order; the graph has them too, but also edges, which take longer."""
    for item in body.items:
        if isinstance(item.content, Leaf):
            yield prefix + item.name, item.content.op
        else:
            yield from ops_in(item.content, f"{prefix}{item.name}.")


def is_whole(body: Body) -> bool:
    """Whether all tensors in a body are made in it or fed to it: no fault kept any from being made."""
    sources = [(at, source) for at, item in enumerate(body.items) for source in item.inputs]
    sources += [(len(body.items), output.src) for output in body.outputs]
    if any(not -len(body.inputs) <= source.item < at for at, source in sources):
        return False
    return all(is_whole(item.content) for item in body.items if isinstance(item.content, Body))


def kinds_of_ops(body: Body) -> Iterator[Op]:
    """The ops of a network, those of bodies that are alike once: for what does not depend on sizes or paths."""
    seen: set[int] = set()
    waiting = [body]
    while waiting:
        for item in waiting.pop().items:
            if isinstance(item.content, Leaf):
                yield item.content.op
                continue
            inner = item.content.like or item.content
            if id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)


def holds(body: Body, family: str) -> bool:
    """Whether a network has an op of a family."""
    return any(op.family == family for op in kinds_of_ops(body))
