"""Where the sizes of a tensor come from: for each dimension the ops that made it what it is, back to the input.

An op's own shape rule tells: run with a symbol for each size of its inputs, it gives its result's sizes as formulas
of those. A size without symbols was set by the op itself; one that is a single symbol was handed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archc.dims import BATCH, Dim, Sym, symbol
from archc.graph import Node
from archc.ops.base import Inputs, Op, ShapeError
from archc.record import record
from archc.step_paths import StepResult, find_result, names
from archc.tensor import TensorType
from archc.tree import Body, Leaf, Src

if TYPE_CHECKING:
    from archc.network import Network

_NAMES: Mapping[int, tuple[str, ...]] = {
    1: ("features",), 2: ("length", "features"), 3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}  # fmt: skip
_MARK = re.compile(r"\$([0-9]+)_([0-9]+)")
"""A size of an op's inputs, by port and dimension; no size in a spec has such a name."""

Place = tuple[Node, int, int]
"""A node, one of its results, and a dimension of that."""


@record(eq=False)
class Cause:
    """An op on the way of a size: what the size is behind it, how it is worked out, and from which sizes.

    In `formula` `x` is the size before, or, where there are several, each has the path of its op as a name; it is
    empty where the op itself sets the size, and the symbol's name at an input.
    """

    node: Node
    value: int
    formula: str
    causes: tuple[Cause, ...] = ()

    def ledger(self) -> tuple[Cause, ...]:
        """It and all that it comes from, each once, causes first."""
        found: dict[int, Cause] = {}
        _enter(self, found)
        return tuple(found.values())


@record(eq=False)
class Provenance:
    """A tensor, with a name and the last cause of each of its sizes, the batch aside."""

    path: str
    type: TensorType
    names: tuple[str, ...]
    causes: tuple[Cause, ...]


def provenance(network: Network, path: str) -> Provenance | None:
    """That of a step's result, by its path in the module, or of an input or output by its name; None if unknown."""
    found = _find(network, path)
    if found is None:
        return None
    node, at = found
    type_ = node.outputs[at]
    first = type_.rank - len(type_.sample)
    names = _names(type_)[first:]
    trace = _Trace(network)
    return Provenance(path, type_, names, tuple(trace.cause((node, at, dim)) for dim in range(first, type_.rank)))


def paths(network: Network) -> tuple[str, ...]:
    """What `provenance` knows: ops, blocks, inputs, outputs, and the results of the network's own steps."""
    ops = [node.path for node in network.graph]
    around = dict.fromkeys(path.rsplit(".", depth)[0] for path in ops for depth in range(1, path.count(".") + 1))
    blocks = [path for path in around if find_result(network.body, path) is not None]
    return tuple(dict.fromkeys([*ops, *blocks, *sorted(names(network.body))]))


def _names(type_: TensorType) -> tuple[str, ...]:
    """A name for each dimension, the batch included."""
    own = _NAMES.get(len(type_.sample)) if type_.batched else None
    return ("batch", *own) if own else tuple(f"dim {at}" for at in range(type_.rank))


