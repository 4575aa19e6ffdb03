"""The contract between a network and its training: do the declared targets and losses fit the outputs?

Each target gets its type, each loss its inputs among outputs, targets and inputs, and then the loss op's own rule
judges them. A finding stands at the loss, with the op that gave the output its shape, and the target, beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archc import codes, dims, expr
from archc.diagnostics import Diagnostic, Note
from archc.expand.leaf import make_leaf
from archc.expand.ports import bind_ports
from archc.expand.scope import Env, input_record
from archc.expand.values import evaluate_arg, expr_finding
from archc.expr import ExprError
from archc.graph import Node, Result
from archc.ops.base import Inputs
from archc.record import record
from archc.spec.model import Arg, Formula, OpCall, Source, Step, TargetDecl
from archc.suggest import hint
from archc.tensor import TensorType

if TYPE_CHECKING:
    import networkx as nx

    from archc.network import Network

EXAMPLE = "for example `{CrossEntropyLoss: {}, from: [logits, label]}`"


@record
class Target:
    """A declared target with its type; `classes` where it holds indices of so many."""

    declared: TargetDecl
    type: TensorType
    classes: int | None


Operand = Result | Target | Node
"""What a loss can take: an output, a target, or an input of the network."""


def check_contract(network: Network) -> tuple[Diagnostic, ...]:
    """Everything wrong between the outputs, targets and losses of a network."""
    return tuple(_check(network))


def _check(network: Network) -> Iterator[Diagnostic]:
    spec, graph = network.spec, network.graph
    env = _env(network)
    sizes = {name: size for name, size in network.settled.sizes.items() if name not in env.values}
    targets: dict[str, Target] = {}
    for declared in spec.targets:
        target = _target(declared, env, sizes)
        if isinstance(target, Diagnostic):
            yield target
        else:
            targets[declared.name] = target
    if len(targets) < len(spec.targets):
        return
    operands, clashes = _operands(graph, targets)
    if clashes:
        yield from clashes
        return
    wrong = [finding for step in spec.losses for finding in _check_loss(step, operands, env, graph)]
    yield from wrong
    if spec.losses and not wrong:
        used = {source.name for step in spec.losses for source in step.sources or ()}
        yield from (_unused(target) for name, target in targets.items() if name not in used)


def _env(network: Network) -> Env:
    body = network.body
    record = {"input": input_record(body.inputs)} if len(body.inputs) == 1 else {}
    return Env({**network.settled.values, **record})


def _target(declared: TargetDecl, env: Env, sizes: Mapping[str, int]) -> Target | Diagnostic:
    """A target's type, or why it has none. Its shape may name the free dimensions of the inputs."""
    shape: list[dims.Dim] = [dims.BATCH]
    for arg in declared.shape:
        if isinstance(arg, Formula) and isinstance(arg.expr, expr.Name) and arg.expr.id in sizes:
            shape.append(dims.symbol(arg.expr.id, sizes[arg.expr.id]))
            continue
        size = _size(arg, Env({**sizes, **env.values}))
        if isinstance(size, Diagnostic):
            return size
        shape.append(size)
    classes = None if declared.classes is None else _size(declared.classes, env)
    if isinstance(classes, Diagnostic):
        return classes
    return Target(declared, TensorType(tuple(shape), declared.dtype), classes)


def _size(arg: Arg, env: Env) -> int | Diagnostic:
    try:
        size = evaluate_arg(arg, env)
    except ExprError as error:
        return expr_finding(error, arg.where)
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        return Diagnostic(codes.OUT_OF_RANGE, f"a size is a whole number of at least 1, not {size}", arg.where)
    return size


def _operands(
    graph: nx.DiGraph[Node], targets: Mapping[str, Target]
) -> tuple[Mapping[str, Operand], tuple[Diagnostic, ...]]:
    """What losses can name. Outputs come before inputs of the same name; a target's name must be its own."""
    found: dict[str, Operand] = {node.path: node for node in graph.graph["inputs"]}
    found |= {result.name: result for result in graph.graph["outputs"]}
    clashes = tuple(
        Diagnostic(
            codes.DUPLICATE_NAME,
            f"`{name}` is already the name of an {'output' if isinstance(found[name], Result) else 'input'}",
            target.declared.where,
            help="rename one of them: a loss tells them apart by name",
        )
        for name, target in targets.items()
        if name in found
    )
    return {**found, **targets}, clashes


