"""Reading what stands around the network: variants, targets and losses, initialisers, check cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archc import codes
from archc.diagnostics import suggest
from archc.spec.args import NUMBER, TEXT, read_arg
from archc.spec.context import Context, kind, known, quote
from archc.spec.inputs import DTYPES
from archc.spec.model import (
    Arg, Block, BlockCall, Chain, Check, Choice, Faulty, Group, Initialiser, OpCall, Step, TargetDecl, Variant,
)  # fmt: skip
from archc.spec.params import check_name, check_value
from archc.spec.steps import read_step
from archc.expr import UNKNOWN

INITIALISERS: Mapping[str, tuple[str, ...]] = {
    "uniform": ("a", "b"),
    "normal": ("mean", "std"),
    "trunc_normal": ("mean", "std", "a", "b"),
    "constant": ("val",),
    "ones": (),
    "zeros": (),
    "eye": (),
    "dirac": ("groups",),
    "xavier_uniform": ("gain",),
    "xavier_normal": ("gain",),
    "kaiming_uniform": ("a", "mode", "nonlinearity"),
    "kaiming_normal": ("a", "mode", "nonlinearity"),
    "orthogonal": ("gain",),
    "sparse": ("sparsity", "std"),
}
"""The functions of torch.nn.init (without their final underscore) and their arguments."""
WORD_ARGUMENTS = ("mode", "nonlinearity")


def read_variants(ctx: Context, value: object) -> tuple[Variant, ...]:
    """The named parameter sets."""
    if value is None:
        return ()
    if not isinstance(value, dict) or not value:
        ctx.report(codes.WRONG_TYPE, "`variants` is a mapping of names to parameters", ctx.where(("variants",)))
        return ()
    found: list[Variant] = []
    for name, raw in value.items():
        route = ("variants", name)
        if not check_name(ctx, name, ctx.where(route, on_key=True), "variant"):
            continue
        values = read_settings(ctx, {} if raw is None else raw, route, f"variant `{name}`")
        found.append(Variant(name, values, ctx.where(route, on_key=True)))
    return tuple(found)


def read_settings(ctx: Context, value: object, route: tuple[str | int, ...], what: str) -> Mapping[str, object]:
    """Values for declared parameters, each held to its declaration."""
    if not isinstance(value, dict):
        ctx.report(codes.WRONG_TYPE, f"{what} is a mapping of parameters, not {kind(value)}", ctx.where(route))
        return {}
    values: dict[str, object] = {}
    for name, raw in value.items():
        param = ctx.params.get(name)
        if param is None:
            hint = suggest(name, ctx.params) or known("parameters", ctx.params)
            ctx.report(codes.UNKNOWN_PARAM, f"{what} sets `{name}`, which is no parameter", ctx.where((*route, name), on_key=True), hint)
            continue
        checked = check_value(ctx, param, raw, ctx.where((*route, name)))
        if checked is not UNKNOWN:
            values[name] = checked
    return values


class TargetModel(BaseModel):
    """A target's declaration."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    shape: list[Any]
    dtype: str = "float32"
    classes: Any = None
    doc: str = ""


def read_targets(ctx: Context, value: object) -> tuple[TargetDecl, ...]:
    """What the outputs are trained against."""
    if value is None:
        return ()
    if not isinstance(value, dict):
        ctx.report(codes.WRONG_TYPE, f"`targets` must be a mapping, not {kind(value)}", ctx.where(("targets",)))
        return ()
    found: list[TargetDecl] = []
    for name, raw in value.items():
        route = ("targets", name)
        model = ctx.validate(TargetModel, raw, route, f"target `{name}`")
        if model is None or not check_name(ctx, name, ctx.where(route, on_key=True), "target"):
            continue
        if model.dtype not in DTYPES:
            ctx.report(codes.WRONG_TYPE, f"unknown dtype {quote(model.dtype)}", ctx.where((*route, "dtype")), suggest(model.dtype, DTYPES) or known("dtypes", DTYPES))
            continue
        bound = ctx.bind(ctx.symbols)
        shape = [read_arg(bound, d, ctx.where((*route, "shape", at)), NUMBER) for at, d in enumerate(model.shape)]
        classes = None if model.classes is None else read_arg(ctx, model.classes, ctx.where((*route, "classes")), NUMBER)
        if None not in shape:
            found.append(TargetDecl(name, tuple(d for d in shape if d is not None), model.dtype, classes, ctx.where(route, on_key=True), model.doc))
    return tuple(found)


def read_losses(ctx: Context, value: object) -> tuple[Step, ...]:
    """The loss, or a list of several: steps whose inputs are outputs and targets."""
    if value is None:
        return ()
    listed = value if isinstance(value, list) else [value]
    found = [read_step(ctx, raw, ("loss", at) if isinstance(value, list) else ("loss",)) for at, raw in enumerate(listed)]
    good = [step for step in found if not isinstance(step.action, Faulty)]
    for step in good:
        if not (isinstance(step.action, OpCall) and step.action.op.family == "loss"):
            ctx.report(codes.UNKNOWN_OP, f"`{step.key}` is not a loss", step.where, "for example `{CrossEntropyLoss: {}, from: [logits, label]}`")
    return tuple(good)


