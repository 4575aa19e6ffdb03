"""Reading chains and steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from archc import codes, ops
from archc.diagnostics import Route, Where
from archc.naming import problem_with_module_name
from archc.ops.base import Op
from archc.spec.arguments import FAULTY
from archc.spec.beside import read_as, read_beside, read_repeat
from archc.spec.calls import read_block_args, read_op_args
from archc.spec.choices import is_offered, report_unknown_op
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, keys_of, kind, quote
from archc.spec.foreign import foreign
from archc.spec.mend import mended
from archc.spec.merges import merged_names, split_merge
from archc.spec.model import (
    RESERVED,
    STRUCTURE,
    Action,
    BlockCall,
    Branch,
    Chain,
    Choice,
    Faulty,
    Group,
    OpCall,
    Reuse,
    Step,
)
from archc.spec.otherwise import read_otherwise
from archc.spec.walk import plain_names
from archc.suggest import hint, known, meant, renaming, suggest


def read_chain(ctx: Context, value: object, route: Route) -> Chain | None:
    """A list of steps, or one step in its place."""
    where = ctx.where(route)
    if is_list(value):
        return Chain(tuple(_read_steps(ctx, value, route)), where)
    if isinstance(value, str):
        return Chain((read_step(ctx, value, route),), where, lone=True)
    if is_mapping(value):
        # repeated without a name for each round, it is several modules, which no one name can stand for
        lone = "repeat" not in value or "as" in value
        return Chain((read_step(ctx, value, route),), where, lone=lone)
    ctx.report(codes.STEP_FORM, f"a chain is a list of steps, not {kind(value)}", where)
    return None


def _read_steps(ctx: Context, items: list[object], route: Route) -> Iterator[Step]:
    ctx = replace(ctx, tensors=ctx.tensors.new_child())
    for at, item in enumerate(items):
        step = read_step(ctx, item, (*route, at))
        ctx.tensors.update(dict.fromkeys(plain_names(step)))
        yield step


def read_step(ctx: Context, value: object, route: Route) -> Step:
    """One step: a bare name, or a mapping with one op, block or block-typed parameter beside the reserved keys."""
    where = ctx.where(route)
    if isinstance(value, str):
        return Step(value, _read_action(ctx, value, None, where) or Faulty(), where)
    if not is_mapping(value):
        ctx.report(codes.STEP_FORM, f"a step is a name or a mapping, not {kind(value)}", where)
        return Step("", Faulty(), where)
    key = _key_of(ctx, value, route)
    if key is not None and any(other not in RESERVED for other in value if other != key):
        value = mended(value, (key, *RESERVED), route, ctx.misspelt)
    if key is None:
        name, results = read_as(ctx, value, route)
        return Step("", Faulty(_texts(value)), where, name, results)
    return _read_step(ctx, key, value, route)


def _read_step(ctx: Context, key: str, value: Mapping[str, object], route: Route) -> Step:
    """A step whose op is under `key`."""
    repeats = "repeat" in value and key != "repeat"
    repeat = read_repeat(ctx, value["repeat"], (*route, "repeat")) if repeats else None
    # a faulty `repeat` binds its names too, so that their uses are not faulty as well
    inner = ctx.bind(keys_of(value["repeat"]) if repeats else ())
    at = (*route, key)
    action = _read_action(inner, key, value[key], ctx.where(at, on_key=True))
    beside = read_beside(inner, value, route)
    if action is None or not beside.whole or (repeats and repeat is None):
        action = Faulty(_texts(value))
    sources = beside.sources
    if isinstance(action, OpCall) and action.branches is None:
        sources = merged_names(ctx, action.op, value[key], at) or sources
    step = Step(
        key,
        action,
        ctx.where(at, on_key=True),
        beside.name,
        beside.results,
        sources,
        repeat,
        beside.when,
        None,
        beside.expect,
        beside.doc,
        beside.view,
        beside.allow,
    )
    if "else" not in value:
        return step
    other = read_otherwise(
        inner, step, value["else"], (*route, "else"), read_chain, tensor=_is_tensor(inner, value["else"])
    )
    return replace(step, otherwise=other, action=Faulty(_texts(value)) if other is None else action)


def _is_tensor(ctx: Context, value: object) -> bool:
    """Whether `else` names a tensor rather than what to do: names in sight go before ops and blocks."""
    if not isinstance(value, str):
        return False
    return value.partition(".")[0] in ctx.tensors or not (
        _is_action(ctx, value) or foreign(value) or meant(value, _actions(ctx))
    )


def _texts(value: object) -> tuple[str, ...]:
    """All text in a value, keys left out."""
    if isinstance(value, str):
        return (value,)
    inside = value.values() if is_mapping(value) else value if is_list(value) else ()
    return tuple(text for item in inside for text in _texts(item))


def _key_of(ctx: Context, value: Mapping[str, object], route: Route) -> str | None:
    """The key of a step's op; None, with a finding, where there is not exactly one."""
    keys = [key for key in value if key not in RESERVED]
    if len(keys) == 1:
        return keys[0]
    if not keys and "repeat" in value and ops.find("repeat") is not None:
        return "repeat"  # torch's own `repeat`, where nothing else is there to be repeated
    if not keys and not is_mapping(value.get("view", {})):
        report_unknown_op(ctx, "view", (), ctx.where((*route, "view"), on_key=True))
        return None
    if not keys:
        help = "give it one, as in `{Linear: 10, as: fc}`"
        ctx.report(codes.STEP_FORM, "a step names no op and no block", ctx.where(route), help)
        return None
    unknown = [key for key in keys if not _is_action(ctx, key)]
    misspelt = [key for key in unknown if suggest(key, RESERVED) or meant(key, RESERVED)][: len(keys) - 1]
    for key in misspelt:
        where = ctx.where((*route, key), on_key=True)
        fixes, help = renaming(key, RESERVED, where), hint(key, "keys", RESERVED)
        ctx.report(codes.UNKNOWN_KEY, f"unknown key `{key}` in a step", where, help, fixes)
    if misspelt:
        others = [key for key in keys if key not in misspelt]
        sure = all(meant(key, set(RESERVED) - value.keys()) for key in misspelt)
        return others[0] if len(others) == 1 and sure else None
    named = ", ".join(f"`{key}`" for key in keys)
    where = ctx.where((*route, keys[1]), on_key=True)
    ctx.report(codes.STEP_FORM, f"a step has one op or block, not {len(keys)}: {named}", where)
    return None


