"""Reading chains and steps."""

from __future__ import annotations

import re
from typing import Any, cast

from archc import codes, ops
from archc.diagnostics import Route, Where, suggest
from archc.naming import problem_with_module_name, problem_with_name
from archc.ops.base import Op
from archc.spec.args import missing_op_args, read_arg, read_block_args, read_formula, read_op_args
from archc.spec.args import NUMBER
from archc.spec.context import Context, kind, known, quote
from archc.spec.model import (
    RESERVED, Action, Arg, BlockCall, Branch, Chain, Choice, Faulty, Group, OpCall, Repeat, Reuse, Source, Step, Template,
)  # fmt: skip
from archc.spec.params import FAULTY


NAMES = re.compile(r"[A-Za-z_]\w*(\.\w+)*\Z")
"""A name, maybe with a namespace: an op or block standing as a step without arguments."""


def read_chain(ctx: Context, value: object, route: Route) -> Chain | None:
    """A list of steps, or one step in its place."""
    where = ctx.where(route)
    if isinstance(value, list):
        return Chain(tuple(read_step(ctx, item, (*route, at)) for at, item in enumerate(value)), where)
    if isinstance(value, (dict, str)):
        # repeated without a name for each round, it is several modules, which no one name can stand for
        lone = isinstance(value, str) or "repeat" not in value or "as" in value
        return Chain((read_step(ctx, value, route),), where, lone=lone)
    ctx.report(codes.STEP_FORM, f"a chain is a list of steps, not {kind(value)}", where)
    return None


def read_step(ctx: Context, value: object, route: Route) -> Step:
    """One step: a bare name, or a mapping with one op, block or block-typed parameter beside the reserved keys."""
    where = ctx.where(route)
    if isinstance(value, str):
        return Step(value, _read_action(ctx, value, None, where, where) or Faulty(), where)
    if not isinstance(value, dict):
        ctx.report(codes.STEP_FORM, f"a step is a name or a mapping, not {kind(value)}", where)
        return Step("", Faulty(), where)
    key = _key_of(ctx, value, route)
    if key is None:
        name, results = _read_as(ctx, value.get("as"), (*route, "as"))
        return Step("", Faulty(_texts(value)), where, name, results)
    repeats = "repeat" in value and key != "repeat"
    repeat = _read_repeat(ctx, value["repeat"], (*route, "repeat")) if repeats else None
    inner = ctx.bind(_loop_names(value["repeat"]) if repeats else ())
    at = ctx.where((*route, key), on_key=True)
    action = _read_action(inner, key, value[key], ctx.where((*route, key)), at) or Faulty(_texts(value))
    name, results = _read_as(inner, value.get("as"), (*route, "as"))
    sources = _read_from(ctx, value["from"], (*route, "from")) if "from" in value else None
    when = read_formula(inner, value["when"], ctx.where((*route, "when")), "`when`") if "when" in value else None
    expect = _read_expect(inner.bind(ctx.symbols), value["expect"], (*route, "expect")) if "expect" in value else None
    unread = (repeats and repeat is None) or ("from" in value and sources is None)
    if unread or not _presentable(ctx, value, route) or ("when" in value and when is None):
        action = Faulty(_texts(value))
    if isinstance(action, OpCall) and action.branches is None:
        sources = _listed(ctx, action, value[key], (*route, key)) or sources
    return Step(
        key, action, at, name, results, sources, repeat, when, expect,
        str(value.get("doc", "")), value.get("view") or {}, value.get("allow") or {},
    )  # fmt: skip


def _texts(value: object) -> tuple[str, ...]:
    """All text in a value, keys left out."""
    if isinstance(value, str):
        return (value,)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return tuple(text for item in inside for text in _texts(item))


def _key_of(ctx: Context, value: dict[str, Any], route: Route) -> str | None:
    keys = [key for key in value if key not in RESERVED]
    if len(keys) == 1:
        return keys[0]
    if not keys and "repeat" in value and ops.find("repeat") is not None:
        return "repeat"  # torch's own `repeat`, where nothing else is there to be repeated
    if not keys:
        ctx.report(codes.STEP_FORM, "a step names no op and no block", ctx.where(route), "give it one, as in `{Linear: 10, as: fc}`")
        return None
    hinted = [(key, suggest(key, RESERVED)) for key in keys]
    for key, hint in hinted:
        if hint and not _is_action(ctx, key):
            ctx.report(codes.UNKNOWN_KEY, f"unknown key `{key}` in a step", ctx.where((*route, key), on_key=True), hint)
            return None
    named = ", ".join(f"`{key}`" for key in keys)
    ctx.report(codes.STEP_FORM, f"a step has one op or block, not {len(keys)}: {named}", ctx.where((*route, keys[1]), on_key=True))
    return None


