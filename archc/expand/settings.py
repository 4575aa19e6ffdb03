"""The values a spec is expanded with: its parameters' values for a variant, and the sizes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from archc import codes
from archc.diagnostics import Diagnostic
from archc.expand.values import value_of
from archc.expr import UNKNOWN, ExprError
from archc.record import record
from archc.spec.arguments import Formula
from archc.spec.context import Context
from archc.spec.data import is_whole, quote
from archc.spec.model import Scope, Spec, SymbolDecl, Variant
from archc.spec.values import coerce, frozen, problem_with
from archc.suggest import hint

GUESSES = (224, 256, 128, 64, 32, 512, 96, 28, 1024, 299, 384)
"""Sizes tried, in this order, for a symbol without a default: the first that the network can take is shown."""


@record
class Settings:
    """Everything outside the spec's text that decides what it expands to."""

    variant: str | None = None
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])


@record
class Settled:
    """A spec's settings, complete: every parameter, let and size has its value."""

    variant: str | None
    values: Mapping[str, object]
    sizes: Mapping[str, int]
    declared: Mapping[str, int]
    """The sizes that the spec itself gives, which `expect` is held to."""
    guessed: tuple[str, ...] = ()
    """Symbols whose size nobody gave."""

    def with_guess(self, size: int) -> Settled:
        """The same with another size where nobody gave one."""
        guess = dict.fromkeys(self.guessed, size)
        return replace(self, sizes={**self.sizes, **guess}, declared={**self.declared, **guess})


def settle(spec: Spec, settings: Settings) -> tuple[Settled | None, tuple[Diagnostic, ...]]:
    """Complete the settings; None, with findings, where they do not fit the spec."""
    findings: list[Diagnostic] = []
    ctx = Context(spec.file, findings, params={param.name: param for param in spec.scope.params})
    variant = _variant(ctx, spec, settings.variant)
    if findings:
        return None, tuple(findings)
    given = {**(variant.values if variant else {}), **_checked(ctx, settings.params)}
    values = scope_values(ctx, spec.scope, given)
    if findings:
        return None, tuple(findings)
    settled = _with_sizes(ctx, spec, variant, values, settings.sizes)
    return (None, tuple(findings)) if findings else (settled, ())


def _variant(ctx: Context, spec: Spec, name: str | None) -> Variant | None:
    """The variant that is asked for; without a name the first, if there are any."""
    if name is None:
        return spec.variants[0] if spec.variants else None
    found = spec.variant(name)
    if found is None:
        names = [variant.name for variant in spec.variants]
        message, where = f"`{spec.name}` has no variant `{name}`", ctx.where(("variants",) if names else ())
        ctx.report(codes.UNKNOWN_VARIANT, message, where, hint(name, "variants", names, "it has none"))
    return found


def _checked(ctx: Context, given: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in given.items():
        param = ctx.params.get(name)
        if param is None:
            message, where = f"there is no parameter `{name}`", ctx.where(("params",) if ctx.params else ())
            ctx.report(codes.UNKNOWN_PARAM, message, where, hint(name, "parameters", ctx.params, "it has none"))
            continue
        problem = problem_with(param, value)
        if problem:
            ctx.report(codes.BAD_PARAM, f"parameter `{name}` {problem}", param.where)
        else:
            values[name] = coerce(param, value)
    return values


def scope_values(ctx: Context, scope: Scope, given: Mapping[str, object]) -> dict[str, object]:
    """The values of a file's parameters and lets; parameters not given take their defaults."""
    values: dict[str, object] = {}
    for param in scope.params:
        if param.required and param.name not in given:
            message, help = f"parameter `{param.name}` has no value", f"give it a default, or `--set {param.name}=...`"
            ctx.report(codes.MISSING_ARGUMENT, message, param.where, help)
            continue
        values[param.name] = given.get(param.name, param.default)
    for name, formula in scope.lets:
        values[name] = frozen(_evaluate(ctx, formula, values))
    return values


def _evaluate(ctx: Context, formula: Formula, values: Mapping[str, object]) -> object:
    try:
        return value_of(formula.expr, values)
    except ExprError as error:
        ctx.report_expr(error, formula.where)
        return UNKNOWN


def _with_sizes(
    ctx: Context, spec: Spec, variant: Variant | None, values: Mapping[str, object], given: Mapping[str, int]
) -> Settled:
    symbols: dict[str, list[SymbolDecl]] = {}
    for dim in (dim for decl in spec.inputs for dim in decl.dims):
        if isinstance(dim, SymbolDecl):
            symbols.setdefault(dim.name, []).append(dim)
    for name in given:
        if name not in symbols:
            help = hint(name, "sizes", symbols, "its input sizes are all fixed")
            ctx.report(codes.UNKNOWN_SIZE, f"no input has a size called `{name}`", ctx.where(("inputs",)), help)
    defaults = {name: _default_size(ctx, uses, values) for name, uses in symbols.items()}
    usual = {name: GUESSES[0] if size is None else size for name, size in defaults.items()}
    sizes = {name: given.get(name, size) for name, size in usual.items()}
    for name, size in sizes.items():
        if not (is_whole(size) and 1 <= size < 2**31):
            message = f"size `{name}` must be a whole number from 1 to 2**31 - 1, not {quote(size)}"
            ctx.report(codes.OUT_OF_RANGE, message, symbols[name][0].where)
    open_ = [name for name, size in defaults.items() if size is None]
    return Settled(
        variant=variant.name if variant else None,
        values=values,
        sizes=sizes,
        declared={**usual, **{name: sizes[name] for name in open_}},
        guessed=tuple(name for name in open_ if name not in given),
    )


def _default_size(ctx: Context, uses: Sequence[SymbolDecl], values: Mapping[str, object]) -> int | None:
    """The size declared for a symbol, the same wherever it is declared."""
    found: int | None = None
    for use in uses:
        if use.default is None:
            continue
        size = _evaluate(ctx, use.default, values)
        if size is UNKNOWN:
            continue
        if not is_whole(size):
            ctx.report(codes.WRONG_TYPE, f"the size of `{use.name}` must be a whole number", use.where)
        elif found is not None and size != found:
            ctx.report(codes.DUPLICATE_NAME, f"`{use.name}` has two sizes, {found} and {size}", use.where)
        else:
            found = size
    return found
