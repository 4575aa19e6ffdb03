"""Steps that are never there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archc import expr
from archc.diagnostics import Edit, Fix, Where
from archc.rules.base import Hit, spec_rule
from archc.rules.mentions import own_blocks, steps_in
from archc.rules.repair import route_of
from archc.spec.arguments import Arg, Const, Formula, Seq
from archc.spec.model import Block, BlockCall, Chain, OpCall, Spec, Step
from archc.spec.walk import alternatives
from archc.tree import Body

if TYPE_CHECKING:
    from archc.network import Network


@spec_rule("ARC415", severity="warning", confidence="medium")
def dead_branch(spec: Spec, networks: Sequence[Network]) -> Iterator[Hit]:
    """# ARC415 dead-branch: a step whose `when` never holds

    ## What

    The condition of a step is false in every instance, in every variant, and it depends on nothing that could be set
    otherwise: no parameter of the file, no size.

    ## Why

    The step reads as if it could be there. Either the condition has a slip, or a block is given the same argument
    wherever it is used and can do without.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    blocks:
      layer:
        params: {out: int, drop: false}
        steps:
          - Linear: out
          - ReLU
          - {Dropout: 0.5, when: drop}
    steps:
      - layer: 32
      - layer: 16
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    blocks:
      layer:
        params: {out: int}
        steps:
          - Linear: out
          - ReLU
    steps:
      - layer: 32
      - layer: 16
      - Linear: 10
    ```
    """
    there: set[Step] = set()
    dropped: set[Step] = set()
    for network in networks:
        _note(network.body, there, dropped, set())
    for chain, block in _own_chains(spec):
        fixed = _fixed_names(spec, block)
        for step in steps_in(chain):
            if step.when is None or step not in dropped or _is_there(step, there):
                continue
            if expr.names(step.when.expr) <= fixed:
                route = route_of(step)
                edits = (Edit(Where(step.where.file, route), "remove"),) if isinstance(route[-1], int) else ()
                fixes = (Fix("take the step out", edits, safe=_is_nameless(step)),) if edits else ()
                message = f"`{step.key}` is never there: its `when` is false wherever it is used"
                yield Hit(Where(step.where.file, (*route, "when")), message, (), "take it out, or mend `when`", fixes)


def _is_nameless(step: Step) -> bool:
    """Whether no module behind a step would be called otherwise without it."""
    return step.name is not None or (isinstance(step.action, OpCall) and not step.action.op.is_module)


def _note(body: Body, there: set[Step], dropped: set[Step], seen: set[int]) -> None:
    """Note which steps a body and those within it have, and which are dropped."""
    if id(body) in seen:
        return
    seen.add(id(body))
    dropped.update(body.dropped)
    for item in body.items:
        there.update((item.step, item.outer))
        if isinstance(item.content, Body):
            _note(item.content, there, dropped, seen)


def _is_there(step: Step, there: set[Step]) -> bool:
    """Whether a step, or one of those that its chain puts in its place, is in some instance."""
    if step in there:
        return True
    return step.is_spliced and any(inner in there for inner in _inner(step))


def _inner(step: Step) -> Iterator[Step]:
    return (inner for inner in steps_in(Chain((step,), step.where)) if inner is not step)


def _own_chains(spec: Spec) -> Iterator[tuple[Chain, Block | None]]:
    if spec.chain is not None:
        yield spec.chain, None
    yield from ((block.chain, block) for block in own_blocks(spec))


def _fixed_names(spec: Spec, block: Block | None) -> set[str]:
    """The names in a chain that nobody outside the file can change: a block's parameters, fixed at every use."""
    if block is None:
        return set()
    calls = [
        action
        for chain, _ in _own_chains(spec)
        for step in steps_in(chain)
        for action in alternatives(step.action)
        if isinstance(action, BlockCall) and spec.scope.blocks.get(action.target) is block
    ]
    fixed = {param.name for param in block.params if all(_is_fixed(call, param.name) for call in calls)}
    for name, formula in block.lets:
        if expr.names(formula.expr) <= fixed:
            fixed.add(name)
    return fixed


def _is_fixed(call: BlockCall, name: str) -> bool:
    """Whether a use leaves a parameter to its default or gives it as a plain value."""
    arg: Arg | None = dict(call.args).get(name)
    if isinstance(arg, Formula):
        return not expr.names(arg.expr)
    if isinstance(arg, Seq):
        return all(isinstance(item, Const) for item in arg.items)
    return arg is None or isinstance(arg, Const)
