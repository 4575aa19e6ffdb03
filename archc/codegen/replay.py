"""Proves that generated source is the checked graph, by replaying it against a stand-in for torch.

Both sides become terms of one store: the source by running it, the graph by evaluating the lowerings of its ops, the
very data that the source is printed from. Equal terms hold equal numbers, so the proof compares objects. It holds for
the parameters that it is run at.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import reduce
from typing import Any, NamedTuple, cast

from archc import ops
from archc.codegen.standin import (
    COMPARISONS,
    FILE,
    OPERATORS,
    Default,
    Dtype,
    Entry,
    Garbage,
    Key,
    Leaf,
    Module,
    Store,
    Tensor,
    Term,
    content,
    freeze,
    module_effects,
    namespace_of,
    run_source,
    terms_in,
)
from archc.diagnostics import Where
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg
from archc.network import Network
from archc.ops import lowering as low
from archc.ops.base import Op
from archc.quiet import quiet
from archc.spec.model import Initialiser
from archc.wiring import Node

_PLAIN: Mapping[str, Any] = {":": slice(None), "...": ...}
_INFIX: dict[str, Callable[[Any, Any], Any]] = {
    sign: getattr(operator, {"and": "and_", "or": "or_"}.get(name, name))
    for sign, name in (OPERATORS | COMPARISONS).items()
}
_IN_PLACE = {f"{sign}=": getattr(operator, f"i{name}") for sign, name in OPERATORS.items()}


class ProofError(Exception):
    """The text is not the checked graph: a fault of whoever wrote it. `line` is of the text, `where` of the spec."""

    def __init__(self, message: str, line: int = 0, where: Where | None = None) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.message, self.line, self.where = message, line, where


def prove(network: Network, text: str, call: str) -> None:
    """Raise `ProofError` unless `call`, evaluated in the module that `text` is, makes the checked network."""
    replay(network, text, lambda names: eval(call, names))


@quiet()
def replay(network: Network, text: str, make: Callable[[dict[str, Any]], Any], *, whole: bool = True) -> None:
    """The same for what `make` gives from the module's names; `whole` where that is a network, not a block alone."""
    store = Store()
    graph = Graph(network, store)
    expected = {True: graph.run(training=True)}
    if "training" in text or graph.reads_mode:
        expected[False] = graph.run(training=False)
    store.start(replaying=True)
    with told():
        names = run_source(text, store)
    with told(lambda: _strays(graph, store)):
        root = make(names)
        if not isinstance(root, Module):
            raise TypeError("what is called makes no nn.Module")
    _compare_modules(graph, store, root)
    own = _own_tensors(root)
    _compare_tensors(graph, own)
    _compare_weights(graph, network, root, own, whole=whole)
    for path in own:
        owner, _, name = path.rpartition(".")
        holder = root.get_submodule(owner) if owner else root
        holder.__dict__[name] = store.term("state", path)
    for training, wanted in expected.items():
        _compare_calls(network, store, root, wanted, whole=whole, training=training)


@contextmanager
def told(before: Callable[[], None] = lambda: None) -> Generator[None]:
    """Tell what the text raises as a `ProofError`; `before` may raise one that says more."""
    try:
        yield
    except (Exception, SystemExit) as error:
        at = error.lineno or 0 if isinstance(error, SyntaxError) else 0
        trace = error.__traceback__
        while trace is not None:
            at = trace.tb_lineno if trace.tb_frame.f_code.co_filename == FILE else at
            trace = trace.tb_next
        before()
        raise ProofError(f"{type(error).__name__}: {error}", at) from error


