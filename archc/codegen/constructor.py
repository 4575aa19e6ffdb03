"""Constructors: what a class makes, in the order of its steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile

from archc.codegen import ir
from archc.codegen.arguments import Argument, Needs
from archc.codegen.binding import type_of
from archc.codegen.facts import NEGATED
from archc.codegen.formulas import formulas_in, forward_formulas
from archc.codegen.ir import Unit
from archc.codegen.layout import STEP, split_operands
from archc.codegen.python import string
from archc.codegen.statements import guards_in, has_content, phis_in
from archc.codegen.symbolic import formula
from archc.codegen.tensors import register, wrapper
from archc.codegen.text import BUILTINS, HELPERS, OWN, File, Scope, free
from archc.codegen.variables import variables
from archc.expr import Compare, Expr, Func, Index, ListExpr, Logic, Name, Number, Text, Unary, names
from archc.expr.nodes import Binary, children
from archc.expr.parser import AND
from archc.spec.arguments import Param
from archc.spec.model import Block, Spec

Lines = list[str]
CALLED = "\x01"
"""Stands before the name of a parameter that is called, until globals of the same name have another one."""


class Constructor:
    """Writes `__init__` of one class; `kept` are symbols that `forward` reads, and so are attributes."""

    def __init__(
        self, file: File, unit: Unit, needs: Needs, arguments: Sequence[Argument], kept: Mapping[str, str],
        flags: Mapping[Expr, str],
    ) -> None:  # fmt: skip
        self.file, self.unit, self.needs, self.arguments = file, unit, needs, arguments
        self.kept, self.flags = kept, dict(flags)
        self.flagged: set[str] = set()
        self.options: dict[str, str] = {}
        merged = file.analysis.merged.get(id(unit), {})
        found = {argument.symbol: argument.name for argument in arguments}
        found |= {symbol: found[other] for symbol, other in merged.items() if other in found}
        taken = {*found.values(), *OWN, *BUILTINS, *HELPERS, "self", *file.classes.values()}
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
        )
        self.taken |= set(found.values())
        self.lists: dict[tuple[str, ir.Indexes], str] = {}
        """The lists of modules that are there, by attribute and the rounds they are of: how each is written."""
        self._name_loops(unit.body, ())

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
        taken = {*self.taken, *outer}
        if shown == "_":
            return next((name for name in "ijkmn" if name not in taken), free("i", taken))
        return free(shown, taken)

    def _exported_sizes(self) -> list[Expr]:
        exports = self.file.analysis.exports.get(id(self.unit), {})
        return [tree for at, dim in exports for tree in formulas_in(self.unit.results[at].shape[dim])]

    # lines

    def lines(self) -> Lines:
        """The statements of the constructor behind `super().__init__()`, or with it for a `Sequential`."""
        body = [*self._guards_of_parameters(), *self._guards_of_choices()]
        guards = len(body)
        body += self._lets()
        if not self.unit.sequential:
            body.insert(0, "super().__init__()")
        body += [
            f"self.{name} = {self.scope.names[symbol]}" for symbol, name in self.kept.items() if self._early(symbol)
        ]
        body += self._early_flags()
        if self.unit.sequential:
            lines, text = self._sequential(ir.SequentialMaker(self.unit.body), "layers", base=True)
            body += [*lines, text]
        else:
            body += self._body(self.unit.body)
        body += [
            f"self.{name} = {self.scope.names[symbol]}" for symbol, name in self.kept.items() if not self._early(symbol)
        ]
        at = guards if self.unit.sequential else guards + 1
        body[at:at] = [f"{name} = {line}" for line, name in self.options.items()]
        exports = self.file.analysis.exports.get(id(self.unit), {})
        for (at, dim), name in exports.items():
            tree = formula(self.unit.results[at].shape[dim])
            body.append(f"self.{name} = {self.scope.text(tree)}")
        for symbol, _ in self.unit.lets:
            if symbol in self.kept:
                body = _kept_alone(body, self.scope.names[symbol], self.kept[symbol])
        return _with_else(body)

    def _early(self, symbol: str) -> bool:
        return not symbol.startswith("v")

    def _early_flags(self) -> Iterator[str]:
        for condition, name in self.flags.items():
            if not any(each.startswith(("v", "i", "m")) for each in names(condition)):
                self.flagged.add(name)
                yield f"self.{name} = {self.scope.text(condition)}"

    def _lets(self) -> Lines:
        found: Lines = []
        for symbol, value in self.unit.lets:
            needs = [need for need in self.unit.let_needs.get(symbol, ()) if names(need) <= self.scope.names.keys()]
            found += [line for need in needs for line in self._guard(need)]
            name = self.scope.names[symbol]
            if symbol in self.needs.live and not (isinstance(value, Name) and self.scope.names.get(value.id) == name):
                found.append(f"{name} = {self.scope.text(value)}")
        return found

    def _guards_of_parameters(self) -> Lines:
        """Refuse what the declarations of a network's parameters refuse, and sizes below 1."""
        if not isinstance(self.unit.definition, Spec):
            return []
        found: Lines = []
        floors: dict[float, list[tuple[str, bool]]] = {}
        for argument in self.arguments:
            param = argument.param
            if param is None:
                continue
            least = self._least(argument)
            is_chosen = bool(param.choices) and param.type != "block"
            if is_chosen and least is not None and all(_reaches(choice, least) for choice in param.choices):
                least = None
            if param.maximum is not None and not param.item_type:
                found += self._between(argument.name, least, param.maximum)
            elif least is not None:
                floors.setdefault(least, []).append((argument.name, bool(param.item_type)))
            if param.length is not None:
                test, message = (
                    f"len({argument.name}) != {param.length}",
                    f"{argument.name} must have {_entries(param.length)}",
                )
                found += [f"if {test}:", f"{STEP}raise ValueError({string(message)})"]
            if is_chosen:
                choices = ", ".join(_literal(choice) for choice in param.choices)
                message = f"{argument.name} must be {_one_of(map(str, param.choices))}"
                test = f"{argument.name} not in ({choices}{',' if len(param.choices) == 1 else ''})"
                found += [f"if {test}:", f"{STEP}raise ValueError({string(message)})"]
        return [line for least, each in floors.items() for line in _floor(least, each)] + found

    def _guards_of_choices(self) -> Lines:
        """Refuse other functions and classes than those that a parameter is compared with."""
        trees = [*self.file.analysis.formulas_of(self.unit.body), *forward_formulas(self.unit.actions)]
        compared = {symbol for tree in trees for symbol in _compared(tree)}
        found: Lines = []
        for argument in self.arguments:
            if argument.param is None or argument.param.type != "block" or argument.symbol not in compared:
                continue
            shown = [self.file.class_of(str(choice)) for choice in argument.param.choices]
            found += [
                f"if {argument.name} not in ({', '.join(shown)}):",
                f'{STEP}raise ValueError("{argument.name} must be {_one_of(shown)}")',
            ]
        return found

    def _least(self, argument: Argument) -> float | None:
        """The least that a parameter can be, by its declaration or by what it is used for."""
        param = argument.param
        found = [param.minimum] if param is not None and param.minimum is not None else []
        for guard in guards_in(self.unit.body):
            match guard.condition:
                case Compare(op=">=", left=Name(id=symbol), right=Number(value=least)) if not guard.conditional:
                    pass
                case Compare(op=">=", left=Index(obj=Name(id=symbol)), right=Number(value=least)):
                    pass
                case _:
                    continue
            if symbol == argument.symbol and id(guard) in self.needs.guards:
                self.needs.guards.discard(id(guard))
                found.append(least)
        least = max(found, default=None)
        most = param.maximum if param is not None else None
        for guard in guards_in(self.unit.body):  # those under a condition ask for no more
            asked = guard.condition
            if isinstance(asked, Logic) and asked.op == "or":
                asked = asked.right
            match asked:
                case Compare(op=">=", left=Name(id=symbol), right=Number(value=bound)):
                    is_settled = least is not None and bound <= least
                case Compare(op="<=", left=Name(id=symbol), right=Number(value=bound)):
                    is_settled = most is not None and bound >= most
                case _:
                    continue
            if symbol == argument.symbol and is_settled:
                self.needs.guards.discard(id(guard))
        return (
            int(least) if least is not None and float(least).is_integer() and param and "int" in param.type else least
        )

    def _between(self, name: str, least: float | None, most: float) -> Lines:
        test = f"not {least:g} <= {name} <= {most:g}" if least is not None else f"{name} > {most:g}"
        bounds = f"from {least:g} to {most:g}" if least is not None else f"at most {most:g}"
        return [f"if {test}:", f'{STEP}raise ValueError(f"{name} ({{{name}}}) must be {bounds}")']

    def _guard(self, need: Expr) -> Lines:
        """Refuse where a condition does not hold."""
        match need:
            case Compare(
                op="==",
                left=Binary(op="%", left=Binary(op="-", left=a, right=Number(value=1)), right=Number(value=2) as b),
                right=Number(value=0),
            ):
                test, message = Compare("==", Binary("%", a, b), Number(0)), f"{self._quoted(a)} must be odd"
            case Compare(op="==", left=Binary(op="%", left=a, right=b), right=Number(value=0)):
                test, message = Binary("%", a, b), f"{self._quoted(a)} must be divisible by {self._quoted(b)}"
            case Compare(op=">=", left=Func(name="len", args=(Name() as a,)), right=Number(value=int() as least)):
                test, message = (
                    Compare("<", need.left, need.right),
                    f"{self.scope.text(a)} must have at least {_entries(least)}",
                )
            case Compare(op=op, left=a, right=b):
                test = Compare(NEGATED[op], a, b)
                message = f"{self._quoted(a)} must be {_words(op)}{self._quoted(b)}"
            case Logic(op="or", left=left, right=right):
                head, line = self._guard(right)
                return [f"if {self.scope.text(_negated(left), AND)} and {head.removeprefix('if ')}", line]
            case _:
                test = _negated(need)
                message = f"these arguments do not fit: {self._plain(test)}"
        text = string(message) if "{" not in message else f'f"{message}"'
        return [f"if {self.scope.text(test)}:", f"{STEP}raise ValueError({text})"]

    def _plain(self, tree: Expr) -> str:
        return self.scope.text(tree).replace('"', "'").replace("{", "").replace("}", "")

    def _quoted(self, tree: Expr) -> str:
        text = self.scope.text(tree)
        if isinstance(tree, Number) or '"' in text or "{" in text:
            return text.replace('"', "'").replace("{", "(").replace("}", ")")
        return f"{text} ({{{text}}})"

    def _body(self, body: Sequence[ir.Statement]) -> Lines:
        found: Lines = []
        for statement in merged_neighbours(body):
            match statement:
                case ir.Make():
                    found += self._make(statement)
                case ir.MakeTensor():
                    found += self._tensor(statement)
                case ir.Assign():
                    found += self._assign(statement)
                case ir.Guard():
                    if id(statement) in self.needs.guards:
                        found += self._guard(statement.condition)
                case ir.If():
                    found += self._if(statement, self._body)
                case ir.For():
                    found += self._for(statement, self._body)
        return found

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
        both = {place.plain for place in _listed(statement.then)} & {place.plain for place in _listed(statement.other)}
        inside = set(_loop_symbols((*statement.then, *statement.other)))
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
            return [*before, f"if {self.scope.text(_negated(condition))}:", *_in(other)]
        guards = [each.condition for each in statement.then if isinstance(each, ir.Guard)]
        if not other and len(statement.then) == len(guards) == 1 and _is_implied(condition, _negated(guards[0])):
            return [*before, *then]
        if not other and then[0].startswith("if ") and all(line.startswith(STEP) for line in then[1:]):
            test = test if flag is not None else self.scope.text(condition, AND)
            return [*before, f"if {test} and {_operand(then[0][3:-1])}:", *then[1:]]
        return [*before, f"if {test}:", *_in(_as_modules(then, other)), *(["else:", *_in(other)] if other else [])]

    def _for(self, statement: ir.For, inner: Callable[[Sequence[ir.Statement]], Lines]) -> Lines:
        phis = [phi for phi in statement.phis if phi.symbol in self.needs.live]
        before = self._set([(phi.symbol, phi.first) for phi in phis])
        self._name_item(statement)
        inside = {statement.loop.variable, statement.loop.index, *_loop_symbols(statement.body)}
        made = self._lists_for(statement.body, inside)
        outside = dict(self.lists)
        body = self._lists_for(statement.body, set(_loop_symbols(statement.body)))
        body += inner(statement.body)
        self.lists = outside
        body += self._set([(phi.symbol, phi.second) for phi in phis])
        if not body:
            return before
        return [*before, *made, f"for {self._head(statement.loop, body)}:", *_in(body)]

    def _lists_for(self, body: Sequence[ir.Statement], inside: set[str], only: set[str | None] | None = None) -> Lines:
        """Make the lists of modules that statements fill, but for those of the rounds of loops inside."""
        return [
            line
            for place in _listed(body)
            if only is None or place.plain in only
            for depth in range(len(place.index))
            if not ir.symbols_of(place.index[:depth]) & inside
            for line in self._list(place.plain or "", place.index[:depth])
        ]

    def _list(self, name: str, path: ir.Indexes) -> Lines:
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

    # modules

    def _make(self, statement: ir.Make) -> Lines:
        place = statement.place
        target = place.plain or "layers"
        lines, text = self._maker(statement.maker, target if target.isidentifier() else "layers")
        if statement.doc:
            lines = [*(f"# {line}" for line in statement.doc.splitlines()), *lines]
        plain = place.plain
        if place.kind == "attribute" and plain is not None and plain.isidentifier():
            self.scope.names[statement.symbol] = f"self.{plain}"
            return [*lines, f"self.{plain} = {text}"]
        if self._is_told(statement.symbol):
            name = free("unit", self.taken)
            self.scope.names[statement.symbol] = name
            lines, text = [*lines, f"{name} = {text}"], name
        if place.kind == "list":
            return [*self._lists_for([statement], set()), *lines, self._append(place, text)]
        return [*lines, f"self.add_module({self.scope.template(place.name)}, {text})"]

    def _append(self, place: ir.Place, text: str) -> str:
        target = self.lists[place.plain or "", place.index[:-1]]
        if place.gaps:
            return f"{target}.add_module({self.scope.template(place.index[-1:])}, {text})"
        return f"{target}.append({text})"

    def _is_told(self, symbol: str) -> bool:
        """Whether a size is read off a module."""
        return symbol in self.needs.live

    def _tensor(self, statement: ir.MakeTensor) -> Lines:
        return register(self.scope, statement.name, statement.op)

    def _maker(self, maker: ir.Maker, target: str) -> tuple[Lines, str]:
        """What must be said before, and the call that makes a module."""
        match maker:
            case ir.OpMaker(wrapped=True):
                return [], self._wrapped(maker)
            case ir.OpMaker():
                return [], self.scope.lowered(maker.op, maker.node)
            case ir.UnitMaker():
                return [], f"{self.file.classes[id(maker.unit)]}({self._call(maker)})"
            case ir.ChoiceMaker():
                return self._chosen(maker)
            case ir.SequentialMaker():
                return self._sequential(maker, target)

    def _wrapped(self, maker: ir.OpMaker) -> str:
        return wrapper(self.scope, maker)

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
            value = _float(value)
        return self.scope.text(value)

    def _row(self, param: Param, row: ListExpr) -> Expr:
        """A row of a table as a call of its class."""
        cells = [
            _float(cell) if kind == "float" else cell for cell, (_, kind) in zip(row.items, param.columns, strict=True)
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

    # Sequential

    def _sequential(self, maker: ir.SequentialMaker, target: str, *, base: bool = False) -> tuple[Lines, str]:
        """`nn.Sequential`, in one expression where nothing in it depends on a condition or a number of rounds."""
        head = "super().__init__" if base else "nn.Sequential"
        body = [each for each in merged_neighbours(maker.body) if not self._is_dead(each)]
        guards = [*takewhile(is_guard, body)]
        ahead, body = self._body(guards), body[len(guards) :]
        is_named = any(place.name for place in _places(body))
        if all(isinstance(each, ir.Make) for each in body):
            made = [(each, *self._child(each)) for each in body if isinstance(each, ir.Make)]
            if not any(lines for _, lines, _ in made):
                return ahead, f"{head}({self._literal([(e.place.name, text) for e, _, text in made])})"
        if (comprehension := self._comprehension(body)) is not None and not is_named:
            return ahead, f"{head}({comprehension})"
        name = next(
            name
            for name in (*(() if base else (target,)), "layers", "modules", "stack", free("layers", self.taken))
            if name not in self.taken
        )
        self.taken.add(name)
        lines = self._collected(body, name, is_named)
        if is_named:
            self.file.imports.add("OrderedDict")
            return [*ahead, *lines], f"{head}(OrderedDict({name}))"
        return [*ahead, *lines], f"{head}(*{name})"

    def _literal(self, made: Sequence[tuple[ir.Text, str]]) -> str:
        if not any(name for name, _ in made):
            return ", ".join(text for _, text in made)
        self.file.imports.add("OrderedDict")
        keys = [self.scope.template(name) if name else f'"{at}"' for at, (name, _) in enumerate(made)]
        plain = [key[1:-1] for key in keys]
        if all(
            key.startswith('"') and each.isidentifier() and each not in ("self",)
            for key, each in zip(keys, plain, strict=True)
        ):
            from keyword import iskeyword

            if not any(map(iskeyword, plain)):
                return f"OrderedDict({', '.join(f'{k}={text}' for k, (_, text) in zip(plain, made, strict=True))})"
        return f"OrderedDict([{', '.join(f'({key}, {text})' for key, (_, text) in zip(keys, made, strict=True))}])"

    def _child(self, statement: ir.Make) -> tuple[Lines, str]:
        lines, text = self._maker(statement.maker, statement.place.plain or "layers")
        if self._is_told(statement.symbol):
            name = free("unit", self.taken)
            self.scope.names[statement.symbol] = name
            return [*lines, f"{name} = {text}"], name
        return lines, text

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

    def _comprehension(self, body: Sequence[ir.Statement]) -> str | None:
        """`*(Block(...) for _ in range(n))` for a loop over one module that carries nothing."""
        if len(body) != 1 or not isinstance(body[0], ir.For):
            return None
        loop, inner = body[0], [each for each in body[0].body if not self._is_dead(each)]
        if len(inner) != 1 or not isinstance(inner[0], ir.Make) or any(p.symbol in self.needs.live for p in loop.phis):
            return None
        if self._is_told(inner[0].symbol):
            return None
        lines, text = self._child(inner[0])
        return None if lines else f"*({text} for {self._head(loop.loop, [text])})"

    def _collected(self, body: Sequence[ir.Statement], name: str, is_named: bool) -> Lines:
        """Statements that put modules into a list, or into a dictionary where they have names."""
        first: list[tuple[ir.Text, str]] = []
        rest = list(body)
        before: Lines = []
        while rest and isinstance(rest[0], ir.Make):
            lines, text = self._child(rest[0])
            if lines and first:
                break
            before += lines
            first.append((rest[0].place.name, text))
            rest.pop(0)
        kind = "dict[str, nn.Module]" if is_named else "list[nn.Module]"
        if is_named:
            items = ", ".join(
                f"{self.scope.template(key) if key else string(str(at))}: {text}"
                for at, (key, text) in enumerate(first)
            )
            head = f"{name}: {kind} = {{{items}}}"
        else:
            head = f"{name}: {kind} = [{', '.join(text for _, text in first)}]"
        return [*before, head, *self._put(rest, name, is_named)]

    def _put(self, body: Sequence[ir.Statement], name: str, is_named: bool) -> Lines:
        found: Lines = []
        waiting: list[str] = []

        def flush() -> None:
            if len(waiting) == 1:
                found.append(f"{name}.append({waiting[0]})")
            elif waiting:
                found.append(f"{name} += [{', '.join(waiting)}]")
            waiting.clear()

        for statement in body:
            if isinstance(statement, ir.Make):
                lines, text = self._child(statement)
                if lines:
                    flush()
                    found += lines
                if is_named:
                    key = self.scope.template(statement.place.name) if statement.place.name else f"str(len({name}))"
                    found.append(f"{name}[{key}] = {text}")
                else:
                    waiting.append(text)
                continue
            flush()
            inner = partial(self._put, name=name, is_named=is_named)
            match statement:
                case ir.Assign():
                    found += self._assign(statement)
                case ir.Guard():
                    found += self._guard(statement.condition) if id(statement) in self.needs.guards else []
                case ir.If():
                    found += self._if(statement, inner)
                case ir.For():
                    found += _at_once(self._for(statement, inner), name)
                case _:
                    pass
        flush()
        return found


def _compared(tree: Expr) -> Iterator[str]:
    """The symbols that a formula compares with a text."""
    match tree:
        case Compare(left=Name(id=symbol), right=Text()):
            yield symbol
        case _:
            for part in children(tree):
                yield from _compared(part)


def _float(value: Expr) -> Expr:
    """A literal that stands for a float."""
    return Number(float(value.value)) if isinstance(value, Number) else value


def _floor(least: float, names: Sequence[tuple[str, bool]]) -> Lines:
    """Refuse numbers, and entries of lists, below one bound."""
    shown = [name for name, _ in names]
    said = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    lists = [name for name, several in names if several]
    if len(names) == 1:
        test = f"min({shown[0]}, default={least:g}) < {least:g}" if lists else f"{shown[0]} < {least:g}"
    elif len(lists) == len(names):
        test = f"min({least:g}, {', '.join(f'*{name}' for name in lists)}) < {least:g}"
    else:
        items = ", ".join([*(name for name, several in names if not several), *(f"*{name}" for name in lists)])
        only = len(names) - len(lists) == 1 and bool(lists)  # `min` of one number alone is none
        test = f"min([{items}]) < {least:g}" if only else f"min({items}) < {least:g}"
    return [f"if {test}:", f'{STEP}raise ValueError("{said} must be at least {least:g}")']


def _reaches(choice: object, least: float) -> bool:
    return isinstance(choice, (int, float)) and choice >= least


def _kept_alone(body: Lines, name: str, attribute: str) -> Lines:
    """Lines in which a let that is an attribute too is that alone, where little reads it."""
    first = next((line for line in body if line.startswith(f"{name} = ")), "")
    kept = f"self.{attribute} = {name}"
    word = re.compile(rf"(?<![\w.]){re.escape(name)}\b(?!=[^=])")
    reads = [line for line in body if line not in (first, kept) and word.search(line)]
    if not first or kept not in body or len(reads) > 2 or any('"' in line for line in reads):
        return body
    ahead = body[: body.index(kept)]
    if any(line in ahead for line in reads):
        return body
    made = [line if line == first else word.sub(f"self.{attribute}", line) for line in body if line != kept]
    made.remove(first)
    made.insert(body.index(kept) - 1, f"self.{attribute}{first.removeprefix(name)}")
    return made


def _with_else(lines: Lines) -> Lines:
    """Lines with `else` for `if not x` right behind what `if x` does."""
    found = list(lines)
    heads = [re.fullmatch(r"( *)if (not )?([\w.]+):", line) for line in lines]
    for at, head in enumerate(heads):
        if head is None:
            continue
        pad, other = head[1], f"{head[1]}if {'' if head[2] else 'not '}{head[3]}:"
        end = _end(lines, at, pad)
        behind = _end(lines, end, pad) if end < len(lines) and lines[end] == other else None
        if behind is not None and found[at] == lines[at] and lines[behind : behind + 1] != [f"{pad}else:"]:
            found[end] = f"{pad}else:"
    return found


def _end(lines: Lines, at: int, pad: str) -> int:
    """Where the block of a line ends."""
    return next((n for n in range(at + 1, len(lines)) if not lines[n].startswith(pad + STEP)), len(lines))


def _at_once(lines: Lines, name: str) -> Lines:
    """A loop that only puts one module after the other into a list, as one statement."""
    start = f"{STEP}{name}.append("
    if len(lines) < 2 or not lines[-2].startswith("for ") or not lines[-1].startswith(start):
        return lines
    return [*lines[:-2], f"{name} += [{lines[-1][len(start) : -1]} {lines[-2][:-1]}]"]


def _is_implied(weaker: Expr, stronger: Expr) -> bool:
    """Whether a bound holds wherever a higher one does."""
    match weaker, stronger:
        case Compare(op=">", left=a, right=Number(value=least)), Compare(op=">", left=b, right=Number(value=most)):
            return a == b and most >= least
        case _:
            return False


def _one_of(names: Iterable[str]) -> str:
    """`1, 3 or 5`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _literal(value: object) -> str:
    return string(value) if isinstance(value, str) else repr(value)


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


def singular(name: str) -> str:
    """One of what a name says several are."""
    return name[:-1] if name.endswith("s") and len(name) > 2 and not name.endswith("ss") else "row"


def _in(lines: Lines) -> Lines:
    return [STEP + line for line in lines]


def updated(name: str, text: str) -> str:
    """An assignment, `x += y` where it is one."""
    for op in ("+", "//", "*", "-"):
        if text.startswith(f"{name} {op} ") and not _has_operator(text[len(name) + len(op) + 2 :], op):
            return f"{name} {op}= {text[len(name) + len(op) + 2 :]}"
    return f"{name} = {text}"


def _has_operator(text: str, op: str) -> bool:
    """Whether what follows would be taken together otherwise."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char == " ":
            ahead = text[at + 1 :]
            if ahead.startswith(("if ", "else ", "and ", "or ", "+", "-", "//", "%", "/")) or (
                op != "+" and ahead[:1] == "*"
            ):
                return True
    return False


def _operand(test: str) -> str:
    """A condition beside `and`."""
    return f"({test})" if any(len(split_operands(test)) > 1 and f" {word} " in test for word in ("if", "or")) else test


def _as_modules(then: Lines, other: Lines) -> Lines:
    """Lines with the attributes annotated that are something else on the other way."""
    set_there = {line.partition(" = ")[0] for line in other if re.match(r"self\.\w+ = ", line)}
    shared = {line.partition(" = ")[0] for line in then} & set_there
    return [line.replace(" = ", ": nn.Module = ", 1) if line.partition(" = ")[0] in shared else line for line in then]


def _negated(tree: Expr) -> Expr:
    match tree:
        case Unary(op="not"):
            return tree.operand
        case Compare():
            return Compare(NEGATED[tree.op], tree.left, tree.right)
        case _:
            return Unary("not", tree)


def _words(op: str) -> str:
    return {"==": "", "!=": "other than ", ">=": "at least ", "<=": "at most ", ">": "more than ", "<": "less than "}[
        op
    ]


def guards_first(body: Sequence[ir.Statement]) -> list[ir.Statement]:
    """Statements with the guards at their start that ask for nothing that is worked out on the way."""
    guards: list[ir.Statement] = []
    rest: list[ir.Statement] = []
    for statement in body:
        if is_guard(statement) and not any(name.startswith(("v", "m")) for name in _asked(statement)):
            guards.append(statement)
        elif isinstance(statement, ir.Make) and isinstance(statement.maker, ir.SequentialMaker):
            inner = guards_first(statement.maker.body)
            ahead = [*takewhile(is_guard, inner)]
            guards += ahead
            rest.append(
                replace(statement, maker=ir.SequentialMaker(tuple(inner[len(ahead) :]))) if ahead else statement
            )
        else:
            rest.append(statement)
    return [*(each for each in guards if not any(_asks_more(other, each) for other in guards)), *rest]


def _asks_more(one: ir.Statement, other: ir.Statement) -> bool:
    """Whether a guard has a higher bound for what another one bounds."""
    match one, other:
        case (
            ir.Guard(condition=Compare(op=">=", left=left, right=Number(value=most))),
            ir.Guard(condition=Compare(op=">=", left=same, right=Number(value=least))),
        ):
            return left == same and most > least
        case _:
            return False


def is_guard(statement: ir.Statement) -> bool:
    """Whether all that a statement does is to refuse arguments."""
    if isinstance(statement, ir.If):
        return not statement.phis and all(map(is_guard, (*statement.then, *statement.other)))
    return isinstance(statement, ir.Guard)


def _asked(statement: ir.Statement) -> Iterator[str]:
    if isinstance(statement, (ir.Guard, ir.If)):
        yield from names(statement.condition)
    for each in (*statement.then, *statement.other) if isinstance(statement, ir.If) else ():
        yield from _asked(each)


def merged_neighbours(body: Sequence[ir.Statement]) -> list[ir.Statement]:
    """Statements with neighbours of one condition joined, guards before all."""
    found: list[ir.Statement] = []
    for statement in guards_first(body):
        last = found[-1] if found else None
        if isinstance(statement, ir.If) and isinstance(last, ir.If) and last.condition == statement.condition:
            found[-1] = ir.If(
                last.condition,
                (*last.then, *statement.then),
                (*last.other, *statement.other),
                (*last.phis, *statement.phis),
                f"{last.absent} {statement.absent}".strip(),
            )
            continue
        found.append(statement)
    return found


def _places(body: Sequence[ir.Statement]) -> Iterator[ir.Place]:
    for statement in body:
        match statement:
            case ir.Make(place=place):
                yield place
            case ir.If(then=then, other=other):
                yield from _places((*then, *other))
            case ir.For(body=inner):
                yield from _places(inner)
            case _:
                pass


def _listed(body: Sequence[ir.Statement]) -> Iterator[ir.Place]:
    """The places of what stands in lists of modules."""
    return (place for place in _places(body) if place.kind == "list")


def _loop_symbols(body: Sequence[ir.Statement]) -> Iterator[str]:
    """The variables of loops."""
    for statement in body:
        match statement:
            case ir.If(then=then, other=other):
                yield from _loop_symbols((*then, *other))
            case ir.For(loop=loop, body=inner):
                yield from (loop.variable, loop.index)
                yield from _loop_symbols(inner)
            case _:
                pass