def _is_action(ctx: Context, key: str) -> bool:
    return key in STRUCTURE or key in ctx.headers or key in ctx.params or ops.find(key) is not None


def _read_action(ctx: Context, key: str, value: object, at: Where) -> Action | None:
    """What a step does whose op stands at `at`; None, with a finding, where that cannot be read."""
    if key == "reuse":
        if isinstance(value, str):
            return Reuse(value)
        message = f"`reuse` takes the name of an earlier step, not {kind(value)}"
        ctx.report(codes.REUSE, message, ctx.where(at.route))
        return None
    if key in STRUCTURE:
        chain = read_chain(ctx, value, at.route)
        return None if chain is None else Group(chain, side=key == "side", spliced=key == "chain")
    param = ctx.params.get(key)
    if param is not None and param.type == FAULTY and not param.choices:
        return None
    if param is None or param.type not in {"block", FAULTY}:
        return _read_call(ctx, key, value, at) or _read_meant(ctx, key, value, at)
    names = [str(choice) for choice in param.choices if is_offered(ctx, str(choice))]
    options = [(name, _read_call(ctx, name, value, at)) for name in names]
    good = tuple((name, call) for name, call in options if call is not None)
    return Choice(key, good) if len(good) == len(options) else None


def _read_meant(ctx: Context, key: str, value: object, at: Where) -> Action | None:
    """What a step does whose misspelt op surely stands for another."""
    if _is_action(ctx, key) or ops.broken(key) or key in ctx.lost or key.partition(".")[0] in ctx.lost:
        return None
    known = foreign(key)
    right = meant(key, _actions(ctx)) if known is None else known.op
    return _read_action(ctx, right, value, at) if right else None


def _actions(ctx: Context) -> list[str]:
    """Everything that can stand in an op's place."""
    choices = (name for name, param in ctx.params.items() if param.type == "block")
    return [*ops.names(), *ctx.headers, *choices, *STRUCTURE]


def _read_call(ctx: Context, key: str, value: object, at: Where) -> OpCall | BlockCall | None:
    header = ctx.headers.get(key)
    if header is not None:
        args = read_block_args(ctx, key, header.params, value, ctx.where(at.route))
        return None if args is None else BlockCall(key, args)
    if key in ctx.lost or key.partition(".")[0] in ctx.lost:
        return None
    op = ops.find(key)
    if op is not None:
        return _read_op(ctx, op, value, at.route)
    if problem := ops.broken(key):
        ctx.report(codes.UNKNOWN_OP, f"the op {quote(key)} is registered, but {problem}", at)
        return None
    blocks = [*ctx.headers, *(name for name, param in ctx.params.items() if param.type == "block")]
    report_unknown_op(ctx, key, _actions(ctx), at, known("blocks here", blocks))
    return None


def _read_op(ctx: Context, op: type[Op], value: object, route: Route) -> OpCall | None:
    if not op.merges:
        args = read_op_args(ctx, op, value, ctx.where(route))
        return None if args is None else OpCall(op, args)
    merge = split_merge(ctx, op, value, route)
    if merge is None:
        return None
    branches = None if merge.forks is None else _read_branches(ctx, merge.forks, merge.route)
    if merge.forks is not None and branches is None:
        return None
    args = read_op_args(ctx, op, merge.options, ctx.where(route))
    return None if args is None else OpCall(op, args, branches)


def _read_branches(ctx: Context, forks: Mapping[str, object], route: Route) -> tuple[Branch, ...] | None:
    branches: list[Branch] = []
    for name, raw in forks.items():
        problem = problem_with_module_name(name)
        if problem:
            where = ctx.where((*route, name), on_key=True)
            ctx.report(codes.BAD_NAME, f"branch name {quote(name)} {problem}", where)
        chain = read_chain(ctx, raw, (*route, name))
        if chain is not None and not problem:
            branches.append(Branch(name, chain))
    return tuple(branches) if len(branches) == len(forks) else None
