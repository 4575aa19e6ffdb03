"""Reading `inputs`: what is fed to a network."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict

from archc import codes, expr
from archc.diagnostics import Route, suggest
from archc.spec.context import Context, kind, known, quote
from archc.spec.model import Formula, InputDecl, SymbolDecl
from archc.spec.params import check_name

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
    if not isinstance(value, dict) or not value:
        ctx.report(codes.WRONG_TYPE, "`inputs` is a mapping such as `{image: [3, H=224, W=224]}`", ctx.where(route))
        return ()
    found = [_read_input(ctx, name, raw, (*route, name)) for name, raw in value.items()]
    return tuple(i for i in found if i is not None)


def _read_input(ctx: Context, name: str, value: object, route: Route) -> InputDecl | None:
    where = ctx.where(route, on_key=True)
    if not check_name(ctx, name, where, "input"):
        return None
    shape, dtype, at, doc = value, "float32", route, ""
    if isinstance(value, dict):
        model = ctx.validate(InputModel, value, route, f"input `{name}`")
        if model is None:
            return None
        shape, dtype, at, doc = model.shape, model.dtype, (*route, "shape"), model.doc
    if not isinstance(shape, list):
        ctx.report(codes.WRONG_TYPE, f"input `{name}` is a shape such as `[3, H=224, W=224]`, not {kind(shape)}", ctx.where(route))
        return None
    if dtype not in DTYPES:
        ctx.report(codes.WRONG_TYPE, f"unknown dtype {quote(dtype)}", ctx.where((*route, "dtype")), suggest(dtype, DTYPES) or known("dtypes", DTYPES))
        return None
    dims = [_read_dim(ctx, raw, (*at, i)) for i, raw in enumerate(shape)]
    return InputDecl(name, tuple(d for d in dims if d is not None), dtype, where, doc) if None not in dims else None


def _read_dim(ctx: Context, raw: object, route: Route) -> Formula | SymbolDecl | None:
    where = ctx.where(route)
    if isinstance(raw, bool) or not isinstance(raw, (int, str)):
        ctx.report(codes.WRONG_TYPE, f"a dimension is a number or a symbol such as `H=224`, not {kind(raw)}", where)
        return None
    if isinstance(raw, int):
        if raw < 1:
            ctx.report(codes.OUT_OF_RANGE, f"a dimension is at least 1, not {raw}", where)
            return None
        return Formula(expr.number(raw), where)
    match = SYMBOL.match(raw)
    if match is None or match[1] in ctx.names:
        return ctx.formula(raw, where)
    name, default = match[1], match[2]
    if name == "N":
        ctx.report(codes.BAD_NAME, "`N` is the batch dimension, which no shape lists", where, "leave it out: it is always there, first and free")
        return None
    if default is None:
        return SymbolDecl(name, None, where)
    formula = ctx.formula(default, where)
    return None if formula is None else SymbolDecl(name, formula, where)
