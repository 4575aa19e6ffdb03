"""Proves that generated source is the checked graph, by replaying it against a stand-in for torch.

Both sides become terms of one store: the source by running it, the graph by evaluating the lowerings of its ops, the
very data that the source is printed from. Equal terms hold equal numbers, so the proof compares objects. It holds for
the parameters that it is run at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, TypeGuard, cast

from archc import ops
from archc.codegen.lowered import Graph, Run
from archc.codegen.naming import field_names
from archc.codegen.order import in_tree
from archc.codegen.standin import Leaf, run_source
from archc.codegen.standin_modules import Module
from archc.codegen.standin_tensors import Default, Garbage, Tensor, content
from archc.codegen.terms import FILE, At, Entry, Key, Store, Term, freeze
from archc.diagnostics import Where
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg
from archc.network import Network
from archc.quiet import quiet
from archc.spec.model import Initialiser, Spec
from archc.wiring import Node


class ProofError(Exception):
    """The text is not the checked graph: a fault of whoever wrote it. `at` is of the text, `where` of the spec."""

    def __init__(self, message: str, at: At | int | None = None, where: Where | None = None) -> None:
        line = at.line if isinstance(at, At) else at or 0
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
        if not isinstance(root, Module) or root.is_part:
            raise TypeError(f"`{root}` is no whole nn.Module")
    leaves, own = dict(_leaves(root)), _own_tensors(root)
    for path, leaf in leaves.items():
        leaf.__dict__["path"] = path
    _compare_state(graph, network.spec, store, leaves, own)
    _compare_weights(graph, network, root, leaves, own, whole=whole)
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


def _strays(graph: Graph, store: Store) -> None:
    """Report a module that was made and is none of the graph's."""
    known = set(graph.state.values())
    for leaf in store.made:
        if (leaf.target, leaf.given) not in known:
            raise ProofError(f"`{_described((leaf.target, leaf.given))}` is no module of the graph", leaf.at)


def _compare_state(
    graph: Graph, spec: Spec, store: Store, leaves: Mapping[str, Leaf], own: Mapping[str, Tensor]
) -> None:
    """Hold modules and own tensors to the graph's: paths, classes, arguments, and the order in which they are made."""
    found = {path: ((leaf.target, leaf.given), leaf.at) for path, leaf in leaves.items()}
    found |= {path: ((t.kind, freeze(t.shape), t.dtype), t.at) for path, t in own.items()}
    for path, wanted in graph.state.items():
        mine, at = found.get(path, (None, None))
        if mine != wanted:
            is_there = f"is `{_described(mine)}`" if mine is not None else "is not there"
            raise ProofError(f"`{path}` {is_there}, not `{_described(wanted)}`", at, _where(graph.nodes[path]))
    for path, (_, at) in found.items():
        if path not in graph.state:
            raise ProofError(f"`{path}` is nothing of the graph", at)
    if len(store.made) != len(leaves):
        raise ProofError("makes a module that is part of nothing", next(m.at for m in store.made if not m.path))
    wanted = [path for path in graph.state if path in leaves]
    for paths, order in ((in_tree(wanted, graph, spec, list(leaves)), list(leaves.values())), (wanted, store.made)):
        for path, leaf in zip(paths, order, strict=True):
            if leaf.path != path:
                message = f"`{leaf.path}` comes where the graph has `{path}`"
                raise ProofError(message, leaf.at, _where(graph.nodes[path]))
    if _by_module(own) != _by_module(path for path in graph.state if path in own):
        raise ProofError("the tensors of a module are in another order than the graph has them")


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


def _by_module(paths: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition(".")[0], []).append(path)
    return found


def _compare_weights(
    graph: Graph,
    network: Network,
    root: Module,
    leaves: Mapping[str, Leaf],
    own: Mapping[str, Tensor],
    *,
    whole: bool,
) -> None:
    """Hold what is in weights to the rules: once made, and again after `to_empty` and `init_weights`."""
    starts = {path: _source_start(graph.nodes[path].op) for path in own}
    for rule in network.spec.init if whole else ():
        starts.update(_set_by(rule, root, Env(network.settled.values)))
    if not starts and not hasattr(root, "init_weights"):
        return
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
            _compare_start(f"{path}.{name}", leaf.values[name], wanted[name], when, leaf.at, node)
    for path, tensor in own.items():
        _compare_start(path, tensor.value, starts[path], when, tensor.at, graph.nodes[path])


