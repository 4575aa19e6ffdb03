"""Whether a network's own formulas depend on the size of its input."""

from __future__ import annotations

from collections.abc import Iterator

from archc.dims import Sym
from archc.expr import Expr
from archc.expr.nodes import Attr, Name, children
from archc.spec.arguments import Arg, Formula, Seq, Template
from archc.spec.model import Block, Chain, Spec, Step
from archc.spec.walk import args_of, chains_in
from archc.tree import Body

_PLACES = {"channels": 0, "features": -1, "width": -1, "length": -1, "height": -2, "depth": -3}


def reads_free_sizes(body: Body) -> bool:
    """Whether what the spec expands to may change with the sizes in force: some formula reads a free one."""
    seen: set[int] = set()
    waiting = [body]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if any(_is_free(field, each) for field in _fields(each.definition)):
            return True
        waiting += [item.content for item in each.items if isinstance(item.content, Body)]
    return False


def _is_free(field: str, body: Body) -> bool:
    sample = body.inputs[0].sample if body.inputs else ()
    if field in _PLACES:
        at = _PLACES[field]
        return -len(sample) <= at < len(sample) and isinstance(sample[at], Sym)
    return any(isinstance(size, Sym) for size in sample)


def _fields(definition: Spec | Block | Chain) -> Iterator[str]:
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
