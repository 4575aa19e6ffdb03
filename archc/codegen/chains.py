"""Translating chains: each step once, whatever its conditions and however often it is repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from archc.codegen import ir
from archc.codegen.binding import bind, divisions, entries, replaced
from archc.codegen.bounds import plain_needs, whole_divisions
from archc.codegen.calls import call_again, call_block, call_op
from archc.codegen.choices import choose
from archc.codegen.conditions import conditional, instead
from archc.codegen.facts import Facts
from archc.codegen.groups import call_group
from archc.codegen.ir import Tensor, Unit
from archc.codegen.modules import is_side
from archc.codegen.naming import Bases
from archc.codegen.places import bind_results
from archc.codegen.rounds import repeated
from archc.codegen.sites import Named, Names, Site, UntranslatableError
from archc.codegen.sizes import made_in
from archc.diagnostics import Where
from archc.expand.ports import given_ports
from archc.expr import Expr, Number, names
from archc.spec.model import Action, BlockCall, Chain, Choice, Group, OpCall, OutputDecl, Reuse, Source, Step
from archc.spec.walk import references_in

if TYPE_CHECKING:
    from archc.codegen.translate import Translator


T = TypeVar("T")
STEMS = {3: ("", "channels", "features"), 4: ("", "channels", "height", "width")}
"""What sizes are called by the rank of a tensor."""


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
        self.changing: dict[Where, tuple[tuple[str, int], ...]] = {}
        """By repeated step: the sizes that its rounds change, by port and place, as far as it has been tried."""
        self.is_trial = False
        """Whether only the sizes of results matter, not what is asked: a round is tried to see what it changes."""
        self.cases: dict[str, tuple[Expr, Expr, Expr]] = {}
        """Sizes that depend on a condition, with their values where it holds and where not."""
        stems = {name.partition(".")[0] for name in references_in(chain)} | {o.source.split(".")[0] for o in outputs}
        self.referenced = frozenset(stems)

    def chain(self, chain: Chain, site: Site, current: Tensor) -> Tensor:
        """Translate steps where they stand; gives the result of the last one."""
        for step in chain.steps:
            current, _ = self.stand(step, site, current, {})
        return current

    def stand(self, step: Step, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> tuple[Tensor, Named]:
        """A step as often as it says: what goes on to the next one, and its results."""
        if step.repeat is not None:
            value = repeated(self, step, step.repeat, site, current)
            return value, Named((value,))
        return self.once(step, site, current, carried)

    def once(self, step: Step, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> tuple[Tensor, Named]:
        """A step once: what goes on to the next one, and its results."""
        condition = None if step.when is None else bind(step.when.expr, site.env)
        known = None
        if condition is not None:
            self.divide([condition])
            known = self.facts.decide(condition)
        if condition is None or known is True:
            named = self.act(step, step.action, site, current, carried)
        elif known is False:
            named = instead(self, step, site, current, carried)
        else:
            named = conditional(self, step, condition, site, current, carried)
        bind_results(self, step, site, named)
        return (current if is_side(step) else named.values[0]), named

    def act(self, step: Step, action: Action, site: Site, current: Tensor, carried: Mapping[str, Tensor]) -> Named:
        """What a step does, where it is there; gives its results."""
        match action:
            case OpCall():
                return call_op(self, step, action, site, self.fed(step, action, site, current, carried))
            case BlockCall():
                return call_block(self, step, action, site, self.fed(step, action, site, current, carried))
            case Choice():
                return choose(self, step, action, site, current, carried)
            case Group():
                fed = self.fed(step, action, site, current, carried)
                return call_group(self, step, action, site, fed[0])
            case Reuse():
                return call_again(self, step, action, site, self.fed(step, action, site, current, carried))
            case _:
                raise UntranslatableError("a step that could not be read")

    def fed(
        self, step: Step, action: Action, site: Site, current: Tensor, carried: Mapping[str, Tensor]
    ) -> list[Tensor]:
        """The tensors that a step works on."""
        if step.sources is None:
            found = [] if isinstance(action, OpCall) and action.op.is_source else [current]
        else:
            named = [self.resolve(site.names, source) for source in step.sources]
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

    def resolve(self, names: Names, source: Source) -> Tensor:
        """The tensor that a reference names."""
        stem, _, port = source.name.partition(".")
        found = names.find(stem)
        if found is None:
            raise UntranslatableError(f"`{stem}` is made in some rounds alone")
        return self.result(found, port)

    def result(self, named: Named, port: str) -> Tensor:
        """A result by its port, which must be there."""
        if port and named.condition is not None:
            self.need(named.condition, "when")
        return named.get(port)

    def size_symbol(self, rank: int, at: int) -> str:
        """A new symbol for a size that is worked out on the way."""
        stems = STEMS.get(rank, ("", "features") if rank == 2 else ())
        found = ir.symbol("v", (stems[at] if at < len(stems) else "") or f"size{at}")
        self.facts = self.facts.with_sizes(found)
        return found

    def divide(self, formulas: Iterable[Expr]) -> None:
        """See to it that formulas have values: exact divisions come out, lists have the entries that are read."""
        for tree in formulas:
            for need in self.needs_of(tree):
                self.need(need, "value")

    def needs_of(self, tree: Expr) -> Iterator[Expr]:
        """The conditions under which a formula has a value."""
        yield from divisions(tree, self.unit.types)
        yield from entries(tree, self.unit.types, self.lengths)

    def need(self, condition: Expr, about: str, of: tuple[ir.Guard, ...] = ()) -> None:
        """Take a condition for granted, which the constructor sees to where nothing else does."""
        if self.is_trial:
            self.facts = self.facts.assuming(condition)
            return
        if self.facts.decide(condition) or self._holds_either_way(condition):
            return
        for each in plain_needs(condition, self.facts):
            divisible = whole_divisions(each, self.facts)
            for need in divisible or (each,):
                if not self.facts.decide(need):
                    self.statements.append(ir.Guard(need, about, self.depth > 0, of=of))
                    self.facts = self.facts.assuming(need)
        self.facts = self.facts.assuming(condition)

    def ahead(
        self, body: Sequence[ir.Statement], inside: Collection[str] = (), before: Callable[[Expr], Expr] | None = None
    ) -> tuple[ir.Statement, ...]:
        """The statements of a module or a loop without the guards that can stand before it, which are put there."""
        within = {*inside, *made_in([*ir.every(body)])}
        found: list[ir.Statement] = []
        for statement in body:
            need = None
            if isinstance(statement, ir.Guard):
                need = statement.condition if before is None else before(statement.condition)
            if need is None or names(need) & within:
                found.append(statement)
            elif before is None:
                self.statements.append(statement)
            elif isinstance(statement, ir.Guard):
                self.need(need, statement.about, statement.of)
        return tuple(found)

    def _holds_either_way(self, condition: Expr, depth: int = 0) -> bool:
        """Whether a condition holds in either case of what its sizes depend on."""
        found = next((self.cases[name] for name in names(condition) if name in self.cases), None)
        if found is None or depth > 3:
            return False
        test, _, _ = found
        mine = {name: case for name, case in self.cases.items() if case[0] == test}
        known = self.facts.decide(test)
        for truth in (True, False) if known is None else (known,):
            there = replaced(condition, {name: case[1] if truth else case[2] for name, case in mine.items()})
            facts = self.facts.assuming(test, truth)
            if not facts.decide(there) and not self._holds_either_way(there, depth + 1):
                return False
        return True

    def apart(self, run: Callable[[], T]) -> tuple[tuple[ir.Statement, ...], tuple[ir.Action, ...], T]:
        """What `run` makes, apart from what is there."""
        outside, self.statements = self.statements, []
        acted, self.actions = self.actions, []
        try:
            result = run()
            return tuple(self.statements), tuple(self.actions), result
        finally:
            self.statements, self.actions = outside, acted

    def state(self) -> tuple[Expr, Facts]:
        """What is known so far, for `restore`."""
        return self.places, self.facts

    def restore(self, saved: tuple[Expr, Facts]) -> None:
        """Go back to what was known."""
        self.places, self.facts = saved