def _compare_start(path: str, value: Key, wanted: Key, when: str, at: At | None, node: Node) -> None:
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
        given: object = root(*inputs)
    _compare_logs(wanted, store.log, mode)
    declared = sorted(network.spec.outputs, key=lambda output: output.train_only) if whole else network.spec.outputs
    names = [output.name for output in declared] or [*wanted.results]
    expected = [wanted.results.get(name) for name in names]
    results = given if _is_tuple(given) else ()
    if sum(not output.train_only for output in declared) <= 1 and all(value is None for value in expected[1:]):
        results, names = (given,), names[:1]
    elif len(results) != len(names) or (whole and getattr(given, "_fields", None) != field_names(names)):
        raise ProofError(f"{mode}, it does not return a {'NamedTuple' if whole else 'tuple'} of {', '.join(names)}")
    for name, mine, value in zip(names, results, expected, strict=False):
        if mine is not value:
            raise ProofError(f"{mode}, what it returns as `{name}` is not that output")


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)


def _compare_logs(wanted: Run, log: Sequence[Entry], mode: str, *, partial: bool = False) -> None:
    """Hold calls to the graph's; of a run that broke off, those that it made."""
    here = Counter(entry.term for entry in log)
    all_of = [entry for entry in wanted.log if here[entry.term] or wanted.nodes[entry.term] not in wanted.needless]
    there = Counter(entry.term for entry in all_of)
    lost = next((wanted.nodes[entry.term] for entry in all_of if here[entry.term] < there[entry.term]), None)
    where = _where(lost)
    for entry in log:
        if here[entry.term] > there[entry.term]:
            wants = f"; it wants `{lost.path}`, {lost.kind}" if lost is not None else ""
            raise ProofError(f"{mode}, `{_call(entry.term)}` is no step of the graph{wants}", entry.at, where)
    if partial:
        return
    if lost is not None:
        raise ProofError(f"{mode}, the step `{lost.path}` ({lost.kind}) is left out", where=where)
    for mine, other in zip(_ordered(log), _ordered(all_of), strict=True):
        if mine[1:] != other[1:]:
            message = f"{mode}, draws random numbers or overwrites a tensor in another order than the graph"
            raise ProofError(message, mine[0].at, _where(wanted.nodes[other[0].term]))


def _ordered(log: Sequence[Entry]) -> Iterator[tuple[Entry, Term, int]]:
    """The calls whose place counts, in their order; for one that overwrites, with a sum over all calls before it."""
    before = 0
    for entry in log:
        if entry.draws or entry.overwrites:
            yield entry, entry.term, before if entry.overwrites else 0
        before += hash(entry.term)


def _where(node: Node | None) -> Where | None:
    return node.step.where if node is not None and node.step is not None else None


def _described(state: Key) -> str:
    """A module as its constructor's call, a tensor as its kind with shape and dtype."""
    head, *rest = state
    if len(rest) == 2:
        return f"{head} of {_shown(rest[0])} {rest[1].removeprefix('torch.')}"
    return f"{head}({', '.join(f'{name}={_shown(value)}' for name, value in rest[0])})"


def _call(term: Term) -> str:
    """A call as text, whose tensors are dots."""
    if term.key[0] != "call":
        return str(term.key[0])
    _, target, *rest = term.key
    if target == "self":
        target, rest = f"self.{rest[0]}", rest[1:]
    named = [f"{name}={_shown(value)}" for name, value in rest[1]]
    return f"{target}({', '.join([*map(_shown, rest[0]), *named])})"


def _shown(value: object) -> str:
    if _is_tuple(value):
        is_plain = len(value) == 2 and isinstance(value[0], type)
        return repr(value[1]) if is_plain else f"({', '.join(map(_shown, value))})"
    return "." if isinstance(value, Term) else str(value)
