"""The sizes of what a loop hands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.codegen import ir, symbolic
from archc.codegen.ir import Loop
from archc.dims import BATCH, Dim
from archc.expr import Expr, Name
from archc.expr.nodes import Binary
from archc.tensor import TensorType


def behind_loop(
    head: TensorType,
    phis: Sequence[ir.Phi],
    loop: Loop,
    count: int | None,
    body: Sequence[ir.Statement],
) -> TensorType:
    """The type that a loop hands on, its sizes by formulas without rounds where there are such."""
    inside = {loop.variable, loop.index, *made_in(body)}
    shape: list[Dim] = []
    for size in head.shape:
        phi = next((phi for phi in phis if size is not BATCH and symbolic.formula(size) == Name(phi.symbol)), None)
        closed = None if phi is None else _closed(phi, loop, count, inside | {p.symbol for p in phis})
        shape.append(size if closed is None else symbolic.size(closed))
    return TensorType(tuple(shape), head.dtype)


def _closed(phi: ir.Phi, loop: Loop, count: int | None, inside: set[str]) -> Expr | None:
    """A size behind a loop: that of any round where it is the same in each, or so many times what a round adds."""
    if count and not ir.symbols_of([phi.second]) & inside:
        return phi.second
    match phi.second:
        case Binary(op="+", left=left, right=step) if left == Name(phi.symbol) and not ir.symbols_of([step]) & inside:
            added = symbolic.arithmetic("*", loop.count, step)
            return symbolic.arithmetic("+", phi.first, added)
        case _:
            return None


def made_in(body: Sequence[ir.Statement]) -> Iterator[str]:
    """The symbols that statements make."""
    for statement in body:
        match statement:
            case ir.Make(symbol=symbol) | ir.Assign(symbol=symbol):
                yield symbol
            case ir.If(then=then, other=other, phis=phis):
                yield from (phi.symbol for phi in phis)
                yield from made_in(then)
                yield from made_in(other)
            case ir.For(body=inner, phis=phis, loop=loop):
                yield from (loop.variable, loop.index)
                yield from (phi.symbol for phi in phis)
                yield from made_in(inner)
            case _:
                pass
