"""The results of steps: their names, and sizes whose formulas are short."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from archc.codegen import ir, symbolic
from archc.codegen.ir import Tensor
from archc.dims import Dim
from archc.expr import Expr, Name, names
from archc.expr.nodes import Binary, children
from archc.spec.model import Step
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


HEAVY = 24
"""How many letters of a formula are worth a variable."""


def results_of(
    builder: Builder, step: Step, types: Sequence[TensorType], name: str, *, by_function: bool
) -> tuple[Tensor, ...]:
    """The results of a step, called as it says."""
    names = step.results or (name,) * len(types)
    found = [
        Tensor(short(builder, type_), each if each != "_" else "", by_function)
        for type_, each in zip(types, names, strict=False)
    ]
    return tuple(found)


def short(builder: Builder, type_: TensorType) -> TensorType:
    """A type whose long formulas are given names, and products that are one size that size."""
    type_ = TensorType(tuple(map(partial(_whole, builder), type_.shape)), type_.dtype)
    shape = [
        size if not isinstance(size, symbolic.Num) or _letters(size.expr) <= HEAVY else _shortened(builder, type_, at)
        for at, size in enumerate(type_.shape)
    ]
    return TensorType(tuple(shape), type_.dtype)


def _whole(builder: Builder, size: Dim) -> Dim:
    if not (isinstance(size, symbolic.Num) and isinstance(size.expr, Binary)):
        return size
    atom = builder.facts.atom(size.expr)
    if atom is None and builder.facts.choices:  # it may be one of its names for all that others can be
        whole = builder.facts.canonical(size.expr)
        atom = next((Name(n) for n in names(size.expr) if builder.facts.canonical(Name(n)) == whole), None)
    return size if atom is None else symbolic.size(atom)


def _shortened(builder: Builder, type_: TensorType, at: int) -> Dim:
    value = symbolic.formula(type_.shape[at])
    found = next((s.symbol for s in builder.statements if isinstance(s, ir.Assign) and s.value == value), None)
    if found is None:
        found = builder.size_symbol(type_.rank, at)
        builder.facts = builder.facts.with_let(found, value)
        builder.statements.append(ir.Assign(found, value))
    return symbolic.size(Name(found))


def _letters(found: Expr) -> int:
    """How long a formula is, roughly."""
    total, waiting = 0, [found]
    while waiting and total <= HEAVY:
        each = waiting.pop()
        inner = children(each)
        total += 3 if inner else len(each.id.partition(":")[2] or "height") if isinstance(each, Name) else 1
        waiting += inner
    return total
