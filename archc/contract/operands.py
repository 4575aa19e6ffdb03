"""What a loss can compare: the outputs of a network, its inputs, and its targets with their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from archc import codes, dims, expr
from archc.diagnostics import Diagnostic, Note
from archc.expand.scope import Env, input_record
from archc.expand.values import evaluate_arg, expr_finding
from archc.expr import UNKNOWN, ExprError
from archc.graph import Node, Result
from archc.record import record
from archc.spec.model import Arg, Formula, TargetDecl
from archc.tensor import TensorType

if TYPE_CHECKING:
    import networkx as nx

    from archc.network import Network


@record
class Target:
    """A declared target with its type; `classes` where it holds indices of so many."""

    declared: TargetDecl
    type: TensorType
    classes: int | None


Operand = Result | Target | Node
"""What a loss can take: an output, a target, or an input of the network."""


def targets_of(network: Network) -> tuple[Mapping[str, Target], tuple[Diagnostic, ...]]:
    """The targets of a network by name, and what is wrong with those that have no type."""
    env = env_of(network)
    sizes = {name: size for name, size in network.settled.sizes.items() if name not in env.values}
    made = [_target(declared, env, sizes) for declared in network.spec.targets if not declared.is_faulty]
    found = {target.declared.name: target for target in made if isinstance(target, Target)}
    return found, tuple(target for target in made if isinstance(target, Diagnostic))


def env_of(network: Network) -> Env:
    """What the expressions of `targets` and `loss` see: parameters, lets, and the input where there is one."""
    body = network.body
    record = {"input": input_record(body.inputs)} if len(network.spec.inputs) == 1 else {}
    return Env({**network.settled.values, **record})


def _target(declared: TargetDecl, env: Env, sizes: Mapping[str, int]) -> Target | Diagnostic | None:
    """A target's type, or why it has none; None where that is said already.

    Its shape may name the free dimensions of the inputs.
    """
    shape: list[dims.Dim] = [dims.BATCH]
    for arg in declared.shape:
        if isinstance(arg, Formula) and isinstance(arg.expr, expr.Name) and arg.expr.id in sizes:
            shape.append(dims.symbol(arg.expr.id, sizes[arg.expr.id]))
            continue
        size = _size(arg, Env({**sizes, **env.values}))
        if not isinstance(size, int):
            return size
        shape.append(size)
    classes = None if declared.classes is None else _size(declared.classes, env)
    if isinstance(classes, Diagnostic) or (declared.classes is not None and classes is None):
        return classes
    return Target(declared, TensorType(tuple(shape), declared.dtype), classes)


def _size(arg: Arg, env: Env) -> int | Diagnostic | None:
    try:
        size = evaluate_arg(arg, env)
    except ExprError as error:
        return expr_finding(error, arg.where)
    if size is UNKNOWN:
        return None
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        return Diagnostic(codes.OUT_OF_RANGE, f"a size is a whole number of at least 1, not {size}", arg.where)
    return size


def operands(
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


def type_of(operand: Operand) -> TensorType:
    """The type of what a loss compares."""
    return operand.outputs[0] if isinstance(operand, Node) else operand.type


def notes_on(operand: Operand, graph: nx.DiGraph[Node]) -> Iterator[Note]:
    """What a finding says of an operand: its type, and where that comes from."""
    if isinstance(operand, Node):
        yield Note(f"input `{operand.path}` is {operand.outputs[0]}")
        return
    if isinstance(operand, Target):
        yield Note(f"target `{operand.declared.name}` is {operand.type}", operand.declared.where)
        return
    maker = shaper(operand, graph)
    if maker.op is None and maker.path == operand.name:
        yield Note(f"output `{operand.name}` is {operand.type}")
        return
    place = maker.step.where if maker.step is not None else None
    yield Note(f"output `{operand.name}` is {operand.type}, shaped by the `{maker.kind}` `{maker.path}`", place)


def shaper(result: Result, graph: nx.DiGraph[Node]) -> Node:
    """The op that gave an output its shape: what passed its only input's shape on had no part in it."""
    node = result.node
    if result.at:
        return node
    while node.step is not None and len(node.inputs) == 1 and node.inputs[0].shape == node.outputs[0].shape:
        node = next(iter(graph.predecessors(node)))
    return node
