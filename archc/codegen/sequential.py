"""Modules, and `nn.Sequential` of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, takewhile
from keyword import iskeyword

from archc.codegen import ir
from archc.codegen.assignments import at_once
from archc.codegen.guards import guards
from archc.codegen.layout import STEP
from archc.codegen.making import Making
from archc.codegen.merged_statements import guards_first, is_guard, merged_neighbours, places
from archc.codegen.python import string
from archc.codegen.tensors import register, wrapper
from archc.codegen.text import free

Lines = list[str]


class Modules(Making):
    """Writes the statements that make modules."""

    def _body(self, body: Sequence[ir.Statement]) -> Lines:
        found: Lines = []
        for statement in self._guarded(merged_neighbours(body, self._trees), found):
            match statement:
                case ir.Make():
                    found += self._make(statement)
                case ir.MakeTensor():
                    found += self._tensor(statement)
                case ir.Assign():
                    found += self._assign(statement)
                case ir.If():
                    found += self._if(statement, self._body)
                case ir.For():
                    found += self._for(statement, self._body)
                case ir.Guard():
                    pass
        return found

    def _guards(self, guards_there: Iterable[ir.Guard]) -> Lines:
        return guards(self.scope, [each.condition for each in guards_there if id(each) in self.needs.guards])

    def _guarded(self, body: Iterable[ir.Statement], found: Lines) -> Iterator[ir.Statement]:
        """Statements but for the guards, which are written by the run."""
        for are_guards, run in groupby(body, lambda each: isinstance(each, ir.Guard)):
            if are_guards:
                found += self._guards(each for each in run if isinstance(each, ir.Guard))
            else:
                yield from run

    def _make(self, statement: ir.Make) -> Lines:
        place = statement.place
        target = place.plain or "layers"
        lines, text = self._maker(statement.maker, target if target.isidentifier() else "layers")
        if statement.doc:
            lines = [*(f"# {line}" for line in statement.doc.splitlines()), *lines]
        plain = place.plain
        if place.kind == "attribute":
            lines += self._check_name(place)
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

    def _check_name(self, place: ir.Place, modules: str = "") -> Lines:
        """Refuse what is no name, or one that is among `modules`, attributes of the class without them."""
        if id(place) not in self.unsure:
            return []
        name = self.scope.template(place.name)
        taken = f"{name} in {modules}" if modules else f"hasattr(self, {name})"
        test = taken if place.plain is not None else f"not {name}.isidentifier() or {taken}"
        message = f'"cannot call a module {name.removeprefix("f")[1:-1]}"'
        return [f"if {test}:", f"{STEP}raise ValueError({'' if place.plain else 'f'}{message})"]

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
                return [], self._chosen(maker)
            case ir.SequentialMaker():
                return self._sequential(maker, target)

    def _wrapped(self, maker: ir.OpMaker) -> str:
        return wrapper(self.scope, maker)

    def _sequential(self, maker: ir.SequentialMaker, target: str, *, base: bool = False) -> tuple[Lines, str]:
        """`nn.Sequential`, in one expression where nothing in it depends on a condition or a number of rounds."""
        head = "super().__init__" if base else "nn.Sequential"
        body = [each for each in merged_neighbours(maker.body, self._trees) if not self._is_dead(each)]
        guards = [*takewhile(is_guard, body)]
        ahead, body = self._body(guards), body[len(guards) :]
        is_named = any(place.name for place in places(body))
        if all(isinstance(each, ir.Make) and id(each.place) not in self.unsure for each in body):
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
        ) and not any(map(iskeyword, plain)):
            return f"OrderedDict({', '.join(f'{k}={text}' for k, (_, text) in zip(plain, made, strict=True))})"
        return f"OrderedDict([{', '.join(f'({key}, {text})' for key, (_, text) in zip(keys, made, strict=True))}])"

    def _child(self, statement: ir.Make) -> tuple[Lines, str]:
        lines, text = self._maker(statement.maker, statement.place.plain or "layers")
        if self._is_told(statement.symbol):
            name = free("unit", self.taken)
            self.scope.names[statement.symbol] = name
            return [*lines, f"{name} = {text}"], name
        return lines, text

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
        while rest and isinstance(rest[0], ir.Make) and id(rest[0].place) not in self.unsure:
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

        def put(lines: Lines) -> None:
            if lines:
                flush()
                found.extend(lines)

        inner = partial(self._put, name=name, is_named=is_named)
        for are_guards, run in groupby(guards_first(body), lambda each: isinstance(each, ir.Guard)):
            if are_guards:
                put(self._guards(each for each in run if isinstance(each, ir.Guard)))
                continue
            for statement in run:
                match statement:
                    case ir.Make():
                        lines, text = self._child(statement)
                        put(lines)
                        put(self._check_name(statement.place, name))
                        if is_named:
                            name_ = statement.place.name
                            key = self.scope.template(name_) if name_ else f"str(len({name}))"
                            found.append(f"{name}[{key}] = {text}")
                        else:
                            waiting.append(text)
                    case ir.Assign():
                        put(self._assign(statement))
                    case ir.If():
                        put(self._if(statement, inner))
                    case ir.For():
                        put(at_once(self._for(statement, inner), name))
                    case _:
                        pass
        flush()
        return found
