"""Calls of classes and of choices among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from archc.codegen import ir
from archc.codegen.binding import as_float, type_of
from archc.codegen.loops import CALLED, Loops
from archc.codegen.text import free
from archc.expr import Expr, ListExpr, Name, Text
from archc.spec.arguments import Param
from archc.spec.model import Block


class Making(Loops):
    """Writes the calls that make instances of the classes of a file."""

    def _call(self, maker: ir.UnitMaker, *, only: Collection[str] | None = None) -> str:
        """The arguments of a class; of those from the file that it takes by keyword, `only` some."""
        given = dict(maker.given)
        is_block = isinstance(maker.unit.definition, Block)
        taken: list[str] = []
        named: list[str] = []
        in_place = True
        for argument in self.file.arguments[id(maker.unit)]:
            symbol, param, by_place = argument.symbol, argument.param, not argument.keyword
            if is_block and param is not None:
                if param.name not in given:
                    in_place = False
                    continue
                text = self._argument(argument.name, param, given[param.name])
                by_place = in_place and (maker.by_place or not argument.has_default)
            elif is_block and symbol.startswith("$"):
                text = self.scope.text(maker.sizes[symbol])
            elif argument.keyword and only is not None and symbol not in only:
                continue
            else:
                text = self.scope.names.get(symbol, argument.name)
            if by_place:
                taken.append(text)
            else:
                named.append(f"{argument.name}={text}")
        return ", ".join([*taken, *named])

    def _argument(self, name: str, param: Param, value: Expr | ir.Text) -> str:
        if isinstance(value, tuple):
            return self.scope.template(value)
        match param.type, value:
            case "block", _:
                return self._class(name, param, value)
            case "table", ListExpr(items=rows):
                value = ListExpr(tuple(self._row(param, row) for row in rows if isinstance(row, ListExpr)))
            case "float", _:
                value = as_float(value, self.unit.types)
            case "list[float]", ListExpr(items=items):
                value = ListExpr(tuple(as_float(item, self.unit.types) for item in items))
            case _:
                pass
        return self.scope.text(value)

    def _row(self, param: Param, row: ListExpr) -> Expr:
        """A row of a table as a call of its class."""
        cells = [
            as_float(cell, self.unit.types) if kind == "float" else cell
            for cell, (_, kind) in zip(row.items, param.columns, strict=True)
        ]
        return Name(f"{self.file.rows[id(param)]}({', '.join(map(self.scope.text, cells))})")

    def _class(self, name: str, param: Param, value: Expr) -> str:
        """A class that is handed on: by its name, as a parameter, or looked up by text."""
        if isinstance(value, Text):
            return self.file.class_of(value.value)
        if type_of(value, self.unit.types) == "block":
            return self.scope.text(value)
        return f"{self.file.dictionary(name, tuple(map(str, param.choices)))}[{self.scope.text(value)}]"

    def _chosen(self, maker: ir.ChoiceMaker) -> str:
        name = CALLED + self.scope.text(maker.chosen)
        _, first = maker.options[0]
        if isinstance(first, ir.OpMaker):
            text = self.scope.lowered(first.op, first.node)
            return f"{name}({text.partition('(')[2]}"
        makers = [(option, each) for option, each in maker.options if isinstance(each, ir.UnitMaker)]
        outer = {option: [a.symbol for a in self.file.arguments[id(each.unit)] if a.keyword] for option, each in makers}
        common = set[str].intersection(*map(set[str], outer.values()))
        text = self._call(first, only=common)
        extra = {option: [s for s in found if s not in common] for option, found in outer.items()}
        if not any(extra.values()):
            return f"{name}({text})"
        line = self._options(name.removeprefix(CALLED), extra)
        if line not in self.options:
            self.options[line] = free("options", {*self.taken, *self.options.values()})
        options = self.options[line].partition(":")[0]
        if not self._are_alike(makers, extra):
            self.options[line] = f"{options}: dict[str, Any]"
        return f"{name}({', '.join(filter(None, (text, f'**{options}')))})"

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
