"""Translating chains: each step once, whatever its conditions and however often it is repeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from archc.codegen import ir, symbolic
from archc.codegen.binding import Env, bind, divisions, entries, replaced, type_of, worked_out
from archc.codegen.facts import Facts
from archc.codegen.ir import Loop, Place, Tensor, Unit
from archc.codegen.naming import Bases
from archc.codegen.ops import Made, RefusedError, applied_again, make_op, pick
from archc.codegen.symbolic import OpaqueError
from archc.dims import BATCH, Dim
from archc.expand.ports import bind_ports, given_ports
from archc.expr import Compare, Expr, Func, IfElse, Index, Name, Number, Text, Unary, names
from archc.expr.nodes import Binary, children
from archc.naming import auto_name
from archc.ops.base import Inputs, Op
from archc.ops.state import Buffer, Parameter
from archc.record import record
from archc.spec.arguments import Arg, Formula, Seq, Template
from archc.spec.model import (
    Action,
    Block,
    BlockCall,
    Branch,
    Chain,
    Choice,
    Group,
    OpCall,
    OutputDecl,
    Repeat,
    Reuse,
    Source,
    Step,
)
from archc.spec.walk import alternatives, chains_in, is_submodule, owns_modules, references_in
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.codegen.translate import Translator

T = TypeVar("T")
STEMS = {3: ("", "channels", "features"), 4: ("", "channels", "height", "width")}
"""What sizes are called by the rank of a tensor."""
HEAVY = 24
"""How many letters of a formula are worth a variable."""


class UntranslatableError(Exception):
    """What no class can say for all values of some symbols."""

    def __init__(self, reason: str, *formulas: Expr) -> None:
        super().__init__(reason)
        self.formulas = formulas


@record(eq=False, repr=False)
class Instance:
    """A module that can be called again: where it stands, and what makes it."""

    place: Place
    maker: ir.Maker
    made: Made | None = None


class Named(NamedTuple):
    """What a name stands for: results by port, and the module that made them."""

    values: tuple[Tensor, ...]
    ports: tuple[str, ...] = ("",)
    instance: Instance | None = None

    def get(self, port: str) -> Tensor:
        """A result by its port, the first where none is said."""
        return self.values[self.ports.index(port)] if port in self.ports else self.values[0]


@dataclass(slots=True)
class Names:
    """The names of a chain so far, and those of the chains around it."""

    outer: Names | None = None
    own: dict[str, Named] = field(default_factory=dict[str, Named])

    def find(self, name: str) -> Named | None:
        """The nearest thing of that name."""
        return self.own.get(name) or (self.outer.find(name) if self.outer else None)

    def within(self, start: Tensor) -> Names:
        """The names of a chain inside this one."""
        return Names(self, {"input": Named((start,))})


class Site(NamedTuple):
    """Where steps stand: what they see, the rounds around them, and how their modules are placed."""

    env: Env
    names: Names
    rounds: tuple[Expr, ...] = ()
    """By what the modules of repeated steps are numbered."""
    children: bool = False
    """Whether they are the children of a `Sequential`, which is built and not called."""
    top: bool = True
    """Whether they take places of their own in the body's chain; the parts of a fork do not."""
    gaps: bool = False
    """Whether some rounds may leave them out."""
    turn: Expr | None = None
    """The round of a chain that numbers its steps whatever the round."""


