"""Reading what an op or a block is called with: its arguments by name, in order, or the first one alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from archc import codes
from archc.diagnostics import Where
from archc.expr import UNKNOWN
from archc.ops.base import Op
from archc.spec.args import FRACTION, NUMBER, TEXT, inside, kind_of, read_arg
from archc.spec.arguments import FAULTY, Arg, Args, Const, Param
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping
from archc.spec.values import amended, problem_with
from archc.suggest import hint, known, meant, renaming

NOTHING = "it takes none"
"""The hint where there are no arguments at all."""

Given = Sequence[tuple[str, object, Where]]
"""Arguments as the file has them: name, value, and place."""


def read_op_args(ctx: Context, op: type[Op], value: object, where: Where) -> Args | None:
    """The arguments of an op; None, with findings, where one is faulty or missing."""
    called, fields = f"`{op.name}`", op.model_fields
    if value is None or is_mapping(value):
        given = _named(value or {}, where)
    elif op.primary is not None:
        given = [(op.primary, value, where)]
    else:
        help = known("arguments", fields) or NOTHING
        ctx.report(codes.BAD_ARGUMENT, f"{called} has no primary argument: name it", where, help)
        return None

    def read(name: str, raw: object, at: Where) -> Arg | None:
        return read_arg(ctx, raw, at, kind_of(op, name))

    args = _read_each(ctx, given, fields, f"{called} has no argument", "arguments", read)
    needed = [name for name, info in fields.items() if info.is_required()]
    return _with_all(ctx, args, needed, op.name, called, where)


def read_block_args(ctx: Context, target: str, params: Sequence[Param], value: object, where: Where) -> Args | None:
    """The arguments of a block; None, with findings, where one is faulty or missing."""
    called, table = f"block `{target}`", {param.name: param for param in params}
    given = _by_param(params, value, where)
    if len(given) > len(params) and not is_mapping(value):
        message = f"{called} takes {len(params)} parameters, not {len(given)}"
        ctx.report(codes.BAD_ARGUMENT, message, where, known("parameters", table))
        return None

    def read(name: str, raw: object, at: Where) -> Arg | None:
        return _read_param_arg(ctx, table[name], raw, at)

    args = _read_each(ctx, given, table, f"{called} has no parameter", "parameters", read)
    needed = [param.name for param in params if param.required]
    return _with_all(ctx, args, needed, target, called, where)


def _named(value: dict[str, object], where: Where) -> Given:
    return [(name, raw, inside(where, name)) for name, raw in value.items()]


def _by_param(params: Sequence[Param], value: object, where: Where) -> Given:
    """What each parameter of a block is given; what is past the last one has no name."""
    if value is None or is_mapping(value):
        return _named(value or {}, where)
    names = [param.name for param in params]
    if not is_list(value) or not _in_order(params, value):
        return [(names[0] if names else "", value, where)]
    names += [""] * (len(value) - len(names))
    return [(name, raw, inside(where, at)) for at, (name, raw) in enumerate(zip(names, value, strict=False))]


def _in_order(params: Sequence[Param], value: list[object]) -> bool:
    """Whether a list gives parameters in order, rather than being the first one's value."""
    if not params:
        return True
    first = params[0]
    if first.item_type:
        return bool(value) and is_list(value[0])
    return first.type != "table"


def _read_each(
    ctx: Context,
    given: Given,
    names: Collection[str],
    lacks: str,
    listed: str,
    read: Callable[[str, object, Where], Arg | None],
) -> Args | None:
    """Read arguments by name, misspelt ones as what they were meant to be; None where one means nothing.

    What cannot be read is unknown from here on.
    """
    args: dict[str, Arg] = {}
    free = set(names) - {name for name, _, _ in given}
    whole = True
    for name, raw, at in given:
        right = name
        if name not in names:
            if _is_rest(name, raw):
                continue
            help, key = hint(name, listed, names, NOTHING), replace(at, on_key=True)
            ctx.report(codes.UNKNOWN_ARGUMENT, f"{lacks} `{name}`", key, help, renaming(name, names, key))
            right = meant(name, free - args.keys())
        if right:
            before = len(ctx.findings)
            args[right] = read(right, raw, at) or Const(UNKNOWN, at)
            if right != name and len(ctx.findings) > before:  # no faults in what the name was only taken for
                del ctx.findings[before:]
                args[right] = Const(UNKNOWN, at)
        whole = whole and bool(right)
    return tuple(args.items()) if whole else None


def _is_rest(name: str, value: object) -> bool:
    """Whether a key is the rest of an expression that YAML cut at a comma, which its beginning already told of."""
    return value is None and any(name.count(closing) > name.count(opening) for opening, closing in ("()", "[]"))


def _with_all(
    ctx: Context, args: Args | None, needed: Iterable[str], name: str, called: str, where: Where
) -> Args | None:
    """The arguments with all that are needed, unknown where they are not there."""
    if args is None:
        return None
    given = dict(args)
    missing = [need for need in needed if need not in given]
    for need in missing:
        ctx.report(codes.MISSING_ARGUMENT, f"{called} needs `{need}`", where, f"say `{name}: {{{need}: ...}}`")
    return (*args, *((need, Const(UNKNOWN, where)) for need in missing))


def _read_param_arg(ctx: Context, param: Param, raw: object, where: Where) -> Arg | None:
    """An argument for a block's parameter. Text that is no choice but begins with a name in scope is an expression."""
    if param.type == FAULTY:
        return Const(UNKNOWN, where)
    if param.is_choice and isinstance(raw, str) and raw not in param.choices and _is_expression(ctx, raw):
        return ctx.formula(raw, where)
    if param.type == "table" and is_list(raw):
        return _checked(ctx, param, Const(raw, where))
    is_text = param.type in {"str", "list[str]"} or (param.is_choice and isinstance(raw, str))
    number = FRACTION if param.type in {"float", "list[float]"} else NUMBER
    return _checked(ctx, param, read_arg(ctx, raw, where, TEXT if is_text else number))


def _is_expression(ctx: Context, text: str) -> bool:
    return text[:1] in {"'", '"'} or re.split(r"\W", text, maxsplit=1)[0] in ctx.names


def _checked(ctx: Context, param: Param, arg: Arg | None) -> Arg | None:
    """Hold a literal argument to its parameter at once, so that a block never used is checked too."""
    if not isinstance(arg, Const):
        return arg
    problem = problem_with(param, arg.value)
    if problem:
        help, fixes = amended(param, arg.value, arg.where)
        ctx.report(codes.BAD_ARGUMENT, f"parameter `{param.name}` {problem}", arg.where, help, fixes)
    return None if problem else arg
