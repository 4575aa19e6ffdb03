"""Steps and their arguments as plain data in the long form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from archc.canonical.writer import Data
from archc.document.scalars import resolve
from archc.expr import Record, to_text
from archc.spec.arguments import Arg, Const, Formula, Seq, Template
from archc.spec.model import (
    BlockCall,
    Chain,
    Choice,
    Group,
    OpCall,
    Repeat,
    Reuse,
    Source,
    Step,
)

FAULTY = "a spec with faults has no canonical form"


def chain_data(chain: Chain) -> Data:
    """A chain: a list of steps, or the lone step that stood in place of one."""
    steps: list[Data] = [step_data(step) for step in chain.steps]
    return steps[0] if chain.lone else steps


def step_data(step: Step) -> dict[str, Data]:
    """A step: what it does, then the reserved keys in fixed order; chains come last."""
    key, value, is_chain = _action(step)
    beside = _beside(step)
    return {**beside, key: value} if is_chain else {key: value, **beside}


def _action(step: Step) -> tuple[str, Data, bool]:
    """The step's own key, its value, and whether that holds chains."""
    match step.action:
        case Group(chain, side, spliced):
            return "side" if side else "chain" if spliced else "Sequential", chain_data(chain), True
        case Reuse(name):
            return "reuse", name, False
        case OpCall() as call:
            return step.key, _call(call), bool(call.branches)
        case BlockCall(_, args):
            return step.key, _args(args), False
        case Choice(_, options):
            calls = [option for _, option in options]
            return step.key, _choice(calls), any(isinstance(call, OpCall) and call.branches for call in calls)
        case _:
            raise ValueError(FAULTY)


def _call(call: OpCall) -> dict[str, Data]:
    args = _args(call.args)
    if call.branches is None:
        return args
    return {"branches": {branch.name: chain_data(branch.chain) for branch in call.branches}, **args}


def _args(args: Sequence[tuple[str, Arg]]) -> dict[str, Data]:
    return {name: arg_data(arg) for name, arg in args}


def _choice(calls: Sequence[OpCall | BlockCall]) -> Data:
    """The arguments of alternatives: by name where all have the same names, else in order, as they must have stood."""
    read = [_call(call) if isinstance(call, OpCall) else _args(call.args) for call in calls]
    forked = next((value for value in read if "branches" in value), None)
    if forked is not None or all(value.keys() == read[0].keys() for value in read):
        return forked or read[0]
    longest = [*max(read, key=len).values()]
    listed = any([*value.values()] == [longest] for value in read)
    return longest[0] if len(longest) == 1 and not listed else longest


def _beside(step: Step) -> dict[str, Data]:
    named: Data = list(step.results) if step.results else step.name and template_text(step.name)
    keys: dict[str, Data] = {
        "as": named,
        "from": None if step.sources is None else _sources(step.sources),
        "when": None if step.when is None else formula_data(step.when),
        "else": None if step.otherwise is None else _otherwise(step, step.otherwise),
        "repeat": None if step.repeat is None else _repeat(step.repeat),
        "expect": None if step.expect is None else ["_" if size is None else arg_data(size) for size in step.expect],
        "view": plain_data(step.view) or None,
        "doc": step.doc or None,
        "allow": plain_data(step.allow) or None,
    }
    return {key: value for key, value in keys.items() if value is not None}


def _otherwise(step: Step, otherwise: Chain | Source) -> Data:
    """What stands in place of a step; a lone one without what it has from this step."""
    if isinstance(otherwise, Source):
        return otherwise.name
    if not otherwise.lone:
        return chain_data(otherwise)
    (other,) = otherwise.steps
    sources = None if other.sources is step.sources else other.sources
    expect = None if other.expect is step.expect else other.expect
    return step_data(replace(other, name=None, results=(), sources=sources, expect=expect))


def _repeat(repeat: Repeat) -> Data:
    if repeat.rows is not None:
        return {repeat.variable or "": repeat.rows}
    assert repeat.count is not None
    count = formula_data(repeat.count)
    return count if repeat.variable is None else {repeat.variable: count}


def _sources(sources: Sequence[Source]) -> Data:
    if any(source.port for source in sources):
        return {source.port: source.name for source in sources}
    return sources[0].name if len(sources) == 1 else [source.name for source in sources]


def arg_data(arg: Arg) -> Data:
    """An argument."""
    match arg:
        case Const(value):
            return plain_data(value)
        case Formula():
            return formula_data(arg)
        case Template():
            return template_text(arg)
        case Seq(items):
            return [arg_data(item) for item in items]


def formula_data(formula: Formula) -> Data:
    """An expression: a number or a truth value where it is no more than that, else its canonical text."""
    text = to_text(formula.expr)
    value = resolve(text)
    return text if value is None and text != "null" else value


def template_text(template: Template) -> str:
    """Text with its expressions in braces again."""
    parts = (
        part.replace("{", "{{").replace("}", "}}") if isinstance(part, str) else f"{{{to_text(part)}}}"
        for part in template.parts
    )
    return "".join(parts)


def plain_data(value: object) -> Data:
    """A value as read: sequences as lists, rows of tables as lists of their cells."""
    if isinstance(value, Record):
        return [plain_data(cell) for cell in value.values()]
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(item) for item in cast("Sequence[Any]", value)]
    return cast("Data", value)
