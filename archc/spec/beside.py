"""Reading the keys that a step may have beside its op: `as`, `from`, `when`, `repeat`, `expect` and remarks."""

from __future__ import annotations

from collections.abc import Mapping

from archc import codes
from archc.diagnostics import Route
from archc.naming import problem_with_module_name, problem_with_name
from archc.record import record
from archc.spec.args import NUMBER, read_arg, read_formula
from archc.spec.arguments import Arg, Formula, Template
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, kind, quote
from archc.spec.model import Repeat, Source
from archc.suggest import hint, renaming

Value = Mapping[str, object]
"""A step as the file has it."""


@record(eq=False, repr=False)
class Beside:
    """What stands beside a step's op; `whole` is false where something that decides what the step does is faulty."""

    name: Template | None
    results: tuple[str, ...]
    sources: tuple[Source, ...] | None
    when: Formula | None
    expect: tuple[Arg | None, ...] | None
    doc: str
    view: Mapping[str, object]
    allow: Mapping[str, object]
    whole: bool


def read_beside(ctx: Context, value: Value, route: Route) -> Beside:
    """All keys but `repeat`, whose variable `ctx` must know already."""
    name, results = read_as(ctx, value, route)
    sources = _read_from(ctx, value["from"], (*route, "from")) if "from" in value else None
    when = (
        read_formula(ctx, value["when"], ctx.where((*route, "when")), "`when`", fraction=True)
        if "when" in value
        else None
    )
    expect = _read_expect(ctx, value["expect"], (*route, "expect")) if "expect" in value else None
    whole = _is_right(ctx, value, route)
    whole = whole and ("from" not in value or sources is not None) and ("when" not in value or when is not None)
    doc, view, allow = str(value.get("doc", "")), _options(value, "view"), _options(value, "allow")
    return Beside(name, results, sources, when, expect, doc, view, allow, whole)


def _options(value: Value, key: str) -> Mapping[str, object]:
    given = value.get(key)
    return given if is_mapping(given) else {}


def _is_right(ctx: Context, value: Value, route: Route) -> bool:
    """Whether the remarks are of the kinds they must be; reports the first that is not."""
    for key, wanted in (("doc", "text"), ("view", "a mapping"), ("allow", "a mapping")):
        if key in value and kind(value[key]) != wanted:
            ctx.report_type(f"`{key}` takes {wanted}", value[key], ctx.where((*route, key)))
            return False
    if is_mapping(value.get("allow")):
        check_reasons(ctx, value["allow"], (*route, "allow"))
    _check_view(ctx, _options(value, "view"), (*route, "view"))
    return True


def _check_view(ctx: Context, view: Mapping[str, object], route: Route) -> None:
    """Report what `view` knows nothing of: it takes a title."""
    for key in view.keys() - {"title"}:
        where = ctx.where((*route, key), on_key=True)
        fixes, help = renaming(key, ["title"], where), hint(key, "keys", ["title"])
        ctx.report(codes.UNKNOWN_KEY, f"unknown key `{key}` in `view`", where, help, fixes)
    title, where = view.get("title", ""), ctx.where((*route, "title"))
    if not isinstance(title, str):
        ctx.report_type("a title is text", title, where)


def check_reasons(ctx: Context, allow: object, route: Route) -> None:
    """Report what is allowed without a reason."""
    for name, reason in ctx.mapping(allow, "`allow`", route).items():
        if not isinstance(reason, str) or not reason.strip():
            message = f"`allow` wants a reason for `{name}`, not {quote(reason) if reason == '' else kind(reason)}"
            ctx.report(codes.WRONG_TYPE, message, ctx.where((*route, name)), "a few words: why is it fine here?")


def read_repeat(ctx: Context, value: object, route: Route) -> Repeat | None:
    """How often a step is repeated."""
    if not is_mapping(value):
        count = read_formula(ctx, value, ctx.where(route), "`repeat`")
        return None if count is None else Repeat(None, count)
    if len(value) != 1:
        help = "for a loop within a loop, repeat a `chain:` that holds a repeated step" if value else ""
        ctx.report(codes.STEP_FORM, "`repeat` binds one name, as in `{i: 4}`", ctx.where(route), help)
        return None
    ((name, given),) = value.items()
    at = (*route, name)
    problem = problem_with_name(name) or ("already means something here" if name in ctx.names else "")
    if problem:
        ctx.report(codes.BAD_NAME, f"loop name {quote(name)} {problem}", ctx.where(at, on_key=True))
        return None
    table = ctx.params.get(given) if isinstance(given, str) else None
    if table is not None and table.type == "table":
        return Repeat(name, None, rows=table.name)
    count = read_formula(ctx, given, ctx.where(at), "`repeat`")
    return None if count is None else Repeat(name, count)


def read_as(ctx: Context, value: Value, route: Route) -> tuple[Template | None, tuple[str, ...]]:
    """The name of a step, or those of its results."""
    given = value.get("as")
    at = (*route, "as")
    if is_list(given):
        names: list[str] = []
        for i, item in enumerate(given):
            name = _read_name(ctx, item, (*at, i))
            if name is None:
                return None, ()
            names.append(name)
        return None, tuple(names)
    name = None if given is None else _read_name(ctx, given, at)
    return None if name is None else ctx.template(name, ctx.where(at)), ()


def _read_name(ctx: Context, name: object, route: Route) -> str | None:
    where = ctx.where(route)
    if not isinstance(name, str):
        ctx.report(codes.BAD_NAME, f"`as` takes a name, not {kind(name)}", where)
        return None
    problem = "" if "{" in name else problem_with_module_name(name)
    if name == "input":
        problem = "is what a chain's input is called"
    if problem:
        ctx.report(codes.BAD_NAME, f"step name {quote(name)} {problem}", where)
    return None if problem else name


def _read_from(ctx: Context, value: object, route: Route) -> tuple[Source, ...] | None:
    if is_list(value):
        given = [("", name, (*route, at)) for at, name in enumerate(value)]
    elif is_mapping(value):
        given = [(port, name, (*route, port)) for port, name in value.items()]
    else:
        given = [("", value, route)]
    found = tuple(Source(port, name, ctx.where(at)) for port, name, at in given if isinstance(name, str))
    if found and len(found) == len(given):
        return found
    ctx.report(codes.WRONG_TYPE, "`from` takes a name, a list of names, or a name for each port", ctx.where(route))
    return None


def _read_expect(ctx: Context, value: object, route: Route) -> tuple[Arg | None, ...] | None:
    if not is_list(value):
        ctx.report_type("`expect` takes a shape such as `[64, 56, 56]`", value, ctx.where(route))
        return None
    inner = ctx.bind(ctx.symbols)
    sizes = ((item, ctx.where((*route, at))) for at, item in enumerate(value))
    return tuple(None if item == "_" else read_arg(inner, item, where, NUMBER) for item, where in sizes)