class _Trace:
    """Follows sizes back through the graph, each once."""

    def __init__(self, network: Network) -> None:
        self.graph = network.graph
        self.known: dict[Place, Cause] = {}
        self.formulas: dict[Node, tuple[tuple[Dim, ...], ...]] = {}

    def cause(self, place: Place) -> Cause:
        """The last op that did something to a size."""
        handed: list[Place] = []
        while place not in self.known:
            node, at, dim = place
            formula = self._formula(place)
            marks = sorted({(int(port), int(dim)) for port, dim in _MARK.findall(str(formula))})
            if len(marks) == 1 and str(formula) == _mark(*marks[0]):
                handed.append(place)
                place = (*self._source(node, marks[0][0]), marks[0][1])
                continue
            value = int(node.outputs[at].shape[dim])
            causes = tuple(self.cause((*self._source(node, port), before)) for port, before in marks)
            self.known[place] = Cause(node, value, self._told(node, str(formula), marks), causes)
        self.known.update(dict.fromkeys(handed, self.known[place]))
        return self.known[place]

    def _formula(self, place: Place) -> Dim | str:
        node, at, dim = place
        if node.op is None:
            size = node.outputs[at].shape[dim]
            return str(size) if isinstance(size, Sym) else ""
        if node not in self.formulas:
            self.formulas[node] = _formulas(node.op, node)
        return self.formulas[node][at][dim]

    def _told(self, node: Node, formula: str, marks: Sequence[tuple[int, int]]) -> str:
        """A formula with names for what it is worked out of; nothing for a plain number."""
        if node.op is None:
            return formula
        names = {mark: self._name(node, mark, marks) for mark in marks}
        return _MARK.sub(lambda found: names[int(found[1]), int(found[2])], formula) if marks else ""

    def _name(self, node: Node, mark: tuple[int, int], marks: Sequence[tuple[int, int]]) -> str:
        port, dim = mark
        if len(marks) == 1:
            return "x"
        if len({each for each, _ in marks}) == 1:
            return _names(node.inputs[port])[dim]
        source = self.cause((*self._source(node, port), dim)).node.path
        return source if sum(each == port for each, _ in marks) == 1 else f"{source}.{_names(node.inputs[port])[dim]}"

    def _source(self, node: Node, port: int) -> tuple[Node, int]:
        """The node and result that feed a port."""
        return next(
            (before, result)
            for before in self.graph.predecessors(node)
            for result, fed in self.graph.edges[before, node]["ports"]
            if fed == port
        )


def _formulas(op: Op, node: Node) -> tuple[tuple[Dim, ...], ...]:
    """The sizes of an op's results as formulas of its inputs'; as they are where its rule has no formula."""
    marked = tuple(
        type_.with_shape(*(_marked(port, dim, size) for dim, size in enumerate(type_.shape)))
        for port, type_ in enumerate(node.inputs)
    )
    try:
        return tuple(type_.shape for type_ in op.infer(Inputs(marked, node.ports)))
    except ShapeError:
        return tuple(type_.shape for type_ in node.outputs)


def _marked(port: int, dim: int, size: Dim) -> Dim:
    return size if size is BATCH else symbol(_mark(port, dim), int(size))


def _mark(port: int, dim: int) -> str:
    return f"${port}_{dim}"


def _enter(cause: Cause, found: dict[int, Cause]) -> None:
    """Add a cause behind all of its own; without recursion, for a chain may be long."""
    waiting: list[tuple[Cause, Iterator[Cause]]] = [(cause, iter(cause.causes))]
    while waiting:
        each, rest = waiting[-1]
        before = next(rest, None)
        if before is None:
            found.setdefault(id(each), each)
            waiting.pop()
        elif id(before) not in found:
            waiting.append((before, iter(before.causes)))


def _find(network: Network, path: str) -> tuple[Node, int] | None:
    """The node and result of a step's path, of an input or of an output."""
    graph = network.graph
    nodes: dict[str, Node] = {}
    for node in graph:
        nodes.setdefault(node.path, node)
    if path in nodes:
        return nodes[path], 0
    for result in graph.graph["outputs"]:
        if result.name == path:
            return result.node, result.at
    found = find_result(network.body, path)
    return _maker(found, nodes) if found is not None else None


def _maker(found: StepResult, nodes: Mapping[str, Node]) -> tuple[Node, int]:
    """The op that a result comes from, and which of its results that is: those of blocks come from ops in them."""
    *around, (body, at) = found.within
    prefix = [outer.items[item].name for outer, item in around]
    source = Src(at, found.result)
    while True:
        if source.item < 0:
            if not around:
                return nodes[network_input(body, source)], 0
            body, at = around.pop()
            prefix.pop()
            source = body.items[at].inputs[-1 - source.item]
            continue
        item = body.items[source.item]
        prefix.append(item.name)
        if isinstance(item.content, Leaf):
            return nodes[".".join(prefix)], source.result
        around.append((body, source.item))
        body, source = item.content, item.content.outputs[source.result].src


def network_input(body: Body, source: Src) -> str:
    """The name of the input that a source within the network itself is."""
    return body.input_names[-1 - source.item]
