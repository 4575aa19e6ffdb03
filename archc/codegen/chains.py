"""Translating chains: each step once, whatever its conditions and however often it is repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from archc.codegen import ir, symbolic
from archc.codegen.binding import bind, divisions, entries, replaced
from archc.codegen.bounds import plain_needs, whole_divisions
from archc.codegen.calls import call_again, call_block, call_op
from archc.codegen.choices import choose
from archc.codegen.conditions import conditional, instead
from archc.codegen.facts import Facts
from archc.codegen.groups import call_group
from archc.codegen.ir import Place, Tensor, Unit
from archc.codegen.naming import Bases
from archc.codegen.places import bind_results
from archc.codegen.rounds import repeated
from archc.codegen.sites import Named, Names, Site, UntranslatableError, size_name
from archc.diagnostics import Where
from archc.dims import BATCH, Dim
from archc.expand.ports import given_ports
from archc.expr import Expr, Number, names
from archc.spec.model import Action, BlockCall, Chain, Choice, Group, OpCall, OutputDecl, Reuse, Step
from archc.spec.walk import references_in
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.codegen.translate import Translator


T = TypeVar("T")


class State(NamedTuple):
    """How far the body of a class is: what is known, and how much there is."""

    facts: Facts
    places: Expr
    depth: int
    is_trial: bool
    made: int
    done: int
    names: Mapping[str, Named]


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
            current, _ = self.stand(step, site._replace(carried={}), current)
        return current

    def stand(self, step: Step, site: Site, current: Tensor) -> tuple[Tensor, Named]:
        """A step as often as it says: what goes on to the next one, and its results."""
        if step.repeat is not None:
            value = repeated(self, step, step.repeat, site, current)
            return value, Named((value,))
        return self.once(step, site, current)

    def once(self, step: Step, site: Site, current: Tensor) -> tuple[Tensor, Named]:
        """A step once: what goes on to the next one, and its results."""
        named = self._results(step, site, current)
        bind_results(self, step, site, named)
        return (current if step.is_side else named.values[0]), named

    def _results(self, step: Step, site: Site, current: Tensor) -> Named:
        if step.when is None:
            return self.act(step, step.action, site, current)
        condition = bind(step.when.expr, site.env)
        self.divide([condition])
        known = self.facts.decide(condition)
        if known is None:
            return conditional(self, step, condition, site, current)
        return self.act(step, step.action, site, current) if known else instead(self, step, site, current)

    def act(self, step: Step, action: Action, site: Site, current: Tensor) -> Named:
        """What a step does, where it is there; gives its results."""
        if isinstance(action, Choice):
            return choose(self, step, action, site, current)
        fed = self.fed(step, action, site, current)
        match action:
            case OpCall():
                return call_op(self, step, action, site, fed)
            case BlockCall():
                return call_block(self, step, action, site, fed)
            case Group():
                return call_group(self, step, action, site, fed[0])
            case Reuse():
                return call_again(self, step, action, site, fed)
            case _:
                raise UntranslatableError("a step that could not be read")

    def fed(self, step: Step, action: Action, site: Site, current: Tensor) -> list[Tensor]:
        """The tensors that a step works on."""
        if step.sources is None:
            found = [] if isinstance(action, OpCall) and action.op.is_source else [current]
        else:
            found = [current] if self.feeds_first(step, action) else []
            found += [self.resolve(site.names, source.name) for source in step.sources]
        if not site.carried or not isinstance(action, BlockCall):
            return found
        inputs = self.ports(action)
        given = given_ports(step, inputs, len(found))
        ports = given if given and all(given) else inputs
        return [site.carried.get(port, tensor) for port, tensor in zip(ports, found, strict=True)]

    def feeds_first(self, step: Step, action: Action) -> bool:
        """Whether the step before feeds the first port, `from` naming the others."""
        ports = [source.port for source in step.sources or ()]
        first = next(iter(self.ports(action)), "")
        return bool(first and ports) and all(ports) and first not in ports

    def ports(self, action: Action) -> tuple[str, ...]:
        """The inputs that an action has names for."""
        if isinstance(action, BlockCall):
            return self.unit.scope.blocks[action.target].inputs
        return action.op.ports if isinstance(action, OpCall) and not action.op.merges else ()

    def resolve(self, names: Names, reference: str) -> Tensor:
        """The tensor that a reference names, which must be there."""
        stem, _, port = reference.partition(".")
        named = names.get(stem)
        if port and named.condition is not None:
            self.need(named.condition, "when")
        return named.get(port)

    def size_symbol(self, rank: int, at: int) -> str:
        """A new symbol for a size that is worked out on the way."""
        found = ir.symbol("v", size_name(rank, at))
        self.facts = self.facts.with_sizes(found)
        return found

    def differing(self, left: TensorType, right: TensorType) -> list[int]:
        """The dimensions in which types of one rank are not known to be the same."""
        pairs = enumerate(zip(left.shape, right.shape, strict=True))
        return [at for at, (one, other) in pairs if not (one is other or self._is_same(one, other))]

    def _is_same(self, one: Dim, other: Dim) -> bool:
        is_batch = one is BATCH or other is BATCH
        return not is_batch and self.facts.same(symbolic.formula(one), symbolic.formula(other))

    def divide(self, formulas: Iterable[Expr]) -> None:
        """See to it that formulas have values: exact divisions come out, lists have the entries that are read."""
        for tree in formulas:
            for need in (*divisions(tree, self.unit.types), *entries(tree, self.unit.types, self.lengths)):
                self.need(need, "value")

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

    def call(
        self, step: Step, site: Site, place: Place, fed: Sequence[Tensor], results: tuple[Tensor | None, ...]
    ) -> None:
        """Call a module on all its inputs; the children of a `Sequential` are called by that."""
        if not site.children:
            self.actions.append(ir.Call(tuple(fed), (), results, ir.MODULE, place=place, doc=step.doc))

    def state(self, site: Site) -> State:
        """How far it is, for `restore`."""
        made, done = len(self.statements), len(self.actions)
        return State(self.facts, self.places, self.depth, self.is_trial, made, done, dict(site.names.own))

    def restore(self, saved: State, site: Site) -> None:
        """Go back to how far it was at a site."""
        self.facts, self.places, self.depth, self.is_trial = saved.facts, saved.places, saved.depth, saved.is_trial
        del self.statements[saved.made :], self.actions[saved.done :]
        site.names.own = dict(saved.names)
