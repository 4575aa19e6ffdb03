"""Reading the arguments of ops and blocks: what is text, what is an expression, what is not there at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from archc import codes, expr
from archc.diagnostics import Where, suggest
from archc.expr import UNKNOWN
from archc.ops.base import Op
from archc.spec.context import Context, kind, known
from archc.spec.model import Arg, Const, Formula, Param, Seq
from archc.spec.params import FAULTY, problem_with


@dataclass(frozen=True, slots=True)
class Kind:
    """How a string is read for an argument: one of its words, free text, or else an expression."""

    words: frozenset[str] = frozenset()
    text: bool = False
    number: bool = True


NUMBER = Kind()
TEXT = Kind(text=True, number=False)


@cache
def kind_of(op: type[Op], field: str) -> Kind:
    """How strings are read for an op's argument, from the type of its field."""
    leaves = set(_leaves(op.model_fields[field].annotation))
    words = frozenset(leaf for leaf in leaves if isinstance(leaf, str))
    return Kind(words, str in leaves, bool(leaves & {int, float, bool}))


def _leaves(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Literal:
        return list(get_args(annotation))
    if origin is Annotated:
        return _leaves(get_args(annotation)[0])
    if origin in {Union, UnionType, tuple, list}:
        return [leaf for arg in get_args(annotation) for leaf in _leaves(arg)]
    return [annotation]


def read_arg(ctx: Context, value: object, where: Where, how: Kind) -> Arg | None:
    """One argument; None, with a finding, where it cannot be read."""
    if isinstance(value, list):
        items = [read_arg(ctx, item, _inside(where, at), how) for at, item in enumerate(value)]
        return Seq(tuple(i for i in items if i is not None), where) if None not in items else None
    if isinstance(value, dict):
        ctx.report(codes.WRONG_TYPE, "an argument is a value or a list of values, not a mapping", where)
        return None
    if not isinstance(value, str) or value in how.words:
        return Const(value, where)
    if how.number and not how.text:
        return ctx.formula(value, where)
    return ctx.template(value, where) if expr.has_template(value) else Const(value, where)


def read_op_args(ctx: Context, op: type[Op], value: object, where: Where) -> tuple[tuple[str, Arg], ...] | None:
    """The arguments of an op: a mapping by name, or the primary one alone."""
    if value is None:
        return ()
    if not isinstance(value, dict):
        if op.primary is None:
            ctx.report(
                codes.BAD_ARGUMENT, f"`{op.name}` has no primary argument: name it", where,
                known("arguments", op.model_fields) or "it takes none",
            )  # fmt: skip
            return None
        arg = read_arg(ctx, value, where, kind_of(op, op.primary))
        return None if arg is None else ((op.primary, arg),)
    args: list[tuple[str, Arg]] = []
    good = True
    for name, given in value.items():
        at = _inside(where, name)
        if is_rest(name, given):
            good = False
            continue
        if name not in op.model_fields:
            hint = suggest(name, op.model_fields) or known("arguments", op.model_fields) or "it takes none"
            ctx.report(codes.UNKNOWN_ARGUMENT, f"`{op.name}` has no argument `{name}`", _key(at), hint)
            good = False
            continue
        arg = read_arg(ctx, given, at, kind_of(op, name))
        good = good and arg is not None
        if arg is not None:
            args.append((name, arg))
    return tuple(args) if good else None


def is_rest(name: str, value: object) -> bool:
    """Whether a key is the rest of an expression that YAML cut at a comma, which its beginning already told of."""
    return value is None and any(name.count(closing) > name.count(opening) for opening, closing in ("()", "[]"))


def missing_op_args(op: type[Op], given: Sequence[str]) -> list[str]:
    """The required arguments of an op that are not given."""
    return [name for name, info in op.model_fields.items() if info.is_required() and name not in given]


def read_block_args(
    ctx: Context, target: str, params: Sequence[Param], value: object, where: Where
) -> tuple[tuple[str, Arg], ...] | None:
    """The arguments of a block: by name, in order as a list, or its first one alone."""
    given = _by_name(ctx, target, params, value, where)
    if given is None:
        return None
    table = {param.name: param for param in params}
    args: list[tuple[str, Arg]] = []
    good = True
    for name, raw, at in given:
        if is_rest(name, raw):
            good = False
            continue
        if name not in table:
            hint = suggest(name, table) or known("parameters", table) or "it takes none"
            ctx.report(codes.UNKNOWN_ARGUMENT, f"block `{target}` has no parameter `{name}`", _key(at), hint)
            good = False
            continue
        arg = _read_param_arg(ctx, table[name], raw, at)
        good = good and arg is not None
        if arg is not None:
            args.append((name, arg))
    if not good:
        return None
    names = {name for name, _, _ in given}
    for param in params:
        if param.required and param.name not in names:
            ctx.report(codes.MISSING_ARGUMENT, f"block `{target}` needs `{param.name}`", where, f"say `{target}: {{{param.name}: ...}}`")
            good = False
    return tuple(args) if good else None


def _by_name(
    ctx: Context, target: str, params: Sequence[Param], value: object, where: Where
) -> list[tuple[str, object, Where]] | None:
    if value is None:
        return []
    if isinstance(value, dict):
        return [(str(name), raw, _inside(where, str(name))) for name, raw in value.items()]
    first_is_list = bool(params) and (params[0].type.startswith("list[") or params[0].type == "table")
    nested = isinstance(value, list) and bool(value) and isinstance(value[0], list)
    listed = value if isinstance(value, list) and (not first_is_list or nested and params[0].type != "table") else [value]
    single = listed is not value
    if len(listed) > len(params):
        ctx.report(
            codes.BAD_ARGUMENT, f"block `{target}` takes {len(params)} parameters, not {len(listed)}", where,
            known("parameters", (p.name for p in params)),
        )  # fmt: skip
        return None
    return [
        (param.name, raw, where if single else _inside(where, at))
        for at, (param, raw) in enumerate(zip(params, listed, strict=False))
    ]


def _read_param_arg(ctx: Context, param: Param, raw: object, where: Where) -> Arg | None:
    """An argument for a block's parameter. Text that is no choice but begins with a name in scope is an expression."""
    if param.type == FAULTY:
        return Const(UNKNOWN, where)
    if param.type in {"enum", "block"} and isinstance(raw, str):
        if raw not in param.choices and (raw[:1] in {"'", '"'} or re.split(r"\W", raw, maxsplit=1)[0] in ctx.names):
            return ctx.formula(raw, where)
        return _checked(ctx, param, read_arg(ctx, raw, where, TEXT))
    if param.type in {"str", "list[str]"}:
        return _checked(ctx, param, read_arg(ctx, raw, where, TEXT))
    if param.type == "table" and isinstance(raw, list):
        return _checked(ctx, param, Const(raw, where))
    return _checked(ctx, param, read_arg(ctx, raw, where, NUMBER))


def _checked(ctx: Context, param: Param, arg: Arg | None) -> Arg | None:
    """Hold a literal argument to its parameter at once, so that a block never used is checked too."""
    if not isinstance(arg, Const):
        return arg
    problem = problem_with(param, arg.value)
    if problem:
        ctx.report(codes.BAD_ARGUMENT, f"parameter `{param.name}` {problem}", arg.where)
    return None if problem else arg


def read_formula(ctx: Context, value: object, where: Where, what: str) -> Formula | None:
    """A number, boolean or expression where only those make sense."""
    if isinstance(value, (bool, int, float)):
        return Formula(expr.Bool(value) if isinstance(value, bool) else expr.number(value), where)  # type: ignore[arg-type]
    if isinstance(value, str):
        return ctx.formula(value, where)
    ctx.report(codes.WRONG_TYPE, f"{what} must be a number or an expression, not {kind(value)}", where)
    return None


def _inside(where: Where, part: str | int) -> Where:
    return Where(where.file, (*where.route, part))


def _key(where: Where) -> Where:
    return Where(where.file, where.route, on_key=True)


