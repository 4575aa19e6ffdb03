"""The contract between a network and its training: do the declared targets and losses fit the outputs?

Each target gets its type, each loss its inputs among outputs, targets and inputs, and then the loss op's own rule
judges them. A finding stands at the loss, with the op that gave the output its shape, and the target, beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from archc import codes
from archc.contract.inner import check_inner
from archc.contract.losses import check_loss
from archc.contract.operands import Target, operands, targets_of
from archc.diagnostics import Diagnostic
from archc.expand.unsure import is_sure
from archc.tree import Body, Src

if TYPE_CHECKING:
    from archc.network import Network

__all__ = ["Target", "check_beside", "check_contract", "targets_of"]


def check_contract(network: Network, without: Collection[str] = ()) -> tuple[Diagnostic, ...]:
    """Everything wrong between the outputs, targets and losses of a network; `without` the losses of some outputs."""
    return tuple(_check(network, without))


def check_beside(network: Network) -> tuple[Diagnostic, ...]:
    """The same of a network that has faults of its own, as far as its outputs are known all the same.

    They stand there as if they were inputs: what made them may be faulty, but their types are sure.
    """
    body = network.body
    sure = [output for output in body.outputs if is_sure(output.type)]
    first = len(body.inputs)
    ends = Body(
        body.definition,
        body.args,
        (*body.inputs, *(output.type for output in sure)),
        (*body.input_names, *(output.name for output in sure)),
        (),
        tuple(replace(output, src=Src(-1 - first - at)) for at, output in enumerate(sure)),
    )
    declared = {output.name for output in network.spec.outputs} or {"output"}
    return check_contract(replace(network, body=ends), declared - {output.name for output in sure})


def _check(network: Network, without: Collection[str]) -> Iterator[Diagnostic]:
    spec, graph = network.spec, network.graph
    yield from check_inner(graph)
    targets, wrong = targets_of(network)
    yield from wrong
    without = {*without, *(target.name for target in spec.targets if target.name not in targets)}
    named, clashes = operands(graph, targets)
    if clashes:
        yield from clashes
        return
    losses = [step for step in spec.losses if not any(source.name in without for source in step.sources or ())]
    wrong = tuple(finding for step in losses for finding in check_loss(step, named, network))
    yield from wrong
    if losses and not without and not any(finding.severity == "error" for finding in wrong):
        used = {source.name for step in spec.losses for source in step.sources or ()}
        yield from (_unused(target) for name, target in targets.items() if name not in used)


def _unused(target: Target) -> Diagnostic:
    message = f"no loss uses the target `{target.declared.name}`"
    return Diagnostic(codes.UNUSED_RESULT, message, target.declared.where, help="use it under `loss`, or take it out")
