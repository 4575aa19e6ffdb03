"""The values a spec is expanded with: its parameters' values for a variant, and the sizes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archc import codes, expr
from archc.diagnostics import Diagnostic, Where, suggest
from archc.expand.scope import value_of
from archc.expr import ExprError
from archc.spec.context import Context
from archc.spec.model import Formula, Param, Scope, Spec, SymbolDecl
from archc.spec.values import coerce, problem_with
from archc.suggest import known

GUESSES = (224, 256, 128, 64, 32, 512, 96, 28, 1024, 299, 384)
"""Sizes tried, in this order, for a symbol without a default: the first that the network can take is shown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything outside the spec's text that decides what it expands to."""

    variant: str | None = None
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Settled:
    """A spec's settings, complete: every parameter, let and size has its value."""

    variant: str | None
    values: Mapping[str, object]
    sizes: Mapping[str, int]
    declared: Mapping[str, int]
    """The sizes that the spec itself gives, which `expect` is held to."""
    guessed: tuple[str, ...] = ()
    """Symbols whose size nobody gave."""


def settle(spec: Spec, settings: Settings) -> tuple[Settled | None, tuple[Diagnostic, ...]]:
    """Complete the settings; None, with findings, where they do not fit the spec."""
    findings: list[Diagnostic] = []
    ctx = Context(spec.file, findings, params={p.name: p for p in spec.scope.params})
    variant = _variant(ctx, spec, settings.variant)
    if findings:
        return None, tuple(findings)
    chosen = spec.variant(variant) if variant else None
    given = {**(chosen.values if chosen else {}), **_checked(ctx, settings.params)}
    values = scope_values(ctx, spec.scope, given)
    if values is None or findings:
        return None, tuple(findings)
    sizes, declared, guessed = _sizes(ctx, spec, values, settings.sizes)
    if findings:
        return None, tuple(findings)
    return Settled(variant, values, sizes, declared, guessed), ()


def _variant(ctx: Context, spec: Spec, name: str | None) -> str | None:
    if name is None:
        return spec.variants[0].name if spec.variants else None
    if spec.variant(name) is not None:
        return name
    names = [v.name for v in spec.variants]
    hint = suggest(name, names) or known("variants", names) or "it has none"
    ctx.report(codes.UNKNOWN_VARIANT, f"`{spec.name}` has no variant `{name}`", ctx.where(("variants",) if names else ()), hint)
    return None


def _checked(ctx: Context, given: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in given.items():
        param = ctx.params.get(name)
        if param is None:
            hint = suggest(name, ctx.params) or known("parameters", ctx.params) or "it has none"
            ctx.report(codes.UNKNOWN_PARAM, f"there is no parameter `{name}`", ctx.where(("params",) if ctx.params else ()), hint)
            continue
        problem = problem_with(param, value)
        if problem:
            ctx.report(codes.BAD_PARAM, f"parameter `{name}` {problem}", param.where)
        else:
            values[name] = coerce(param, value)
    return values


def scope_values(ctx: Context, scope: Scope, given: Mapping[str, object]) -> dict[str, object] | None:
    """The values of a file's parameters and lets; parameters not given take their defaults."""
    values: dict[str, object] = {}
    for param in scope.params:
        if param.required and param.name not in given:
            ctx.report(codes.MISSING_ARGUMENT, f"parameter `{param.name}` has no value", param.where, f"give it a default, or `--set {param.name}=...`")
            continue
        values[param.name] = given.get(param.name, param.default)
    for name, formula in scope.lets:
        values[name] = _evaluate(ctx, formula, values)
    return values


def _evaluate(ctx: Context, formula: Formula, values: Mapping[str, object]) -> object:
    try:
        return value_of(formula.expr, values)
    except ExprError as error:
        ctx.report(error.code, error.message, replace(formula.where, at=error.at, length=error.length), error.help)
        return expr.UNKNOWN


def _sizes(
    ctx: Context, spec: Spec, values: Mapping[str, object], given: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int], tuple[str, ...]]:
    symbols: dict[str, list[SymbolDecl]] = {}
    for declared in (d for i in spec.inputs for d in i.dims if isinstance(d, SymbolDecl)):
        symbols.setdefault(declared.name, []).append(declared)
    for name in given:
        if name not in symbols:
            hint = suggest(name, symbols) or known("sizes", symbols) or "its input sizes are all fixed"
            ctx.report(codes.UNKNOWN_SIZE, f"no input has a size called `{name}`", ctx.where(("inputs",)), hint)
    defaults = {name: _default_size(ctx, uses, values) for name, uses in symbols.items()}
    guessed = tuple(name for name, size in defaults.items() if size is None and name not in given)
    declared_sizes = {name: GUESSES[0] if size is None else size for name, size in defaults.items()}
    sizes = {name: given.get(name, size) for name, size in declared_sizes.items()}
    for name, size in sizes.items():
        if not 1 <= size < 2**31:
            ctx.report(codes.OUT_OF_RANGE, f"size `{name}` must be from 1 to 2**31 - 1, not {size}", symbols[name][0].where)
    return sizes, {n: sizes[n] if defaults[n] is None else s for n, s in declared_sizes.items()}, guessed


def _default_size(ctx: Context, uses: list[SymbolDecl], values: Mapping[str, object]) -> int | None:
    """The size declared for a symbol, the same wherever it is declared."""
    found: int | None = None
    for use in uses:
        if use.default is None:
            continue
        size = _evaluate(ctx, use.default, values)
        if not isinstance(size, int) or isinstance(size, bool):
            _report_type(ctx, use.where, use.name)
        elif found is not None and size != found:
            ctx.report(codes.DUPLICATE_NAME, f"`{use.name}` has two sizes, {found} and {size}", use.where)
        else:
            found = size
    return found


def _report_type(ctx: Context, where: Where, name: str) -> None:
    ctx.report(codes.WRONG_TYPE, f"the size of `{name}` must be a whole number", where)


def parameter(spec: Spec, name: str) -> Param | None:
    """The file's parameter of that name."""
    return next((p for p in spec.scope.params if p.name == name), None)
