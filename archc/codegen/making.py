"""Calls of classes and of choices among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.codegen import ir
from archc.codegen.arguments import Argument
from archc.codegen.binding import as_float, type_of
from archc.codegen.loops import CALLED, Loops
from archc.codegen.text import free
from archc.expr import Expr, ListExpr, Name, Text
from archc.spec.arguments import Param
from archc.spec.model import Block

Lines = list[str]


class Making(Loops):
    """Writes the calls that make instances of the classes of a file."""

    def _call(self, maker: ir.UnitMaker, *, only: set[str] | None = None) -> str:
        """The arguments of a class."""
        unit = maker.unit
        given = dict(maker.given)
        taken: list[str] = []
        named: list[str] = []
        in_place = True
        for argument in self.file.arguments[id(unit)]:
            if argument.symbol.startswith("$") and not argument.symbol.startswith("$:"):
                text = (
                    self.scope.text(maker.sizes[argument.symbol])
                    if isinstance(unit.definition, Block)
                    else self.scope.names[argument.symbol]
                )
            elif argument.param is not None and isinstance(unit.definition, Block):
                name = argument.param.name
                if name not in given:
                    in_place = False
                    continue
                text = self._argument(argument, given[name])
                if (not argument.has_default or maker.by_place) and in_place:
                    taken.append(text)
                else:
                    named.append(f"{argument.name}={text}")
                continue
            else:
                if argument.keyword and only is not None and argument.symbol not in only:
                    continue
                text = self.scope.names.get(argument.symbol, argument.name)
            (named.append(f"{argument.name}={text}") if argument.keyword else taken.append(text))
        return ", ".join([*taken, *named])

    def _argument(self, argument: Argument, value: Expr | ir.Text) -> str:
        if isinstance(value, tuple):
            return self.scope.template(value)
        param = argument.param
        if param is not None and param.type == "block":
            return self._class(argument, value)
        if param is not None and param.type == "table" and isinstance(value, ListExpr):
            rows = ListExpr(tuple(self._row(param, row) for row in value.items if isinstance(row, ListExpr)))
            return self.scope.text(rows)
        if param is not None and param.type == "float":
            value = as_float(value, self.unit.types)
        if param is not None and param.type == "list[float]" and isinstance(value, ListExpr):
            value = ListExpr(tuple(as_float(item, self.unit.types) for item in value.items))
        return self.scope.text(value)

    def _row(self, param: Param, row: ListExpr) -> Expr:
        """A row of a table as a call of its class."""
        cells = [
            as_float(cell, self.unit.types) if kind == "float" else cell
            for cell, (_, kind) in zip(row.items, param.columns, strict=True)
        ]
        return Name(f"{self.file.rows[id(param)]}({', '.join(map(self.scope.text, cells))})")

    def _class(self, argument: Argument, value: Expr) -> str:
        """A class that is handed on: by its name, as a parameter, or looked up by text."""
        if isinstance(value, Text):
            return self.file.class_of(value.value)
        if type_of(value, self.unit.types) == "block" or argument.param is None:
            return self.scope.text(value)
        choices = tuple(str(choice) for choice in argument.param.choices)
        return f"{self.file.dictionary(argument.name, choices)}[{self.scope.text(value)}]"

    def _chosen(self, maker: ir.ChoiceMaker) -> tuple[Lines, str]:
        name = CALLED + self.scope.text(maker.chosen)
        _, first = maker.options[0]
        if isinstance(first, ir.OpMaker):
            text = self.scope.lowered(first.op, first.node)
            return [], f"{name}({text.partition('(')[2]}"
        makers = [(option, each) for option, each in maker.options if isinstance(each, ir.UnitMaker)]
        outer = {option: [a.symbol for a in self.file.arguments[id(each.unit)] if a.keyword] for option, each in makers}
        kinds = {tuple(found) for found in outer.values()}
        if len(kinds) == 1:
            return [], f"{name}({self._call(first)})"
        common = set[str].intersection(*map(set[str], outer.values()))
        text = self._call(first, only=common)
        options = free("options", self.taken)
        extra = {option: [s for s in found if s not in common] for option, found in outer.items()}
        line = self._options(name.removeprefix(CALLED), extra)
        self.options.setdefault(line, options if not self.options else free(options, set(self.options.values())))
        options = self.options[line].partition(":")[0]
        if not self._are_alike(makers, extra):
            self.options[line] = f"{options}: dict[str, Any]"
        return [], f"{name}({', '.join(filter(None, (text, f'**{options}')))})"

    def _are_alike(self, makers: Sequence[tuple[str, ir.UnitMaker]], extra: Mapping[str, Sequence[str]]) -> bool:
        """Whether type checkers let a dictionary stand for all arguments that a call leaves out."""
        kinds = {self.unit.types.get(symbol, "int") for symbols in extra.values() for symbol in symbols}
        left = {
            argument.param.type
            for _, maker in makers
            for argument in self.file.arguments[id(maker.unit)]
            if argument.param is not None and argument.has_default and argument.symbol[2:] not in dict(maker.given)
        }
        return len(kinds) == 1 and left <= kinds

    def _options(self, name: str, outer: Mapping[str, Sequence[str]]) -> str:
        """What some alternatives of a choice take and others do not."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for option, symbols in outer.items():
            groups.setdefault(tuple(symbols), []).append(option)
        ordered = sorted(groups.items(), key=lambda item: bool(item[0]))
        found = "" if ordered[0][0] else "{}"
        for symbols, options in ordered:
            if not symbols:
                continue
            items = ", ".join(f'"{s.partition(":")[2]}": {self.scope.names[s]}' for s in symbols)
            classes = [self.file.class_of(option) for option in options]
            test = f"{name} is {classes[0]}" if len(classes) == 1 else f"{name} in ({', '.join(classes)})"
            found = f"{{{items}}} if {test} else {found}" if found else f"{{{items}}}"
        return found
