"""Translating choices: an op or a block that a parameter names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from archc.codegen import ir, symbolic
from archc.codegen.binding import worked_out
from archc.codegen.conditions import either
from archc.codegen.formulas import shape_of_call
from archc.codegen.ir import Place, Tensor
from archc.codegen.modules import unpacks
from archc.codegen.ops import RefusedError
from archc.codegen.outcomes import results_of
from archc.codegen.places import make
from archc.codegen.results import told_size
from archc.codegen.sites import Instance, Named, Site
from archc.dims import BATCH
from archc.expr import Compare, Expr, Logic, Name, Text
from archc.spec.model import BlockCall, Choice, OpCall, Step
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def choose(builder: Builder, step: Step, action: Choice, site: Site, current: Tensor) -> Named:
    """Whichever block or op a parameter names: one call where all take the same, else one for each."""
    parameter = worked_out(site.env.values[action.parameter], site.env.known)
    if isinstance(parameter, Text):
        return builder.act(step, dict(action.options)[parameter.value], site, current)
    if all(_is_called_alike(option) for _, option in action.options):
        saved = builder.state(site)
        uniform = _uniform(builder, step, action, parameter, site, current)
        if uniform is not None:
            return uniform
        builder.restore(saved, site)
    (name, first), *others = action.options
    if not others:
        return builder.act(step, first, site, current)
    rest = Choice(action.parameter, tuple(others)) if others[1:] else others[0][1]
    chosen = Compare("==", parameter, Text(name))
    known = builder.facts.decide(chosen)
    if known is not None:
        return builder.act(step, first if known else rest, site, current)
    return either(builder,
        step, chosen, site,
        lambda: builder.act(step, first, site, current),
        lambda: builder.act(step, rest, site, current),
    )  # fmt: skip


def _uniform(
    builder: Builder, step: Step, action: Choice, parameter: Expr, site: Site, current: Tensor
) -> Named | None:
    """One call for all alternatives; None where they are not called alike."""
    makers: list[tuple[str, ir.OpMaker | ir.UnitMaker]] = []
    outcomes: list[Named] = []
    places: list[Place] = []
    asked: list[tuple[str, Sequence[ir.Guard]]] = []
    saved = builder.state(site)
    for name, option in action.options:
        builder.restore(saved, site)
        builder.facts = saved.facts.assuming(Compare("==", parameter, Text(name)))
        try:
            statements, _, named = builder.apart(partial(builder.act, step, option, site, current))
        except RefusedError:
            return None
        guards = [each for each in statements if isinstance(each, ir.Guard)]
        makes = [each for each in statements if not isinstance(each, (ir.Assign, ir.Guard))]
        match makes:
            case [ir.Make(maker=ir.OpMaker() | ir.UnitMaker() as maker, place=place)]:
                makers.append((name, maker))
                outcomes.append(named)
                asked.append((name, guards))
                places.append(place)
            case _:
                return None
    builder.facts = saved.facts
    shapes = [shape_of_call(maker) for _, maker in makers]
    types = _chosen_types(builder, makers, outcomes)
    if types is None or shapes[0] is None or any(shape != shapes[0] for shape in shapes):
        return None
    for need, of in _asked(parameter, asked).items():
        builder.need(need, "argument", of)
    maker = ir.ChoiceMaker(parameter, tuple(makers))
    symbol = make(builder, places[-1], maker, step)
    shaped = [type_ if same else _told(builder, type_, symbol, at, makers) for at, (type_, same) in enumerate(types)]
    results = results_of(builder, step, shaped, step.plain_name, by_function=False)
    builder.call(step, site, places[-1], builder.fed(step, action.options[0][1], site, current), results)
    return Named(results, outcomes[0].ports, Instance(places[-1], maker))


def _asked(parameter: Expr, asked: Sequence[tuple[str, Sequence[ir.Guard]]]) -> dict[Expr, tuple[ir.Guard, ...]]:
    """What a choice asks: what all alternatives do, and what some do where they are chosen."""
    common = set[Expr].intersection(*({guard.condition for guard in guards} for _, guards in asked))
    found: dict[Expr, tuple[ir.Guard, ...]] = {}
    for name, guards in asked:
        for guard in guards:
            other = Compare("!=", parameter, Text(name))
            need = guard.condition if guard.condition in common else Logic("or", other, guard.condition)
            found[need] = (*found.get(need, ()), *guard.of)
    return found


def _chosen_types(
    builder: Builder, makers: Sequence[tuple[str, ir.OpMaker | ir.UnitMaker]], outcomes: Sequence[Named]
) -> tuple[tuple[TensorType, bool], ...] | None:
    """The results of a choice, each with whether all alternatives give its sizes; None where they differ more."""
    if len({len(each.values) for each in outcomes}) != 1:
        return None
    may_differ = all(isinstance(maker, ir.UnitMaker) for _, maker in makers)
    found: list[tuple[TensorType, bool]] = []
    for results in zip(*(each.values for each in outcomes), strict=True):
        first, *others = (each.type for each in results)
        if any(other.kind != first.kind for other in others):
            return None
        same = not any(builder.differing(first, other) for other in others)
        if not same and not may_differ:
            return None
        found.append((first, same))
    return tuple(found)


def _told(
    builder: Builder, type_: TensorType, symbol: str, at: int, makers: Sequence[tuple[str, ir.OpMaker | ir.UnitMaker]]
) -> TensorType:
    """The type of a result whose sizes the alternatives have each of their own, as attributes."""
    units = [maker.unit for _, maker in makers if isinstance(maker, ir.UnitMaker)]
    shape = [*type_.shape]
    for dim, size in enumerate(shape):
        if size is not BATCH:
            told = told_size(builder, units, symbol, at, dim)
            builder.statements.append(told)
            shape[dim] = symbolic.size(Name(told.symbol))
    return type_.with_shape(*shape)


def _is_called_alike(action: OpCall | BlockCall) -> bool:
    return isinstance(action, BlockCall) or (action.op.is_module and not action.op.is_source and not unpacks(action.op))
