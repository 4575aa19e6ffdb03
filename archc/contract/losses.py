"""One loss: what it compares, whether that fits, and the findings where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc import codes
from archc.contract.cures import cure, unit_cure
from archc.contract.numbers import feeder, wrong_numbers
from archc.contract.operands import Operand, Target, env_of, notes_on, shaper, type_of
from archc.diagnostics import Diagnostic, Edit, Fix, Note
from archc.dims import same_sizes
from archc.expand.leaf import evaluated, make_leaf
from archc.expand.ports import bind_ports
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg, expr_finding
from archc.expr import ExprError
from archc.graph import Node, Result
from archc.ops.base import FLOATING, INTEGERS, Inputs, Op
from archc.spec.model import OpCall, Source, Step
from archc.suggest import hint, renaming
from archc.tensor import TensorType

if TYPE_CHECKING:
    import networkx as nx

    from archc.network import Network

EXAMPLE = "for example `{CrossEntropyLoss: {}, from: [logits, label]}`"


def check_loss(step: Step, named: Mapping[str, Operand], network: Network) -> Iterator[Diagnostic]:
    """What is wrong with a step under `loss`, whose inputs are among `named`."""
    call = step.action
    if not isinstance(call, OpCall):
        return
    if step.repeat is not None or step.results or step.expect is not None:
        yield Diagnostic(codes.STEP_FORM, "a loss is computed once and handed to nothing", step.where, help=EXAMPLE)
        return
    env = env_of(network)
    if step.when is not None:
        try:
            holds = evaluate_arg(step.when, env)
        except ExprError as error:
            yield expr_finding(error, step.when.where)
            return
        if holds is not True:
            return
    if not step.sources:
        yield Diagnostic(codes.ARITY, f"`{step.key}` does not say what it compares", step.where, help=EXAMPLE)
        return
    unknown = [_unknown(source, named, network.graph) for source in step.sources if source.name not in named]
    if unknown:
        yield from unknown
        return
    given = [named[source.name] for source in step.sources]
    ports, problem, help = bind_ports(call.op, tuple(source.port for source in step.sources), len(given))
    if problem:
        yield Diagnostic(codes.ARITY, f"`{call.op.name}` {problem}", step.where, help=help)
        return
    by_port = [given[ports.index(port)] for port in call.op.ports if port in ports]
    yield from _judge(step, call, by_port, env, network.graph)


def _judge(
    step: Step, call: OpCall, given: Sequence[Operand], env: Env, graph: nx.DiGraph[Node]
) -> Iterator[Diagnostic]:
    """The findings about a loss whose inputs are known, in the order of its ports."""
    if not any(isinstance(operand, Result) for operand in given):
        message = f"`{step.key}` compares no output of the network: there is nothing to train"
        yield Diagnostic(codes.ARITY, message, step.where, help=EXAMPLE)
        return
    notes = tuple(note for operand in given for note in notes_on(operand, graph))
    types = tuple(type_of(operand) for operand in given)
    ports = call.op.ports[: len(types)]
    made = make_leaf(step, call, types, ports, evaluated(call.args, env))
    retyped = _as_indices(call.op, given)
    for finding in made.findings:
        if finding.code == codes.MERGE and retyped is not None:
            yield replace(finding, notes=notes, help=retyped.title, fixes=(retyped,) if retyped.edits else ())
            continue
        yield replace(finding, notes=notes, help=_help(finding, call.op, given, graph))
    if made.leaf is None:
        if not any(finding.code in {codes.DTYPE, codes.BAD_ARGUMENT} for finding in made.findings):
            yield from _numbers(step, call.op, given, graph)
        return
    miscounted = _classes(step, made.leaf.op, given, Inputs(types, ports), notes, graph)
    if miscounted is not None:
        yield miscounted
    yield from _numbers(step, made.leaf.op, given, graph)


def _as_indices(op: type[Op], given: Sequence[Operand]) -> Fix | None:
    """The cure for a target of `classes` that has the shape of class indices, but another dtype."""
    output, target = given[0], given[-1]
    if op.class_axis != 1 or not isinstance(output, Result) or not isinstance(target, Target):
        return None
    scores = output.type.sample
    if target.classes is None or target.type.dtype in INTEGERS or not same_sizes(target.type.sample, scores[1:]):
        return None
    title = f"class indices are whole numbers: declare `{target.declared.name}` with `dtype: int64`"
    place = target.declared.dtype_where
    return Fix(title, (Edit(place, "replace", "int64"),) if place is not None else ())


def _help(finding: Diagnostic, op: type[Op], given: Sequence[Operand], graph: nx.DiGraph[Node]) -> str:
    """What to do about operands that do not fit."""
    if len(given) > 1 and not isinstance(given[0], Result) and isinstance(given[1], Result):
        return "the output comes first, then what it is compared with"
    output, target = given[0], given[-1]
    if finding.code == codes.MERGE and isinstance(output, Result) and len(given) == 2:
        classes = target.classes if isinstance(target, Target) else None
        told = cure(op, output.type, type_of(target), classes, shaper(output, graph))
        return told or finding.help
    return finding.help


def _classes(
    step: Step, op: Op, given: Sequence[Operand], inputs: Inputs, notes: tuple[Note, ...], graph: nx.DiGraph[Node]
) -> Diagnostic | None:
    """The finding where scores and target count their classes differently."""
    scored = op.class_count(inputs)
    target, output = given[-1], given[0]
    if scored is None or not isinstance(target, Target):
        return None
    if scored == 1 and target.classes in {None, 1}:
        message = f"`{step.key}` gets a score for one class alone: its loss is 0, whatever the network computes"
        help = "one unit for two classes takes `BCEWithLogitsLoss` and a float target; or give the layer a unit a class"
        return Diagnostic(codes.CONSTANT, message, step.where, notes=notes, help=help)
    if target.classes in {None, scored} or _one_hot(target.type, target.classes):
        return None
    message = f"`{step.key}` gets scores for {scored} classes, but `{target.declared.name}` has {target.classes}"
    layer = _scorer(output, graph) if isinstance(output, Result) else None
    help = unit_cure(layer, scored, target.classes or 0)
    return Diagnostic(codes.CHANNELS, message, step.where, notes=notes, help=help)


def _scorer(output: Result, graph: nx.DiGraph[Node]) -> Node:
    """The layer that gave the scores, behind ops that only moved them."""
    node = shaper(output, graph)
    while node.op is not None and node.op.is_view:
        before = feeder(node, graph)
        if before is None:
            return node
        node = before
    return node


def _one_hot(target: TensorType, classes: int | None) -> bool:
    """Whether a target has a number for each class."""
    return target.dtype in FLOATING and any(int(size) == classes for size in target.sample)


def _numbers(step: Step, op: Op | type[Op], given: Sequence[Operand], graph: nx.DiGraph[Node]) -> Iterator[Diagnostic]:
    output = given[0]
    if isinstance(output, Result) and output.at == 0:
        found = wrong_numbers(op, output.node, graph)
        if found is not None:
            yield found.diagnostic(step, f"output `{output.name}`")


def _unknown(source: Source, named: Mapping[str, Operand], graph: nx.DiGraph[Node]) -> Diagnostic:
    name = source.name
    step = any(node.path == name or node.path.startswith(f"{name}.") for node in graph)
    help = f"`{name}` is a step: hand it out, as in `outputs: {{{name}: {name}}}`" if step else ""
    message = f"no output, target or input is called `{name}`"
    fixes = () if step else renaming(name, named, source.where)
    help = help or hint(name, "names", named)
    return Diagnostic(codes.UNKNOWN_REFERENCE, message, source.where, help=help, fixes=fixes)