class Run(NamedTuple):
    """What the graph does in one mode: its calls, the nodes that make them, and its results by name."""

    log: list[Entry]
    nodes: dict[Term, Node]
    results: dict[str, Term]


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
        self.modules: dict[str, tuple[str, Key]] = {}
        self.sources: dict[str, Node] = {}
        self.nodes: dict[str, Node] = {}
        self.sizes: dict[int, tuple[bool, tuple[int | None, ...]]] = {}
        self.steps = [(node, node.op, self._feeds(node)) for node in self.wiring.nodes if node.op is not None]
        self.read = {feed for *_, feeds in self.steps for feed in feeds} | {(r.node, r.at) for r in self.wiring.outputs}
        made: dict[int, tuple[str, Key]] = {}
        for op in {id(node.op): node.op for node in self.wiring.nodes if node.op is not None}.values():
            _learn(store, op)
        for node in self.wiring.nodes:
            if node.op is None or not node.op.is_module or node.path in self.nodes:
                continue
            self.nodes[node.path] = node
            if node.op.is_source:
                self.sources[node.path] = node
                continue
            if id(node.op) not in made:
                made[id(node.op)] = self._constructed(node.op)
            self.modules[node.path] = made[id(node.op)]

    def _constructed(self, op: Op) -> tuple[str, Key]:
        """The class of a module and its arguments."""
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
        skipped: set[Node] = set() if training else self._training_alone()
        log = self.store.log
        for node, op, feeds in self.steps:
            if node in skipped:
                continue
            self.op, self.inputs = op, [tensors[feed] for feed in feeds]
            self.ports = dict(zip(node.ports, self.inputs, strict=False)) if node.ports else {}
            mark = len(log)
            for at, made in enumerate(self._results(node)):
                tensors[node, at] = self._typed(made, node, at)
            for entry in log[mark:]:
                nodes[entry.term] = node
        results = {r.name: tensors[r.node, r.at] for r in self.wiring.outputs if training or not r.train_only}
        return Run(self.store.log, nodes, results)

    def _typed(self, term: Term, node: Node, at: int) -> Term:
        """A term that knows its shape."""
        type_ = node.outputs[at]
        if id(type_) not in self.sizes:
            sizes = tuple(int(size) for size in type_.sample)
            self.sizes[id(type_)] = type_.batched, (None, *sizes) if type_.batched else sizes
        term.batched, term.sizes = self.sizes[id(type_)]
        return term

    def _training_alone(self) -> set[Node]:
        """The nodes that only training-mode outputs need."""
        reached: dict[bool, set[Node]] = {False: set(), True: set()}
        for result in self.wiring.outputs:
            waiting = [result.node]
            while waiting:
                node = waiting.pop()
                if node not in reached[result.train_only]:
                    reached[result.train_only].add(node)
                    waiting.extend(self.wiring.before(node))
        return reached[True] - reached[False]

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
        effects = module_effects(*self.modules[node.path])
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
            case low.Field(name):
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


def _strays(graph: Graph, store: Store) -> None:
    """Report a module that was made and is none of the graph's."""
    known = set(graph.modules.values())
    for leaf in store.made:
        if (leaf.target, leaf.given) not in known:
            raise ProofError(f"`{_made(leaf.target, leaf.given)}` is no module of the graph", leaf.line)


def _compare_modules(graph: Graph, store: Store, root: Module) -> None:
    """Hold the modules to the graph's: paths, classes, arguments, and the order in which they are made and named."""
    found = dict(_leaves(root))
    for path, module in found.items():
        module.__dict__["path"] = path
    for path, expected in graph.modules.items():
        leaf, where = found.get(path), _where(graph.nodes[path])
        if leaf is None:
            raise ProofError(f"there is no module `{path}`, which is `{_made(*expected)}`", 0, where)
        if (leaf.target, leaf.given) != expected:
            message = f"`{path}` is `{_made(leaf.target, leaf.given)}`, not `{_made(*expected)}`"
            raise ProofError(message, leaf.line, where)
    for path, leaf in found.items():
        if path not in graph.modules:
            raise ProofError(f"`{path}` is no module of the graph", leaf.line)
    if len(store.made) != len(found):
        leaf = next(leaf for leaf in store.made if found.get(leaf.path) is not leaf)
        raise ProofError("makes a module that is part of nothing", leaf.line)
    for order in (list(found.values()), store.made):
        for path, leaf in zip(graph.modules, order, strict=True):
            if leaf.path != path:
                raise ProofError(
                    f"`{leaf.path}` comes where the graph has `{path}`", leaf.line, _where(graph.nodes[path])
                )


def _leaves(module: Module, prefix: str = "") -> Iterator[tuple[str, Leaf]]:
    for name, child in module.named_children():
        if isinstance(child, Leaf):
            yield prefix + name, child
        else:
            yield from _leaves(child, f"{prefix}{name}.")


