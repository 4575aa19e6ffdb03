"""Making one op: its arguments evaluated and validated, what the graph tells filled in, its shape rule run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from archc import codes
from archc.diagnostics import Diagnostic, Note, Where
from archc.expand.formulas import label_of_arg, label_of_value, labelled
from archc.expand.refused import argument_findings
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg, expr_finding
from archc.expr import UNKNOWN, ExprError
from archc.ops.base import Inputs, Op, ShapeError
from archc.spec.arguments import Args
from archc.spec.data import is_sequence
from archc.spec.model import OpCall, Step
from archc.spec.values import frozen
from archc.tensor import TensorType
from archc.tree import Label, Leaf

Types = tuple[TensorType | None, ...]


class Made(NamedTuple):
    """An op, or what was wrong with it; `types` are None where unknown, in the number that can be told."""

    leaf: Leaf | None
    types: Types
    findings: tuple[Diagnostic, ...] = ()


def make_leaf(step: Step, call: OpCall, types: Types, ports: tuple[str, ...], env: Env, *, traced: bool) -> Made:
    """The op of `call` on inputs of these types."""
    unknown: Types = (None,) * max(len(step.results), len(call.op.results), 1)
    values, findings = _evaluate(call.args, env)
    if findings or UNKNOWN in values.values():
        return Made(None, unknown, findings)
    try:
        op = call.op.model_validate(values, strict=True)
    except ValidationError as error:
        return Made(None, unknown, argument_findings(step, call, error))
    known = tuple(type_ for type_ in types if type_ is not None)
    if len(known) < len(types):
        return Made(None, _as_one_of(call.op, known, unknown))
    inputs = Inputs(known, ports)
    try:
        return _complete(step, op, inputs, _labels(call.args, env) if traced else {})
    except ShapeError as error:
        finding = Diagnostic(error.code, f"`{op.name}` {error.message}", step.where, help=error.help)
        return Made(None, _as_one_of(call.op, known, unknown), (finding,))


def _as_one_of(op: type[Op], known: tuple[TensorType, ...], unknown: Types) -> Types:
    """What to go on with where an op's result is unknown: a merge gives mostly what it is given."""
    return known[:1] if op.merges and known else unknown


def _evaluate(args: Args, env: Env) -> tuple[dict[str, object], tuple[Diagnostic, ...]]:
    values: dict[str, object] = {}
    findings: list[Diagnostic] = []
    for name, arg in args:
        try:
            values[name] = frozen(evaluate_arg(arg, env))
        except ExprError as error:
            findings.append(expr_finding(error, arg.where))
    return values, tuple(findings)


def _labels(args: Args, env: Env) -> dict[str, Label]:
    labels = {name: label_of_arg(arg, env) for name, arg in args}
    return {name: label for name, label in labels.items() if label is not None}


def _complete(step: Step, op: Op, inputs: Inputs, labels: Mapping[str, Label]) -> Made:
    """An op with what the graph tells; raises `ShapeError`."""
    if labels:
        op = op.model_copy(update={name: labelled(getattr(op, name), label) for name, label in labels.items()})
    told = op.inferred(inputs)
    given = {name: value for name in told if (value := getattr(op, name)) is not None}
    wrong = [name for name, value in given.items() if _plain(value) != _plain(told[name])]
    if wrong:
        # go on as if the argument had been left out: what follows is judged by what really arrives
        after = op.model_copy(update=dict(told)).infer(inputs)
        return Made(None, after, tuple(_assertion(step, op, name, told[name], inputs) for name in wrong))
    if told:
        op = op.model_copy(update={name: value for name, value in told.items() if name not in given})
        found = {name: label_of_value(value) for name, value in told.items() if name not in labels}
        labels = {**labels, **{name: label for name, label in found.items() if label is not None}}
    return Made(Leaf(op, labels), op.infer(inputs))


def _plain(value: object) -> object:
    return tuple(value) if is_sequence(value) else value


def _assertion(step: Step, op: Op, name: str, actual: object, inputs: Inputs) -> Diagnostic:
    return Diagnostic(
        codes.ASSERTION,
        f"`{op.name}` says `{name}` is {_show(getattr(op, name))}, but here it is {_show(actual)}",
        Where(step.where.file, (*step.where.route, name)),
        notes=(Note(f"its input is {inputs.first}"),),
        help=f"write `{name}: {_show(actual)}`, or leave it out",
    )


def _show(value: object) -> str:
    return str(list(value)) if is_sequence(value) else str(value)