def _is_action(ctx: Context, key: str) -> bool:
    return key in {"Sequential", "side", "chain", "reuse"} or key in ctx.headers or key in ctx.params or ops.find(key) is not None


def _read_action(ctx: Context, key: str, value: object, where: Where, at: Where) -> Action | None:
    if key in {"Sequential", "side", "chain"}:
        chain = read_chain(ctx, value, where.route)
        return None if chain is None else Group(chain, side=key == "side", spliced=key == "chain")
    if key == "reuse":
        if isinstance(value, str):
            return Reuse(value)
        ctx.report(codes.REUSE, f"`reuse` takes the name of an earlier step, not {kind(value)}", where)
        return None
    param = ctx.params.get(key)
    if param is not None and param.type == FAULTY:
        return None
    if param is not None and param.type == "block":
        options = [(str(c), _read_named(ctx, str(c), value, where, at)) for c in param.choices]
        good = tuple((name, action) for name, action in options if action is not None)
        return Choice(key, good) if len(good) == len(options) else None
    return _read_named(ctx, key, value, where, at)


def _read_named(ctx: Context, key: str, value: object, where: Where, at: Where) -> OpCall | BlockCall | None:
    header = ctx.headers.get(key)
    if header is not None:
        args = read_block_args(ctx, key, header.params, value, where)
        return None if args is None else BlockCall(key, args)
    if key in ctx.lost or key.partition(".")[0] in ctx.lost:
        return None
    op = ops.find(key)
    if op is not None:
        return _read_op(ctx, op, value, where)
    blocks = [*ctx.headers, *(name for name, p in ctx.params.items() if p.type == "block")]
    hint = suggest(key, [*ops.names(), *blocks, "Sequential"]) or known("blocks here", blocks)
    ctx.report(codes.UNKNOWN_OP, f"unknown op or block {quote(key)}", at, hint)
    return None


def _read_op(ctx: Context, op: type[Op], value: object, where: Where) -> OpCall | None:
    branches: tuple[Branch, ...] | None = None
    plain = value
    if op.merges and isinstance(value, list) and all(isinstance(v, str) for v in value) and not _text_primary(op):
        plain = None
    elif op.merges and isinstance(value, dict):
        plain, forks = _split_branches(op, value)
        if forks is not None:
            mixed = [name for name in forks if forks is value and name in op.model_fields]
            if mixed:
                help = f"put the branches under `branches`, as in `{op.name}: {{branches: {{...}}, {mixed[0]}: ...}}`"
                ctx.report(codes.STEP_FORM, f"`{op.name}` mixes branches with its argument `{mixed[0]}`", where, help)
                return None
            at = where.route if forks is value else (*where.route, "branches")
            branches = _read_branches(ctx, forks, at)
            if branches is None:
                return None
    args = read_op_args(ctx, op, plain, where)
    if args is None:
        return None
    missing = missing_op_args(op, [name for name, _ in args])
    for name in missing:
        ctx.report(codes.MISSING_ARGUMENT, f"`{op.name}` needs `{name}`", where, f"say `{op.name}: {{{name}: ...}}`")
    return None if missing else OpCall(op, args, branches)


def _text_primary(op: type[Op]) -> bool:
    return op.primary is not None and op.model_fields[op.primary].annotation is str


