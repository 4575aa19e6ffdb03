"""What the steps of a spec are as modules, and which chains are an `nn.Sequential`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.expr import Expr
from archc.ops.base import Op
from archc.spec.model import Action, Block, BlockCall, Chain, Group, OpCall, Source, Step
from archc.spec.walk import alternatives, chains_in, is_submodule, owns_modules, references_in


def may_be_dropped(step: Step) -> bool:
    """Whether some condition may drop a step, or one spliced in by it."""
    return step.when is not None or any(may_be_dropped(each) for chain in spliced(step) for each in chain.steps)


def is_always_made(step: Step) -> bool:
    """Whether a step, or what stands in its place, is one module of its own whatever the conditions."""
    if not is_submodule(step) or not _modules_alone(step) or is_side(step) or spliced(step):
        return False
    if step.when is None:
        return True
    other = step.otherwise
    return isinstance(other, Chain) and other.lone and other.steps[0].repeat is None and is_always_made(other.steps[0])


def is_sequential(chain: Chain, blocks: Mapping[str, Block]) -> bool:
    """Whether a chain is one module after another by definition, functions counted as modules: an `nn.Sequential`."""
    return all(_in_line(step, blocks) for step in chain.steps)


def is_sequential_block(block: Block) -> bool:
    """Whether the class of a block is an `nn.Sequential`: said to be one, or modules alone that all have names."""
    if len(block.inputs) != 1 or block.outputs or not is_sequential(block.chain, block.scope.blocks):
        return False
    return block.numbered or all(map(_named_module, block.chain.steps))


def _named_module(step: Step, *, in_rounds: bool = False) -> bool:
    in_rounds = in_rounds or step.repeat is not None
    if isinstance(step.action, Group) and step.action.spliced:
        return all(_named_module(each, in_rounds=in_rounds) for each in step.action.chain.steps)
    return step.name is not None and _modules_alone(step) and not (in_rounds and step.name.plain is not None)


def _modules_alone(step: Step) -> bool:
    """Whether a step is a module whatever it turns out to be."""
    if isinstance(step.action, Group) and step.action.spliced:
        return all(map(_modules_alone, step.action.chain.steps))
    return not any(isinstance(action, OpCall) and not action.op.is_module for action in alternatives(step.action))


def _in_line(step: Step, blocks: Mapping[str, Block]) -> bool:
    if step.sources is not None or step.results or is_side(step):
        return False
    other = step.otherwise
    if isinstance(other, Source) or (other is not None and not is_sequential(other, blocks)):
        return False
    return all(_one_to_one(action, blocks) for action in alternatives(step.action))


def _one_to_one(action: Action, blocks: Mapping[str, Block]) -> bool:
    match action:
        case OpCall(op=op, branches=None):
            alone = len(op.ports) - len(op.optional) == 1 or (op.merges and op.min_inputs == 1)
            return alone and not op.is_source and not (op.is_module and unpacks(op)) and not _is_several(op)
        case BlockCall(target=target):
            return len(blocks[target].inputs) == 1 and len(blocks[target].outputs) < 2
        case Group(spliced=True, chain=chain):
            return is_sequential(chain, blocks)
        case Group(side=False, chain=chain):
            return _is_closed(chain)
        case _:
            return False


def _is_closed(chain: Chain) -> bool:
    """Whether a chain refers to nothing around it."""
    return {name.partition(".")[0] for name in references_in(chain)} <= {"input", *_names_in(chain)}


def _names_in(chain: Chain) -> Iterator[str]:
    for step in chain.steps:
        yield from step.results
        if step.name is not None and step.name.plain is not None:
            yield step.name.plain
        for inner in chains_in(step):
            yield from _names_in(inner)


def unpacks(op: type[Op]) -> bool:
    """Whether a module is not simply called with one tensor and gives one."""
    return op.apply is not Op.apply or op.unpack is not Op.unpack


def _is_several(op: type[Op]) -> bool:
    return op.is_several or len(op.results) > 1


def is_side(step: Step) -> bool:
    """Whether a step is a chain on the side, whose result does not go on."""
    return isinstance(step.action, Group) and step.action.side


def spliced(step: Step) -> tuple[Chain, ...]:
    """The chain whose steps stand where a step does."""
    return (step.action.chain,) if isinstance(step.action, Group) and step.action.spliced else ()


def is_named_module(step: Step) -> bool:
    """Whether a step is a module with a plain name."""
    return step.name is not None and step.name.plain is not None and is_submodule(step)


def named_modules(step: Step) -> Iterator[tuple[Expr, ...]]:
    """For each module with a plain name that a step splices in: the conditions on the way to it."""
    for each in (each for chain in spliced(step) for each in chain.steps):
        here = () if each.when is None else (each.when.expr,)
        if is_named_module(each):
            yield here
        yield from ((*here, *inner) for inner in named_modules(each))


def owns_module(step: Step) -> bool:
    """Whether a step is a module in each round."""
    return owns_modules(Chain((step,), step.where))
