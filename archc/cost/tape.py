"""The forward pass as a tape: which op runs when, and when Python lets go of each tensor.

It is what the source that archc writes does: its `forward` runs against the stand-in for torch with which it is proven,
and each tensor is let go of when Python drops the last that holds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, cast

from archc.codegen.classnames import instance_call
from archc.codegen.lowered import Graph
from archc.codegen.lowered import Run as GraphRun
from archc.codegen.source import write_source
from archc.codegen.standin import Leaf, run_source
from archc.codegen.standin_modules import Module
from archc.codegen.terms import Key, Store, Term, terms_in
from archc.network import Network
from archc.ops.base import Inputs, Op
from archc.record import record
from archc.tensor import TensorType
from archc.wiring import Node


@record(eq=False)
class Run:
    """An op runs: the numbers of the tensors that it takes, and of those that it gives, with their types.

    A join of several tensors runs once for each that is joined to those before.
    """

    node: Node
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    types: tuple[TensorType, ...]
    results: tuple[TensorType, ...]


@record(eq=False)
class Drop:
    """Nothing holds this tensor any longer."""

    tensor: int


@record(eq=False)
class Tape:
    """A forward pass. Tensors are numbered; `inputs` and `outputs` of the network are held to the end by its caller."""

    events: tuple[Run | Drop, ...]
    inputs: tuple[tuple[int, TensorType], ...]
    outputs: tuple[int, ...]


class Recorder:
    """The module of a network, run without computing anything."""

    def __init__(self, network: Network) -> None:
        self.network, self.store = network, Store()
        self.graph = Graph(network, self.store)
        self.watched = _Watched(self.store)
        self.root: Module = eval(instance_call(network), run_source(write_source(network), self.watched))
        self.own: list[tuple[Module, str, str]] = []
        for path, module in list(self.root.named_modules()):
            if isinstance(module, Leaf):
                module.__dict__["path"] = path
            else:
                self.own += [(module, name, f"{path}.{name}" if path else name) for name in module.own_names()]

    def record(self, *, training: bool) -> Tape:
        """What happens as it runs, in training mode or in inference."""
        run, wiring, watched = self.graph.run(training=training), self.network.wiring, self.watched
        self.store.start(replaying=False)
        watched.begin({node: feeds for node, _, feeds in self.graph.steps if (node, 0) in run.tensors}, run)
        own = [
            tensor
            for node in watched.feeds
            if node.op is not None and node.op.is_source
            for tensor in watched.give(node)
        ]
        taken = [number for node in wiring.inputs for number in watched.give(node)]
        watched.holders.update(own)
        for module in self.root.modules():
            module.__dict__["training"] = training
        for module, name, path in self.own:
            module.__dict__[name] = watched.term("state", path)
        inputs = [watched.term("input", at) for at in range(len(wiring.inputs))]
        results: object = self.root(*inputs)
        events = tuple(watched.events)
        del results
        types = (node.outputs[0] for node in wiring.inputs)
        return Tape(
            events, tuple(zip(taken, types, strict=True)), tuple(watched.numbers[term] for term in run.results.values())
        )


class _Held:
    """Holds tensors for as long as it is there itself."""

    __slots__ = ("tensors", "term", "watched")

    def __init__(self, watched: _Watched, term: Term, tensors: Sequence[int]) -> None:
        self.watched, self.term, self.tensors = watched, term, tensors
        watched.holders.update(tensors)

    def __del__(self) -> None:
        for tensor in self.tensors:
            self.watched.holders[tensor] -= 1
            if not self.watched.holders[tensor]:
                self.watched.events.append(Drop(tensor))


class _Watched(Store):
    """A store that gives a term of its own for each tensor of the source, and so learns when nothing holds it."""

    def __init__(self, store: Store) -> None:
        self.__dict__.update(store.__dict__, classes={}, made=[], store=store)
        self.store = store
        self.begin({}, GraphRun([], {}, {}, {}, frozenset()))

    def begin(self, feeds: Mapping[Node, Sequence[tuple[Node, int]]], run: GraphRun) -> None:
        """Start a tape of what the graph does in a run."""
        self.feeds, self.run = feeds, run
        self.events: list[Run | Drop] = []
        self.holders: Counter[int] = Counter()
        self.numbers: dict[Term, int] = {}
        """The last tensor for each result of the graph."""
        self.outputs: dict[Node, Sequence[int]] = {}
        """The tensors that a node gave the last time; of nodes that do the same, the first."""
        self.joined: dict[Node, tuple[int, TensorType, int]] = {}
        """Of joins under way: the tensor so far, its type, and how many are in it."""
        self.free = count()
        self.calls: dict[Node, Term] = {}
        """The call of each node that gives its tensors: the last for one result, the first for several."""
        for entry in run.log:
            node = run.nodes[entry.term]
            one = run.tensors[node, 0] if len(node.outputs) == 1 else entry.term
            self.calls.setdefault(node, _call_of(one))
        self.alike: dict[Sequence[Term], list[Node]] = {}
        """The nodes that call anything, the last first, by their results."""
        for node in reversed([*feeds]):
            results = self._results(node)
            if results[0] not in {run.tensors[feed] for feed in feeds[node]}:
                self.alike.setdefault(results, []).append(node)

    def _results(self, node: Node) -> Sequence[Term]:
        return tuple(self.run.tensors[node, at] for at in range(len(node.outputs)))

    def term(self, *key: Any, batched: bool = False) -> Term:
        """A term; a part of a tuple is a tensor, or holds those that are made of it."""
        term = self.store.term(*self._plain(key), batched=batched)
        number = self.numbers.get(term)
        if number is not None:
            return self._holding(term, (number,))
        if key[0] != "item":
            return self._holding(term, ())
        made = {number: result for result, number in self.numbers.items()}
        return self._holding(term, [each for each in key[1].key[1].tensors if _is_part(term, made[each])])

    def logged(self, key: Key, read: Sequence[Term], draws: bool, overwrites: bool) -> Term:
        """The term of a call: what a node gives, or something on the way there, which holds what that is made of."""
        term = self.store.logged(self._plain(key), self._plain(tuple(read)), draws, overwrites)
        node = self.run.nodes[term]
        if self.calls[node] is term:
            self.outputs[node] = self.give(self.alike[self._results(node)].pop(), self.joined.pop(node, None))
        elif node.op is not None and node.op.merges and node.op.is_pointwise:
            return self._holding(term, (self._join(node, node.op),))
        number = self.numbers.get(term)
        if number is not None:
            return self._holding(term, (number,))
        on_the_way = len(node.outputs) == 1 and self.calls[node] is not term
        held = [tensor for each in read if each.store is self for tensor in each.key[1].tensors]
        return self._holding(term, held if on_the_way else self.outputs[node])

    def give(self, node: Node, joined: tuple[int, TensorType, int] | None = None) -> Sequence[int]:
        """Note that a node runs, or an input comes; gives its tensors."""
        results = self._results(node)
        taken = tuple(self.numbers[self.run.tensors[feed]] for feed in self.feeds.get(node, ()))
        given = tuple(next(self.free) for _ in results)
        self.numbers.update(zip(results, given, strict=True))
        if joined is not None:
            self.events.append(Run(node, (joined[0], taken[-1]), given, (joined[1], node.inputs[-1]), node.outputs))
        elif node.op is not None:
            self.events.append(Run(node, taken, given, node.inputs, node.outputs))
        return given

    def _join(self, node: Node, op: Op) -> int:
        """Note that the next tensor of a join is joined to those before; gives what comes of it."""
        feed = self.feeds[node][0]
        number, type_, found = self.joined.get(node, (self.numbers[self.run.tensors[feed]], node.inputs[0], 1))
        taken = self.numbers[self.run.tensors[self.feeds[node][found]]]
        types = (type_, node.inputs[found])
        results = op.infer(Inputs(types, node.ports[:2]))
        given = next(self.free)
        self.events.append(Run(node, (number, taken), (given,), types, results))
        self.joined[node] = given, results[0], found + 1
        return given

    def _holding(self, term: Term, tensors: Sequence[int]) -> Term:
        made = Term(self, ("held", _Held(self, term, tensors)), term.batched)
        made.arity, made.sizes = term.arity, term.sizes
        return made

    def _plain(self, value: Any) -> Any:
        """A key in terms of the graph's store."""
        if isinstance(value, tuple):
            return tuple(map(self._plain, cast("tuple[Any, ...]", value)))
        return value.key[1].term if type(value) is Term and value.store is self else value


def _call_of(term: Term) -> Term:
    """The call that a part of a tuple is of."""
    return _call_of(term.key[1]) if term.key[0] == "item" else term


def _is_part(term: Term, of: Term) -> bool:
    """Whether one term is made of another, which is a part of a tuple."""
    seen, waiting = {id(of)}, [of]
    while waiting:
        one = waiting.pop()
        if one is term:
            return True
        for inner in terms_in(one.key) if one.key[0] in {"call", "item"} else ():
            if id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)
    return False
