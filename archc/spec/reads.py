"""What a definition's formulas read of its input: `input.channels` and its like."""

from __future__ import annotations

from collections.abc import Iterator

from archc.expr import Expr
from archc.expr.nodes import Attr, Name, children
from archc.spec.model import Block, Chain, Spec, Step
from archc.spec.walk import args_of, chains_in, formulas_of


def input_fields(definition: Spec | Block | Chain) -> Iterator[str]:
    """The fields of `input` that a definition's formulas read."""
    chain = definition if isinstance(definition, Chain) else definition.chain
    if isinstance(definition, Block):
        for _, formula in definition.lets:
            yield from _fields_of(formula.expr)
    if chain is not None:
        for step in chain.steps:
            yield from _fields_in(step)


def _fields_in(step: Step) -> Iterator[str]:
    for arg in args_of(step):
        for tree in formulas_of(arg):
            yield from _fields_of(tree)
    for chain in chains_in(step):
        for inner in chain.steps:
            yield from _fields_in(inner)


def _fields_of(tree: Expr) -> Iterator[str]:
    if isinstance(tree, Attr) and tree.obj == Name("input"):
        yield tree.name
    elif tree == Name("input"):
        yield "shape"
    else:
        for child in children(tree):
            yield from _fields_of(child)
