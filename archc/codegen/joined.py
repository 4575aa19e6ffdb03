"""Neighbours in `forward` that ask for one condition, or for its opposite, share one `if`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from archc.codegen import ir
from archc.codegen.ir import Tensor
from archc.expr import Expr, Unary


def joined(actions: Sequence[ir.Action], outputs: Sequence[Tensor], training: Collection[int]) -> tuple[ir.Action, ...]:
    """The actions with branches joined; `training` are those that training alone comes to, by `id`."""
    return _needed(_joined(actions, training), outputs)


def _joined(actions: Sequence[ir.Action], training: Collection[int]) -> tuple[ir.Action, ...]:
    found: list[ir.Action] = []
    kinds: list[bool] = []
    for action in actions:
        match action:
            case ir.Branch():
                then, other = _joined(action.then, training), _joined(action.other, training)
                made = (
                    replace(action, then=then, other=other) if (then, other) != (action.then, action.other) else action
                )
            case ir.Rounds():
                body = _joined(action.body, training)
                made = replace(action, body=body) if body != action.body else action
            case _:
                made = action
        kind = id(action) in training
        both = _both(found[-1], made) if found and kinds[-1] == kind else None
        if both is not None:
            found[-1] = both
        else:
            found.append(made)
            kinds.append(kind)
    return tuple(found)


def _both(first: ir.Action, second: ir.Action) -> ir.Branch | None:
    """Two branches as one; None where they ask for different things."""
    if not isinstance(first, ir.Branch) or not isinstance(second, ir.Branch):
        return None
    if second.condition == first.condition:
        then, other, merges = second.then, second.other, second.merges
    elif second.condition == _opposite(first.condition) and not first.absent and not second.absent:
        then, other = second.other, second.then
        merges = tuple(replace(merge, first=merge.second, second=merge.first) for merge in second.merges)
    else:
        return None
    where = {id(merge.result): merge.first for merge in first.merges}
    elsewhere = {id(merge.result): merge.second for merge in first.merges}
    return replace(
        first,
        then=(*first.then, *_with(then, where)),
        other=(*first.other, *_with(other, elsewhere)),
        merges=(
            *first.merges,
            *(replace(m, first=_swapped(m.first, where), second=_swapped(m.second, elsewhere)) for m in merges),
        ),
        absent=" ".join(dict.fromkeys(f"{first.absent} {second.absent}".split())),
    )


def _opposite(condition: Expr) -> Expr:
    return condition.operand if isinstance(condition, Unary) and condition.op == "not" else Unary("not", condition)


def _swapped(tensor: Tensor, by: Mapping[int, Tensor]) -> Tensor:
    return by.get(id(tensor), tensor)


def _with(actions: Sequence[ir.Action], by: Mapping[int, Tensor]) -> tuple[ir.Action, ...]:
    """Actions that read other tensors."""

    def merges(found: Sequence[ir.Merge]) -> tuple[ir.Merge, ...]:
        return tuple(replace(m, first=_swapped(m.first, by), second=_swapped(m.second, by)) for m in found)

    made: list[ir.Action] = []
    for action in actions:
        match action:
            case ir.Call():
                made.append(replace(action, inputs=tuple(_swapped(tensor, by) for tensor in action.inputs)))
            case ir.Branch():
                then, other = _with(action.then, by), _with(action.other, by)
                made.append(replace(action, then=then, other=other, merges=merges(action.merges)))
            case ir.Rounds():
                made.append(replace(action, body=_with(action.body, by), merges=merges(action.merges)))
    return tuple(made)


def _needed(actions: Sequence[ir.Action], outputs: Sequence[Tensor]) -> tuple[ir.Action, ...]:
    """The actions without the results of branches that nothing reads any more."""
    read = {id(tensor) for tensor in (*outputs, *_reads(actions))}

    def walk(inner: Sequence[ir.Action]) -> Iterator[ir.Action]:
        for action in inner:
            match action:
                case ir.Branch():
                    merges = tuple(merge for merge in action.merges if id(merge.result) in read)
                    yield replace(action, then=(*walk(action.then),), other=(*walk(action.other),), merges=merges)
                case ir.Rounds():
                    yield replace(action, body=(*walk(action.body),))
                case _:
                    yield action

    return (*walk(actions),)


def _reads(actions: Sequence[ir.Action]) -> Iterator[Tensor]:
    for action in actions:
        match action:
            case ir.Call():
                yield from action.inputs
            case ir.Branch():
                yield from _reads((*action.then, *action.other))
                yield from (tensor for merge in action.merges for tensor in (merge.first, merge.second))
            case ir.Rounds():
                yield from _reads(action.body)
                yield from (tensor for merge in action.merges for tensor in (merge.first, merge.second))
