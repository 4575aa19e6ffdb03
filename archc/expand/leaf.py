"""Making one op: its arguments evaluated and validated, what the graph tells filled in, its shape rule run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from pydantic import ValidationError

from archc import codes
from archc.diagnostics import Diagnostic, Note, Where, suggest
from archc.expand.refused import argument_findings
from archc.expand.scope import Env, Value, label_of_arg, value_of
from archc.expr import UNKNOWN, Expr, ExprError
from archc.labels import Labelled
from archc.ops.base import Inputs, Op, ShapeError
from archc.spec.arguments import Arg, Const, Formula, Seq, Template
from archc.spec.model import OpCall, Step
from archc.spec.values import frozen
from archc.suggest import known
from archc.tensor import TensorType
from archc.tree import Label, Leaf


@dataclass(frozen=True, slots=True)
class Made:
    """An op, or what was wrong with it; `types` are None where unknown, in the number that can be told."""

    leaf: Leaf | None
    types: tuple[TensorType | None, ...]
    findings: tuple[Diagnostic, ...] = ()


def evaluate_arg(arg: Arg, env: Env) -> object:
    """The value of an argument; raises `ExprError`, the place being the argument's."""
    if isinstance(arg, Const):
        return arg.value
    if isinstance(arg, Formula):
        return value_of(arg.expr, env.values)
    if isinstance(arg, Seq):
        values = tuple(evaluate_arg(item, env) for item in arg.items)
        return UNKNOWN if UNKNOWN in values else values
    return evaluate_template(arg, env)


def evaluate_template(template: Template, env: Env) -> object:
    """The text of a template."""
    parts = [part if isinstance(part, str) else value_of(part, env.values) for part in template.parts]
    return UNKNOWN if UNKNOWN in parts else "".join(str(part) for part in parts)


def expr_finding(error: ExprError, where: Where) -> Diagnostic:
    """An expression's fault at its place."""
    return Diagnostic(error.code, error.message, replace(where, at=error.at, length=error.length), help=error.help)


def make_leaf(step: Step, call: OpCall, inputs: Sequence[Value], ports: tuple[str, ...], env: Env, *, traced: bool) -> Made:
    """The op of `call` on `inputs`."""
    values, findings = _evaluate(call.args, env)
    types = [value.type for value in inputs]
    unknown: tuple[TensorType | None, ...] = (None,) * max(len(step.results), len(call.op.results), 1)
    if findings:
        return Made(None, unknown, findings)
    if any(value is UNKNOWN for value in values.values()):
        return Made(None, unknown)
    try:
        op = call.op.model_validate({name: frozen(value) for name, value in values.items()}, strict=True)
    except ValidationError as error:
        return Made(None, unknown, argument_findings(step, call, error))
    known_types = [t for t in types if t is not None]
    if len(known_types) < len(types):
        return Made(None, (known_types[0],) if call.op.merges and known_types else unknown)
    labels = _labels(call.args, env) if traced else {}
    return _complete(step, op, Inputs(tuple(known_types), ports), labels, unknown)


def _evaluate(args: Sequence[tuple[str, Arg]], env: Env) -> tuple[dict[str, object], tuple[Diagnostic, ...]]:
    values: dict[str, object] = {}
    findings: list[Diagnostic] = []
    for name, arg in args:
        try:
            values[name] = evaluate_arg(arg, env)
        except ExprError as error:
            findings.append(expr_finding(error, arg.where))
    return values, tuple(findings)


def _labels(args: Sequence[tuple[str, Arg]], env: Env) -> dict[str, Label]:
    labels = {name: label_of_arg(arg, env) for name, arg in args}
    return {name: label for name, label in labels.items() if label is not None}


