"""The ops of a network, flat, and which feed which: what the typed graph and the rules of practice are made of.

networkx takes as long to import as a check takes, so `archc check` gets about by these values alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from archc.diagnostics import Note, Where
from archc.ops.base import Inputs, Op, count
from archc.quiet import quiet
from archc.record import record
from archc.spec.model import Block, Step
from archc.tensor import TensorType
from archc.tree import Body, Leaf


@record(eq=False)
class Origin:
    """Where a node comes from: the body's use, and the one around that."""

    name: str
    """The path of the submodule, `layer1.0`."""
    block: str
    """The block's name; empty for a group."""
    where: Where
    around: Origin | None

    def notes(self) -> tuple[Note, ...]:
        """The stack of places, innermost first."""
        here = Note(f"in `{self.block or self.name}`", self.where)
        return (here, *(self.around.notes() if self.around else ()))


@record(eq=False)
class Node:
    """One op in the network, or one of its inputs (then `op` is None)."""

    path: str
    """Its place in the module: the prefix of its parameters in the `state_dict`."""
    op: Op | None
    inputs: tuple[TensorType, ...]
    ports: tuple[str, ...]
    outputs: tuple[TensorType, ...]
    step: Step | None
    origin: Origin | None
    reused: bool = False
    """Whether it applies the weights of an earlier node of the same path."""

    @property
    def kind(self) -> str:
        """The op's name; `input` for an input."""
        return self.op.name if self.op is not None else "input"

    @property
    def params(self) -> int:
        """How many parameters it owns."""
        return 0 if self.op is None or self.reused else sum(count(w.shape) for w in self.op.weights() if not w.buffer)

    @property
    def buffers(self) -> int:
        """How many buffer elements it owns."""
        return 0 if self.op is None or self.reused else sum(count(w.shape) for w in self.op.weights() if w.buffer)

    @property
    def macs(self) -> int:
        """Multiply-adds for one sample at the sizes in force."""
        return 0 if self.op is None else self.op.macs(Inputs(self.inputs, self.ports), self.outputs)


@record
class Result:
    """A declared output of the network: a node's result."""

    name: str
    node: Node
    at: int
    type: TensorType
    train_only: bool


Tensor = tuple[Node, int]
Ports = tuple[tuple[int, int], ...]
"""Pairs of a result of one node and the input of another that it goes to."""


@dataclass(frozen=True, eq=False, repr=False)
class Wiring:
    """All nodes, inputs first, then ops in the order they run; an edge pairs results of one with inputs of another."""

    nodes: tuple[Node, ...]
    edges: Mapping[tuple[Node, Node], Ports]
    inputs: tuple[Node, ...]
    outputs: tuple[Result, ...]

    def before(self, node: Node) -> tuple[Node, ...]:
        """The nodes that feed a node."""
        return tuple(self._before.get(node, ()))

    def after(self, node: Node) -> tuple[Node, ...]:
        """The nodes that a node feeds."""
        return tuple(self._after.get(node, ()))

    @cached_property
    def _before(self) -> Mapping[Node, Sequence[Node]]:
        return _grouped((other, one) for one, other in self.edges)

    @cached_property
    def _after(self) -> Mapping[Node, Sequence[Node]]:
        return _grouped(self.edges)


def _grouped(pairs: Iterable[tuple[Node, Node]]) -> Mapping[Node, Sequence[Node]]:
    """The second nodes of pairs by the first ones."""
    found: dict[Node, list[Node]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found


@quiet()
def wire(body: Body) -> Wiring:
    """The wiring of a network."""
    named = zip(body.input_names, body.inputs, strict=True)
    inputs = tuple(Node(name, None, (), (), (type_,), None, None) for name, type_ in named)
    nodes, edges = list(inputs), dict[tuple[Node, Node], Ports]()
    found = _place(nodes, edges, body, "", [(node, 0) for node in inputs], None, reused=False)
    declared = zip(body.outputs, found, strict=True)
    outputs = tuple(Result(out.name, node, at, out.type, out.train_only) for out, (node, at) in declared)
    return Wiring(tuple(nodes), edges, inputs, outputs)


def _place(
    nodes: list[Node],
    edges: dict[tuple[Node, Node], Ports],
    body: Body,
    prefix: str,
    inputs: Sequence[Tensor],
    origin: Origin | None,
    *,
    reused: bool,
) -> list[Tensor]:
    """Add a body's nodes and edges; gives its outputs."""
    results: list[list[Tensor]] = []
    for item in body.items:
        tensors = [inputs[-1 - s.item] if s.item < 0 else results[s.item][s.result] for s in item.inputs]
        path = prefix + item.name
        again = reused or item.reuse is not None
        if isinstance(item.content, Leaf):
            types = tuple([node.outputs[at] for node, at in tensors])
            node = Node(path, item.content.op, types, item.ports, item.types, item.step, origin, again)
            nodes.append(node)
            for port, (source, result) in enumerate(tensors):
                edges[source, node] = (*edges.get((source, node), ()), (result, port))
            results.append([(node, at) for at in range(len(item.types))])
            continue
        inner = item.content
        block = inner.definition.name if isinstance(inner.definition, Block) else ""
        around = Origin(path, block, item.step.where, origin)
        results.append(_place(nodes, edges, inner, path + ".", tensors, around, reused=again))
    return [inputs[-1 - o.src.item] if o.src.item < 0 else results[o.src.item][o.src.result] for o in body.outputs]