def _check_loss(step: Step, operands: Mapping[str, Operand], env: Env, graph: nx.DiGraph[Node]) -> Iterator[Diagnostic]:
    call = step.action
    if not isinstance(call, OpCall):
        return
    if step.repeat is not None or step.results or step.expect is not None:
        yield Diagnostic(codes.STEP_FORM, "a loss is computed once and handed to nothing", step.where, help=EXAMPLE)
        return
    if step.when is not None:
        try:
            holds = evaluate_arg(step.when, env)
        except ExprError as error:
            yield expr_finding(error, step.when.where)
            return
        if not holds:
            return
    if not step.sources:
        yield Diagnostic(codes.ARITY, f"`{step.key}` does not say what it compares", step.where, help=EXAMPLE)
        return
    unknown = [_unknown(source, operands, graph) for source in step.sources if source.name not in operands]
    if unknown:
        yield from unknown
        return
    given = [operands[source.name] for source in step.sources]
    ports, problem, help = bind_ports(call.op, tuple(source.port for source in step.sources), len(given))
    if problem:
        yield Diagnostic(codes.ARITY, f"`{call.op.name}` {problem}", step.where, help=help)
        return
    yield from _judge(step, call, [given[ports.index(port)] for port in call.op.ports if port in ports], env, graph)


def _judge(
    step: Step, call: OpCall, given: Sequence[Operand], env: Env, graph: nx.DiGraph[Node]
) -> Iterator[Diagnostic]:
    """The findings about a loss whose inputs are known, in the order of its ports."""
    if not any(isinstance(operand, Result) for operand in given):
        message = f"`{step.key}` compares no output of the network: there is nothing to train"
        yield Diagnostic(codes.ARITY, message, step.where, help=EXAMPLE)
        return
    notes = tuple(note for operand in given for note in _notes(operand, graph))
    types = tuple(_type(operand) for operand in given)
    ports = call.op.ports[: len(types)]
    made = make_leaf(step, call, types, ports, env, traced=False)
    swapped = len(given) > 1 and not isinstance(given[0], Result) and isinstance(given[1], Result)
    for finding in made.findings:
        help = "the output comes first, then what it is compared with" if swapped else finding.help
        yield Diagnostic(finding.code, finding.message, finding.where, notes=notes, help=help)
    if made.leaf is None:
        return
    scored = made.leaf.op.class_count(Inputs(types, ports))
    for target in given:
        if isinstance(target, Target) and target.classes is not None and scored not in (None, target.classes):
            message = (
                f"`{step.key}` gets scores for {scored} classes, but `{target.declared.name}` has {target.classes}"
            )
            help = "the last layer's size and the target's `classes` are best one parameter"
            yield Diagnostic(codes.CHANNELS, message, step.where, notes=notes, help=help)


def _type(operand: Operand) -> TensorType:
    return operand.outputs[0] if isinstance(operand, Node) else operand.type


def _notes(operand: Operand, graph: nx.DiGraph[Node]) -> Iterator[Note]:
    if isinstance(operand, Node):
        yield Note(f"input `{operand.path}` is {operand.outputs[0]}")
        return
    if isinstance(operand, Target):
        yield Note(f"target `{operand.declared.name}` is {operand.type}", operand.declared.where)
        return
    maker = _shaper(operand.node, graph) if operand.at == 0 else operand.node
    place = maker.step.where if maker.step is not None else None
    yield Note(f"output `{operand.name}` is {operand.type}, shaped by the `{maker.kind}` `{maker.path}`", place)


def _shaper(node: Node, graph: nx.DiGraph[Node]) -> Node:
    """The op that gave a result its shape: what passed its only input's shape on had no part in it."""
    while node.step is not None and len(node.inputs) == 1 and node.inputs[0].shape == node.outputs[0].shape:
        node = next(iter(graph.predecessors(node)))
    return node


def _unknown(source: Source, operands: Mapping[str, Operand], graph: nx.DiGraph[Node]) -> Diagnostic:
    name = source.name
    step = any(node.path == name or node.path.startswith(f"{name}.") for node in graph)
    help = f"`{name}` is a step: hand it out, as in `outputs: {{{name}: {name}}}`" if step else ""
    message = f"no output, target or input is called `{name}`"
    return Diagnostic(codes.UNKNOWN_REFERENCE, message, source.where, help=help or hint(name, "names", operands))


def _unused(target: Target) -> Diagnostic:
    message = f"no loss uses the target `{target.declared.name}`"
    return Diagnostic(codes.UNUSED_RESULT, message, target.declared.where, help="use it under `loss`, or take it out")
