"""What the constructors of classes take: which sizes and parameters they read, and what these are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from archc.codegen import ir
from archc.codegen.binding import replaced
from archc.codegen.formulas import fields_of, formulas_in, forward_formulas, of_loop, of_node, of_text
from archc.codegen.ir import Unit
from archc.codegen.merges import families_of, merged_sizes
from archc.codegen.placing import placed_guards, reach
from archc.codegen.statements import definitions_in, guards_of, has_content, loop_variables, modules_of, with_guards
from archc.expr import Attr, Expr, Name, names
from archc.record import record
from archc.spec.arguments import Param
from archc.spec.model import Block, Chain, Spec, SymbolDecl


@record(eq=False)
class Argument:
    """One argument of a constructor; `symbol` is what formulas call it."""

    symbol: str
    name: str
    param: Param | None = None
    keyword: bool = False
    default: object = None
    has_default: bool = False


@dataclass
class Needs:
    """What one class reads: symbols that are live in it, and the calls that it makes."""

    unit: Unit
    definitions: Mapping[str, Sequence[Expr]]
    live: set[str] = field(default_factory=set[str])
    sizes: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    """The symbols that the class has whatever it refuses."""
    guards: set[int] = field(default_factory=set[int])
    """By `id`: the guards that the class writes."""

    @cached_property
    def calls(self) -> list[ir.UnitMaker]:
        """The calls of classes that it makes."""
        return [maker for maker in ir.makers(self.unit.body) if isinstance(maker, ir.UnitMaker)]

    @cached_property
    def asked(self) -> dict[str, set[str]]:
        """By symbol: the arguments of ops that it is."""
        found: dict[str, set[str]] = {}
        for maker in (each for each in ir.makers(self.unit.body) if isinstance(each, ir.OpMaker)):
            for name in fields_of(maker.node):
                for tree in formulas_in(getattr(maker.op, name)):
                    if isinstance(tree, Name):
                        found.setdefault(tree.id, set()).add(name)
        return found


class Analysis:
    """What each class of a file reads, callees first."""

    def __init__(self, units: Sequence[Unit], exports: Mapping[int, Mapping[tuple[int, int], str]]) -> None:
        self.units = units
        self.exports: dict[int, dict[tuple[int, int], str]] = {}
        """By `id` of a class, result and dimension: the attribute by which callers ask for a size."""
        self.needs: dict[int, Needs] = {}
        self.families = families_of(units)
        while True:
            sizes = [needs.sizes for needs in self.needs.values()]
            for unit in units:
                self.needs[id(unit)] = self._needs(unit)
            for unit, guard in placed_guards(units, self.needs):
                needs = self.needs[id(unit)]
                needs.guards.add(id(guard))
                reach([*names(guard.condition)], needs.definitions, needs.live)
            asked = self._asked(exports)
            is_settled = not self.families or sizes == [needs.sizes for needs in self.needs.values()]
            if asked == self.exports and is_settled:
                break
            self.exports = asked
        self.merged = merged_sizes(units, self.needs, self.families)
        self._drop_proven()

    def _drop_proven(self) -> None:
        """Leave out the guards that hold by what sizes are the same."""
        for unit in self.units:
            needs, same = self.needs[id(unit)], self.merged.get(id(unit), {})
            for guard in guards_of(unit):
                there = replaced(guard.condition, {size: Name(other) for size, other in same.items()})
                if id(guard) in needs.guards and unit.facts_before.decide(there):
                    needs.guards.discard(id(guard))
            unit.body = with_guards(unit.body, needs.guards)

    def _asked(self, offered: Mapping[int, Mapping[tuple[int, int], str]]) -> dict[int, dict[tuple[int, int], str]]:
        """The sizes that some caller reads off an instance."""
        found: dict[int, dict[tuple[int, int], str]] = {}
        for unit in self.units:
            live = self.needs[id(unit)].live
            classes = dict(modules_of(unit.body))
            for statement in ir.every(unit.body):
                match statement:
                    case ir.Assign(symbol=symbol, value=Attr(obj=Name(id=module), name=name)) if symbol in live:
                        for other in classes.get(module, ()):
                            asked = {at: each for at, each in offered.get(id(other), {}).items() if each == name}
                            found.setdefault(id(other), {}).update(asked)
                    case _:
                        pass
        return found

    def _needs(self, unit: Unit) -> Needs:
        definitions = {**dict(definitions_in(unit.body)), **{name: (value,) for name, value in unit.lets}}
        found = Needs(unit, definitions)
        reach([each for tree in self._roots(unit) for each in names(tree)], definitions, found.live)
        taken = {f"p:{p.name}" for p in unit.params}
        if isinstance(unit.definition, Spec):
            taken = {f"f:{p.name}" for p in unit.params if p.name not in only_sizing(unit.definition)}
        rounds = {*loop_variables(unit)}
        known = found.live | taken
        for name, value in unit.lets:
            known |= {name} if names(value) <= known else set()
        found.known = frozenset(known | rounds)
        if isinstance(unit.definition, Block):
            others = [self.needs[id(each)] for each in self.families.get(id(unit), ()) if id(each) in self.needs]
            needed = found.live.union(*(other.sizes for other in others))
            found.sizes = tuple(sorted(needed & {*_placeholders(unit)}, key=_by_place))
        outer = found.live - definitions.keys() - rounds
        if not isinstance(unit.definition, Chain):
            outer = {name for name in outer if name.startswith("f:")}
        found.outer = tuple(sorted(outer))
        return found

    def _roots(self, unit: Unit) -> Iterator[Expr]:
        """The formulas that are printed whatever else is."""
        yield from self._of_statements(unit.body)
        yield from forward_formulas(unit.actions)
        for at, dim in self.exports.get(id(unit), {}):
            yield from formulas_in(unit.results[at].shape[dim])

    def formulas_of(self, body: Iterable[ir.Statement]) -> Iterator[Expr]:
        """The formulas that statements print."""
        yield from self._of_statements(body)
        for statement in ir.every(body):
            if isinstance(statement, (ir.If, ir.For)):
                yield from (tree for phi in statement.phis for tree in (phi.first, phi.second))
            elif isinstance(statement, ir.Assign):
                yield statement.value

    def _of_statements(self, body: Iterable[ir.Statement]) -> Iterator[Expr]:
        """The formulas that statements print whatever sizes are read."""
        for statement in ir.every(body):
            match statement:
                case ir.Make(place=place, maker=maker):
                    yield from of_text(place.name)
                    if not isinstance(maker, ir.SequentialMaker):  # whose own statements come behind it
                        yield from self.of_maker(maker)
                case ir.MakeTensor(op=op):
                    for name in type(op).model_fields:
                        yield from formulas_in(getattr(op, name))
                case ir.If() if has_content(statement):
                    yield statement.condition
                case ir.For() if has_content(statement):
                    yield from of_loop(statement.loop)
                case _:
                    pass

    def of_maker(self, maker: ir.Maker) -> Iterator[Expr]:
        """The formulas that the call of a constructor prints."""
        match maker:
            case ir.OpMaker():
                yield from of_node(maker.op, maker.node)
            case ir.UnitMaker():
                callee = self.needs[id(maker.unit)]
                yield from (maker.sizes[name] for name in callee.sizes)
                for _, value in maker.given:
                    yield from of_text(value) if isinstance(value, tuple) else (value,)
                yield from map(Name, callee.outer)
            case ir.ChoiceMaker():
                yield maker.chosen
                for _, option in maker.options:
                    yield from self.of_maker(option)
            case ir.SequentialMaker():
                yield from self._of_statements(maker.body)


def only_sizing(spec: Spec) -> set[str]:
    """The parameters that give free sizes their defaults."""
    return {
        name
        for decl in spec.inputs
        for dim in decl.dims
        if isinstance(dim, SymbolDecl) and dim.default is not None
        for name in names(dim.default.expr)
    }


def _placeholders(unit: Unit) -> Iterator[str]:
    """The symbols of the sizes of a class's inputs."""
    for tensor in unit.inputs:
        for size in tensor.type.sample:
            yield from (tree.id for tree in formulas_in(size) if isinstance(tree, Name) and tree.id[0] == "$")


def _by_place(name: str) -> tuple[int, int]:
    port, _, dim = name.removeprefix("$").partition(".")
    return int(port), int(dim)
