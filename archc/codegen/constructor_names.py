"""What a constructor calls the symbols that it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.codegen import ir
from archc.codegen.arguments import Argument, Needs
from archc.codegen.coinciding import unsure_names
from archc.codegen.formulas import formulas_in
from archc.codegen.ir import Unit
from archc.codegen.statements import phis_in
from archc.codegen.text import BUILTINS, FRESH, HELPERS, OWN, File, Scope, free
from archc.codegen.variables import twins, variables
from archc.expr import Expr, Name, names


class ConstructorNames:
    """Names the symbols of one class; `kept` are those that `forward` reads, and so are attributes."""

    def __init__(
        self, file: File, unit: Unit, needs: Needs, arguments: Sequence[Argument], kept: Mapping[str, str],
        flags: Mapping[Expr, str],
    ) -> None:  # fmt: skip
        self.file, self.unit, self.needs, self.arguments = file, unit, needs, arguments
        self.kept, self.flags = kept, dict(flags)
        self.flagged: set[str] = set()
        self.options: dict[str, str] = {}
        self.unsure = unsure_names(unit)
        merged = file.analysis.merged.get(id(unit), {})
        found = {argument.symbol: argument.name for argument in arguments}
        found |= {symbol: found[other] for symbol, other in merged.items() if other in found}
        taken = {*found.values(), *OWN, *BUILTINS, *HELPERS, "self", *file.taken}
        for name, value in unit.lets:
            if isinstance(value, Name) and found.get(value.id) == name.partition(":")[2]:
                found[name] = found[value.id]
                continue
            found[name] = free(name.partition(":")[2], taken)
            taken.add(found[name])
        self.taken = taken
        self.scope = Scope(file, unit, found)
        behind = list(self._exported_sizes())
        sizes = {a.symbol: a.name for a in arguments if a.symbol.startswith("$") and a.symbol not in kept}
        found |= variables(
            unit.body,
            needs.live,
            taken - set(sizes.values()),
            sizes,
            [*behind, *map(Name, kept)],
            self._formulas,
            self._stems(),
            twins(unit.body, merged, needs.live),
        )
        self.taken |= set(found.values())
        self.lists: dict[tuple[str, tuple[Expr, ...]], str] = {}
        """The lists of modules that are there, by attribute and the rounds they are of: how each is written."""
        self._name_loops(unit.body, ())
        self.taken |= set(self.scope.names.values())

    def _formulas(self, maker: ir.Maker) -> list[Expr]:
        return list(self.file.analysis.of_maker(maker))

    def _stems(self) -> dict[str, str]:
        """What sizes that are worked out are called where they are handed on."""
        found: dict[str, str] = {}
        for maker in self.needs.calls:
            for argument in self.file.arguments.get(id(maker.unit), ()):
                size = maker.sizes.get(argument.symbol)
                if isinstance(size, Name) and not argument.name.startswith("in_"):
                    found.setdefault(size.id, argument.name)
        for assign in reversed([each for each in self.unit.body if isinstance(each, ir.Assign)]):
            stem, shown = found.get(assign.symbol), assign.symbol.partition(":")[2]
            for name in names(assign.value) if stem is not None else ():
                if name.startswith("v") and {name.partition(":")[2], shown} <= {shown, "height", "width"}:
                    found.setdefault(name, stem or "")
        for _ in range(3):
            for phi in phis_in(self.unit.body):
                joined = [phi.symbol, *(each.id for each in (phi.first, phi.second) if isinstance(each, Name))]
                stem = next((found[each] for each in joined if each in found), None)
                if stem is not None:
                    found |= {each: stem for each in joined if each.startswith("v")}
        return found

    def _name_loops(self, body: Sequence[ir.Statement], outer: tuple[str, ...]) -> None:
        for statement in body:
            match statement:
                case ir.For(loop=loop, body=inner):
                    name = self._loop_name(loop.shown, outer)
                    self.scope.names[loop.variable] = name
                    index = name if loop.index == loop.variable else self._loop_name("_", (*outer, name))
                    self.scope.names[loop.index] = index
                    self._name_loops(inner, (*outer, name, index))
                case ir.If(then=then, other=other):
                    self._name_loops((*then, *other), outer)
                case ir.Make(maker=ir.SequentialMaker(body=inner)):
                    self._name_loops(inner, outer)
                case _:
                    pass

    def _loop_name(self, shown: str, outer: tuple[str, ...]) -> str:
        taken = {*self.taken, *outer, *FRESH}
        if shown == "_":
            return next((name for name in "ijkmn" if name not in taken), free("i", taken))
        return free(shown, taken)

    def _exported_sizes(self) -> list[Expr]:
        exports = self.file.analysis.exports.get(id(self.unit), {})
        return [tree for at, dim in exports for tree in formulas_in(self.unit.results[at].shape[dim])]