def _split_branches(op: type[Op], value: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The options and the fork in a merging op's mapping; a list under `branches` names tensors instead."""
    if "branches" in value:
        options = {k: v for k, v in value.items() if k != "branches"}
        forks = value["branches"]
        return options, cast("dict[str, Any]", forks) if isinstance(forks, dict) else None
    forked = any(name not in op.model_fields and _may_be_chain(given) for name, given in value.items())
    return (None, value) if forked else (value, None)


def _may_be_chain(value: object) -> bool:
    return value is None or isinstance(value, (list, dict)) or (isinstance(value, str) and bool(NAMES.match(value)))


def _listed(ctx: Context, action: OpCall, value: object, route: Route) -> tuple[Source, ...]:
    """The tensors that a merge lists by name, in place of a fork."""
    if not action.op.merges or (isinstance(value, list) and _text_primary(action.op)):
        return ()
    if isinstance(value, dict):
        value, route = value.get("branches"), (*route, "branches")
    if not isinstance(value, list):
        return ()
    return tuple(Source("", n, ctx.where((*route, at))) for at, n in enumerate(value) if isinstance(n, str))


def _read_branches(ctx: Context, forks: dict[str, Any], route: Route) -> tuple[Branch, ...] | None:
    branches: list[Branch] = []
    good = True
    for name, raw in forks.items():
        problem = problem_with_module_name(name)
        if problem:
            ctx.report(codes.BAD_NAME, f"branch name {quote(name)} {problem}", ctx.where((*route, name), on_key=True))
        chain = read_chain(ctx, raw, (*route, name))
        good = good and chain is not None and not problem
        if chain is not None:
            branches.append(Branch(name, chain))
    return tuple(branches) if good else None


def _read_repeat(ctx: Context, value: object, route: Route) -> Repeat | None:
    where = ctx.where(route)
    if not isinstance(value, dict):
        count = read_formula(ctx, value, where, "`repeat`")
        return None if count is None else Repeat(None, count)
    if len(value) != 1:
        help = "for a loop within a loop, repeat a `chain:` that holds a repeated step" if value else ""
        ctx.report(codes.STEP_FORM, "`repeat` binds one name, as in `{i: 4}`", where, help)
        return None
    ((name, given),) = value.items()
    problem = problem_with_name(name)
    if problem or name in ctx.names:
        ctx.report(codes.BAD_NAME, f"loop name {quote(name)} {problem or 'already means something here'}", ctx.where((*route, name), on_key=True))
        return None
    at = ctx.where((*route, name))
    table = ctx.params.get(given) if isinstance(given, str) else None
    if table is not None and table.type == "table":
        return Repeat(name, None, rows=table.name)
    count = read_formula(ctx, given, at, "`repeat`")
    return None if count is None else Repeat(name, count)


def _loop_names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, dict) else []


def _read_as(ctx: Context, value: object, route: Route) -> tuple[Template | None, tuple[str, ...]]:
    if value is None:
        return None, ()
    listed = value if isinstance(value, list) else [value]
    for at, name in enumerate(listed):
        where = ctx.where((*route, at) if isinstance(value, list) else route)
        if not isinstance(name, str):
            ctx.report(codes.BAD_NAME, f"`as` takes a name, not {kind(name)}", where)
            return None, ()
        problem = "" if "{" in name else problem_with_module_name(name)
        if not problem and name == "input":
            problem = "is what a chain's input is called"
        if problem:
            ctx.report(codes.BAD_NAME, f"step name {quote(name)} {problem}", where)
            return None, ()
    if isinstance(value, list):
        return None, tuple(cast("list[str]", value))
    return ctx.template(cast("str", value), ctx.where(route)), ()


def _read_from(ctx: Context, value: object, route: Route) -> tuple[Source, ...] | None:
    where = ctx.where(route)
    given = [("", value, where)]
    if isinstance(value, list):
        given = [("", item, ctx.where((*route, at))) for at, item in enumerate(value)]
    elif isinstance(value, dict):
        given = [(str(port), item, ctx.where((*route, str(port)))) for port, item in value.items()]
    if given and all(isinstance(name, str) for _, name, _ in given):
        return tuple(Source(port, str(name), at) for port, name, at in given)
    ctx.report(codes.WRONG_TYPE, "`from` takes a name, a list of names, or a name for each port", where)
    return None


def _read_expect(ctx: Context, value: object, route: Route) -> tuple[Arg | None, ...] | None:
    if not isinstance(value, list):
        ctx.report(codes.WRONG_TYPE, f"`expect` takes a shape such as `[64, 56, 56]`, not {kind(value)}", ctx.where(route))
        return None
    return tuple(
        None if item == "_" else read_arg(ctx, item, ctx.where((*route, at)), NUMBER) for at, item in enumerate(value)
    )


def _presentable(ctx: Context, value: dict[str, Any], route: Route) -> bool:
    wanted = {"doc": str, "view": dict, "allow": dict}
    for key, type_ in wanted.items():
        if key in value and not isinstance(value[key], type_):
            ctx.report(codes.WRONG_TYPE, f"`{key}` takes {'text' if type_ is str else 'a mapping'}, not {kind(value[key])}", ctx.where((*route, key)))
            return False
    return True
