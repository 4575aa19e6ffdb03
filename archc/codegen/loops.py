"""Conditions, loops and the lists of modules that they fill."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from archc.codegen import ir
from archc.codegen.assignments import as_modules, indented, operand, otherwise, updated, used_twice, whatever_class
from archc.codegen.constructor_names import ConstructorNames
from archc.codegen.guards import negated
from archc.codegen.layout import STEP
from archc.codegen.merged_statements import listed, loop_symbols
from archc.codegen.statements import has_content
from archc.codegen.text import free
from archc.expr import Expr, Func, Index, Name
from archc.expr.nodes import children
from archc.expr.parser import AND

Lines = list[str]
CALLED = "\x01"
"""Stands before the name of a parameter that is called, until globals of the same name have another one."""


class Loops(ConstructorNames):
    """Writes what holds other statements, which `inner` writes, and the sizes that they hand on."""

    def _assign(self, statement: ir.Assign) -> Lines:
        if statement.symbol not in self.needs.live or statement.symbol not in self.scope.names:
            return []
        name, text = self.scope.names[statement.symbol], self.scope.text(statement.value)
        return [] if name == text else [updated(name, text)]

    def _set(self, values: Sequence[tuple[str, Expr]]) -> Lines:
        """Give sizes their values, together where one is read for another."""
        pairs = [(self.scope.names[symbol], self.scope.text(value)) for symbol, value in values]
        pairs = [*dict.fromkeys((name, text) for name, text in pairs if name != text)]
        if len(pairs) < 2:
            return [updated(name, text) for name, text in pairs]
        together = f"{', '.join(name for name, _ in pairs)} = {', '.join(text for _, text in pairs)}"
        later = [(name, text) for at, (name, _) in enumerate(pairs) for _, text in pairs[at + 1 :]]
        if len(together) > 66 and not any(re.search(rf"\b{name}\b", text) for name, text in later):
            return [updated(name, text) for name, text in pairs]
        return [together]

    def _if(self, statement: ir.If, inner: Callable[[Sequence[ir.Statement]], Lines]) -> Lines:
        phis = [phi for phi in statement.phis if phi.symbol in self.needs.live]
        both = {place.plain for place in listed(statement.then)} & {place.plain for place in listed(statement.other)}
        inside = set(loop_symbols((*statement.then, *statement.other)))
        before = self._lists_for(statement.then, inside, both)
        outside = dict(self.lists)
        then = inner(statement.then) + self._set([(phi.symbol, phi.first) for phi in phis])
        self.lists = dict(outside)
        other = inner(statement.other)
        self.lists = outside
        if statement.other:
            other += self._set([(phi.symbol, phi.second) for phi in phis])
        else:
            before += self._set([(phi.symbol, phi.second) for phi in phis])
        condition = statement.condition
        flag = self.flags.get(condition)
        if flag is not None and flag not in self.flagged:
            self.flagged.add(flag)
            before.append(f"self.{flag} = {self.scope.text(condition)}")
        absent = statement.absent if statement.absent and then else ""
        before += [f"self.{name}: nn.Module | None = None" for name in absent.split()]
        if not then and not other:
            return before
        test = f"self.{flag}" if flag is not None else self.scope.text(condition)
        if not then:
            return [*before, f"if {self.scope.text(negated(condition))}:", *indented(other)]
        if not other and then[0].startswith("if ") and all(line.startswith(STEP) for line in then[1:]):
            test = test if flag is not None else self.scope.text(condition, AND)
            return [*before, f"if {test} and {operand(then[0][3:-1])}:", *then[1:]]
        if flag is None and (alike := whatever_class(then, other, test, self.scope.classes_of(condition))) is not None:
            name = test.partition(" is ")[0]
            return [*before, *(line.replace(f"{name}(", f"{CALLED}{name}(") for line in alike)]
        then, other = as_modules(then, other)
        return [*before, f"if {test}:", *indented(then), *otherwise(other)]

    def _for(self, statement: ir.For, inner: Callable[[Sequence[ir.Statement]], Lines]) -> Lines:
        phis = [phi for phi in statement.phis if phi.symbol in self.needs.live]
        before = self._set([(phi.symbol, phi.first) for phi in phis])
        self._name_item(statement)
        inside = {statement.loop.variable, statement.loop.index, *loop_symbols(statement.body)}
        made = self._lists_for(statement.body, inside)
        outside = dict(self.lists)
        body = self._lists_for(statement.body, set(loop_symbols(statement.body)))
        body += inner(statement.body)
        self.lists = outside
        body = used_twice(body + self._set([(phi.symbol, phi.second) for phi in phis]), self.taken)
        if not body:
            return before
        return [*before, *made, f"for {self._head(statement.loop, body)}:", *indented(body)]

    def _lists_for(self, body: Sequence[ir.Statement], inside: set[str], only: set[str | None] | None = None) -> Lines:
        """Make the lists of modules that statements fill, but for those of the rounds of loops inside."""
        return [
            line
            for place in listed(body)
            if only is None or place.plain in only
            for depth in range(len(place.index))
            if not ir.symbols_of(place.index[:depth]) & inside
            for line in self._list(place.plain or "", place.index[:depth])
        ]

    def _list(self, name: str, path: tuple[Expr, ...]) -> Lines:
        """Make one list of modules, where it is not there yet."""
        if (name, path) in self.lists:
            return []
        if not path:
            self.lists[name, path] = f"self.{name}"
            return [f"self.{name} = nn.ModuleList()"]
        row = free(name if len(path) == 1 else f"{name}_{len(path)}", self.taken)
        self.lists[name, path] = row
        self.taken.add(row)
        return [f"{row} = nn.ModuleList()", f"{self.lists[name, path[:-1]]}.append({row})"]

    def _append(self, place: ir.Place, text: str) -> str:
        target = self.lists[place.plain or "", place.index[:-1]]
        if place.gaps:
            return f"{target}.add_module({self.scope.template(place.index[-1:])}, {text})"
        return f"{target}.append({text})"

    def _head(self, loop: ir.Loop, body: Lines) -> str:
        name = self.scope.names[loop.variable]
        if loop.rows is not None:
            rows, index = self.scope.text(loop.rows), self._used(self.scope.names[loop.index], body)
            name = self._used(name, body)
            return f"{name} in {rows}" if index == "_" else f"{index}, {name} in enumerate({rows})"
        if (entry := _entry(loop)) is not None and entry in self.scope.items_named:
            item, table = self.scope.items_named[entry], self.scope.text(entry.obj)
            used = self._used(name, body)
            return f"{item} in {table}" if used == "_" else f"{used}, {item} in enumerate({table})"
        return f"{self._used(name, body)} in range({self.scope.text(loop.count)})"

    def _name_item(self, statement: ir.For) -> None:
        """Give the entry of the list that a loop goes through a name, where it is read."""
        entry = _entry(statement.loop)
        if entry is None or not any(_mentions(tree, entry) for tree in self._trees(statement.body)):
            return
        shown = python_name(entry)
        self.scope.items_named[entry] = free(singular(shown), {*self.taken, *self.scope.names.values()})

    def _trees(self, body: Sequence[ir.Statement]) -> Iterator[Expr]:
        yield from self.file.analysis.formulas_of(body)

    def _used(self, name: str, body: Lines) -> str:
        word = re.compile(rf"(?<![\w.\"]){re.escape(name)}(?!\w|=[^=])")
        return name if any(map(word.search, body)) else "_"

    def _is_told(self, symbol: str) -> bool:
        """Whether a size is read off a module."""
        return symbol in self.needs.live

    def _is_dead(self, statement: ir.Statement) -> bool:
        match statement:
            case ir.Assign(symbol=symbol):
                return symbol not in self.needs.live
            case ir.Guard():
                return id(statement) not in self.needs.guards
            case ir.If() | ir.For():
                return not has_content(statement) and not any(phi.symbol in self.needs.live for phi in statement.phis)
            case _:
                return False


def _entry(loop: ir.Loop) -> Index | None:
    """`rows[i]` of a loop over the length of `rows`."""
    match loop.count:
        case Func(name="len", args=(Name() as rows,)) if loop.rows is None:
            return Index(rows, Name(loop.variable))
        case _:
            return None


def python_name(entry: Expr) -> str:
    """The name of the list of an entry."""
    assert isinstance(entry, Index) and isinstance(entry.obj, Name)
    return entry.obj.id.partition(":")[2]


def _mentions(tree: Expr, part: Expr) -> bool:
    return tree == part or any(_mentions(each, part) for each in children(tree))


def singular(name: str, other: str = "row") -> str:
    """One of what a name says several are."""
    return name[:-1] if name.endswith("s") and len(name) > 2 and not name.endswith("ss") else other
