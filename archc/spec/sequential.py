"""Whether a network or a block is an `nn.Sequential`: modules alone, each fed by the one before, by its text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from archc.ops.base import Op
from archc.spec.model import Action, Block, BlockCall, Chain, Faulty, Group, OpCall, OutputDecl, Spec, Step
from archc.spec.walk import alternatives, chains_in, references_in


def is_sequential(definition: Spec | Block) -> bool:
    """Whether every step that can be there is a module which takes one tensor and gives one, fed by the one before.

    That holds for what `when` may drop, what `else` puts in its place and what a choice offers, too. The one output is
    the result of the last step.
    """
    chain = definition.chain
    if chain is None or len(definition.inputs) != 1 or not _gives_the_last(chain, definition.outputs):
        return False
    return _are_links(chain, definition.scope.blocks)


def _gives_the_last(chain: Chain, outputs: Sequence[OutputDecl]) -> bool:
    if not outputs:
        return True
    name = chain.steps[-1].name if chain.steps else None
    return len(outputs) == 1 and not outputs[0].train_only and name is not None and name.plain == outputs[0].source


def _are_links(chain: Chain, blocks: Mapping[str, Block]) -> bool:
    return all(_is_link(step, blocks) for step in chain.steps)


def _is_link(step: Step, blocks: Mapping[str, Block]) -> bool:
    other = step.otherwise
    if step.sources is not None or step.is_side or not (other is None or isinstance(other, Chain)):
        return False
    if other is not None and not _are_links(other, blocks):
        return False
    return all(_is_module(action, blocks) for action in alternatives(step.action))


def _is_module(action: Action, blocks: Mapping[str, Block]) -> bool:
    match action:
        case OpCall(op=op, branches=None):
            return _takes_and_gives_one(op)
        case BlockCall(target=target):
            block = blocks.get(target)  # one that could not be read may be anything
            return block is None or _is_one_to_one(block)
        case Group(chain=chain, spliced=True):
            return _are_links(chain, blocks)
        case Group(chain=chain):
            return not _captures(chain)
        case Faulty():
            return True
        case _:
            return False


def _takes_and_gives_one(op: type[Op]) -> bool:
    """Whether an op is a module that is called with one tensor and returns one."""
    return op.is_module and not op.is_source and op.apply is Op.apply and op.unpack is Op.unpack


def _is_one_to_one(block: Block) -> bool:
    outputs = block.outputs
    return len(block.inputs) == 1 and (not outputs or (len(outputs) == 1 and not outputs[0].train_only))


def _captures(chain: Chain) -> bool:
    """Whether a chain refers to a name outside it."""
    own = re.compile("|".join(("input", *_names_in(chain))))
    return not all(own.fullmatch(name.partition(".")[0]) for name in references_in(chain))


def _names_in(chain: Chain) -> Iterator[str]:
    """Patterns of the names of all steps within a chain."""
    for step in chain.steps:
        yield from map(re.escape, step.results)
        if step.name is not None:
            yield "".join(re.escape(part) if isinstance(part, str) else ".*" for part in step.name.parts)
        for inner in chains_in(step):
            yield from _names_in(inner)
