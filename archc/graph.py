"""The typed graph: a networkx directed graph of frozen nodes, flat, whose edges say which result goes to which port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import networkx as nx

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


def build_graph(body: Body) -> nx.DiGraph[Node]:
    """The network as a graph. `graph.graph` has `inputs` (nodes), `outputs` (`Result`s) and `body`."""
    graph: nx.DiGraph[Node] = nx.DiGraph()
    named = zip(body.input_names, body.inputs, strict=True)
    inputs = tuple(Node(name, None, (), (), (type_,), None, None) for name, type_ in named)
    with quiet():
        graph.add_nodes_from(inputs)
        found = _place(graph, body, "", [(node, 0) for node in inputs], None, reused=False)
    declared = zip(body.outputs, found, strict=True)
    outputs = tuple(Result(out.name, node, at, out.type, out.train_only) for out, (node, at) in declared)
    graph.graph.update(inputs=inputs, outputs=outputs, body=body)
    return graph


def _place(
    graph: nx.DiGraph[Node], body: Body, prefix: str, inputs: Sequence[Tensor], origin: Origin | None, *, reused: bool
) -> list[Tensor]:
    """Add a body's nodes; gives its outputs."""
    results: list[list[Tensor]] = []
    for item in body.items:
        tensors = [inputs[-1 - s.item] if s.item < 0 else results[s.item][s.result] for s in item.inputs]
        path = prefix + item.name
        again = reused or item.reuse is not None
        if isinstance(item.content, Leaf):
            types = tuple(node.outputs[at] for node, at in tensors)
            node = Node(path, item.content.op, types, item.ports, item.types, item.step, origin, again)
            _connect(graph, node, tensors)
            results.append([(node, at) for at in range(len(item.types))])
            continue
        inner = item.content
        block = inner.definition.name if isinstance(inner.definition, Block) else ""
        around = Origin(path, block, item.step.where, origin)
        results.append(_place(graph, inner, path + ".", tensors, around, reused=again))
    return [inputs[-1 - o.src.item] if o.src.item < 0 else results[o.src.item][o.src.result] for o in body.outputs]


def _connect(graph: nx.DiGraph[Node], node: Node, tensors: Sequence[Tensor]) -> None:
    """Add a node with an edge from each that feeds it; an edge's `ports` pair results there with inputs here."""
    graph.add_node(node)
    for port, (source, result) in enumerate(tensors):
        if graph.has_edge(source, node):
            graph.edges[source, node]["ports"] += ((result, port),)
        else:
            graph.add_edge(source, node, ports=((result, port),))


def ops_of(graph: nx.DiGraph[Node]) -> Iterator[Node]:
    """The nodes that are ops, in the order they run."""
    return (node for node in graph if node.op is not None)


def train_only_nodes(graph: nx.DiGraph[Node]) -> set[Node]:
    """The nodes that only training-mode outputs need."""
    always: set[Node] = set()
    training: set[Node] = set()
    for result in graph.graph["outputs"]:
        reached = training if result.train_only else always
        waiting: list[Node] = [result.node]
        while waiting:
            node = waiting.pop()
            if node not in reached:
                reached.add(node)
                waiting.extend(graph.predecessors(node))
    return training - always
