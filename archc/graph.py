"""The typed graph: a networkx directed graph of frozen nodes, flat, whose edges say which result goes to which port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from archc.diagnostics import Note, Where
from archc.ops.base import Inputs, Op
from archc.quiet import quiet
from archc.spec.model import Block, Step
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf


@dataclass(frozen=True, slots=True, eq=False)
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


@dataclass(frozen=True, slots=True, eq=False)
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
        return 0 if self.op is None or self.reused else sum(_size(w.shape) for w in self.op.weights() if not w.buffer)

    @property
    def buffers(self) -> int:
        """How many buffer elements it owns."""
        return 0 if self.op is None or self.reused else sum(_size(w.shape) for w in self.op.weights() if w.buffer)

    @property
    def macs(self) -> int:
        """Multiply-adds for one sample at the sizes in force."""
        return 0 if self.op is None else self.op.macs(Inputs(self.inputs, self.ports), self.outputs)


@dataclass(frozen=True, slots=True)
class Result:
    """A declared output of the network: a node's result."""

    name: str
    node: Node
    at: int
    type: TensorType
    train_only: bool


Tensor = tuple[Node, int]


def build_graph(body: Body) -> nx.DiGraph[Node]:
    """The network as a graph. `graph.graph` has `inputs` (nodes), `outputs` (`Result`s) and `body`."""
    with quiet():
        return _build(body)


def _build(body: Body) -> nx.DiGraph[Node]:
    graph: nx.DiGraph[Node] = nx.DiGraph()
    inputs = tuple(
        Node(name, None, (), (), (type_,), None, None)
        for name, type_ in zip(body.input_names, body.inputs, strict=True)
    )
    graph.add_nodes_from(inputs)
    found = _place(graph, body, "", [(node, 0) for node in inputs], None, False)
    outputs = tuple(
        Result(out.name, node, at, out.type, out.train_only)
        for out, (node, at) in zip(body.outputs, found, strict=True)
    )
    graph.graph.update(inputs=inputs, outputs=outputs, body=body)
    return graph


def _place(
    graph: nx.DiGraph[Node], body: Body, prefix: str, inputs: Sequence[Tensor], origin: Origin | None, reused: bool
) -> list[Tensor]:
    """Add a body's nodes; gives its outputs."""
    results: list[list[Tensor]] = []
    for item in body.items:
        tensors = [inputs[-1 - s.item] if s.item < 0 else results[s.item][s.result] for s in item.inputs]
        path = prefix + item.name
        again = reused or item.reuse is not None
        if isinstance(item.content, Leaf):
            results.append(_add(graph, item, item.content, path, tensors, origin, again))
            continue
        inner = item.content
        block = inner.definition.name if isinstance(inner.definition, Block) else ""
        around = Origin(path, block, item.step.where, origin)
        results.append(_place(graph, inner, path + ".", tensors, around, again))
    return [inputs[-1 - o.src.item] if o.src.item < 0 else results[o.src.item][o.src.result] for o in body.outputs]


def _add(
    graph: nx.DiGraph[Node],
    item: Item,
    leaf: Leaf,
    path: str,
    tensors: Sequence[Tensor],
    origin: Origin | None,
    reused: bool,
) -> list[Tensor]:
    types = tuple(node.outputs[at] for node, at in tensors)
    node = Node(path, leaf.op, types, item.ports, item.types, item.step, origin, reused)
    graph.add_node(node)
    for port, (source, result) in enumerate(tensors):
        if graph.has_edge(source, node):
            graph.edges[source, node]["ports"] += ((result, port),)
        else:
            graph.add_edge(source, node, ports=((result, port),))
    return [(node, at) for at in range(len(item.types))]


def ops_of(graph: nx.DiGraph[Node]) -> Iterator[Node]:
    """The nodes that are ops, in the order they run."""
    return (node for node in graph if node.op is not None)


def train_only_nodes(graph: nx.DiGraph[Node]) -> set[Node]:
    """The nodes that only training-mode outputs need."""
    always: set[Node] = set()
    training: set[Node] = set()
    for result in graph.graph["outputs"]:
        reached = nx.ancestors(graph, result.node) | {result.node}  # pyright: ignore[reportUnknownMemberType]
        if result.train_only:
            training |= reached
        else:
            always |= reached
    return training - always


def _size(shape: tuple[int, ...]) -> int:
    total = 1
    for size in shape:
        total *= int(size)
    return total
