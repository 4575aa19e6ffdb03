"""Translating conditions: a step that some arguments drop, and what stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from archc.codegen import ir, symbolic
from archc.codegen.binding import replaced
from archc.codegen.groups import make_children
from archc.codegen.ir import Place, Tensor
from archc.codegen.modules import is_always_made
from archc.codegen.ops import RefusedError, pick
from archc.codegen.outcomes import short
from archc.codegen.places import child_name, make, take_place
from archc.codegen.sites import Named, Site, UntranslatableError
from archc.codegen.sizes import made_in
from archc.dims import BATCH, Dim
from archc.expr import Expr, IfElse, Name, Unary, names
from archc.naming import auto_name
from archc.spec.model import Source, Step
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def conditional(builder: Builder, step: Step, condition: Expr, site: Site, current: Tensor) -> Named:
    """A step under a condition that some arguments meet and others do not."""
    inner = site._replace(gaps=site.gaps or (bool(site.rounds) and not is_always_made(step)))
    return either(builder,
        step, condition, site,
        lambda: builder.act(step, step.action, inner, current),
        lambda: instead(builder, step, inner, current),
    )  # fmt: skip


def either(
    builder: Builder, step: Step, condition: Expr, site: Site, then: Callable[[], Named], other: Callable[[], Named]
) -> Named:
    """One thing where a condition holds, another where not; the first results of both are one."""
    saved = builder.state(site)

    def only(needed: Expr, run: Callable[[], Named]) -> Named:
        """The one thing that there can be, where the other is refused whatever the arguments."""
        builder.restore(saved, site)
        builder.need(needed, "when")
        return run()

    builder.depth += 1
    builder.facts = saved.facts.assuming(condition)
    try:
        made, done, named = builder.apart(then)
    except RefusedError:
        return only(Unary("not", condition), other)
    yes, builder.places, builder.facts = builder.places, saved.places, saved.facts.assuming(condition, False)
    try:
        made_else, done_else, without = builder.apart(other)
    except RefusedError:
        return only(condition, then)
    builder.places = yes if yes == builder.places else IfElse(condition, yes, builder.places)
    builder.facts, builder.depth = saved.facts, saved.depth
    sizes = {each.symbol: each.value for each in (*made, *made_else) if isinstance(each, ir.Assign)}
    result, merges, phis = _merged(builder, step, condition, named, without, sizes)
    made, made_else = _without_common_guards(builder, made, made_else)
    absent = _absent(made, made_else) if not site.rounds and not site.instead else ""
    builder.statements.append(ir.If(condition, made, made_else, phis, absent))
    if not site.children and (done or done_else or merges):
        label = step.plain_name or auto_name(step.key)
        builder.actions.append(ir.Branch(condition, done, done_else, merges, absent, label))
    return result


def _without_common_guards(
    builder: Builder, made: Sequence[ir.Statement], other: Sequence[ir.Statement]
) -> tuple[tuple[ir.Statement, ...], tuple[ir.Statement, ...]]:
    """What is made on two ways, where what both ask of the arguments is asked before."""
    inside = {*made_in((*made, *other))}
    asked = [{each.condition: each for each in way if isinstance(each, ir.Guard)} for way in (made, other)]
    common = {need: guard for need, guard in asked[0].items() if need in asked[1] and not names(need) & inside}
    for need, guard in common.items():
        builder.need(need, guard.about, (*guard.of, *asked[1][need].of))
    left = [tuple(e for e in way if not isinstance(e, ir.Guard) or e.condition not in common) for way in (made, other)]
    return left[0], left[1]


def instead(builder: Builder, step: Step, site: Site, current: Tensor) -> Named:
    """What there is in the place of a step that is dropped."""
    other = step.otherwise
    if other is None:
        return Named((_handed(builder, step, site, current),))
    if isinstance(other, Source):
        return Named((builder.resolve(site.names, other.name),))
    if other.lone:
        return builder.stand(other.steps[0], site._replace(instead=True), current)[1]
    start = current if step.sources is None else builder.resolve(site.names, step.sources[0].name)
    if site.children and other.steps and not step.is_spliced:  # one child, be it functions alone
        statements, _, last = builder.apart(lambda: make_children(builder, other, site, start))
        make(builder, Place("child", child_name(builder, step, site)), ir.SequentialMaker(statements), step)
        return Named((last,))
    inner = site._replace(names=site.names.within(start), top=site.top and step.is_spliced, instead=False)
    value = builder.chain(other, inner, start)
    if other.steps and site.top and not step.is_spliced:
        take_place(builder)
    return Named((value,))


def _handed(builder: Builder, step: Step, site: Site, current: Tensor) -> Tensor:
    """What stands for the result of a dropped step without `else`; nothing for a side chain."""
    if step.is_side:
        return ir.NOTHING
    if step.sources is None or builder.feeds_first(step, step.action):
        return current
    sources = [builder.resolve(site.names, source.name) for source in step.sources]
    return current if current in sources else sources[0]


def _merged(
    builder: Builder, step: Step, condition: Expr, named: Named, without: Named, sizes: Mapping[str, Expr]
) -> tuple[Named, tuple[ir.Merge, ...], tuple[ir.Phi, ...]]:
    """The results of a step that may be dropped: its first one is merged with what stands for it then."""
    first, second = named.values[0], without.values[0]
    if first is second:
        return named, (), ()
    if second is ir.NOTHING:
        result = Tensor(first.type, step.plain_name, first.by_function)
        return named._replace(values=(result,)), (ir.Merge(result, first, ir.NOTHING),), ()
    type_, phis = _merged_type(builder, condition, first.type, second.type, sizes)
    result = Tensor(type_, step.plain_name, first.by_function)
    values = (result, *named.values[1:])
    needed = condition if len(values) > 1 else None
    return named._replace(values=values, condition=needed), (ir.Merge(result, first, second),), phis


def _merged_type(
    builder: Builder, condition: Expr, first: TensorType, second: TensorType, sizes: Mapping[str, Expr]
) -> tuple[TensorType, tuple[ir.Phi, ...]]:
    """The type of what is one of two tensors; `sizes` are worked out on the way to them."""
    if first.kind != second.kind:
        raise UntranslatableError("a tensor has another rank or dtype by a condition", condition)
    shape: list[Dim] = []
    phis: list[ir.Phi] = []
    for at, (one, other) in enumerate(zip(first.shape, second.shape, strict=True)):
        if one is BATCH:
            shape.append(one)
            continue
        left, right = symbolic.formula(one), symbolic.formula(other)
        whole, other_whole = replaced(left, sizes), replaced(right, sizes)
        is_whole = whole != left and builder.facts.same(whole, other_whole)
        chosen = whole if is_whole else pick(condition, left, right, builder.facts)
        if chosen is None:
            known = next((phi for phi in phis if (phi.first, phi.second) == (left, right)), None)
            if known is None:
                known = ir.Phi(builder.size_symbol(first.rank, at), left, right)
                builder.cases[known.symbol] = (condition, left, right)
                phis.append(known)
            chosen = Name(known.symbol)
        shape.append(symbolic.size(chosen))
    return short(builder, first.with_shape(*shape)), tuple(phis)


def _absent(then: Sequence[ir.Statement], other: Sequence[ir.Statement]) -> str:
    """The attribute that tells by being None whether a step is there: that of its one module."""
    match [each for each in then if not isinstance(each, (ir.Assign, ir.Guard))], other:
        case [ir.Make(place=Place(kind="attribute", plain=str(name)))], () if name.isidentifier():
            return name
        case _:
            return ""