def read_init(ctx: Context, value: object) -> tuple[Initialiser, ...]:
    """Which initialiser which parameters get."""
    if value is None:
        return ()
    if not isinstance(value, dict):
        ctx.report(codes.WRONG_TYPE, f"`init` must be a mapping, not {kind(value)}", ctx.where(("init",)))
        return ()
    found = [_read_initialiser(ctx, pattern, raw) for pattern, raw in value.items()]
    return tuple(rule for rule in found if rule is not None)


def _read_initialiser(ctx: Context, pattern: str, raw: object) -> Initialiser | None:
    route = ("init", pattern)
    where = ctx.where(route, on_key=True)
    function, given = next(iter(raw.items())) if isinstance(raw, dict) and len(raw) == 1 else (raw, {})
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        function, given = "constant", {"val": raw}
    if not isinstance(function, str):
        ctx.report(codes.WRONG_TYPE, "an initialiser is a name, or a name with its arguments", ctx.where(route), "for example `{kaiming_normal: {mode: fan_out}}`")
        return None
    if function not in INITIALISERS:
        hint = suggest(function, INITIALISERS) or known("initialisers", INITIALISERS)
        ctx.report(codes.UNKNOWN_OP, f"unknown initialiser {quote(function)}", ctx.where(route), hint)
        return None
    names = INITIALISERS[function]
    if isinstance(given, (int, float)) and names:
        given = {names[0]: given}
    if given is not None and not isinstance(given, dict):
        ctx.report(codes.WRONG_TYPE, f"the arguments of `{function}` are a mapping", ctx.where((*route, function)))
        return None
    args: list[tuple[str, Arg]] = []
    for name, arg_raw in (given or {}).items():
        at = ctx.where((*route, function, name))
        if name not in names:
            ctx.report(codes.UNKNOWN_ARGUMENT, f"`{function}` has no argument `{name}`", at, suggest(name, names) or known("arguments", names))
            continue
        arg = read_arg(ctx, arg_raw, at, TEXT if name in WORD_ARGUMENTS else NUMBER)
        if arg is not None:
            args.append((name, arg))
    return Initialiser(pattern, function, tuple(args), where)


class CheckModel(BaseModel):
    """One check case."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    variant: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    sizes: dict[str, int] = Field(default_factory=dict)
    params: int | None = None
    macs: int | None = None
    shapes: dict[str, list[Any]] = Field(default_factory=dict)
    doc: str = ""


def read_checks(ctx: Context, value: object, variants: Sequence[str]) -> tuple[Check, ...]:
    """The cases under `check`."""
    if value is None:
        return ()
    if not isinstance(value, list):
        ctx.report(codes.WRONG_TYPE, f"`check` is a list of cases, not {kind(value)}", ctx.where(("check",)))
        return ()
    found: list[Check] = []
    for at, raw in enumerate(value):
        route = ("check", at)
        model = ctx.validate(CheckModel, raw, route, "a check case")
        if model is None:
            continue
        values = read_settings(ctx, model.set, (*route, "set"), "a check case")
        if model.variant is not None and model.variant not in variants:
            hint = suggest(model.variant, variants) or known("variants", variants) or "it has none"
            ctx.report(codes.UNKNOWN_VARIANT, f"there is no variant {quote(model.variant)}", ctx.where((*route, "variant")), hint)
        for name in model.sizes:
            if name not in ctx.symbols:
                hint = suggest(name, ctx.symbols) or known("sizes", ctx.symbols) or "its input sizes are all fixed"
                ctx.report(codes.UNKNOWN_SIZE, f"no input has a size called {quote(name)}", ctx.where((*route, "sizes", name), on_key=True), hint)
        shapes = tuple((name, tuple(shape)) for name, shape in model.shapes.items())
        found.append(Check(ctx.where(route), model.variant, values, model.sizes, model.params, model.macs, shapes, model.doc))
    return tuple(found)


def check_recursion(ctx: Context, blocks: Mapping[str, Block]) -> None:
    """Report blocks that contain themselves, each circle once."""
    calls = {
        name: [target for target in _targets(block.chain) if target in blocks]
        for name, block in blocks.items()
        if block.scope.blocks is blocks
    }
    while calls:
        try:
            TopologicalSorter(calls).prepare()
            return
        except CycleError as error:
            circle: list[str] = list(reversed(error.args[1]))[:-1]
        start = min(range(len(circle)), key=lambda at: list(blocks).index(circle[at]))
        ordered = [*circle[start:], *circle[:start]]
        path = " -> ".join(f"`{name}`" for name in [*ordered, ordered[0]])
        ctx.report(codes.RECURSION, f"a block contains itself: {path}", blocks[ordered[0]].where, "unroll it with `repeat`")
        calls = {name: [t for t in targets if t not in circle] for name, targets in calls.items() if name not in circle}


def _targets(chain: Chain) -> Iterator[str]:
    for step in chain.steps:
        action = step.action
        options = [option for _, option in action.options] if isinstance(action, Choice) else [action]
        for option in options:
            if isinstance(option, BlockCall):
                yield option.target
            elif isinstance(option, Group):
                yield from _targets(option.chain)
            elif isinstance(option, OpCall):
                for branch in option.branches or ():
                    yield from _targets(branch.chain)
