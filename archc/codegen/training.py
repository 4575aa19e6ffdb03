"""What exists where a condition holds, and what in training alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.codegen import ir
from archc.codegen.ir import Unit


def may_be_missing(actions: Sequence[ir.Action]) -> frozenset[int]:
    """By `id`: the tensors that are None where a condition does not hold."""
    found = {id(ir.NOTHING)}
    for action in actions:
        if not isinstance(action, ir.Call):
            found |= may_be_missing(action.body)
            found |= {id(m.result) for m in action.merges if {id(m.first), id(m.second)} & found}
    return frozenset(found)


def come_together(actions: Sequence[ir.Action], tensors: Sequence[ir.Tensor]) -> bool:
    """Whether one condition decides for all of some tensors whether they are there."""
    conditions = {
        id(merge.result): action.condition
        for action in actions
        if isinstance(action, ir.Branch) and not action.other
        for merge in action.merges
        if merge.second is ir.NOTHING and id(merge.first) not in may_be_missing(action.then)
    }
    return len({conditions.get(id(each)) for each in tensors}) == 1 and id(tensors[0]) in conditions


def made_in(actions: Sequence[ir.Action], chosen: frozenset[int]) -> set[int]:
    """By `id`: what some of the actions give."""
    return {
        id(tensor)
        for action in actions
        if id(action) in chosen
        for tensor in (
            action.results if isinstance(action, ir.Call) else (t for m in action.merges for t in (m.result, m.behind))
        )
    }


def training_actions(unit: Unit) -> frozenset[int]:
    """By `id`: what only the outputs that exist in training alone need."""
    if not any(output.train_only for output in unit.outputs):
        return frozenset()
    always = {id(output.tensor) for output in unit.outputs if not output.train_only}
    found: set[int] = set()

    def walk(actions: Sequence[ir.Action]) -> None:
        for action in reversed(actions):
            match action:
                case ir.Call():
                    if any(id(result) in always for result in action.results):
                        always.update(id(tensor) for tensor in action.inputs)
                    else:
                        found.add(id(action))
                case ir.Branch() | ir.Rounds():
                    merges = [m for m in action.merges if {id(m.result), id(m.behind)} & always]
                    for merge in merges:
                        always.update((id(merge.first), id(merge.second)))
                    if not merges and always.isdisjoint(_made_by_calls(action.body)):
                        found.add(id(action))
                    walk(action.body)

    walk(unit.actions)
    return frozenset(found)


def _made_by_calls(actions: Sequence[ir.Action]) -> Iterator[int]:
    calls = (each for each in ir.every_action(actions) if isinstance(each, ir.Call))
    return (id(result) for call in calls for result in call.results)
