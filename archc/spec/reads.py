"""What a definition's formulas read of its input: `input.channels` and its like."""

from __future__ import annotations

from collections.abc import Iterator

from archc.expr import Expr
from archc.expr.nodes import Attr, Name, children
from archc.spec.arguments import Arg, Formula, Seq, Template
from archc.spec.model import Block, Chain, Spec, Step
from archc.spec.walk import args_of, chains_in


def input_fields(definition: Spec | Block | Chain) -> Iterator[str]:
    """The fields of `input` that a definition's formulas read."""
    chain = definition if isinstance(definition, Chain) else definition.chain
    if isinstance(definition, Block):
        for _, formula in definition.lets:
            yield from _fields_of(formula)
    if chain is not None:
        for step in chain.steps:
            yield from _fields_in(step)


def _fields_in(step: Step) -> Iterator[str]:
    for arg in args_of(step):
        yield from _fields_of(arg)
    for chain in chains_in(step):
        for inner in chain.steps:
            yield from _fields_in(inner)


def _fields_of(arg: Arg) -> Iterator[str]:
    if isinstance(arg, Formula):
        yield from _fields_of_expr(arg.expr)
    elif isinstance(arg, Seq):
        for item in arg.items:
            yield from _fields_of(item)
    elif isinstance(arg, Template):
        for part in arg.parts:
            if not isinstance(part, str):
                yield from _fields_of_expr(part)


def _fields_of_expr(expr: Expr) -> Iterator[str]:
    if isinstance(expr, Attr) and expr.obj == Name("input"):
        yield expr.name
    elif expr == Name("input"):
        yield "shape"
    else:
        for child in children(expr):
            yield from _fields_of_expr(child)
