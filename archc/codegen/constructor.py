"""Constructors: what a class makes, in the order of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from archc.codegen import ir
from archc.codegen.assignments import kept_alone, with_else
from archc.codegen.binding import as_float, has_value
from archc.codegen.guards import guards_of_choices, guards_of_parameters
from archc.codegen.sequential import Modules
from archc.codegen.symbolic import formula
from archc.expr import Expr, Name, names

Lines = list[str]


class Constructor(Modules):
    """Writes `__init__` of one class."""

    def lines(self) -> Lines:
        """The statements of the constructor behind `super().__init__()`, or with it for a `Sequential`."""
        body = [
            *guards_of_parameters(self.unit, self.arguments, self.needs),
            *guards_of_choices(self.file, self.unit, self.arguments),
        ]
        guards = len(body)
        body += self._lets()
        if not self.unit.sequential:
            body.insert(0, "super().__init__()")
        early = [
            f"self.{name} = {self.scope.names[symbol]}" for symbol, name in self.kept.items() if self._early(symbol)
        ]
        body += [] if self.unit.sequential else early
        flags = dict(self._early_flags())
        body += [line for line, condition in flags.items() if has_value(condition)]
        if self.unit.sequential:
            lines, text = self._sequential(ir.SequentialMaker(self.unit.body), "layers", base=True)
            body += [*lines, text, *early]
        else:
            lines = self._body(self.unit.body)
            behind = _leading_guards(lines)
            body += [*lines[:behind], *(line for line, each in flags.items() if not has_value(each)), *lines[behind:]]
        body += [
            f"self.{name} = {self.scope.names[symbol]}" for symbol, name in self.kept.items() if not self._early(symbol)
        ]
        at = guards if self.unit.sequential else guards + 1
        body[at:at] = [f"{name} = {line}" for line, name in self.options.items()]
        exports = self.file.analysis.exports.get(id(self.unit), {})
        for (at, dim), name in exports.items():
            tree = formula(self.unit.results[at].shape[dim])
            body.append(f"self.{name} = {self.scope.text(tree)}")
        for symbol, _ in reversed(self.unit.lets):
            body = kept_alone(body, self.scope.names[symbol], self.kept.get(symbol, ""))
        return with_else(body)

    def _early(self, symbol: str) -> bool:
        return not symbol.startswith("v")

    def _early_flags(self) -> Iterator[tuple[str, Expr]]:
        for condition, name in self.flags.items():
            if not any(each.startswith(("v", "i", "m")) for each in names(condition)):
                self.flagged.add(name)
                yield f"self.{name} = {self.scope.text(condition)}", condition

    def _lets(self) -> Lines:
        found: Lines = []
        for symbol, value in self.unit.lets:
            found += self._guards(self.unit.let_needs.get(symbol, ()))
            name = self.scope.names[symbol]
            if symbol in self.needs.live and not (isinstance(value, Name) and self.scope.names.get(value.id) == name):
                is_float = self.unit.types.get(symbol) == "float"
                found.append(f"{name} = {self.scope.text(as_float(value, self.unit.types) if is_float else value)}")
        return found


def _leading_guards(lines: Lines) -> int:
    """How many lines are guards that stand first."""
    at = 0
    while lines[at : at + 1] and lines[at].startswith("if ") and lines[at + 1].lstrip().startswith("raise "):
        at += 2
    return at
