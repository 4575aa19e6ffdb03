"""Reading `inputs` and `outputs`: what is fed to a network, and what it gives."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archc import codes, expr
from archc.diagnostics import Route
from archc.spec.arguments import Formula
from archc.spec.context import NOTHING, Context
from archc.spec.data import ANY_DTYPE, is_list, is_mapping, is_whole, quote
from archc.spec.model import InputDecl, OutputDecl, SymbolDecl
from archc.suggest import hint, renaming, suggest
from archc.tensor import MAX_RANK

DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
SYMBOL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:=(?!=)\s*(.+))?\Z", re.DOTALL)


class InputModel(BaseModel):
    """The long form of an input."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    shape: list[Any]
    dtype: str = "float32"
    doc: str = ""


def read_inputs(ctx: Context, value: object, route: Route) -> tuple[InputDecl, ...]:
    """The declared inputs, in order."""
    if value is None:
        return ()
    if not is_mapping(value) or not value:
        ctx.report(codes.WRONG_TYPE, "`inputs` is a mapping such as `{image: [3, H=224, W=224]}`", ctx.where(route))
        return ()
    found = [_read_input(ctx, name, raw, (*route, name)) for name, raw in value.items()]
    return tuple(i for i in found if i is not None)


def _read_input(ctx: Context, name: str, value: object, route: Route) -> InputDecl | None:
    where = ctx.where(route, on_key=True)
    if not ctx.check_name(name, where, "input"):
        return None
    if is_list(value):
        return _from_model(ctx, name, InputModel.model_construct(shape=value), route, route)
    if not is_mapping(value):
        ctx.report_type(f"input `{name}` is a shape such as `[3, H=224, W=224]`", value, ctx.where(route))
        return None
    model = ctx.validate(InputModel, value, route, f"input `{name}`")
    return None if model is None else _from_model(ctx, name, model, route, (*route, "shape"))


def _from_model(ctx: Context, name: str, model: InputModel, route: Route, at: Route) -> InputDecl | None:
    if len(model.shape) >= MAX_RANK:
        message = f"input `{name}` has {len(model.shape):,} dimensions: with the batch a tensor has at most {MAX_RANK}"
        ctx.report(codes.LIMIT, message, ctx.where(at))
        return None
    dtype = model.dtype if is_dtype(ctx, model.dtype, (*route, "dtype")) else ANY_DTYPE
    dims = tuple(_read_dim(ctx, raw, (*at, i)) for i, raw in enumerate(model.shape))
    return InputDecl(name, dims, dtype, ctx.where(route, on_key=True), model.doc)


def is_dtype(ctx: Context, dtype: str, route: Route) -> bool:
    """Whether there is a dtype of that name; reports it where not."""
    if dtype not in DTYPES:
        help = hint(dtype, "dtypes", DTYPES)
        at = ctx.where(route)
        ctx.report(codes.WRONG_TYPE, f"unknown dtype {quote(dtype)}", at, help, renaming(dtype, DTYPES, at))
    return dtype in DTYPES


def _read_dim(ctx: Context, raw: object, route: Route) -> Formula | SymbolDecl:
    """A dimension; with a finding, one of no known size where it is none."""
    where = ctx.where(route)
    if isinstance(raw, str):
        return _read_size(ctx, raw, route)
    if not is_whole(raw):
        ctx.report_type("a dimension is a number or a symbol such as `H=224`", raw, where)
        return Formula(expr.Name(NOTHING), where)
    if raw < 1:
        ctx.report(codes.OUT_OF_RANGE, f"a dimension is at least 1, not {raw}", where)
        return Formula(expr.Name(NOTHING), where)
    return Formula(expr.number(raw), where)


def _read_size(ctx: Context, text: str, route: Route) -> Formula | SymbolDecl:
    """A dimension given as text: a new symbol with or without a default, otherwise an expression."""
    where = ctx.where(route)
    match = SYMBOL.match(text)
    if match is None or match[1] in ctx.names:
        return ctx.formula(text, where)
    name, default = match[1], match[2]
    if name == "N":
        message, help = (
            "`N` is the batch dimension, which no shape lists",
            "leave it out: it is always there, first and free",
        )
        ctx.report(codes.BAD_NAME, message, where, help)
        return Formula(expr.Name(NOTHING), where)
    return SymbolDecl(name, None if default is None else ctx.formula(default, where), where)


class OutputModel(BaseModel):
    """The long form of an output."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)

    source: str = Field(alias="from")
    only: str | None = None


def read_outputs(ctx: Context, value: object, route: Route) -> tuple[OutputDecl, ...]:
    """The declared outputs: names of steps, or `{from: name, only: train}`."""
    if value is None:
        return ()
    if not is_mapping(value) or not value:
        ctx.report(codes.WRONG_TYPE, "`outputs` is a mapping such as `{logits: fc}`", ctx.where(route))
        return ()
    found = [
        _read_output(ctx, name, raw, (*route, name))
        for name, raw in value.items()
        if ctx.check_name(name, ctx.where((*route, name), on_key=True), "output")
    ]
    return tuple(output for output in found if output is not None)


def _read_output(ctx: Context, name: str, raw: object, route: Route) -> OutputDecl | None:
    """One output; also a faulty one that names its source, so that the step there counts as used."""
    if isinstance(raw, str):
        return OutputDecl(name, raw, ctx.where(route))
    model = ctx.validate(OutputModel, raw, route, f"output `{name}`")
    if model is not None and model.only not in {None, "train"}:
        message = f"`only` of output `{name}` must be `train`, not {quote(model.only)}"
        at, given = ctx.where((*route, "only")), str(model.only)
        ctx.report(codes.WRONG_TYPE, message, at, suggest(given, ["train"]), renaming(given, ["train"], at))
    source = raw.get("from") if is_mapping(raw) else None
    if not isinstance(source, str):
        return None
    return OutputDecl(name, source, ctx.where((*route, "from")), is_mapping(raw) and "only" in raw)
