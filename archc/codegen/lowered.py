"""The graph's side of the proof: the lowering of each op, evaluated on terms."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, cast

from archc.codegen.standin import namespace_of
from archc.codegen.standin_tensors import Dtype
from archc.codegen.terms import COMPARISONS, OPERATORS, Entry, Key, Store, Term, freeze, module_effects, terms_in
from archc.network import Network
from archc.ops import lowering as low
from archc.ops.base import Op
from archc.wiring import Node

_PLAIN: Mapping[str, Any] = {":": slice(None), "...": ...}
_INFIX: dict[str, Callable[[Any, Any], Any]] = {
    sign: getattr(operator, {"and": "and_", "or": "or_"}.get(name, name))
    for sign, name in (OPERATORS | COMPARISONS).items()
}
_IN_PLACE = {f"{sign}=": getattr(operator, f"i{name}") for sign, name in OPERATORS.items()}


class Run(NamedTuple):
    """What the graph does in one mode: its calls, the nodes that make them, its results by name, and all tensors."""

    log: list[Entry]
    nodes: dict[Term, Node]
    results: dict[str, Term]
    tensors: dict[tuple[Node, int], Term]
    needless: frozenset[Node] = frozenset()
    """Those that no output of inference needs, where that differs from training: they may be left out."""


class Graph:
    """A network's graph as terms: each op's lowering, evaluated."""

    def __init__(self, network: Network, store: Store) -> None:
        self.wiring, self.store, self.names, self.training = network.wiring, store, namespace_of(store), True
        self.lowered: dict[int, tuple[low.Node, tuple[low.Pattern, ...] | None]] = {}
        self.op: Op
        self.inputs: list[Term] = []
        self.ports: dict[str, Term] = {}
        self.reads_mode = any(result.train_only for result in network.wiring.outputs)
        """Whether training and inference differ."""
        self.state: dict[str, Key] = {}
        """By path: the class and arguments of a module; the kind, shape and dtype of a tensor."""
        self.nodes: dict[str, Node] = {}
        self.sizes: dict[int, tuple[bool, tuple[int | None, ...]]] = {}
        self.steps = [(node, node.op, self._feeds(node)) for node in self.wiring.nodes if node.op is not None]
        self.read = {feed for *_, feeds in self.steps for feed in feeds} | {(r.node, r.at) for r in self.wiring.outputs}
        distinct = {id(op): op for _, op, _ in self.steps}
        for op in distinct.values():
            _learn(store, op)
        made = {at: self._constructed(op) for at, op in distinct.items() if op.is_module}
        for node, op, _ in self.steps:
            if op.is_module and node.path not in self.state:
                self.nodes[node.path], self.state[node.path] = node, made[id(op)]

    def _constructed(self, op: Op) -> Key:
        """The class of a module and its arguments."""
        if op.is_source:
            return _source_state(op)
        self.op, call = op, op.as_torch()
        assert isinstance(call, low.Call), f"{op.name} is a module, so it is made by a call"
        given = self.store.given(call.target, *self._arguments(call.args, call.kwargs))
        weights = {weight.name: weight for weight in op.weights()}
        self.store.weights[call.target, given] = self.store.weights[(call.target,)] = weights
        return call.target, given

    def _feeds(self, node: Node) -> Sequence[tuple[Node, int]]:
        """What feeds a node, in the order of its inputs."""
        before = self.wiring.before(node)
        if len(before) == 1 and len(ports := self.wiring.edges[before[0], node]) == 1:
            return ((before[0], ports[0][0]),)
        found = {port: (other, result) for other in before for result, port in self.wiring.edges[other, node]}
        return [found[port] for port in sorted(found)]

    def run(self, *, training: bool) -> Run:
        """Evaluate the graph in one mode."""
        self.store.start(replaying=False)
        self.training = training
        nodes: dict[Term, Node] = {}
        tensors: dict[tuple[Node, int], Term] = {}
        for at, node in enumerate(self.wiring.inputs):
            tensors[node, 0] = self._typed(self.store.term("input", at), node, 0)
        log = self.store.log
        for node, op, feeds in self.steps:
            self.op, self.inputs = op, [tensors[feed] for feed in feeds]
            self.ports = dict(zip(node.ports, self.inputs, strict=False)) if node.ports else {}
            mark = len(log)
            for at, made in enumerate(self._results(node)):
                tensors[node, at] = self._typed(made, node, at)
            for entry in log[mark:]:
                nodes[entry.term] = node
        results = {r.name: tensors[r.node, r.at] for r in self.wiring.outputs if training or not r.train_only}
        is_split = not training and any(result.train_only for result in self.wiring.outputs)
        return Run(self.store.log, nodes, results, tensors, self._needless() if is_split else frozenset())

    def _typed(self, term: Term, node: Node, at: int) -> Term:
        """A term that knows its shape."""
        type_ = node.outputs[at]
        if id(type_) not in self.sizes:
            sizes = tuple(int(size) for size in type_.sample)
            self.sizes[id(type_)] = type_.batched, (None, *sizes) if type_.batched else sizes
        term.batched, term.sizes = self.sizes[id(type_)]
        return term

    def _needless(self) -> frozenset[Node]:
        """The nodes that no output of inference needs."""
        needed: set[Node] = set()
        waiting = [result.node for result in self.wiring.outputs if not result.train_only]
        while waiting:
            node = waiting.pop()
            if node not in needed:
                needed.add(node)
                waiting.extend(self.wiring.before(node))
        return frozenset(node for node, *_ in self.steps if node not in needed)

    def _results(self, node: Node) -> Sequence[Term]:
        op, count = self.op, len(node.outputs)
        if op.is_source:
            return [self.store.term("state", node.path)]
        if id(op) not in self.lowered:
            self.lowered[id(op)] = _lowered(op)
        call, pattern = self.lowered[id(op)]
        made: Term = self._module_call(call, node) if op.is_module and isinstance(call, low.Call) else self._value(call)
        if pattern is not None:
            results = list(self._taken_apart(made, pattern))[:count]
            return [self._then(node, at, *result) for at, result in enumerate(results)]
        if count == 1 and not op.is_several:
            return [made]
        made.arity = count
        return list(made)

    def _module_call(self, call: low.Call, node: Node) -> Term:
        effects = module_effects(*self.state[node.path])
        if not call.args:
            return self.store.logged(("call", "self", node.path, tuple(self.inputs), ()), self.inputs, *effects)
        args, kwargs = self._arguments(call.args, call.kwargs)
        key = ("call", "self", node.path, freeze(args), self.store.named("self", kwargs))
        return self.store.logged(key, list(terms_in((*args, *kwargs.values()))), *effects)

    def _taken_apart(self, made: Term, pattern: tuple[low.Pattern, ...]) -> Iterator[tuple[Term, low.Node | None]]:
        """The results of a tuple, with what is to be done with each."""
        made.arity = len(pattern)
        for inner, each in zip(pattern, made, strict=True):
            if isinstance(inner, tuple):
                yield from self._taken_apart(each, inner)
            else:
                yield each, inner.then

    def _then(self, node: Node, at: int, made: Term, then: low.Node | None) -> Term:
        """A result as the graph has it; one that nothing reads is left as it is."""
        if then is None or (node, at) not in self.read:
            return made
        self.inputs = [made]
        return self._value(then)

    def _arguments(
        self, args: Sequence[low.Node], kwargs: Sequence[tuple[str, low.Node]]
    ) -> tuple[list[Any], dict[str, Any]]:
        placed: list[Any] = []
        for arg in filter(self._is_connected, args):
            value = self._value(arg)
            placed += value if isinstance(arg, (low.Star, low.Unpacked)) else [value]
        return placed, {name: self._value(arg) for name, arg in kwargs if self._is_connected(arg)}

    def _is_connected(self, arg: low.Node | low.Slice) -> bool:
        """False for what is made of an optional port that nothing feeds: that argument is left out."""
        match arg:
            case low.Input(str() as port, None):
                return port in self.ports
            case low.Method(obj) | low.Attribute(obj):
                return self._is_connected(obj)
            case low.Tuple(items):
                return all(map(self._is_connected, items))
            case low.Batched(_, otherwise):
                return self.inputs[0].batched or otherwise is not None
            case _:
                return True

    def _value(self, node: low.Node | low.Slice | None) -> Any:
        match node:
            case low.Input(port, otherwise):
                found = self.inputs[port] if isinstance(port, int) else self.ports.get(port)
                return self._value(otherwise) if found is None else found
            case low.Field(name) | low.Entries(name):
                return getattr(self.op, name)
            case low.Literal(value):
                return value
            case low.Call() | low.Method() | low.Attribute() | low.Index():
                return self._called(node)
            case low.Inputs() | low.Unpacked():
                return list(self.inputs)
            case low.Star(name):
                found = getattr(self.op, name)
                return list(cast("tuple[object, ...]", found)) if isinstance(found, tuple) else [found]
            case low.Batch():
                return self.store.batch
            case low.Batched(then, otherwise):
                return self._value(then if self.inputs[0].batched else otherwise)
            case low.Fold(target):
                return reduce(lambda left, right: self.store.call(target, left, right), self.inputs)
            case low.Raw(text):
                return self._raw(text)
            case low.Tuple(items):
                return tuple(map(self._value, items))
            case low.Slice(start, stop, step):
                return slice(self._value(start), self._value(stop), self._value(step))
            case low.Infix(sign, operands):
                return self._infix(sign, operands)
            case low.Helper(body=body):
                return self._value(body)
            case None:
                return None

    def _called(self, node: low.Call | low.Method | low.Attribute | low.Index) -> Any:
        match node:
            case low.Call(target, args, kwargs):
                placed, named = self._arguments(args, kwargs)
                return self.store.call(target, *placed, **named)
            case low.Method(obj, name, args, kwargs):
                placed, named = self._arguments(args, kwargs)
                return self.store.call(f".{name}", self._value(obj), *placed, **named)
            case low.Attribute(obj, name):
                return eval(f"obj.{name}", {"obj": self._value(obj)})
            case low.Index(obj, items):
                return self._value(obj)[tuple(map(self._value, filter(self._is_connected, items)))]

    def _raw(self, text: str) -> Any:
        if text == "self.training":
            self.reads_mode = True
            return self.training
        return _PLAIN[text] if text in _PLAIN else eval(text, dict(self.names))

    def _infix(self, sign: str, operands: tuple[low.Node, ...] | low.Unpacked) -> Any:
        values = self._value(operands) if isinstance(operands, low.Unpacked) else list(map(self._value, operands))
        if sign == "if self.training else":
            self.reads_mode = True
            return values[0] if self.training else values[1]
        if len(values) == 1:
            return self.store.call(sign, values[0])
        overwrites = self.op.changes_input() and f"{sign}=" in _IN_PLACE
        first = (_IN_PLACE[f"{sign}="] if overwrites else _INFIX[sign])(values[0], values[1])
        return reduce(_INFIX[sign], values[2:], first)


def _lowered(op: Op) -> tuple[low.Node, tuple[low.Pattern, ...] | None]:
    """How an op is called, and how its result is taken apart."""
    if not op.is_module:
        return op.as_torch(), None
    return op.apply() or low.Call("self"), op.unpack()


def _source_state(op: Any) -> Key:
    """The kind of a tensor of the network's own, its shape and dtype."""
    weight = op.weights()[0]
    kind = "buffer" if weight.persistent else "buffer outside the state_dict"
    if not weight.buffer:
        kind = "parameter" if op.requires_grad else "parameter without gradient"
    return kind, freeze(weight.shape), Dtype(f"torch.{weight.dtype}")


def _learn(store: Store, op: Op) -> None:
    """Note what an op's lowering says of its function or class: its defaults, and which of them it writes."""
    if op.is_source:
        return
    node = op.as_torch()
    if not isinstance(node, (low.Call, low.Method)):
        return
    target = node.target if isinstance(node, low.Call) else f".{node.name}"
    store.ops[target] = type(op)
    fields = type(op).model_fields
    written = store.written.setdefault(target, set())
    written.update(
        name
        for name, _ in node.kwargs
        if name in fields and getattr(op, name) == fields[name].get_default(call_default_factory=True)
    )