def _own_tensors(root: Module) -> dict[str, Tensor]:
    """The tensors that are no torch module's, by path."""
    modules = ((path, module) for path, module in root.named_modules() if not isinstance(module, Leaf))
    return {
        f"{path}.{name}" if path else name: getattr(module, name)
        for path, module in modules
        for name in module.own_names()
    }


def _compare_tensors(graph: Graph, own: Mapping[str, Tensor]) -> None:
    """Hold the tensors that modules own themselves to the graph's, and their order within each module."""
    for path, node in graph.sources.items():
        assert node.op is not None
        weight, tensor = node.op.weights()[0], own.get(path)
        if tensor is None:
            raise ProofError(f"there is no tensor `{path}`", 0, _where(node))
        kind = "buffer" if weight.persistent else "buffer outside the state_dict"
        if not weight.buffer:
            kind = "parameter" if getattr(node.op, "requires_grad", True) else "parameter without gradient"
        wanted = (freeze(weight.shape), Dtype(f"torch.{weight.dtype}"), kind)
        if (freeze(tensor.shape), tensor.dtype, tensor.kind) != wanted:
            shown = f"a {kind} of {weight.shape} {weight.dtype}"
            message = f"`{path}` is a {tensor.kind} of {tuple(tensor.shape)} {tensor.dtype}, not {shown}"
            raise ProofError(message, tensor.line, _where(node))
    for path, tensor in own.items():
        if path not in graph.sources:
            raise ProofError(f"`{path}` is no tensor of the graph", tensor.line)
    if _by_module(own) != _by_module(graph.sources):
        raise ProofError("tensors of a module are in another order than the graph has them")


def _by_module(paths: Mapping[str, object]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition(".")[0], []).append(path)
    return found


def _compare_weights(graph: Graph, network: Network, root: Module, own: Mapping[str, Tensor], *, whole: bool) -> None:
    """Hold what is in weights to the rules: once made, and again after `to_empty` and `init_weights`."""
    rules = network.spec.init if whole else ()
    if not rules and not own:
        return
    leaves = dict(_leaves(root))
    starts = {path: _source_start(node.op) for path, node in graph.sources.items()}
    for rule in rules:
        starts.update(_set_by(rule, root, Env(network.settled.values)))
    _compare_starts(graph, starts, leaves, own, "starts with")
    for leaf in leaves.values():
        leaf.values.update(dict.fromkeys(leaf.values, Garbage))
    for tensor in own.values():
        tensor.home[tensor.name] = Garbage
    with told():
        if whole:
            cast("Any", root).init_weights()
        else:
            _reset(root)
    _compare_starts(graph, starts, leaves, own, "after `to_empty` and `init_weights` has")


def _reset(root: Module) -> None:
    for module in reversed(list(root.modules())):
        reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
        if reset is not None:
            reset()


def _compare_starts(
    graph: Graph, starts: Mapping[str, Key], leaves: Mapping[str, Leaf], own: Mapping[str, Tensor], when: str
) -> None:
    changed: dict[str, dict[str, Key]] = {}
    for path, value in starts.items():
        owner = path.rpartition(".")[0]
        while owner not in leaves and owner:
            owner = owner.rpartition(".")[0]
        changed.setdefault(owner, {})[path[len(owner) + 1 :]] = value
    for path, leaf in leaves.items():
        node = graph.nodes[path]
        if node.op is not None and node.op.family == "loss":
            continue
        wanted = dict.fromkeys(leaf.known, Default) | changed.get(path, {})
        if leaf.values != wanted:
            name = next(name for name, value in wanted.items() if leaf.values[name] != value)
            _compare_start(f"{path}.{name}", leaf.values[name], wanted[name], when, leaf.line, node)
    for path, tensor in own.items():
        _compare_start(path, tensor.value, starts[path], when, tensor.line, graph.nodes[path])


def _compare_start(path: str, value: Key, wanted: Key, when: str, at: int, node: Node) -> None:
    if value is not wanted and value != wanted:
        raise ProofError(f"`{path}` {when} {_shown(value)}, not {_shown(wanted)}", at, _where(node))


def _set_by(rule: Initialiser, root: Module, env: Env) -> Iterator[tuple[str, Key]]:
    """The parameters that a rule sets, with what it leaves in them."""
    made = content(rule.function, (), {name: evaluate_arg(arg, env) for name, arg in rule.args})
    owner, _, name = rule.pattern.rpartition(".")
    op = ops.find(owner) if owner else None
    if op is not None and op.is_module:
        for path, module in root.named_modules():
            if isinstance(module, Leaf) and type(module).__name__ == owner and name in module.own_names():
                yield f"{path}.{name}", made
        return
    yield from ((path, made) for path, _ in root.named_parameters() if fnmatchcase(path, rule.pattern))


