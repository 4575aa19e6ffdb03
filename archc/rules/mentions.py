"""What a spec's text mentions: names in expressions, blocks in steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from archc import expr
from archc.spec.arguments import Arg, Const, Formula, Seq
from archc.spec.data import is_list, is_mapping
from archc.spec.model import Block, Chain, Spec, Step
from archc.spec.walk import chains_in, names_in_step

_NAME = re.compile(r"[A-Za-z_]\w*")


def own_blocks(spec: Spec) -> tuple[Block, ...]:
    """The blocks that a file defines itself."""
    return tuple(block for block in spec.scope.blocks.values() if block.where.file == spec.file)


def steps_in(chain: Chain) -> Iterator[Step]:
    """All steps of a chain, those in the chains within it too."""
    for step in chain.steps:
        yield step
        for inner in chains_in(step):
            yield from steps_in(inner)


def names_in_chain(chain: Chain) -> Iterator[str]:
    """The names in a chain's expressions, titles for pictures included."""
    for step in chain.steps:
        yield from names_in_step(step)
    for step in steps_in(chain):
        yield from _words(step.view)


def names_in_block(block: Block) -> frozenset[str]:
    """The names that a block's own text uses."""
    lets = (name for _, formula in block.lets for name in expr.names(formula.expr))
    return frozenset((*lets, *names_in_chain(block.chain), *(o.source for o in block.outputs)))


def names_in_file(spec: Spec) -> frozenset[str]:
    """The names that a file uses anywhere."""
    found: set[str] = set(names_in_chain(spec.chain) if spec.chain is not None else ())
    found.update(name for block in own_blocks(spec) for name in names_in_block(block))
    found.update(name for _, formula in spec.scope.lets for name in expr.names(formula.expr))
    dims = (dim if isinstance(dim, Formula) else dim.default for decl in spec.inputs for dim in decl.dims)
    found.update(name for dim in dims if dim is not None for name in expr.names(dim.expr))
    for target in spec.targets:
        found.update(_names((*target.shape, *([target.classes] if target.classes is not None else []))))
    for step in spec.losses:
        found.update(names_in_step(step))
    for initialiser in spec.init:
        found.update(_names(arg for _, arg in initialiser.args))
    return frozenset(found)


def _names(args: Iterable[Arg]) -> Iterator[str]:
    for arg in args:
        if isinstance(arg, Const):
            yield from _words(arg.value)
        elif isinstance(arg, Formula):
            yield from expr.names(arg.expr)
        elif isinstance(arg, Seq):
            yield from _names(arg.items)
        else:
            yield from (name for part in arg.parts if not isinstance(part, str) for name in expr.names(part))


def _words(value: object) -> Iterator[str]:
    """All words in the texts of a value."""
    if isinstance(value, str):
        yield from _NAME.findall(value)
    inside = value.values() if is_mapping(value) else value if is_list(value) else ()
    for item in inside:
        yield from _words(item)
