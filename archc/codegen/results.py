"""What the instances of classes give their callers: results whose sizes are told in terms of the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from archc import expr
from archc.codegen import ir, symbolic
from archc.codegen.attributes import module_names
from archc.codegen.ir import Unit
from archc.codegen.ops import settled
from archc.codegen.sites import size_name
from archc.codegen.statements import definitions_in
from archc.codegen.text import free
from archc.dims import BATCH, Dim
from archc.expr import Attr, Expr, Name, literal
from archc.expr.nodes import rebuild
from archc.spec.model import Chain
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def results(builder: Builder, maker: ir.UnitMaker, symbol: str) -> tuple[tuple[TensorType, ...], list[ir.Assign]]:
    """The results of an instance in terms of its caller, and sizes that it tells."""
    unit, given = maker.unit, given_to(maker)
    is_own = isinstance(unit.definition, Chain)  # its formulas are in the symbols of its caller
    inside = {name for name, _ in definitions_in(unit.body)}
    told: list[ir.Assign] = []

    def in_caller(at: int, dim: int, size: Dim) -> Dim:
        if size is BATCH or isinstance(size, int):
            return size
        value = written_out(symbolic.formula(size), unit)
        names = expr.names(value)
        if is_own and not names & inside:
            return symbolic.size(value)
        if not is_own and all(name in given or name.startswith(("f:", "$:")) for name in names):
            return symbolic.size(settled(substituted(value, given), builder.facts))
        told.append(told_size(builder, [unit], symbol, at, dim))
        return symbolic.size(Name(told[-1].symbol))

    types = tuple(
        type_.with_shape(*(in_caller(at, dim, size) for dim, size in enumerate(type_.shape)))
        for at, type_ in enumerate(unit.results)
    )
    return types, told


def told_size(builder: Builder, units: Sequence[Unit], symbol: str, at: int, dim: int) -> ir.Assign:
    """Read a size of a result off an instance of one of some classes, which have an attribute that holds it."""
    rank = units[0].results[at].rank
    stem = f"out_{size_name(rank, dim)}{f'_{at}' if at else ''}"
    name = free(stem, {each for unit in units for each in module_names(unit.body)})
    for unit in units:
        builder.translator.exports.setdefault(id(unit), {})[at, dim] = name
    return ir.Assign(builder.size_symbol(rank, dim), Attr(Name(symbol), name))


def given_to(maker: ir.UnitMaker) -> dict[str, Expr]:
    """What the parameters and sizes of an instance's class are for its caller."""
    params = maker.unit.params
    defaults = {p.name: literal(p.default) for p in params if not p.required}
    given = {**defaults, **{name: value for name, value in maker.given if not isinstance(value, tuple)}}
    tables = {p.name for p in params if p.type == "table"}
    found = {
        f"p:{name}": value
        for name, value in given.items()
        if value is not None and not (name in tables and isinstance(value, expr.ListExpr))
    }
    return {**maker.sizes, **found}


def sizes_of(unit: Unit, types: Sequence[TensorType]) -> dict[str, Expr]:
    """What the sizes of a class's inputs are at a call."""
    found: dict[str, Expr] = {}
    for own, given in zip(unit.inputs, types, strict=True):
        for mine, size in zip(own.type.shape, given.shape, strict=True):
            if mine is not BATCH:
                name = symbolic.formula(mine)
                if isinstance(name, Name):
                    found[name.id] = symbolic.formula(size)
    return found


def written_out(found: Expr, unit: Unit) -> Expr:
    """A formula with the class's lets and sizes worked out on the way written out, as far as they are formulas."""
    lets = unit.facts.lets

    def walk(each: Expr, within: frozenset[str]) -> Expr:
        if isinstance(each, Name):
            value = lets.get(each.id)
            if value is None and each.id.startswith("v"):  # a size that must be equal to one that callers can tell
                value = next((heavy for heavy, light in unit.facts.rewrites.items() if light == each), None)
            if value is None or each.id.startswith("f:") or each.id in within:
                return each
            return walk(value, within | {each.id})
        parts = expr.children(each)
        made = tuple(walk(part, within) for part in parts)
        return each if made == parts else rebuild(each, made)

    return walk(found, frozenset())


def substituted(found: Expr, values: Mapping[str, Expr]) -> Expr:
    """A formula with others in the place of symbols, plain numbers worked out."""
    if isinstance(found, Name):
        return values.get(found.id, found)
    parts = expr.children(found)
    made = tuple(substituted(part, values) for part in parts)
    if made == parts:
        return found
    if isinstance(found, expr.Binary):
        return symbolic.arithmetic(found.op, made[0], made[1])
    return rebuild(found, made)
