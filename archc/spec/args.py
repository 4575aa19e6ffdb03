"""Reading one argument: what is text, what is an expression, and what neither."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from archc import codes, expr
from archc.diagnostics import Where
from archc.ops.base import Op
from archc.record import record
from archc.spec.arguments import Arg, Const, Formula, Seq
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping


@record
class Kind:
    """How a string is read for an argument: one of its words, free text, or else an expression."""

    words: frozenset[str] = frozenset()
    text: bool = False
    number: bool = True
    fraction: bool = False
    """Whether a number here need not be whole."""


NUMBER = Kind()
FRACTION = Kind(fraction=True)
TEXT = Kind(text=True, number=False)


@cache
def kind_of(op: type[Op], field: str) -> Kind:
    """How strings are read for an op's argument, from the type of its field."""
    leaves = set(_leaves(op.model_fields[field].annotation))
    words = frozenset(leaf for leaf in leaves if isinstance(leaf, str))
    return Kind(words, str in leaves, bool(leaves & {int, float, bool}), float in leaves)


def _leaves(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Literal:
        return list(get_args(annotation))
    if origin is Annotated:
        return _leaves(get_args(annotation)[0])
    if origin in {Union, UnionType, tuple, list}:
        return [leaf for arg in get_args(annotation) for leaf in _leaves(arg)]
    return [annotation]


def read_arg(ctx: Context, value: object, where: Where, how: Kind) -> Arg | None:
    """One argument; None, with a finding, where it cannot be read."""
    if is_list(value):
        items = [read_arg(ctx, item, inside(where, at), how) for at, item in enumerate(value)]
        good = tuple(item for item in items if item is not None)
        return Seq(good, where) if len(good) == len(items) else None
    if is_mapping(value):
        ctx.report(codes.WRONG_TYPE, "an argument is a value or a list of values, not a mapping", where)
        return None
    if not isinstance(value, str) or value in how.words:
        return Const(value, where)
    if how.number and not how.text:
        return ctx.formula(value, where, how.words, fraction=how.fraction)
    return ctx.template(value, where) if expr.has_template(value) else Const(value, where)


def read_formula(
    ctx: Context, value: object, where: Where, what: str, *, fraction: bool | None = False
) -> Formula | None:
    """A number, boolean or expression where only those make sense; `fraction` as for `Context.formula`."""
    if isinstance(value, bool):
        return Formula(expr.Bool(value), where)
    if isinstance(value, (int, float)):
        return Formula(expr.Number(value), where)
    if isinstance(value, str):
        return ctx.formula(value, where, fraction=fraction)
    ctx.report_type(f"{what} must be a number or an expression", value, where)
    return None


def inside(where: Where, part: str | int) -> Where:
    """The place of a part of the value at `where`."""
    return Where(where.file, (*where.route, part))
