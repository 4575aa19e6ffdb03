"""Reading what a network is trained with: `targets`, `loss` and `init`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from archc import codes
from archc.diagnostics import Route
from archc.spec.args import FRACTION, NUMBER, TEXT, Kind, read_arg
from archc.spec.arguments import Arg, Args
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping, is_number, quote
from archc.spec.inputs import is_dtype
from archc.spec.model import Faulty, Initialiser, OpCall, Step, TargetDecl
from archc.spec.steps import read_step
from archc.suggest import hint, renaming

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


class TargetModel(BaseModel):
    """A target's declaration."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    shape: list[Any]
    dtype: str = "float32"
    classes: Any = None
    doc: str = ""


def read_targets(ctx: Context, value: object) -> tuple[TargetDecl, ...]:
    """What the outputs are trained against."""
    declared = ctx.mapping(value, "`targets`", ("targets",))
    named = [
        (name, raw)
        for name, raw in declared.items()
        if ctx.check_name(name, ctx.where(("targets", name), on_key=True), "target")
    ]
    return tuple(_read_target(ctx, name, raw, ("targets", name)) for name, raw in named)


def _read_target(ctx: Context, name: str, raw: object, route: Route) -> TargetDecl:
    """One target: a shape, or a mapping that has one."""
    where = ctx.where(route, on_key=True)
    faulty = TargetDecl(name, (), "float32", None, where, is_faulty=True)
    if is_list(raw):
        model, at = TargetModel(shape=raw), route
    elif is_mapping(raw):
        model, at = ctx.validate(TargetModel, raw, route, f"target `{name}`"), (*route, "shape")
    else:
        ctx.report_type(f"target `{name}` is a shape such as `[10]`, or a mapping that has one", raw, ctx.where(route))
        return faulty
    if model is None or not is_dtype(ctx, model.dtype, (*route, "dtype")):
        return faulty
    bound = ctx.bind(ctx.symbols)
    sizes = [read_arg(bound, size, ctx.where((*at, place)), NUMBER) for place, size in enumerate(model.shape)]
    shape = tuple(size for size in sizes if size is not None)
    classes = None if model.classes is None else read_arg(ctx, model.classes, ctx.where((*route, "classes")), NUMBER)
    if len(shape) < len(sizes) or (classes is None) is not (model.classes is None):
        return faulty
    dtype_where = ctx.where((*route, "dtype")) if "dtype" in model.model_fields_set else None
    return TargetDecl(name, shape, model.dtype, classes, where, model.doc, dtype_where)


def read_losses(ctx: Context, value: object) -> tuple[Step, ...]:
    """The loss, or a list of several: steps whose inputs are outputs and targets."""
    if value is None:
        return ()
    if is_list(value):
        steps = [read_step(ctx, raw, ("loss", at)) for at, raw in enumerate(value)]
    else:
        steps = [read_step(ctx, value, ("loss",))]
    found = tuple(step for step in steps if not isinstance(step.action, Faulty))
    for step in found:
        if not (isinstance(step.action, OpCall) and step.action.op.family == "loss"):
            help = "for example `{CrossEntropyLoss: {}, from: [logits, label]}`"
            ctx.report(codes.UNKNOWN_OP, f"`{step.key}` is not a loss", step.where, help)
    return found


def read_init(ctx: Context, value: object) -> tuple[Initialiser, ...]:
    """Which initialiser which parameters get."""
    rules = ctx.mapping(value, "`init`", ("init",))
    found = [_read_initialiser(ctx, pattern, raw) for pattern, raw in rules.items()]
    return tuple(rule for rule in found if rule is not None)


def _read_initialiser(ctx: Context, pattern: str, raw: object) -> Initialiser | None:
    route = ("init", pattern)
    function, given = _call_of(raw)
    if not isinstance(function, str):
        message, help = (
            "an initialiser is a name, or a name with its arguments",
            "for example `{kaiming_normal: {mode: fan_out}}`",
        )
        ctx.report(codes.WRONG_TYPE, message, ctx.where(route), help)
        return None
    if function not in INITIALISERS:
        help = hint(function, "initialisers", INITIALISERS)
        where = ctx.where(route)
        name = ctx.where((*route, function), on_key=True) if is_mapping(raw) else where
        fixes = renaming(function, INITIALISERS, name)
        ctx.report(codes.UNKNOWN_OP, f"unknown initialiser {quote(function)}", where, help, fixes)
        return None
    args = _read_args(ctx, function, given, (*route, function))
    return None if args is None else Initialiser(pattern, function, args, ctx.where(route, on_key=True))


def _call_of(raw: object) -> tuple[object, object]:
    """An initialiser's name and what it is given: `zeros`, `{normal: {std: 0.01}}`, or a number that all get."""
    if is_number(raw):
        return "constant", {"val": raw}
    if is_mapping(raw) and len(raw) == 1:
        return next(iter(raw.items()))
    return raw, None


def _read_args(ctx: Context, function: str, given: object, route: Route) -> Args | None:
    """The arguments of an initialiser: by name, or a number for the first."""
    names = INITIALISERS[function]
    if isinstance(given, (int, float)) and names:
        given = {names[0]: given}
    if given is None:
        return ()
    if not is_mapping(given):
        ctx.report(codes.WRONG_TYPE, f"the arguments of `{function}` are a mapping", ctx.where(route))
        return None
    args: list[tuple[str, Arg]] = []
    for name, raw in given.items():
        at = ctx.where((*route, name))
        if name not in names:
            help = hint(name, "arguments", names)
            fixes = renaming(name, names, ctx.where((*route, name), on_key=True))
            ctx.report(codes.UNKNOWN_ARGUMENT, f"`{function}` has no argument `{name}`", at, help, fixes)
            continue
        arg = read_arg(ctx, raw, at, _kind(name))
        if arg is not None:
            args.append((name, arg))
    return tuple(args)


def _kind(argument: str) -> Kind:
    """How an argument of an initialiser is read: all but the number of groups are floats to torch."""
    return TEXT if argument in WORD_ARGUMENTS else NUMBER if argument == "groups" else FRACTION
