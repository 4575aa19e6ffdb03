"""The contract between a network and its training: do the declared targets and losses fit the outputs?

Each target gets its type, each loss its inputs among outputs, targets and inputs, and then the loss op's own rule
judges them. A finding stands at the loss, with the op that gave the output its shape, and the target, beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc import codes
from archc.contract.inner import check_inner
from archc.contract.losses import check_loss
from archc.contract.operands import Target, operands, targets_of
from archc.diagnostics import Diagnostic

if TYPE_CHECKING:
    from archc.network import Network

__all__ = ["Target", "check_contract", "targets_of"]


def check_contract(network: Network) -> tuple[Diagnostic, ...]:
    """Everything wrong between the outputs, targets and losses of a network."""
    return tuple(_check(network))


def _check(network: Network) -> Iterator[Diagnostic]:
    spec, graph = network.spec, network.graph
    yield from check_inner(graph)
    targets, wrong = targets_of(network)
    if wrong:
        yield from wrong
        return
    named, clashes = operands(graph, targets)
    if clashes:
        yield from clashes
        return
    wrong = tuple(finding for step in spec.losses for finding in check_loss(step, named, network))
    yield from wrong
    if spec.losses and not any(finding.severity == "error" for finding in wrong):
        used = {source.name for step in spec.losses for source in step.sources or ()}
        yield from (_unused(target) for name, target in targets.items() if name not in used)


def _unused(target: Target) -> Diagnostic:
    message = f"no loss uses the target `{target.declared.name}`"
    return Diagnostic(codes.UNUSED_RESULT, message, target.declared.where, help="use it under `loss`, or take it out")
