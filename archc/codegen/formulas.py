"""The formulas that code is printed from: in values, names, ops, loops and what `forward` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from archc.codegen import ir
from archc.codegen.ir import Either
from archc.codegen.symbolic import is_list
from archc.expr import Expr
from archc.ops import lowering
from archc.ops.base import Op


def fields_of(node: ir.Reading | lowering.Slice | None) -> Iterator[str]:
    """The arguments of an op that a lowering prints."""
    match node:
        case lowering.Field(name=name) | lowering.Star(name=name) | lowering.Entries(name=name):
            yield name
        case Either():
            yield from (*fields_of(node.then), *fields_of(node.other))
        case lowering.Call(args=args, kwargs=kwargs) | lowering.Method(args=args, kwargs=kwargs):
            if isinstance(node, lowering.Method):
                yield from fields_of(node.obj)
            for each in (*args, *(value for _, value in kwargs)):
                yield from fields_of(each)
        case lowering.Infix(operands=tuple() as inner) | lowering.Tuple(items=inner):
            for each in inner:
                yield from fields_of(each)
        case lowering.Index(obj=obj, items=items):
            for each in (obj, *items):
                yield from fields_of(each)
        case lowering.Slice(start=start, stop=stop, step=step):
            for each in (start, stop, step):
                yield from fields_of(each)
        case lowering.Attribute(obj=obj):
            yield from fields_of(obj)
        case lowering.Helper(call=call):
            yield from fields_of(call)
        case lowering.Batched(then=then, otherwise=other):
            yield from (*fields_of(then), *fields_of(other))
        case _:
            pass


def formulas_in(value: Any) -> Iterator[Expr]:
    """The formulas in a value, symbolic or not."""
    if (parts := getattr(value, "parts", None)) is not None:
        yield from (part for part in parts if not isinstance(part, str))
    elif (found := getattr(value, "expr", None)) is not None:
        yield found
    elif is_list(value):
        for item in value:
            yield from formulas_in(item)


def of_node(op: Op | None, node: ir.Reading) -> Iterator[Expr]:
    """The formulas that an op's lowering prints."""
    if isinstance(node, Either):
        yield node.condition
    for name in dict.fromkeys(fields_of(node)):
        yield from formulas_in(getattr(op, name, None))


def of_text(text: ir.Text) -> Iterator[Expr]:
    """The formulas in a name."""
    return (part for part in text if not isinstance(part, str))


def of_loop(loop: ir.Loop) -> Iterator[Expr]:
    """The formulas in the head of a loop."""
    yield loop.count if loop.rows is None else loop.rows


def forward_formulas(actions: Iterable[ir.Action]) -> Iterator[Expr]:
    """The formulas that `forward` prints."""
    for action in actions:
        match action:
            case ir.Call():
                if action.op is None or not action.op.is_source:
                    yield from of_node(action.op, action.node)
                if action.place is not None:
                    yield from of_text(action.place.name)
            case ir.Branch():
                if not action.absent:
                    yield action.condition
                yield from forward_formulas((*action.then, *action.other))
            case ir.Rounds():
                yield from of_loop(action.loop)
                yield from () if action.place is None else (action.place.first, action.place.second)
                yield from forward_formulas(action.body)


def shape_of_call(maker: ir.OpMaker | ir.UnitMaker) -> object:
    """What a module is made with, apart from its class; alternatives of a choice must agree in it."""
    if isinstance(maker, ir.UnitMaker):
        return ("unit", maker.given)
    if not isinstance(maker.node, lowering.Call) or maker.wrapped:
        return None
    values = [
        (name, _plain(getattr(maker.op, name))) for _, name in zip(maker.node.args, fields_of(maker.node), strict=False)
    ]
    positional = [value for _, value in values]
    named = [(name, _plain(getattr(maker.op, name))) for name, _ in maker.node.kwargs if hasattr(maker.op, name)]
    return ("op", tuple(positional), tuple(named))


def _plain(value: Any) -> object:
    found = tuple(formulas_in(value))
    return found or (type(value).__name__, value)