def _complete(
    step: Step, op: Op, inputs: Inputs, labels: Mapping[str, Label], unknown: tuple[TensorType | None, ...]
) -> Made:
    if labels:
        op = op.model_copy(update={name: _labelled(getattr(op, name), label) for name, label in labels.items()})
    try:
        told = op.inferred(inputs)
        wrong = [name for name, value in told.items() if _given(op, name) is not None and _plain(getattr(op, name)) != _plain(value)]
        if wrong:
            # go on as if the argument had been left out: what follows is judged by what really arrives
            after = op.model_copy(update=dict(told)).infer(inputs)
            return Made(None, after, tuple(_assertion(step, op, name, told[name], inputs) for name in wrong))
        if told:
            op = op.model_copy(update={name: value for name, value in told.items() if _given(op, name) is None})
            found = {name: _formula(value) for name, value in told.items() if name not in labels}
            labels = {**labels, **{name: label for name, label in found.items() if label is not None}}
        types = op.infer(inputs)
    except ShapeError as error:
        after = (inputs.types[0],) if op.merges and inputs.types else unknown
        return Made(None, after, (_shape_finding(step, op, error),))
    return Made(Leaf(op, labels), types)


def _formula(value: object) -> Label | None:
    """The formula that a value carries; of a sequence, item by item."""
    if isinstance(value, tuple):
        items = tuple(_formula(item) for item in cast("tuple[object, ...]", value))
        return items if any(item is not None for item in items) else None
    return value.label if isinstance(value, Labelled) else None


def _given(op: Op, name: str) -> object:
    return getattr(op, name)


def _plain(value: object) -> object:
    return tuple(int(v) for v in cast("tuple[int, ...]", value)) if isinstance(value, (tuple, list)) else value


def _labelled(value: object, label: Label) -> object:
    if isinstance(label, tuple):
        items = cast("tuple[object, ...]", value)
        return tuple(item if part is None else _labelled(item, part) for item, part in zip(items, label, strict=True))
    whole = isinstance(value, int) and not isinstance(value, bool)
    return Labelled(cast("int", value), cast("Expr", label)) if whole else value


def _assertion(step: Step, op: Op, name: str, actual: object, inputs: Inputs) -> Diagnostic:
    given = getattr(op, name)
    where = Where(step.where.file, (*step.where.route, name))
    return Diagnostic(
        codes.ASSERTION, f"`{op.name}` says `{name}` is {_show(given)}, but here it is {_show(actual)}", where,
        notes=(Note(f"its input is {inputs.first}"),), help=f"write `{name}: {_show(actual)}`, or leave it out",
    )  # fmt: skip


def _show(value: object) -> str:
    return str(list(cast("tuple[object, ...]", value))) if isinstance(value, tuple) else str(value)


def _shape_finding(step: Step, op: Op, error: ShapeError) -> Diagnostic:
    return Diagnostic(error.code, f"`{op.name}` {error.message}", step.where, help=error.help)


@cache
def bind_ports(op: type[Op], given: tuple[str, ...], count: int) -> tuple[tuple[str, ...], str, str]:
    """The port of each input, and (message, help) where they do not fit the op."""
    if op.merges:
        problem = f"joins at least {op.min_inputs} tensors, not {count}" if count < op.min_inputs else ""
        return ("",) * count, problem, "give it a fork, or a list of names under `from`"
    if op.is_source:
        return (), "takes no input" if count else "", "leave `from` out"
    for port in given:
        if port and port not in op.ports:
            return (), f"has no port `{port}`", suggest(port, op.ports) or known("ports", op.ports)
    ports = tuple(port or op.ports[at] if at < len(op.ports) else "" for at, port in enumerate(given))
    if count > len(op.ports):
        return (), f"takes {len(op.ports)} input{'s' * (len(op.ports) != 1)}, not {count}", known("ports", op.ports)
    if len(set(ports)) < len(ports):
        return (), "is given the same port twice", ""
    missing = [port for port in op.ports if port not in ports and port not in op.optional]
    if missing:
        return (), f"needs its port `{missing[0]}`", f"name it under `from`, as in `from: {{{missing[0]}: ...}}`"
    return ports, "", ""