class Builder:
    """The body of one class as it is translated."""

    def __init__(
        self, translator: Translator, unit: Unit, chain: Chain, outputs: Sequence[OutputDecl], *, numbered: bool
    ) -> None:
        self.translator = translator
        self.unit = unit
        self.facts: Facts = unit.facts
        self.statements: list[ir.Statement] = []
        self.actions: list[ir.Action] = []
        self.bases = Bases(chain, numbered=numbered)
        self.places: Expr = Number(0)
        """How many steps of a numbered chain have places so far."""
        self.numbered = numbered
        self.lengths: dict[str, int] = {}
        """Of lists: how many entries they are declared to have."""
        self.kept: list[object] = []
        """Steps that are made on the way, which names are known by."""
        self.depth = 0
        """How many conditions and loops are around."""
        self.cases: dict[str, tuple[Expr, Expr, Expr]] = {}
        """Sizes that depend on a condition, with their values where it holds and where not."""
        stems = {name.partition(".")[0] for name in references_in(chain)} | {o.source.split(".")[0] for o in outputs}
        self.referenced = frozenset(stems)

    # chains and steps

    def chain(self, chain: Chain, site: Site, current: Tensor) -> Tensor:
        """Translate steps where they stand; gives the result of the last one."""
        for step in chain.steps:
            current, _ = self._stand(step, site, current, {})
        return current

    def _stand(self, step: Step, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> tuple[Tensor, Named]:
        """A step as often as it says: what goes on to the next one, and its results."""
        if step.repeat is not None:
            value = self._repeated(step, step.repeat, site, current)
            return value, Named((value,))
        return self._once(step, site, current, carried)

    def _once(self, step: Step, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> tuple[Tensor, Named]:
        condition = None if step.when is None else bind(step.when.expr, site.env)
        known = None
        if condition is not None:
            self.divide([condition])
            known = self.facts.decide(condition)
        if condition is None or known is True:
            named = self._act(step, step.action, site, current, carried)
        elif known is False:
            named = self._instead(step, site, current, carried)
        else:
            named = self._conditional(step, condition, site, current, carried)
        self._bind(step, site, named)
        return (current if _is_side(step) else named.values[0]), named

    def _conditional(
        self, step: Step, condition: Expr, site: Site, current: Tensor, carried: Mapping[str, Tensor]
    ) -> Named:
        inner = site._replace(gaps=site.gaps or bool(site.rounds))
        return self._either(
            step, condition, site,
            lambda: self._act(step, step.action, inner, current, carried),
            lambda: self._instead(step, inner, current, carried),
        )  # fmt: skip

    def _either(
        self, step: Step, condition: Expr, site: Site, then: Callable[[], Named], other: Callable[[], Named]
    ) -> Named:
        """One thing where a condition holds, another where not; the first results of both are one."""
        facts, places = self.facts, self.places
        self.depth += 1
        self.facts = facts.assuming(condition)
        try:
            made, done, named = self._apart(then)
        except RefusedError:
            return self._only(Unary("not", condition), other, facts, places)
        yes, self.places, self.facts = self.places, places, facts.assuming(condition, False)
        try:
            made_else, done_else, without = self._apart(other)
        except RefusedError:
            return self._only(condition, then, facts, places)
        self.places = yes if yes == self.places else IfElse(condition, yes, self.places)
        self.facts = facts
        self.depth -= 1
        result, merges, phis = self._merged(step, condition, named, without)
        absent = _absent(made, made_else) if not site.rounds and site.turn is None else ""
        self.statements.append(ir.If(condition, made, made_else, phis, absent))
        if not site.children and (done or done_else or merges):
            label = step.name.plain if step.name is not None and step.name.plain else auto_name(step.key)
            self.actions.append(ir.Branch(condition, done, done_else, merges, absent, label))
        return result

    def _only(self, condition: Expr, run: Callable[[], Named], facts: Facts, places: Expr) -> Named:
        """The one thing that there can be, where the other is refused whatever the arguments."""
        self.depth -= 1
        self.facts, self.places = facts, places
        self.need(condition, "when")
        return run()

    def _instead(self, step: Step, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> Named:
        """What there is in the place of a step that is dropped."""
        other = step.otherwise
        if other is None:
            return Named((self._handed(step, site, current),))
        if isinstance(other, Source):
            return Named((self._resolve(site.names, other),))
        if other.lone:
            return self._stand(other.steps[0], site, current, carried)[1]
        start = current if step.sources is None else self._resolve(site.names, step.sources[0])
        if site.children and other.steps and not step.is_spliced:  # one child, be it functions alone
            statements, _, last = self._apart(lambda: self._children(other, site, start))
            self._make(Place("child", self._child_name(step, site)), ir.SequentialMaker(statements), step)
            return Named((last,))
        inner = site._replace(names=site.names.within(start), top=site.top and step.is_spliced)
        value = self.chain(other, inner, start)
        if other.steps and site.top and not step.is_spliced:
            self._take_place()
        return Named((value,))

    def _handed(self, step: Step, site: Site, current: Tensor) -> Tensor:
        """What stands for the result of a dropped step without `else`; nothing for a side chain."""
        if _is_side(step):
            return ir.NOTHING
        sources = [] if step.sources is None else [self._resolve(site.names, source) for source in step.sources]
        return current if not sources or current in sources or _feeds_first(step, self) else sources[0]

    def _merged(
        self, step: Step, condition: Expr, named: Named, without: Named
    ) -> tuple[Named, tuple[ir.Merge, ...], tuple[ir.Phi, ...]]:
        """The results of a step that may be dropped: its first one is merged with what stands for it then."""
        first, second = named.values[0], without.values[0]
        if first is second:
            return named, (), ()
        if second is ir.NOTHING:
            result = Tensor(first.type, step.name.plain or "" if step.name else "", first.by_function)
            return named._replace(values=(result,)), (ir.Merge(result, first, ir.NOTHING),), ()
        type_, phis = self._merged_type(condition, first.type, second.type)
        name = (step.name.plain or "") if step.name is not None else ""
        result = Tensor(type_, name, first.by_function)
        values = (result, *named.values[1:])
        return named._replace(values=values), (ir.Merge(result, first, second),), phis

    def _merged_type(
        self, condition: Expr, first: TensorType, second: TensorType
    ) -> tuple[TensorType, tuple[ir.Phi, ...]]:
        if first.rank != second.rank or first.dtype != second.dtype or first.batched != second.batched:
            raise UntranslatableError("a tensor has another rank or dtype by a condition", condition)
        shape: list[Dim] = []
        phis: list[ir.Phi] = []
        for at, (one, other) in enumerate(zip(first.shape, second.shape, strict=True)):
            if one is BATCH:
                shape.append(one)
                continue
            left, right = symbolic.formula(one), symbolic.formula(other)
            chosen = pick(condition, left, right, self.facts)
            if chosen is None:
                known = next((phi for phi in phis if (phi.first, phi.second) == (left, right)), None)
                if known is None:
                    known = ir.Phi(self.size_symbol(first.rank, at), left, right)
                    self.cases[known.symbol] = (condition, left, right)
                    phis.append(known)
                chosen = Name(known.symbol)
            shape.append(symbolic.size(chosen))
        return TensorType(tuple(shape), first.dtype), tuple(phis)

    def size_symbol(self, rank: int, at: int) -> str:
        """A new symbol for a size that is worked out on the way."""
        stems = STEMS.get(rank, ("", "features") if rank == 2 else ())
        found = ir.symbol("v", stems[at] if at < len(stems) else f"size{at}")
        self.facts = self.facts.with_sizes(found)
        return found

    # what a step does

    def _act(self, step: Step, action: Action, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> Named:
        match action:
            case OpCall():
                return self._op(step, action, site, self._fed(step, action, site, current, carried))
            case BlockCall():
                return self._block(step, action, site, self._fed(step, action, site, current, carried))
            case Choice():
                return self._choice(step, action, site, current, carried)
            case Group():
                fed = self._fed(step, action, site, current, carried)
                return self._group(step, action, site, fed[0])
            case Reuse():
                return self._again(step, action, site, self._fed(step, action, site, current, carried))
            case _:
                raise UntranslatableError("a step that could not be read")

    def _fed(
        self, step: Step, action: Action, site: Site, current: Tensor, carried: Mapping[str, Tensor]
    ) -> list[Tensor]:
        """The tensors that a step works on."""
        if step.sources is None:
            found = [] if isinstance(action, OpCall) and action.op.is_source else [current]
        else:
            named = [self._resolve(site.names, source) for source in step.sources]
            ports = [source.port for source in step.sources]
            first = next(iter(self.ports(action)), "")
            found = [current, *named] if first and all(ports) and first not in ports else named
        if not carried or not isinstance(action, BlockCall):
            return found
        inputs = self.ports(action)
        given = given_ports(step, inputs, len(found))
        ports = given if given and all(given) else inputs
        return [carried.get(port, tensor) for port, tensor in zip(ports, found, strict=True)]

    def ports(self, action: Action) -> tuple[str, ...]:
        """The inputs that an action has names for."""
        if isinstance(action, BlockCall):
            return self.unit.scope.blocks[action.target].inputs
        return action.op.ports if isinstance(action, OpCall) and not action.op.merges else ()

    def _resolve(self, names: Names, source: Source) -> Tensor:
        stem, _, port = source.name.partition(".")
        found = names.find(stem)
        if found is None:
            raise UntranslatableError(f"`{stem}` is made in some rounds alone")
        return found.get(port)

    def _op(self, step: Step, call: OpCall, site: Site, fed: Sequence[Tensor]) -> Named:
        if call.branches is not None:
            fed = [self._branch(step, branch, site, fed[0]) for branch in call.branches]
        op = call.op
        given = given_ports(step, op.ports, len(fed)) if call.branches is None else ()
        ports, problem, _ = bind_ports(op, given or ("",) * len(fed), len(fed))
        if problem:
            raise RefusedError(problem)
        if len(ports) > 1 and any(ports):
            order = sorted(range(len(ports)), key=lambda at: op.ports.index(ports[at]))
            fed, ports = [fed[at] for at in order], tuple(ports[at] for at in order)
        made = self._made(step, call, site.env, fed, ports)
        name = step.name.plain if step.name is not None and step.name.plain else ""
        results = self._results(step, made.types, name, by_function=not op.is_module)
        names = op.results[: len(results)] if len(op.results) >= len(results) else ("",) * len(results)
        if site.children:
            maker = ir.OpMaker(made.op, made.node, wrapped=not op.is_module)
            self._make(self._place(step, site), maker, step)
            return Named(results, names)
        place = self._place(step, site) if op.is_module else None
        if not op.is_module and site.top:
            self._take_place()
        node = made.node if place is None else made.call
        instance = None
        if place is not None and isinstance(made.op, (Parameter, Buffer)):
            self.statements.append(ir.MakeTensor(place.plain or "", made.op))
        elif place is not None:
            maker = ir.OpMaker(made.op, made.node)
            self._make(place, maker, step)
            instance = Instance(place, maker, made)
        self.actions.append(ir.Call(tuple(fed), ports, results, node, made.op, place, made.pattern, step.doc))
        return Named(results, names, instance)

    def _made(self, step: Step, call: OpCall, env: Env, fed: Sequence[Tensor], ports: tuple[str, ...]) -> Made:
        inputs = Inputs(tuple(tensor.type for tensor in fed), ports)
        self.divide(_formulas(call, env))
        try:
            made = make_op(call.op, call.args, env, inputs, self.facts, len(step.results) or None)
        except OpaqueError as error:
            raise UntranslatableError(f"`{call.op.name}` wants numbers: {error}", *_formulas(call, env)) from error
        for need in made.needs:
            self.need(need, call.op.name)
        return made

    def divide(self, formulas: Iterable[Expr]) -> None:
        """See to it that formulas have values: exact divisions come out, lists have the entries that are read."""
        for tree in formulas:
            for need in self.needs_of(tree):
                self.need(need, "value")

    def needs_of(self, tree: Expr) -> Iterator[Expr]:
        """The conditions under which a formula has a value."""
        yield from divisions(tree, self.unit.types)
        yield from entries(tree, self.unit.types, self.lengths)

    def need(self, condition: Expr, about: str) -> None:
        """Take a condition for granted, which the constructor sees to where nothing else does."""
        if self.facts.decide(condition) or self._holds_either_way(condition):
            return
        divisible = [
            Compare("==", Binary("%", each.left, each.right), Number(0))
            for each in dict.fromkeys(_floors(self.facts.canonical(condition)))
        ]
        if divisible and reduce(Facts.assuming, divisible, self.facts).decide(condition):
            for need in divisible:
                self.need(need, about)
            return
        if not _is_nonzero(condition):
            self.statements.append(ir.Guard(condition, about, self.depth > 0))
        self.facts = self.facts.assuming(condition)

    def _holds_either_way(self, condition: Expr, depth: int = 0) -> bool:
        """Whether a condition holds in either case of what its sizes depend on."""
        found = next((self.cases[name] for name in names(condition) if name in self.cases), None)
        if found is None or depth > 3:
            return False
        test, _, _ = found
        mine = {name: case for name, case in self.cases.items() if case[0] == test}
        for truth in (True, False):
            there = replaced(condition, {name: case[1] if truth else case[2] for name, case in mine.items()})
            facts = self.facts.assuming(test, truth)
            if not facts.decide(there) and not self._holds_either_way(there, depth + 1):
                return False
        return True

    def _results(self, step: Step, types: Sequence[TensorType], name: str, *, by_function: bool) -> tuple[Tensor, ...]:
        names = step.results or (name,) * len(types)
        found = [
            Tensor(self._short(type_), each if each != "_" else "", by_function)
            for type_, each in zip(types, names, strict=False)
        ]
        return tuple(found)

    def _short(self, type_: TensorType) -> TensorType:
        """A type whose long formulas are given names, and products that are one size that size."""
        type_ = TensorType(tuple(map(self._whole, type_.shape)), type_.dtype)
        shape = [
            size if not isinstance(size, symbolic.Num) or _letters(size.expr) <= HEAVY else self._shortened(type_, at)
            for at, size in enumerate(type_.shape)
        ]
        return TensorType(tuple(shape), type_.dtype)

    def _whole(self, size: Dim) -> Dim:
        if not (isinstance(size, symbolic.Num) and isinstance(size.expr, Binary) and size.expr.op == "*"):
            return size
        atom = self.facts.atom(size.expr)
        return size if atom is None else symbolic.size(atom)

    def _shortened(self, type_: TensorType, at: int) -> Dim:
        value = symbolic.formula(type_.shape[at])
        found = next((s.symbol for s in self.statements if isinstance(s, ir.Assign) and s.value == value), None)
        if found is None:
            found = self.size_symbol(type_.rank, at)
            self.facts = self.facts.with_let(found, value)
            self.statements.append(ir.Assign(found, value))
        return symbolic.size(Name(found))

    def _make(self, place: Place, maker: ir.Maker, step: Step) -> str:
        made = ir.symbol("m", (place.plain or auto_name(step.key)).replace(".", "_"))
        self.statements.append(ir.Make(place, maker, made, step.doc))
        return made

    def _block(self, step: Step, call: BlockCall, site: Site, fed: Sequence[Tensor]) -> Named:
        block = self.unit.scope.blocks[call.target]
        given = given_ports(step, block.inputs, len(fed))
        ports = given if any(given) and len(block.inputs) > 1 else block.inputs
        if len(fed) != len(block.inputs) or set(ports) - set(block.inputs):
            raise RefusedError("other inputs")
        ordered = [dict(zip(ports, fed, strict=False))[port] for port in block.inputs]
        self.divide(_formulas(call, site.env))
        maker, types, symbol, told = self.translator.call(self, block, call, site.env, ordered)
        place = self._place(step, site)
        self.statements += [ir.Make(place, maker, symbol, step.doc), *told]
        name = step.name.plain if step.name is not None and step.name.plain else ""
        results = self._results(step, types, name, by_function=False)
        names = tuple(output.name for output in maker.unit.outputs) if len(types) > 1 else ("",)
        if len(types) > 1 and not step.results:
            for result, port in zip(results, names, strict=True):
                result.name = port
        if not site.children:
            self.actions.append(ir.Call(tuple(ordered), block.inputs, results, ir.MODULE, None, place, None, step.doc))
        return Named(results, names, Instance(place, maker))

    def _choice(self, step: Step, action: Choice, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> Named:
        """Whichever block or op a parameter names: one call where all take the same, else one for each."""
        parameter = worked_out(site.env.values[action.parameter], site.env.known)
        if isinstance(parameter, Text):
            chosen = dict(action.options)[parameter.value]
            return self._act(step, chosen, site, current, carried)
        uniform = self._uniform(step, action, parameter, site, current, carried)
        if uniform is not None:
            return uniform
        (name, first), *others = action.options
        if not others:
            return self._act(step, first, site, current, carried)
        rest = Choice(action.parameter, tuple(others))
        known = self.facts.decide(Compare("==", parameter, Text(name)))
        if known is not None:
            return self._act(step, first if known else rest, site, current, carried)
        return self._by_choice(step, parameter, name, first, rest, site, current, carried)

    def _by_choice(
        self, step: Step, parameter: Expr, name: str, first: Action, rest: Action, site: Site, current: Tensor,
        carried: Mapping[str, Tensor],
    ) -> Named:  # fmt: skip
        return self._either(
            step, Compare("==", parameter, Text(name)), site,
            lambda: self._act(step, first, site, current, carried),
            lambda: self._act(step, rest, site, current, carried),
        )  # fmt: skip

    def _uniform(
        self, step: Step, action: Choice, parameter: Expr, site: Site, current: Tensor, carried: Mapping[str, Tensor]
    ) -> Named | None:
        """One call for all alternatives; None where they are not called alike."""
        if not all(map(_is_called_alike, (option for _, option in action.options))):
            return None
        makers: list[tuple[str, ir.OpMaker | ir.UnitMaker]] = []
        outcomes: list[Named] = []
        place: Place | None = None
        state = self._state()
        facts = self.facts
        for name, option in action.options:
            self._restore(state)
            self.facts = facts.assuming(Compare("==", parameter, Text(name)))
            try:
                statements, _, named = self._apart(
                    lambda option=option: self._act(step, option, site, current, carried)
                )
            except RefusedError:
                self._restore(state)
                return None
            makes = [each for each in statements if isinstance(each, ir.Make)]
            if len(makes) != 1 or any(not isinstance(each, (ir.Make, ir.Assign)) for each in statements):
                self._restore(state)
                return None
            maker = makes[0].maker
            if not isinstance(maker, (ir.OpMaker, ir.UnitMaker)):
                return None
            makers.append((name, maker))
            outcomes.append(named)
            place = makes[0].place
        self.facts = facts
        if place is None or not self.translator.alike(makers):
            self._restore(state)
            return None
        types = self._chosen_types(makers, outcomes)
        if types is None:
            self._restore(state)
            return None
        symbol = ir.symbol("m", (place.plain or "unit").replace(".", "_"))
        maker = ir.ChoiceMaker(parameter, tuple(makers))
        self.statements.append(ir.Make(place, maker, symbol, step.doc))
        shaped = tuple(self._attributes(type_, symbol, at, makers) for at, type_ in enumerate(types))
        name = step.name.plain if step.name is not None and step.name.plain else ""
        results = self._results(step, shaped, name, by_function=False)
        fed = self._fed(step, action.options[0][1], site, current, carried)
        if not site.children:
            self.actions.append(ir.Call(tuple(fed), (), results, ir.MODULE, None, place, None, step.doc))
        return Named(results, outcomes[0].ports, Instance(place, maker))

    def _chosen_types(
        self, makers: Sequence[tuple[str, ir.OpMaker | ir.UnitMaker]], outcomes: Sequence[Named]
    ) -> tuple[tuple[TensorType, bool], ...] | None:
        """The results of a choice, each with whether all alternatives give its sizes; None where they differ more."""
        counts = {len(each.values) for each in outcomes}
        if len(counts) != 1:
            return None
        found: list[tuple[TensorType, bool]] = []
        for results in zip(*(each.values for each in outcomes), strict=True):
            first = results[0].type
            for other in results[1:]:
                if (
                    other.type.rank != first.rank
                    or other.type.dtype != first.dtype
                    or other.type.batched != first.batched
                ):
                    return None
            same = all(self._same_type(first, other.type) for other in results[1:])
            if not same and not all(isinstance(maker, ir.UnitMaker) for _, maker in makers):
                return None
            found.append((first, same))
        return tuple(found)

    def _same_type(self, left: TensorType, right: TensorType) -> bool:
        return all(
            a is b or (a is not BATCH and self.facts.same(symbolic.formula(a), symbolic.formula(b)))
            for a, b in zip(left.shape, right.shape, strict=True)
        )

    def _attributes(
        self, found: tuple[TensorType, bool], symbol: str, at: int,
        makers: Sequence[tuple[str, ir.OpMaker | ir.UnitMaker]],
    ) -> TensorType:  # fmt: skip
        """The type of a result; a size that the alternatives have each of its own is an attribute of theirs."""
        type_, same = found
        if same:
            return type_
        shape: list[Dim] = []
        units = [maker.unit for _, maker in makers if isinstance(maker, ir.UnitMaker)]
        for dim, size in enumerate(type_.shape):
            if size is BATCH:
                shape.append(size)
                continue
            found_as = self.size_symbol(type_.rank, dim)
            exported = self.translator.exported(units, symbol, at, dim, type_.rank)
            self.statements.append(ir.Assign(found_as, exported))
            shape.append(symbolic.size(Name(found_as)))
        return TensorType(tuple(shape), type_.dtype)

    def _group(self, step: Step, group: Group, site: Site, start: Tensor) -> Named:
        if group.spliced:
            inner = site._replace(names=site.names.within(start))
            return Named((self.chain(group.chain, inner, start),))
        if group.side and group.chain.lone:
            return Named((self.chain(group.chain, site._replace(top=False), start),))
        return self._submodule(step, group.chain, site, start)

    def _submodule(self, step: Step, chain: Chain, site: Site, start: Tensor) -> Named:
        """A chain as a module of its own: an `nn.Sequential` where that is what it is, else a class."""
        place = self._place(step, site)
        shown = place.plain if place.plain is not None else (step.name.plain if step.name else "") or ""
        if is_sequential(chain, self.unit.scope.blocks):
            statements, _, last = self._apart(lambda: self._children(chain, site, start))
            maker: ir.Maker = ir.SequentialMaker(statements)
            self._make(place, maker, step)
            result = Tensor(last.type, shown)
            if not site.children:
                self.actions.append(ir.Call((start,), ("input",), (result,), ir.MODULE, None, place, None, step.doc))
            return Named((result,), ("",), Instance(place, maker))
        captured = self._captured(chain, site)
        unit = self.translator.group(
            self, chain, site, start, captured, shown if shown.isidentifier() else auto_name(step.key)
        )
        maker = ir.UnitMaker(unit, (), {}, False)
        symbol = self._make(place, maker, step)
        inputs = (start, *(tensor for _, tensor in captured))
        type_, told = self.translator.given_out(self, unit, symbol)
        self.statements += told
        result = Tensor(type_, shown)
        if not site.children:
            self.actions.append(ir.Call(inputs, unit_ports(unit), (result,), ir.MODULE, None, place, None, step.doc))
        elif captured:
            raise UntranslatableError("a chain within a Sequential reads tensors from outside")
        return Named((result,), ("",), Instance(place, maker))

    def _children(self, chain: Chain, site: Site, start: Tensor) -> Tensor:
        names = Names(None, {"input": Named((start,))})
        return self.chain(chain, Site(site.env, names, (), children=True), start)

    def _captured(self, chain: Chain, site: Site) -> list[tuple[str, Tensor]]:
        """The tensors around a chain that it refers to, by reference."""
        found: dict[str, Tensor] = {}
        for reference in references_in(chain):
            stem, _, port = reference.partition(".")
            named = site.names.find(stem) if stem != "input" else None
            if named is not None:
                found[reference] = named.get(port)
        return list(found.items())

    def _branch(self, step: Step, branch: Branch, site: Site, start: Tensor) -> Tensor:
        chain = branch.chain
        if not chain.steps:
            return start
        inner = site._replace(names=site.names.within(start), top=False)
        if chain.lone or not owns_modules(chain):
            return self.chain(chain, inner, start)
        named = Step(branch.name, Group(chain), chain.where)
        self.bases.steps[id(named)] = self.bases.branches[id(step), branch.name] + self._turn(site)
        self.kept.append(named)
        return self._submodule(named, chain, inner, start).values[0]

    def _turn(self, site: Site) -> str:
        """What tells the branches of one round from those of others, where these have no lists of their own."""
        if site.turn is None or site.turn == Number(0):
            return ""
        if not isinstance(site.turn, Number):
            raise UntranslatableError("the branches of a repeated fork in a Sequential have names of their own")
        return f"_{site.turn.value + 1}"

    def _again(self, step: Step, action: Reuse, site: Site, fed: Sequence[Tensor]) -> Named:
        """`reuse`: an earlier module on other inputs."""
        found = site.names.find(action.name)
        instance = found.instance if found is not None else None
        if found is None or instance is None:
            raise UntranslatableError(f"`{action.name}` is made in some rounds alone")
        maker, place = instance.maker, instance.place
        name = step.name.plain if step.name is not None and step.name.plain else ""
        if isinstance(maker, ir.OpMaker) and instance.made is not None:
            types, needs = applied_again(instance.made, Inputs(tuple(tensor.type for tensor in fed), ()), self.facts)
            for need in needs:
                self.need(need, "reuse")
            results = self._results(step, types, name, by_function=False)
            first = instance.made
            call = ir.Call(tuple(fed), (), results, first.call, first.op, place, first.pattern, step.doc)
            self.actions.append(call)
            return Named(results, found.ports, instance)
        types = self.translator.applied(self, maker, fed) if isinstance(maker, ir.UnitMaker) else found_types(found)
        results = self._results(step, types, name, by_function=False)
        self.actions.append(ir.Call(tuple(fed), (), results, ir.MODULE, None, place, None, step.doc))
        return Named(results, found.ports, instance)

    # repeats

    def _repeated(self, step: Step, repeat: Repeat, site: Site, current: Tensor) -> Tensor:
        if site.top and (site.children or self.numbered) and _is_named_module(step):
            chain = Chain((replace(step, name=None),), step.where)
            self.kept.append(chain)
            named = self._submodule(replace(step, repeat=None, when=None), chain, site, current)
            self._bind(step, site, named)
            return current if _is_side(step) else named.values[0]
        loop, value, count = self._loop(step, repeat, site)
        once = self._single(step)
        if count is not None and (count == 0 or self._must_unroll(step) or site.env.known):
            return self._unrolled(once, repeat, site, current, count)
        if count is None and self._must_unroll(step):
            raise UntranslatableError("a step behind a repeat names one of its rounds", loop.count)
        if count is None:
            self.need(Compare(">=", loop.count, Number(0)), "repeat")
        env = site.env if repeat.variable is None else site.env.with_value(repeat.variable, value)
        inner = self._in_round(site, Name(loop.index))._replace(env=env)
        state, depth, made, acted, own = (
            self._state(),
            self.depth,
            len(self.statements),
            len(self.actions),
            dict(site.names.own),
        )
        try:
            return self._rounds(once, loop, inner, current, count)
        except UntranslatableError:
            if count is None:
                raise
        self._restore(state)
        self.depth = depth
        del self.statements[made:], self.actions[acted:]
        site.names.own.clear()
        site.names.own.update(own)
        return self._unrolled(once, repeat, site, current, count)

    def _single(self, step: Step) -> Step:
        """One round of a repeated step, which is called like it."""
        once = replace(step, repeat=None)
        self.kept.append(once)
        if id(step) in self.bases.steps:
            self.bases.steps[id(once)] = self.bases.steps[id(step)]
        if isinstance(step.action, (OpCall, Choice)):
            found = {name: base for (owner, name), base in self.bases.branches.items() if owner == id(step)}
            self.bases.branches.update({(id(once), name): base for name, base in found.items()})
        return once

    def _in_round(self, site: Site, index: Expr) -> Site:
        """The site of a round; a chain that numbers its steps does so whatever the round."""
        numbered = site.top and (site.children or self.numbered)
        return site._replace(turn=index) if numbered else site._replace(rounds=(*site.rounds, index))

    def _loop(self, step: Step, repeat: Repeat, site: Site) -> tuple[Loop, Expr, int | None]:
        """A loop, what its variable stands for in formulas, and how many rounds it has where that is plain."""
        shown = repeat.variable or "_"
        variable = ir.symbol("i", shown)
        if repeat.count is None:
            rows = site.env.values[repeat.rows or ""]
            table = site.env.known.get(rows.id) if isinstance(rows, Name) else None
            kind = type_of(rows, self.unit.types)
            self.translator.declare(self.unit, variable, f"row{kind.removeprefix('table')}")
            index = ir.symbol("i", "i")
            self.translator.declare(self.unit, index, "int")
            plain = len(table) if symbolic.is_list(table) else None
            return Loop(variable, shown, Func("len", (rows,)), rows, index), Name(variable), plain
        count = self.facts.canonical(bind(repeat.count.expr, site.env))
        self.translator.declare(self.unit, variable, "int")
        plain = count.value if isinstance(count, Number) and isinstance(count.value, int) else None
        shown_count = bind(repeat.count.expr, site.env) if plain is None else count
        return Loop(variable, shown, shown_count, None, variable), Name(variable), plain

    def _must_unroll(self, step: Step) -> bool:
        """Whether a later step names one of the rounds."""
        if step.name is None or step.name.plain is not None:
            return any(self._must_unroll(inner) for chain in _spliced(step) for inner in chain.steps)
        pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in step.name.parts)
        return any(re.fullmatch(pattern, stem) for stem in self.referenced)

    def _unrolled(self, step: Step, repeat: Repeat, site: Site, current: Tensor, count: int) -> Tensor:
        carried: dict[str, Tensor] = {}
        start = current
        for at in range(count):
            value = Number(at) if repeat.count is not None else Index(site.env.values[repeat.rows or ""], Number(at))
            env = site.env if repeat.variable is None else site.env.with_value(repeat.variable, value)
            inner = self._in_round(site, Number(at))._replace(env=env, gaps=site.gaps or _may_be_dropped(step))
            current, named = self._once(step, inner, current, carried)
            carried = self._by_name(step, named)
        if count == 0 and step.name is not None and step.name.plain is not None:
            site.names.own[step.name.plain] = Named((start,))
        return current

    def _by_name(self, step: Step, named: Named) -> dict[str, Tensor]:
        """The results of a step that have names; those of a block as it calls them, be there only one."""
        block = self._block_of(step)
        ports = tuple(output.name for output in block.outputs) if block is not None and block.outputs else named.ports
        return {port: value for port, value in zip(ports, named.values, strict=False) if port}

    def _block_of(self, step: Step) -> Block | None:
        action = alternatives(step.action)[0]
        return self.unit.scope.blocks[action.target] if isinstance(action, BlockCall) else None

    def _rounds(self, step: Step, loop: Loop, site: Site, current: Tensor, count: int | None) -> Tensor:
        """Translate a round such that it holds for every one: sizes that change are worked out from round to round."""
        self.depth += 1
        start = self._state()
        facts, own = self.facts, dict(site.names.own)
        carried = self._carried(step, site, current)
        head: dict[str, Tensor] = {port: Tensor(tensor.type, tensor.name) for port, tensor in carried.items()}
        phis: dict[tuple[str, int], tuple[str, Expr]] = {}
        step_places: Expr | None = None
        """How many places a round takes among the numbered children."""
        counted: str | None = None
        """The number of the next child, where rounds take different numbers of them."""
        for _ in range(8):
            self._restore(start)
            site.names.own.clear()
            site.names.own.update(own)
            self.facts = facts.with_sizes(*(symbol for symbol, _ in phis.values()))
            fed = head.get("", current)
            after: dict[str, Tensor] = {}

            first = self.places
            if counted is not None:
                self.places = Name(counted)
            elif step_places is not None:
                self.places = symbolic.arithmetic("+", first, symbolic.arithmetic("*", Name(loop.index), step_places))
            began = self.places
            others = {port: head[port] for port in head if port}
            statements, actions, (last, named) = self._apart(partial(self._once, step, site, fed, others))
            after[""] = last
            after |= {port: value for port, value in self._by_name(step, named).items() if port in head}
            changed = [key for key in self._changed(head, after, loop.count) if key not in phis]
            more = symbolic.arithmetic("-", self.places, began)
            if self.numbered and more != Number(0) and step_places is None and counted is None:
                if isinstance(more, Number):
                    step_places = more
                else:
                    counted = ir.symbol("v", "n")
                continue
            place = None if counted is None else ir.Phi(counted, first, self.places)
            self.places = (
                Name(counted)
                if counted is not None
                else symbolic.arithmetic("+", first, symbolic.arithmetic("*", loop.count, step_places or Number(0)))
            )
            if not changed:
                break
            for port, at in changed:
                type_ = head[port].type
                phis[port, at] = (self.size_symbol(type_.rank, at), symbolic.formula(type_.shape[at]))
                shape = (*type_.shape[:at], symbolic.size(Name(phis[port, at][0])), *type_.shape[at + 1 :])
                head[port] = Tensor(TensorType(shape, type_.dtype), head[port].name)
        else:
            raise UntranslatableError("the sizes of a repeat do not settle", loop.count)
        self.depth -= 1
        site.names.own.clear()
        site.names.own.update(own)
        self.facts = facts.with_sizes(*(symbol for symbol, _ in phis.values()))
        found = tuple(
            ir.Phi(symbol, before, symbolic.formula(after[port].type.shape[at]))
            for (port, at), (symbol, before) in phis.items()
        )
        found += () if place is None else (place,)
        self.statements.append(ir.For(loop, statements, found))
        if after[""] is head[""] and not actions and not phis:
            self.statements += [ir.For(loop, statements, found)] if statements else []
            return current
        behind = Tensor(self._behind(head[""].type, found, loop, count, statements), head[""].name)
        merges = tuple(
            ir.Merge(tensor, carried[port], after[port], None if port else behind)
            for port, tensor in head.items()
            if port in after
        )
        if not site.children and actions:
            self.actions.append(ir.Rounds(loop, actions, merges, place))
        return current if _is_side(step) else behind

    def _carried(self, step: Step, site: Site, current: Tensor) -> dict[str, Tensor]:
        """What goes from one round to the next, as it is before the first: by port, the current tensor under ""."""
        found = {"": current}
        block = self._block_of(step)
        if block is None or not block.outputs:
            return found
        action = alternatives(step.action)[0]
        fed = self._fed(step, action, site, current, {})
        given = given_ports(step, block.inputs, len(fed))
        ports = given if given and all(given) else block.inputs
        outputs = {output.name for output in block.outputs}
        chained = fed == [current] and len(outputs) == 1 and not _is_side(step)
        return found if chained else found | {port: t for port, t in zip(ports, fed, strict=False) if port in outputs}

    def _changed(
        self, head: Mapping[str, Tensor], after: Mapping[str, Tensor], count: Expr
    ) -> Iterator[tuple[str, int]]:
        for port, tensor in head.items():
            other = after.get(port, tensor).type
            if other.rank != tensor.type.rank or other.dtype != tensor.type.dtype:
                raise UntranslatableError("a repeat changes the rank or dtype of what it is fed", count)
            for at, (one, new) in enumerate(zip(tensor.type.shape, other.shape, strict=True)):
                if one is not new and (
                    one is BATCH or not self.facts.same(symbolic.formula(one), symbolic.formula(new))
                ):
                    yield port, at

    def _behind(
        self, head: TensorType, phis: Sequence[ir.Phi], loop: Loop, count: int | None, body: Sequence[ir.Statement]
    ) -> TensorType:
        """The type that a loop hands on, its sizes by formulas without rounds where there are such."""
        inside = {loop.variable, loop.index, *_made_in(body)}
        shape: list[Dim] = []
        for size in head.shape:
            phi = next((phi for phi in phis if size is not BATCH and symbolic.formula(size) == Name(phi.symbol)), None)
            closed = None if phi is None else self._closed(phi, loop, count, inside | {p.symbol for p in phis})
            shape.append(size if closed is None else symbolic.size(closed))
        return TensorType(tuple(shape), head.dtype)

    def _closed(self, phi: ir.Phi, loop: Loop, count: int | None, inside: set[str]) -> Expr | None:
        """A size behind a loop: that of any round where it is the same in each, or so many times what a round adds."""
        if count and not ir.symbols_of([phi.second]) & inside:
            return phi.second
        match phi.second:
            case Binary(op="+", left=left, right=step) if (
                left == Name(phi.symbol) and not ir.symbols_of([step]) & inside
            ):
                added = symbolic.arithmetic("*", loop.count, step)
                return symbolic.arithmetic("+", phi.first, added)
            case _:
                return None

    # names

    def _place(self, step: Step, site: Site) -> Place:
        """Where the module of a step stands."""
        if site.children:
            return Place("child", self._child_name(step, site))
        is_numbered = self.numbered and site.top
        number = self.places
        if is_numbered:
            self._take_place()
        if step.name is not None and step.name.plain is None:
            return Place("attribute", self._text(step.name, site.env))
        name = step.name.plain if step.name is not None else self.bases.steps.get(id(step))
        if name is None:
            return Place("attribute", (number,) if not isinstance(number, Number) else (str(number.value),))
        return Place("list", (name,), site.rounds, site.gaps) if site.rounds else Place("attribute", (name,))

    def _take_place(self) -> None:
        self.places = symbolic.arithmetic("+", self.places, Number(1))

    def _child_name(self, step: Step, site: Site) -> ir.Text:
        return () if step.name is None else self._text(step.name, site.env)

    def _text(self, name: Template, env: Env) -> ir.Text:
        parts = [part if isinstance(part, str) else bind(part, env) for part in name.parts]
        texts = [str(part.value) if isinstance(part, Number) else part for part in map(self._plainly, parts)]
        if all(isinstance(part, str) for part in texts):
            return ("".join(part for part in texts if isinstance(part, str)),)
        return tuple(texts)

    def _plainly(self, part: str | Expr) -> str | Expr:
        if isinstance(part, str):
            return part
        found = self.facts.canonical(part)
        return found if isinstance(found, Number) else found.value if isinstance(found, Text) else part

    def _bind(self, step: Step, site: Site, named: Named) -> None:
        if step.results:
            for name, value in zip(step.results, named.values, strict=False):
                if name != "_":
                    site.names.own[name] = Named((value,))
            return
        if step.name is None:
            return
        if site.rounds and step.name.plain is not None and owns_module(step):
            return  # the results of all rounds have no one name
        name = step.name.plain
        if name is None:
            text = self._text(step.name, site.env)
            name = text[0] if len(text) == 1 and isinstance(text[0], str) else None
        if name is not None:
            site.names.own[name] = named

    # state

    def _apart(self, run: Callable[[], T]) -> tuple[tuple[ir.Statement, ...], tuple[ir.Action, ...], T]:
        """What `run` makes, apart from what is there."""
        outside, self.statements = self.statements, []
        acted, self.actions = self.actions, []
        try:
            result = run()
            return tuple(self.statements), tuple(self.actions), result
        finally:
            self.statements, self.actions = outside, acted

    def _state(self) -> tuple[Expr, Facts]:
        return self.places, self.facts

    def _restore(self, saved: tuple[Expr, Facts]) -> None:
        self.places, self.facts = saved


def _may_be_dropped(step: Step) -> bool:
    return step.when is not None or any(_may_be_dropped(each) for chain in _spliced(step) for each in chain.steps)


def is_sequential(chain: Chain, blocks: Mapping[str, Block]) -> bool:
    """Whether a chain is one module after another by definition, functions counted as modules: an `nn.Sequential`."""
    return all(_in_line(step, blocks) for step in chain.steps)


def is_sequential_block(block: Block) -> bool:
    """Whether the class of a block is an `nn.Sequential`: said to be one, or modules alone that all have names."""
    if len(block.inputs) != 1 or block.outputs or not is_sequential(block.chain, block.scope.blocks):
        return False
    return block.numbered or all(map(_named_module, block.chain.steps))


def _named_module(step: Step) -> bool:
    if isinstance(step.action, Group) and step.action.spliced:
        return all(map(_named_module, step.action.chain.steps))
    return step.name is not None and _modules_alone(step) and (step.repeat is None or step.name.plain is None)


def _modules_alone(step: Step) -> bool:
    """Whether a step is a module whatever it turns out to be."""
    if isinstance(step.action, Group) and step.action.spliced:
        return all(map(_modules_alone, step.action.chain.steps))
    return not any(isinstance(action, OpCall) and not action.op.is_module for action in alternatives(step.action))


def _in_line(step: Step, blocks: Mapping[str, Block]) -> bool:
    if step.sources is not None or step.results or _is_side(step):
        return False
    other = step.otherwise
    if isinstance(other, Source) or (other is not None and not is_sequential(other, blocks)):
        return False
    return all(_one_to_one(action, blocks) for action in alternatives(step.action))


def _one_to_one(action: Action, blocks: Mapping[str, Block]) -> bool:
    match action:
        case OpCall(op=op, branches=None):
            alone = len(op.ports) - len(op.optional) == 1 or (op.merges and op.min_inputs == 1)
            return alone and not op.is_source and not (op.is_module and _unpacks(op)) and not _is_several(op)
        case BlockCall(target=target):
            return len(blocks[target].inputs) == 1 and len(blocks[target].outputs) < 2
        case Group(spliced=True, chain=chain):
            return is_sequential(chain, blocks)
        case Group(side=False, chain=chain):
            return _is_closed(chain)
        case _:
            return False


def _is_nonzero(condition: Expr) -> bool:
    """Whether a condition is that a divisor is not 0, which Python says itself."""
    match condition:
        case Unary(op="not", operand=Compare(op="==", right=Number(value=0))) | Compare(op="!=", right=Number(value=0)):
            return True
        case _:
            return False


def _floors(tree: Expr) -> list[Binary]:
    """The divisions in a formula that may leave something over."""
    found = [each for part in children(tree) for each in _floors(part)]
    return [*found, tree] if isinstance(tree, Binary) and tree.op in ("//", "/") else found


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


def _unpacks(op: type[Op]) -> bool:
    """Whether a module is not simply called with one tensor and gives one."""
    return op.apply is not Op.apply or op.unpack is not Op.unpack


def _is_several(op: type[Op]) -> bool:
    return op.is_several or len(op.results) > 1


def _is_called_alike(action: OpCall | BlockCall) -> bool:
    return isinstance(action, BlockCall) or (
        action.op.is_module and not action.op.is_source and not _unpacks(action.op)
    )


def _is_side(step: Step) -> bool:
    return isinstance(step.action, Group) and step.action.side


def _spliced(step: Step) -> tuple[Chain, ...]:
    return (step.action.chain,) if isinstance(step.action, Group) and step.action.spliced else ()


def _is_named_module(step: Step) -> bool:
    return step.name is not None and step.name.plain is not None and is_submodule(step)


def owns_module(step: Step) -> bool:
    """Whether a step is a module in each round."""
    return owns_modules(Chain((step,), step.where))


def _feeds_first(step: Step, builder: Builder) -> bool:
    """Whether the step before feeds the first port, `from` naming the others."""
    ports = [source.port for source in step.sources or ()]
    action = step.action
    first = next(iter(builder.ports(action)), "")
    return bool(first) and bool(ports) and all(ports) and first not in ports


def _absent(then: Sequence[ir.Statement], other: Sequence[ir.Statement]) -> str:
    """The attribute that tells by being None whether a step is there: that of its one module."""
    makes = [each for each in then if isinstance(each, ir.Make)]
    if other or len(makes) != 1 or any(isinstance(each, (ir.If, ir.For, ir.MakeTensor)) for each in then):
        return ""
    place = makes[0].place
    return place.plain or "" if place.kind == "attribute" and (place.plain or "").isidentifier() else ""


def _letters(found: Expr) -> int:
    """How long a formula is, roughly."""
    total, waiting = 0, [found]
    while waiting and total <= HEAVY:
        each = waiting.pop()
        inner = children(each)
        total += 3 if inner else len(each.id.partition(":")[2] or "height") if isinstance(each, Name) else 1
        waiting += inner
    return total


def _formulas(call: OpCall | BlockCall, env: Env) -> Iterator[Expr]:
    for _, arg in call.args:
        yield from (bind(each, env) for each in expressions(arg))


def expressions(arg: Arg) -> Iterator[Expr]:
    """The formulas in an argument."""
    if isinstance(arg, Formula):
        yield arg.expr
    elif isinstance(arg, Seq):
        for item in arg.items:
            yield from expressions(item)
    elif isinstance(arg, Template):
        yield from (part for part in arg.parts if not isinstance(part, str))


def _made_in(body: Sequence[ir.Statement]) -> Iterator[str]:
    """The symbols that statements make."""
    for statement in body:
        match statement:
            case ir.Make(symbol=symbol) | ir.Assign(symbol=symbol):
                yield symbol
            case ir.If(then=then, other=other, phis=phis):
                yield from (phi.symbol for phi in phis)
                yield from _made_in(then)
                yield from _made_in(other)
            case ir.For(body=inner, phis=phis, loop=loop):
                yield from (loop.variable, loop.index)
                yield from (phi.symbol for phi in phis)
                yield from _made_in(inner)
            case _:
                pass


def found_types(named: Named) -> tuple[TensorType, ...]:
    """The types of results."""
    return tuple(value.type for value in named.values)


def unit_ports(unit: Unit) -> tuple[str, ...]:
    """The names of a class's inputs."""
    return tuple(tensor.name for tensor in unit.inputs)