def _source_start(op: Any) -> Key:
    """What the tensor of a `Parameter` or `Buffer` starts with."""
    weight = op.weights()[0]
    match op.init:
        case "constant":
            return content("constant", (op.value,))
        case "arange":
            return ("arange", freeze(op.shape))
        case "causal_mask":
            hidden = 1.0 if weight.dtype == "bool" else float("-inf")
            return content("triu", (1,), None, content("fill", (hidden,)))
        case _:
            std = getattr(op, "std", None)
            return content(op.init, (), {} if std is None else {"std": std})


def _compare_calls(network: Network, store: Store, root: Module, wanted: Run, *, whole: bool, training: bool) -> None:
    """Hold what `forward` does in one mode to the graph: its calls, their order where it counts, its results."""
    mode = "in training" if training else "in inference"
    store.start(replaying=True)
    for module in root.modules():
        module.__dict__["training"] = training
    inputs = [store.term("input", at) for at in range(len(network.wiring.inputs))]
    with told(lambda: _compare_logs(wanted, store.log, mode, partial=True)):
        given = root(*inputs)
    _compare_logs(wanted, store.log, mode)
    declared = sorted(network.spec.outputs, key=lambda output: output.train_only) if whole else network.spec.outputs
    names = [output.name for output in declared] or [*wanted.results]
    expected = [wanted.results.get(name) for name in names]
    if sum(not output.train_only for output in declared) <= 1 and all(value is None for value in expected[1:]):
        given, names = (given,), names[:1]
    elif not isinstance(given, tuple) or (whole and getattr(given, "_fields", None) != tuple(names)):
        raise ProofError(f"{mode}, it does not return a {'NamedTuple' if whole else 'tuple'} of {', '.join(names)}")
    for name, mine, value in zip(names, cast("tuple[Any, ...]", given), expected, strict=False):
        if mine is not value:
            raise ProofError(f"{mode}, what it returns as `{name}` is not that output")


def _compare_logs(wanted: Run, log: Sequence[Entry], mode: str, *, partial: bool = False) -> None:
    """Hold calls to the graph's; of a run that broke off, those that it made."""
    here, there = Counter(entry.term for entry in log), Counter(entry.term for entry in wanted.log)
    lost = next((wanted.nodes[entry.term] for entry in wanted.log if here[entry.term] < there[entry.term]), None)
    where = _where(lost)
    for entry in log:
        if here[entry.term] > there[entry.term]:
            wants = f"; it wants `{lost.path}`, {lost.kind}" if lost is not None else ""
            raise ProofError(f"{mode}, `{_call(entry.term)}` is no step of the graph{wants}", entry.line, where)
    if partial:
        return
    if lost is not None:
        raise ProofError(f"{mode}, the step `{lost.path}` ({lost.kind}) is left out", 0, where)
    mine = [entry for entry in log if entry.ordered]
    for entry, other in zip(mine, (entry for entry in wanted.log if entry.ordered), strict=True):
        if entry.term is not other.term:
            message = f"{mode}, draws random numbers or overwrites a tensor in another order than the graph"
            raise ProofError(message, entry.line, _where(wanted.nodes[other.term]))


def _where(node: Node | None) -> Where | None:
    return node.step.where if node is not None and node.step is not None else None


def _made(target: str, given: Key) -> str:
    return f"{target}({', '.join(f'{name}={_shown(value)}' for name, value in given)})"


def _call(term: Term) -> str:
    """A call as text, whose tensors are dots."""
    if term.key[0] != "call":
        return str(term.key[0])
    _, target, *rest = term.key
    if target == "self":
        target, rest = f"self.{rest[0]}", rest[1:]
    named = [f"{name}={_shown(value)}" for name, value in rest[1]]
    return f"{target}({', '.join([*map(_shown, rest[0]), *named])})"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        if len(value) == 2 and isinstance(value[0], type):
            return repr(value[1])
        return f"({', '.join(map(_shown, value))})"
    return "." if isinstance(value, Term) else str(value)
