"""Translating repeats: as loops that hold for every round, or round by round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import TYPE_CHECKING

from archc.codegen import ir, symbolic
from archc.codegen.binding import bind, type_of
from archc.codegen.facts import Facts
from archc.codegen.groups import submodule
from archc.codegen.ir import Loop, Tensor
from archc.codegen.modules import is_named_module, may_be_dropped, owns_module, spliced
from archc.codegen.named_rounds import name_in_one, name_once
from archc.codegen.ops import RefusedError
from archc.codegen.places import bind_results
from archc.codegen.sites import Named, Site, UntranslatableError
from archc.codegen.sizes import behind_loop
from archc.codegen.statements import parted
from archc.expand.ports import given_ports
from archc.expr import Attr, Compare, Expr, Func, Index, Logic, Name, Number
from archc.spec.model import Block, BlockCall, Chain, Repeat, Step
from archc.spec.walk import alternatives, nameless

if TYPE_CHECKING:
    from archc.codegen.chains import Builder


def repeated(builder: Builder, step: Step, repeat: Repeat, site: Site, current: Tensor) -> Tensor:
    """A step as often as it says, in a loop or written out."""
    is_numbered = site.top and (site.children or builder.numbered)
    if is_numbered and is_named_module(step):
        chain = Chain((nameless(step),), step.where)
        builder.kept.append(chain)
        named = submodule(builder, replace(step, repeat=None, when=None), chain, site, current)
        bind_results(builder, step, site, named)
        return current if step.is_side else named.values[0]
    loop, count = _loop_of(builder, repeat, site)
    once = _single(builder, step)
    is_named = _must_unroll(builder, step)
    if count is not None and (count == 0 or loop.rows is not None or is_named):
        return _unrolled(builder, once, repeat, site, current, count)
    if count is None and is_named:
        raise UntranslatableError("a step behind a repeat names one of its rounds", loop.count)
    if count is None:
        builder.need(Compare(">=", loop.count, Number(0)), "repeat")
    inner = _in_round(site, repeat, Name(loop.index), Name(loop.variable))
    saved = builder.state(site)
    try:
        if is_numbered:
            name_once(builder, step, repeat, loop, inner.env)
        return _every_round(builder, once, loop, inner, current, count)
    except UntranslatableError:
        if count is None:
            raise
        builder.restore(saved, site)
    except RefusedError:
        if count is not None:
            raise
        builder.restore(saved, site)
        builder.need(Compare("<=", loop.count, Number(0)), "repeat")  # whatever the arguments, no round is taken
    return _unrolled(builder, once, repeat, site, current, count or 0)


def _single(builder: Builder, step: Step) -> Step:
    """One round of a repeated step, which is called like it."""
    once = replace(step, repeat=None)
    builder.kept.append(once)
    steps, branches = builder.bases.steps, builder.bases.branches
    if id(step) in steps:
        steps[id(once)] = steps[id(step)]
    branches.update({(id(once), name): base for (owner, name), base in branches.items() if owner == id(step)})
    return once


def _in_round(site: Site, repeat: Repeat, index: Expr, value: Expr) -> Site:
    """The site of a round, in which the variable has a value."""
    env = site.env if repeat.variable is None else site.env.with_value(repeat.variable, value)
    return site._replace(rounds=(*site.rounds, index), env=env)


def _loop_of(builder: Builder, repeat: Repeat, site: Site) -> tuple[Loop, int | None]:
    """A loop, and how many rounds it has where that is plain."""
    shown, types = repeat.variable or "_", builder.unit.types
    variable = ir.symbol("i", shown)
    if repeat.count is None:
        rows = site.env.values[repeat.rows or ""]
        table = site.env.known.get(rows.id) if isinstance(rows, Name) else None
        index = ir.symbol("i", "i")
        types |= {variable: f"row{type_of(rows, types).removeprefix('table')}", index: "int"}
        loop = Loop(variable, shown, Func("len", (rows,)), rows, index)
        return loop, len(table) if symbolic.is_list(table) else None
    types[variable] = "int"
    count = bind(repeat.count.expr, site.env)
    builder.divide([count])
    match builder.facts.canonical(count):
        case Number(value=int(plain)) as number:
            return Loop(variable, shown, number, None, variable), plain
        case _:
            return Loop(variable, shown, count, None, variable), None


def _must_unroll(builder: Builder, step: Step) -> bool:
    """Whether a later step names one of the rounds."""
    if step.name is None or step.name.plain is not None:
        return any(_must_unroll(builder, inner) for chain in spliced(step) for inner in chain.steps)
    pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in step.name.parts)
    return any(re.fullmatch(pattern, stem) for stem in builder.referenced)


def _unrolled(builder: Builder, step: Step, repeat: Repeat, site: Site, current: Tensor, count: int) -> Tensor:
    start, before = current, dict(site.names.own)
    rows = None if repeat.rows is None else site.env.values[repeat.rows]
    site = site._replace(gaps=site.gaps or may_be_dropped(step))
    rounds = [
        _in_round(site, repeat, Number(at), Number(at) if rows is None else Index(rows, Number(at)))
        for at in range(count)
    ]
    if site.top and (site.children or builder.numbered):
        name_in_one(builder, step, [each.env for each in rounds])
    carried: Mapping[str, Tensor] = {}
    for each in rounds:
        current, named = builder.once(step, each._replace(carried=carried), current)
        carried = _by_name(builder, step, named)
    for name in _named_each_time(step):  # the results of all rounds have no one name
        site.names.own.pop(name, None)
        site.names.own |= {name: before[name]} if name in before else {}
    if count == 0 and step.plain_name:
        site.names.own[step.plain_name] = Named((start,))
    return current


def _named_each_time(step: Step) -> Iterator[str]:
    """The names of modules that each round makes anew."""
    if step.plain_name and owns_module(step):
        yield step.plain_name
    for chain in spliced(step):
        for inner in chain.steps:
            yield from _named_each_time(inner)


def _by_name(builder: Builder, step: Step, named: Named) -> dict[str, Tensor]:
    """The results of a step that have names; those of a block as it calls them, be there only one."""
    block = _block_of(builder, step)
    ports = tuple(output.name for output in block.outputs) if block is not None and block.outputs else named.ports
    return {port: value for port, value in zip(ports, named.values, strict=False) if port}


def _block_of(builder: Builder, step: Step) -> Block | None:
    action = alternatives(step.action)[0]
    return builder.unit.scope.blocks[action.target] if isinstance(action, BlockCall) else None


@dataclass
class _Round:
    """A round that holds for every one: what it is fed and what it gives, by port, and the sizes that it changes."""

    head: dict[str, Tensor]
    phis: dict[tuple[str, int], tuple[str, Expr]] = field(default_factory=dict[tuple[str, int], tuple[str, Expr]])
    """By port and place: the symbol of a size that changes, and what it is before the first round."""
    step: Expr | None = None
    """How many places each round takes among the numbered children."""
    counted: str | None = None
    """The number of the next child, where rounds take different numbers of them."""
    after: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    statements: tuple[ir.Statement, ...] = ()
    actions: tuple[ir.Action, ...] = ()
    place: ir.Phi | None = None

    def carry(self, builder: Builder, port: str, at: int) -> None:
        """Have a size worked out from round to round."""
        tensor = self.head[port]
        symbol = builder.size_symbol(tensor.type.rank, at)
        self.phis[port, at] = (symbol, symbolic.formula(tensor.type.shape[at]))
        self.head[port] = Tensor(tensor.type.with_dim(at, symbolic.size(Name(symbol))), tensor.name)


def _every_round(builder: Builder, step: Step, loop: Loop, site: Site, current: Tensor, count: int | None) -> Tensor:
    """Translate a round such that it holds for every one: sizes that change are worked out from round to round."""
    saved = builder.state(site)
    carried = _carried_by(builder, step, site, current)
    if step.when is not None and len(carried) > 2:
        when = bind(step.when.expr, site.env)
        raise UntranslatableError("a round that may be dropped hands on several tensors", loop.count, when)
    builder.depth += 1
    found = _settled(builder, step, loop, site, carried)
    places = builder.places
    builder.restore(saved, site)
    builder.places = places
    builder.changing[step.where] = tuple(found.phis)
    head, after = found.head, found.after
    builder.facts = builder.facts.with_sizes(*(symbol for symbol, _ in found.phis.values()))
    phis = tuple(
        ir.Phi(symbol, before, symbolic.formula(after[port].type.shape[at]))
        for (port, at), (symbol, before) in found.phis.items()
    )
    phis += () if found.place is None else (found.place,)
    inside = {loop.variable, loop.index, *(symbol for symbol, _ in found.phis.values())}
    builder.facts = reduce(Facts.assuming, _of_columns(loop, found.statements), builder.facts)
    ahead, statements = parted(found.statements, inside, partial(_before, loop))
    for need, guard in ahead:
        builder.need(need, guard.about, guard.of)
    builder.statements.append(ir.For(loop, statements, phis))
    if after[""] is head[""] and not found.actions and not found.phis:
        return current
    doubled = [carried[port] for port, tensor in after.items() if port and tensor is after[""]]
    is_taken = builder.facts.decide(Compare(">=", loop.count, Number(1)))
    if not step.is_side and not is_taken and any(each is not current for each in doubled):
        raise UntranslatableError("what goes on where no round is taken is not what the first round takes", loop.count)
    behind = Tensor(behind_loop(head[""].type, phis, loop, count, statements), head[""].name)
    merges = tuple(
        ir.Merge(tensor, carried[port], after[port], None if port else behind)
        for port, tensor in head.items()
        if port in after
    )
    if not site.children and found.actions:
        builder.actions.append(ir.Rounds(loop, found.actions, merges, found.place))
    return current if step.is_side else behind


def _settled(builder: Builder, step: Step, loop: Loop, site: Site, carried: Mapping[str, Tensor]) -> _Round:
    """Try a round until the sizes are known that it changes; the last time, what it asks is noted."""
    start, is_outer_trial = builder.state(site), builder.is_trial
    found = _Round({port: Tensor(tensor.type, tensor.name) for port, tensor in carried.items()})
    for key in builder.changing.get(step.where, ()):
        found.carry(builder, *key)
    is_trial = is_outer_trial or step.where not in builder.changing
    while True:
        builder.restore(start, site)
        builder.is_trial = is_trial
        if not _once(builder, step, loop, site, found):
            continue
        changed = [key for key in _changed(builder, found, loop.count) if key not in found.phis]
        if not changed and is_trial is is_outer_trial:
            return found
        is_trial = is_outer_trial
        for key in changed:
            found.carry(builder, *key)


def _once(builder: Builder, step: Step, loop: Loop, site: Site, found: _Round) -> bool:
    """Translate a round as far as its changes are known; gives whether it is known how many places it takes."""
    within = (Compare(">=", Name(loop.index), Number(0)), Compare("<", Name(loop.index), loop.count))
    sizes = (symbol for symbol, _ in found.phis.values())
    builder.facts = reduce(Facts.assuming, within, builder.facts).with_sizes(*sizes)
    first = builder.places
    if found.counted is not None:
        builder.places = Name(found.counted)
    elif found.step is not None:
        builder.places = symbolic.arithmetic("+", first, symbolic.arithmetic("*", Name(loop.index), found.step))
    began = builder.places
    site = site._replace(carried={port: tensor for port, tensor in found.head.items() if port})
    run = partial(builder.once, step, site, found.head[""])
    found.statements, found.actions, (last, named) = builder.apart(run)
    results = _by_name(builder, step, named)
    found.after = {"": last, **{port: value for port, value in results.items() if port in found.head}}
    more = symbolic.arithmetic("-", builder.places, began)
    if builder.numbered and more != Number(0) and found.step is None and found.counted is None:
        found.step = more if isinstance(more, Number) else None
        found.counted = None if isinstance(more, Number) else ir.symbol("v", "n")
        return False
    if found.counted is None:
        taken = symbolic.arithmetic("*", loop.count, found.step or Number(0))
        builder.places = symbolic.arithmetic("+", first, taken)
        return True
    found.place = ir.Phi(found.counted, first, builder.places)
    builder.places = Name(found.counted)
    return True


def _of_columns(loop: Loop, body: Sequence[ir.Statement]) -> Iterator[Expr]:
    """The bounds of all cells of a column, behind a loop over the rows of a table."""
    for need in (each.condition for each in body if isinstance(each, ir.Guard)):
        match need:
            case Compare(op=">=", left=Attr(obj=Name(id=loop.variable), name=column), right=Number()) if loop.rows:
                yield Compare(">=", Attr(loop.rows, column), need.right)
            case _:
                pass


def _before(loop: Loop, need: Expr) -> Expr:
    """What a condition in each round comes to before the loop."""
    match need, loop.count:
        case Compare(op=">=", left=Index(obj=rows, index=Name(id=loop.index)), right=Number() as least), Func(
            name="len", args=(measured,)
        ) if rows == measured:
            return Compare(">=", Func("min", (rows,)), least)
        case Compare(op="<", left=Name(id=loop.index), right=most), count:
            return Compare(">=", most, count)
        case _:
            return Logic("or", Compare("<=", loop.count, Number(0)), need)


def _carried_by(builder: Builder, step: Step, site: Site, current: Tensor) -> dict[str, Tensor]:
    """What goes from one round to the next, as it is before the first: by port, the current tensor under ""."""
    found = {"": current}
    block = _block_of(builder, step)
    if block is None or not block.outputs:
        return found
    action = alternatives(step.action)[0]
    fed = builder.fed(step, action, site._replace(carried={}), current)
    given = given_ports(step, block.inputs, len(fed))
    ports = given if given and all(given) else block.inputs
    outputs = {output.name for output in block.outputs}
    chained = fed == [current] and len(outputs) == 1 and not step.is_side
    return found if chained else found | {port: t for port, t in zip(ports, fed, strict=False) if port in outputs}


def _changed(builder: Builder, found: _Round, count: Expr) -> Iterator[tuple[str, int]]:
    """The sizes that a round changes, by port and place."""
    for port, tensor in found.head.items():
        other = found.after.get(port, tensor).type
        if other.rank != tensor.type.rank or other.dtype != tensor.type.dtype:
            raise UntranslatableError("a repeat changes the rank or dtype of what it is fed", count)
        yield from ((port, at) for at in builder.differing(tensor.type, other))
