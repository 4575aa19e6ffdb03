"""`forward`: a tensor's variable is taken over as soon as nothing needs what it held."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count
from typing import Any

from archc.codegen import ir
from archc.codegen.constructor import updated
from archc.codegen.formulas import forward_formulas
from archc.codegen.ir import Tensor, Unit
from archc.codegen.layout import STEP, WIDTH
from archc.codegen.text import BUILTINS, OWN, Scope, free
from archc.expr import Compare, Expr, Name, Number, Text, Unary, names
from archc.naming import MODULE_ATTRIBUTES
from archc.ops import lowering
from archc.ops.lowering import Result
from archc.spec.model import Spec

FRESH = ("x", "out", "y", "z", "u", "v", "w")
"""Names for tensors that the spec does not name."""


@dataclass
class _Life:
    """Where a tensor is made and read, and what it should be called."""

    made: int
    reads: list[int] = field(default_factory=list[int])
    uses: int = 0
    """How many steps read it."""
    is_passed: bool = False
    """Whether a condition that does not hold hands it on."""

    @property
    def last(self) -> int:
        return max(self.reads, default=self.made)


class _Reader:
    """Numbers what `forward` does, in order."""

    def __init__(self, unit: Unit) -> None:
        self.at = 0
        self.lives: dict[int, _Life] = {id(tensor): _Life(0) for tensor in unit.inputs}
        self.ends: dict[int, int] = {}
        self.walk(unit.actions)
        self.at += 1
        for output in unit.outputs:
            self.read(output.tensor)

    def read(self, tensor: Tensor) -> None:
        if id(tensor) in self.lives:
            self.lives[id(tensor)].reads.append(self.at)

    def make(self, tensor: Tensor | None) -> None:
        if tensor is not None:
            self.lives.setdefault(id(tensor), _Life(self.at))

    def walk(self, actions: Sequence[ir.Action]) -> None:
        for action in actions:
            self.at += 1
            match action:
                case ir.Call():
                    for tensor in dict.fromkeys(action.inputs):
                        self.read(tensor)
                        if id(tensor) in self.lives:
                            self.lives[id(tensor)].uses += 1
                    for tensor in action.results:
                        self.make(tensor)
                case ir.Branch():
                    self._branch(action)
                case ir.Rounds():
                    self._rounds(action)

    def _branch(self, action: ir.Branch) -> None:
        if not action.other:
            for merge in action.merges:
                self.read(merge.second)
                if id(merge.second) in self.lives:
                    self.lives[id(merge.second)].is_passed = True
        self.walk(action.then)
        self.at += 1
        for merge in action.merges:
            self.read(merge.first)
        self.walk(action.other)
        self.at += 1
        for merge in action.merges:
            if action.other:
                self.read(merge.second)
            self.make(merge.result)

    def _rounds(self, action: ir.Rounds) -> None:
        start = self.at
        for merge in action.merges:
            self.read(merge.first)
            self.make(merge.result)
        self.walk(action.body)
        self.at += 1
        for merge in action.merges:
            self.read(merge.second)
            self.make(merge.behind)
        for life in self.lives.values():
            carried = any(self.lives.get(id(m.result)) is life for m in action.merges)
            if life.made < start and not carried and any(start < read <= self.at for read in life.reads):
                life.reads.append(self.at)


def kept_symbols(unit: Unit, more: Iterable[Expr] = ()) -> list[str]:
    """The symbols that methods read, and so are attributes."""
    loops = {each for loop in _loops(unit.actions) for each in (loop.variable, loop.index)}
    loops |= {place.symbol for place in counters(unit.actions)}
    trees = [*forward_formulas(unit.actions), *more]
    return [*dict.fromkeys(n for tree in trees for n in sorted(names(tree)) if n not in loops)]


def _loops(actions: Sequence[ir.Action]) -> Iterator[ir.Loop]:
    for action in actions:
        if isinstance(action, ir.Rounds):
            yield action.loop
            yield from _loops(action.body)
        elif isinstance(action, ir.Branch):
            yield from _loops((*action.then, *action.other))


def counters(actions: Sequence[ir.Action]) -> Iterator[ir.Phi]:
    """The numbers of children that loops count."""
    for action in actions:
        if isinstance(action, ir.Rounds):
            yield from () if action.place is None else (action.place,)
            yield from counters(action.body)
        elif isinstance(action, ir.Branch):
            yield from counters((*action.then, *action.other))


def flags(unit: Unit) -> dict[Expr, str]:
    """The conditions that `forward` asks for and no attribute tells, each with the attribute that holds it."""
    found: dict[Expr, str] = {}
    taken = set(module_names(unit.body))

    def walk(actions: Sequence[ir.Action], loops: frozenset[str]) -> None:
        for action in actions:
            match action:
                case ir.Branch():
                    if not action.absent and not _is_plain(action.condition) and not names(action.condition) & loops:
                        name = f"has_{action.label}"
                        if action.condition not in found and Unary("not", action.condition) not in found:
                            while name in taken or name in found.values():
                                name += "_"
                            found[action.condition] = name
                    walk((*action.then, *action.other), loops)
                case ir.Rounds():
                    walk(action.body, loops | {action.loop.variable, action.loop.index})
                case _:
                    pass

    walk(unit.actions, frozenset())
    return found


def _is_plain(condition: Expr) -> bool:
    """Whether a condition reads best as it is: a flag, or one argument compared with a literal."""
    match condition:
        case Name() | Unary(op="not", operand=Name()):
            return True
        case Compare(left=Name(), right=Number() | Text()):
            return True
        case _:
            return False


def module_names(body: Sequence[ir.Statement]) -> Iterator[str]:
    """The attributes that hold modules and tensors."""
    for statement in body:
        match statement:
            case ir.Make(place=place) if place.kind != "child":
                yield place.plain or ""
            case ir.MakeTensor(name=name):
                yield name
            case ir.If(then=then, other=other):
                yield from module_names((*then, *other))
            case ir.For(body=inner):
                yield from module_names(inner)
            case _:
                pass


def attributes(unit: Unit, kept: Sequence[str], scope_names: Mapping[str, str]) -> dict[str, str]:
    """The attributes that hold what methods read, by symbol."""
    taken = {*module_names(unit.body)}
    found: dict[str, str] = {}
    for symbol in kept:
        name = symbol.partition(":")[2] if not symbol.startswith("$") else scope_names.get(symbol, "size")
        name = scope_names.get(symbol, name)
        if name in taken:
            name += "_size"
        name = free(name, {*taken, *MODULE_ATTRIBUTES, "forward", "init_weights", "reset_parameters"})
        taken.add(name)
        found[symbol] = name
    return found


class Forward:
    """Writes `forward` of one class."""

    def __init__(
        self, scope: Scope, unit: Unit, flags: Mapping[Expr, str], training: frozenset[int], output_class: str
    ) -> None:
        self.scope, self.unit, self.flags, self.training, self.output_class = scope, unit, flags, training, output_class
        self.reader = _Reader(unit)
        self.names: dict[int, str] = {}
        self.inlined: dict[int, str] = {}
        self.fresh: set[int] = set()
        """The tensors whose variables say nothing of them, and so are taken over."""
        self.network = isinstance(unit.definition, Spec)
        self.results = {id(o.tensor): o.name for o in unit.outputs} if self.network and len(unit.outputs) > 1 else {}
        """What the network's results are called, where they have names."""
        self.inputs: list[str] = []
        for tensor in unit.inputs:
            name = "x" if tensor.name == "input" else free(tensor.name, {*OWN, *BUILTINS, "self", *self.inputs})
            self.inputs.append(name)
            self._name(tensor, name)
            if name == "x":
                self.fresh.add(id(tensor))
        self.forced: set[int] = set()
        """The tensors that may take over a variable that only the other way still reads."""
        self.at = 0
        self.typed: dict[str, ir.Place] = {}
        """Modules that are named by a formula and called by a plain name."""
        self.depth = 0
        self.in_training = False
        """Whether what is written stands where training alone comes to."""

    # names

    def _name(self, tensor: Tensor, name: str) -> None:
        self.names[id(tensor)] = name

    def _is_free(self, name: str, at: int) -> bool:
        """Whether a variable holds nothing that is read after `at`."""
        if name in self.inputs and (self.network or name not in FRESH):
            return False
        holders = [key for key, held in self.names.items() if held == name]
        return all(self.reader.lives[key].last <= at for key in holders if key in self.reader.lives)

    def _choose(self, tensor: Tensor, sources: Sequence[Tensor], at: int, wish: str | None = None) -> str:
        life = self.reader.lives[id(tensor)]
        hint = self._hint(tensor, at)
        if wish is not None and (id(tensor) in self.forced or self._is_free(wish, at)):
            return self._named(tensor, wish)
        several = life.uses > 1 or id(tensor) in self.results
        if hint and (tensor.by_function or several):
            return self._named(tensor, hint)
        for source in sources:
            name = self.names.get(id(source))
            if name is not None and id(source) in self.fresh and self._is_free(name, at):
                return self._fresh(tensor, name)
        if hint and life.last > at + 1 and not life.is_passed:
            return self._named(tensor, hint)
        more = (f"x{number}" for number in count(2))
        return self._fresh(tensor, next(n for n in chain(FRESH, more) if self._is_free(n, at)))

    def _hint(self, tensor: Tensor, at: int) -> str:
        """The free variable that a tensor's names give: in small letters, as style guides want them."""
        for name in (self.results.get(id(tensor), ""), tensor.name):
            small = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
            if name.isidentifier() and self._is_free(hint := free(small, {*OWN, *BUILTINS, "self"}), at):
                return hint
        return ""

    def _fresh(self, tensor: Tensor, name: str) -> str:
        self.fresh.add(id(tensor))
        return self._named(tensor, name)

    def _named(self, tensor: Tensor, name: str) -> str:
        self._name(tensor, name)
        return name

    def _read(self, tensor: Tensor) -> str:
        if tensor is ir.NOTHING:
            return "None"
        return self.inlined.get(id(tensor)) or self.names[id(tensor)]

    # lines

    def lines(self) -> list[str]:
        """The body of the method."""
        body = self._actions(self.unit.actions)
        body += self._return(body)
        return body

    def _actions(self, actions: Sequence[ir.Action], wishes: Mapping[int, str] | None = None) -> list[str]:
        found: list[str] = []
        waiting: list[str] = []
        for action in actions:
            lines = self._action(action, wishes or {})
            only = self._only_training(action)
            if only and not isinstance(action, ir.Branch):
                waiting += lines
                continue
            if waiting:
                found += self._in_training(waiting)
                waiting = []
            found += lines
        return found + (self._in_training(waiting) if waiting else [])

    def _in_training(self, lines: Sequence[str]) -> list[str]:
        outputs = [o for o in self.unit.outputs if o.train_only and self.names.get(id(o.tensor))]
        made = [self.names[id(o.tensor)] for o in outputs]
        here = [
            name
            for name in made
            if any(line.strip().startswith((f"{name} =", f"{name}, ", f"{name}:")) for line in lines)
        ]
        return [*(f"{name} = None" for name in here), "if self.training:", *(STEP + line for line in lines)]

    def _only_training(self, action: ir.Action) -> bool:
        return id(action) in self.training and not self.in_training

    def _action(self, action: ir.Action, wishes: Mapping[int, str]) -> list[str]:
        self.at += 1
        match action:
            case ir.Call():
                return self._call(action, wishes)
            case ir.Branch():
                return self._branch(action, wishes)
            case ir.Rounds():
                return self._rounds(action, wishes)

    def _call(self, action: ir.Call, wishes: Mapping[int, str]) -> list[str]:
        if action.op is not None and action.op.is_source:
            assert action.results[0] is not None and action.place is not None
            self.inlined[id(action.results[0])] = f"self.{action.place.plain}"
            return []
        text = self._expression(action)
        comment = [f"# {line}" for line in action.doc.splitlines()] if action.doc and action.place is None else []
        if action.pattern is not None:
            return [*comment, *self._unpacked(action, text, wishes)]
        results = [each for each in action.results if each is not None]
        if len(results) == 1:
            result = results[0]
            if self._may_inline(action, result):
                self.inlined[id(result)] = text
                return comment
            name = self._choose(result, self._sources(action), self.at, wishes.get(id(result)))
            spread = "(" + name + ",)" if action.op is not None and action.op.is_several else name
            if (
                action.op is not None
                and action.op.changes_input()
                and _overwrites(action, text, self._read(action.inputs[0]))
            ):
                return [*comment, *self._overwritten(action, name)]
            return [*comment, f"{spread} = {text}"]
        targets = self._targets(results, self._sources(action), wishes)
        return [*comment, f"{', '.join(targets)} = {text}"]

    def _overwritten(self, action: ir.Call, name: str) -> list[str]:
        """`x += y`: the first operand's variable goes on."""
        first, *others = (self._read(tensor) for tensor in action.inputs)
        assert isinstance(action.node, lowering.Infix)
        sign = action.node.operator
        if others:
            lines = [f"{first} {sign}= {others[0]}"]
            if others[1:]:
                return [*lines, f"{name} = {f' {sign} '.join((first, *others[1:]))}"]
        else:
            lines = [f"{first} {sign}= {self.scope.value(getattr(action.op, 'other'))}"]  # noqa: B009
        return lines if first == name else [*lines, f"{name} = {first}"]

    def _sources(self, action: ir.Call) -> list[Tensor]:
        return list(action.inputs)

    def _targets(self, results: Sequence[Tensor], sources: Sequence[Tensor], wishes: Mapping[int, str]) -> list[str]:
        found: list[str] = []
        for result in results:
            if not self.reader.lives[id(result)].reads:
                found.append("_")
                continue
            found.append(self._choose(result, sources, self.at, wishes.get(id(result))))
            self.reader.lives[id(result)].reads.append(self.at + 1)
        return found

    def _unpacked(self, action: ir.Call, text: str, wishes: Mapping[int, str]) -> list[str]:
        results = [*action.results]
        after: list[str] = []

        def target(pattern: lowering.Pattern) -> str:
            if not isinstance(pattern, Result):
                return f"({', '.join(map(target, pattern))})"
            result = results.pop(0) if results else None
            if result is None or not self.reader.lives[id(result)].reads:
                return "_"
            name = self._choose(result, action.inputs, self.at, wishes.get(id(result)))
            self.reader.lives[id(result)].reads.append(self.at + 1)
            if pattern.then is not None:
                after.append(f"{name} = {self.scope.lowered(action.op, pattern.then, (name,), ('',))}")
            return name

        targets = ", ".join(target(each) for each in action.pattern or ())
        return [f"{targets} = {text}", *after]

    def _may_inline(self, action: ir.Call, result: Tensor) -> bool:
        """Whether a call may stand where its result is read: a module's, by the next step, among several tensors."""
        return id(result) in self.may_inline and len(self._expression(action)) < 40

    @cached_property
    def may_inline(self) -> frozenset[int]:
        """The tensors that are read once, by the next merge, as one of several."""
        return frozenset(_inlinable(self.unit.actions, self.reader))

    def _expression(self, action: ir.Call) -> str:
        tensors = tuple(self._read(tensor) for tensor in action.inputs)
        first = action.inputs[0] if action.inputs else None
        batched = first is None or first.type.batched
        op = action.op
        if action.place is None:
            return self.scope.lowered(
                op, action.node, tensors, action.ports, batch=self._batch(action), batched=batched
            )
        module = self._module(action.place)
        if action.node == ir.MODULE:
            return f"{module}({', '.join(tensors)})"
        text = self.scope.lowered(op, action.node, tensors, action.ports, batch="", batched=batched)
        return module + text.removeprefix("self")

    def _batch(self, action: ir.Call) -> str:
        if "Batch()" not in repr(action.node):
            return ""
        batched = next((tensor for tensor in action.inputs if tensor.type.batched), None)
        if batched is None:
            batched = next((tensor for tensor in self.unit.inputs if tensor.type.batched), None)
        if batched is None:
            return ""
        if not self.unit.inputs or not self.unit.inputs[0].type.batched:
            return f"{self._read(batched)}.shape[0]"
        return f"{self._read(batched)}.shape[0]"

    def _module(self, place: ir.Place) -> str:
        plain = place.plain
        if place.kind == "list":
            if not place.gaps and len(place.index) == 1:
                return f"self.{plain}[{self.scope.text(place.index[0])}]"
            dots = [part for each in place.index for part in (".", each)][1:]
            return f"self.{plain}.get_submodule({self.scope.template(tuple(dots))})"
        if plain is not None and plain.isidentifier():
            return f"self.{plain}"
        name = self.scope.template(place.name)
        if name[0] == '"' and name[1:-1].isidentifier():
            self.typed[name[1:-1]] = place
            return f"self.{name[1:-1]}"
        return f"self.get_submodule({name})"

    def _condition(self, action: ir.Branch) -> str:
        if action.absent:
            return " and ".join(f"self.{name} is not None" for name in action.absent.split())
        return self.test(action.condition)

    def test(self, condition: Expr) -> str:
        """A condition as `forward` asks for it."""
        if condition in self.flags:
            return f"self.{self.flags[condition]}"
        return self.scope.text(condition)

    def _branch(self, action: ir.Branch, wishes: Mapping[int, str]) -> list[str]:
        start = self.at
        mine: dict[int, str] = {}
        inside: dict[int, str] = {}
        end = self._end(action)
        for merge in action.merges:
            wish = self._on_both_ways(action, end) or self._merge_name(merge, start, end, wishes.get(id(merge.result)))
            mine[id(merge)] = wish
            inside[id(merge.first)] = wish
            if action.other:
                inside[id(merge.second)] = wish
        held = dict(self.names)
        outside, self.in_training = self.in_training, self.in_training or self._only_training(action)
        self.depth += 1
        then = self._actions(action.then, inside)
        self.at += 1
        then += [f"{mine[id(m)]} = {self._read(m.first)}" for m in action.merges if self._read(m.first) != mine[id(m)]]
        changed = {key: name for key, name in self.names.items() if held.get(key) != name}
        for key in changed:
            if key in held:
                self.names[key] = held[key]
        other = self._actions(action.other, inside)
        self.at += 1
        before: list[str] = []
        for merge in action.merges:
            line = f"{mine[id(merge)]} = {self._read(merge.second)}"
            if self._read(merge.second) != mine[id(merge)]:
                (other if action.other else before).append(line)
            self._name(merge.result, mine[id(merge)])
        self.in_training = outside
        self.depth -= 1
        only = "self.training and " if self._only_training(action) else ""
        test = self._condition(action)
        if not then and not other:
            return before
        if then == other and not before:
            return then
        if (
            len(before) == 1
            and len(then) == 1
            and not other
            and not only
            and then[0].startswith(before[0].partition(" = ")[0] + " = ")
        ):
            name, _, value = before[0].partition(" = ")
            inverse = f"self.{action.absent} is None" if action.absent and " " not in action.absent else None
            made = then[0].partition(" = ")[2]
            line = (
                f"{name} = {value} if {inverse} else {made}" if inverse else f"{name} = {made} if {test} else {value}"
            )
            if len(line) + 8 <= WIDTH:
                return [line]
        if len(then) == len(other) == 1 and not before and not only and (line := self._either(then[0], other[0], test)):
            return [line]
        if not then:
            return [
                *before,
                f"if not {test}:" if " " not in test else f"if not ({test}):",
                *(STEP + line for line in other),
            ]
        if not other and not only and then[0].startswith("if ") and all(line.startswith(STEP) for line in then[1:]):
            return [*before, f"if {_operand(test)} and {_operand(then[0][3:-1])}:", *then[1:]]
        return [
            *before, f"if {only}{_operand(test) if only else test}:", *(STEP + line for line in then),
            *(["else:", *(STEP + line for line in other)] if other else []),
        ]  # fmt: skip

    def _either(self, then: str, other: str, test: str) -> str:
        """Two assignments to one variable as one; empty where that is too long."""
        name, _, value = then.partition(" = ")
        same, _, instead = other.partition(" = ")
        line = f"{name} = {value} if {test} else {instead}"
        fits = len(line) + len(STEP) * (2 + self.depth) <= WIDTH
        return line if name == same and name.isidentifier() and " if " not in value + instead and fits else ""

    def _end(self, action: ir.Branch) -> int:
        return self.at + _length(action.then) + _length(action.other) + 2

    def _on_both_ways(self, action: ir.Branch, end: int) -> str:
        """The variable of what two calls read, one on each way, where nothing else does: their result takes it over."""
        if len(action.merges) != 1 or len(action.then) != 1 or len(action.other) != 1:
            return ""
        calls = [*action.then, *action.other]
        (merge,) = action.merges
        made = [
            each.results == (to,)
            for each, to in zip(calls, (merge.first, merge.second), strict=True)
            if isinstance(each, ir.Call)
        ]
        read = {
            id(each.inputs[0]): each.inputs[0] for each in calls if isinstance(each, ir.Call) and len(each.inputs) == 1
        }
        if made != [True, True] or len(read) != 1 or not read.keys() <= self.fresh:
            return ""
        ((key, tensor),) = read.items()
        if self.reader.lives[key].last > end or any(
            h == self.names[key] and k != key and self.reader.lives[k].last > self.at
            for k, h in self.names.items()
            if k in self.reader.lives
        ):
            return ""
        self.forced |= {id(merge.first), id(merge.second)}
        return self._fresh(merge.result, self._read(tensor))

    def _merge_name(self, merge: ir.Merge, start: int, end: int, wish: str | None) -> str:
        """The variable of a tensor that is one of two: that of what is handed on, where nothing else reads it."""
        result = self.reader.lives[id(merge.result)]
        handed = self.names.get(id(merge.second)) if merge.second is not ir.NOTHING else None
        if handed is not None and (self.network is False or handed not in self.inputs):
            life = self.reader.lives[id(merge.second)]
            if life.last <= end and not any(
                held == handed
                and key != id(merge.second)
                and key in self.reader.lives
                and self.reader.lives[key].last > start
                for key, held in self.names.items()
            ):
                return handed
        if wish is not None and self._is_free(wish, start):
            return wish
        hint = self._hint(merge.result, start)
        if hint:
            return hint
        _ = result
        more = (f"x{number}" for number in count(2))
        return next(n for n in chain(FRESH, more) if self._is_free(n, start))

    def _unrolled(self, action: ir.Rounds, inside: Mapping[int, str]) -> list[str] | None:
        """A few rounds of modules with names of their own, one after the other; None for other loops."""
        count = action.loop.count
        if not (isinstance(count, Number) and isinstance(count.value, int) and count.value <= 8):
            return None
        if action.place is not None or not any(_has_template(each) for each in action.body):
            return None
        start, found, held = self.at, list[str](), dict(self.names)
        for at in range(count.value):
            self.at, self.names = start, dict(held)
            self.scope.values[action.loop.index] = Number(at)
            found += [*self._actions(action.body, inside), *self._carried(action, inside)]
        del self.scope.values[action.loop.index]
        return found

    def _carried(self, action: ir.Rounds, inside: Mapping[int, str]) -> list[str]:
        """What a round ends with: results that stand elsewhere are put where the next round reads them."""
        moved = ((inside[id(merge.second)], self._read(merge.second)) for merge in action.merges)
        return _together([(name, value) for name, value in moved if name != value])

    def _rounds(self, action: ir.Rounds, wishes: Mapping[int, str]) -> list[str]:
        start = self.at
        before: list[Any] = []
        inside: dict[int, str] = {}
        taken: set[str] = set()
        for merge in action.merges:
            name = self._carry_name(merge, start, taken)
            taken.add(name)
            if self._read(merge.first) != name:
                before.append((name, self._read(merge.first)))
            inside[id(merge.second)] = name
        for merge in action.merges:
            self._name(merge.result, inside[id(merge.second)])
        before = _together(before)
        unrolled = self._unrolled(action, inside)
        self.depth += 1
        body = self._actions(action.body, inside) if unrolled is None else unrolled
        self.depth -= 1
        self.at += 1
        body += self._carried(action, inside) if unrolled is None else []
        for merge in action.merges:
            if merge.behind is not None:
                self._name(merge.behind, inside[id(merge.second)])
        if not body or unrolled is not None:
            return [*before, *body]
        if action.place is not None:
            name, first, then = (
                self.scope.text(each) for each in (Name(action.place.symbol), action.place.first, action.place.second)
            )
            before += [f"{name} = {first}"] if name != first else []
            body.append(updated(name, then))
        return [*before, f"for {self._head(action.loop, body)}:", *(STEP + line for line in body)]

    def _carry_name(self, merge: ir.Merge, start: int, taken: set[str]) -> str:
        first = self.names.get(id(merge.first))
        life = self.reader.lives.get(id(merge.first))
        if first in FRESH and first not in taken and life is not None and life.last <= start:
            return first
        hint = self._hint(merge.result, start)
        if hint and hint not in taken:
            return hint
        more = (f"x{number}" for number in count(2))
        return next(n for n in chain(FRESH, more) if n not in taken and self._is_free(n, start))

    def _head(self, loop: ir.Loop, body: list[str]) -> str:
        name = self.scope.names[loop.index]
        lists = {m for line in body for m in re.findall(rf"self\.(\w+)\[{re.escape(name)}\]", line)}
        rest = [re.sub(rf"self\.\w+\[{re.escape(name)}\]", "", line) for line in body]
        used = any(re.search(rf"(?<![\w.\"]){re.escape(name)}(?!\w|=[^=])", line) for line in rest)
        row_used = loop.rows is not None and any(
            re.search(rf"\b{re.escape(self.scope.names[loop.variable])}\b", line) for line in rest
        )
        if len(lists) == 1 and not row_used:
            attribute = lists.pop()
            item = free("layer", {*self.names.values(), *self.scope.names.values()})
            body[:] = [re.sub(rf"self\.{attribute}\[{re.escape(name)}\]", item, line) for line in body]
            return f"{name}, {item} in enumerate(self.{attribute})" if used else f"{item} in self.{attribute}"
        if loop.rows is not None:
            row, rows = self.scope.names[loop.variable] if row_used else "_", self.scope.text(loop.rows)
            return f"{name}, {row} in enumerate({rows})" if used or lists else f"{row} in {rows}"
        return f"{name if used or lists else '_'} in range({self.scope.text(loop.count)})"

    # results

    def _return(self, body: list[str]) -> list[str]:
        outputs = sorted(self.unit.outputs, key=lambda output: output.train_only)
        values = [self._read(output.tensor) for output in outputs]
        if len(outputs) == 1:
            last = body[-1] if body else ""
            if last.startswith(f"{values[0]} = ") and values[0].isidentifier():
                body.pop()
                return [f"return {last.partition(' = ')[2]}"]
            return [f"return {values[0]}"]
        if not self.network:
            return [f"return {', '.join(values)}"]
        whole = f"return {self.output_class}({', '.join(values)})"
        always = [output for output in outputs if not output.train_only]
        if len(always) == 1 and len(outputs) > 1:
            extra = [(output.tensor, value) for output, value in zip(outputs, values, strict=True) if output.train_only]
            made = _made_in(self.unit.actions, self.training)
            tests = [f"{value} is not None" for tensor, value in extra if id(tensor) in made]
            test = " and ".join(tests if len(tests) == len(extra) else ["self.training", *tests])
            return [f"if {test}:", f"{STEP}{whole}", f"return {values[0]}"]
        return [whole]


def _together(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Assignments at once, as one may read what another overwrites."""
    return [f"{', '.join(name for name, _ in pairs)} = {', '.join(value for _, value in pairs)}"] if pairs else []


def _has_template(action: ir.Action) -> bool:
    if isinstance(action, ir.Call):
        return action.place is not None and action.place.kind == "attribute" and action.place.plain is None
    inner = (*action.then, *action.other) if isinstance(action, ir.Branch) else action.body
    return any(map(_has_template, inner))


def _operand(test: str) -> str:
    return f"({test})" if " or " in test or " if " in test else test


def _length(actions: Sequence[ir.Action]) -> int:
    total = 0
    for action in actions:
        total += 1
        if isinstance(action, ir.Branch):
            total += _length(action.then) + _length(action.other) + 2
        elif isinstance(action, ir.Rounds):
            total += _length(action.body) + 1
    return total


def _overwrites(action: ir.Call, text: str, first: str) -> bool:
    """Whether it is an operator that writes into its first operand."""
    return isinstance(action.node, lowering.Infix)


def _inlinable(actions: Sequence[ir.Action], reader: _Reader) -> Iterator[int]:
    """The results of modules that the merge behind them alone reads, in the order in which they are made."""
    sources = {id(a.results[0]) for a in actions if isinstance(a, ir.Call) and a.op is not None and a.op.is_source}
    actions = [a for a in actions if not (isinstance(a, ir.Call) and a.op is not None and a.op.is_source)]
    for at, action in enumerate(actions):
        if isinstance(action, ir.Branch):
            yield from _inlinable(action.then, reader)
            yield from _inlinable(action.other, reader)
        elif isinstance(action, ir.Rounds):
            yield from _inlinable(action.body, reader)
        elif action.op is not None and action.op.merges and len(action.inputs) > 1 and not action.op.changes_input():
            back = at - 1
            for tensor in reversed(action.inputs):
                if id(tensor) in sources:
                    continue
                before = actions[back] if back >= 0 else None
                made = isinstance(before, ir.Call) and before.results == (tensor,) and before.place is not None
                if not made or not isinstance(before, ir.Call) or before.pattern is not None:
                    break
                is_source = before.op is not None and before.op.is_source
                if is_source or len(reader.lives[id(tensor)].reads) != 1 or action.inputs.count(tensor) != 1:
                    break
                yield id(tensor)
                back -= 1


def may_be_missing(actions: Sequence[ir.Action]) -> frozenset[int]:
    """By `id`: the tensors that are None where a condition does not hold."""
    found = {id(ir.NOTHING)}
    for action in actions:
        if isinstance(action, ir.Branch):
            found |= may_be_missing((*action.then, *action.other))
            found |= {id(m.result) for m in action.merges if {id(m.first), id(m.second)} & found}
        elif isinstance(action, ir.Rounds):
            found |= may_be_missing(action.body)
    return frozenset(found)


def _made_in(actions: Sequence[ir.Action], chosen: frozenset[int]) -> set[int]:
    """By `id`: what some of the actions give."""
    return {
        id(tensor)
        for action in actions
        if id(action) in chosen
        for tensor in (
            action.results if isinstance(action, ir.Call) else (t for m in action.merges for t in (m.result, m.behind))
        )
    }


def training_actions(unit: Unit) -> frozenset[int]:
    """By `id`: what only the outputs that exist in training alone need."""
    if not any(output.train_only for output in unit.outputs):
        return frozenset()
    always = {id(output.tensor) for output in unit.outputs if not output.train_only}
    found: set[int] = set()

    def walk(actions: Sequence[ir.Action]) -> None:
        for action in reversed(actions):
            match action:
                case ir.Call():
                    if any(id(result) in always for result in action.results):
                        always.update(id(tensor) for tensor in action.inputs)
                    else:
                        found.add(id(action))
                case ir.Branch() | ir.Rounds():
                    merges = [
                        m for m in action.merges if id(m.result) in always or (m.behind and id(m.behind) in always)
                    ]
                    for merge in merges:
                        always.update((id(merge.first), id(merge.second)))
                    before = len(found)
                    inner = (*action.then, *action.other) if isinstance(action, ir.Branch) else action.body
                    needed = bool(merges) or _makes(inner, always)
                    walk(inner)
                    if not needed:
                        found.add(id(action))
                    _ = before

    walk(unit.actions)
    return frozenset(found)


def _makes(actions: Sequence[ir.Action], always: set[int]) -> bool:
    return any(
        any(id(result) in always for result in action.results) if isinstance(action, ir.Call)
        else _makes((*action.then, *action.other) if isinstance(action, ir.Branch) else action.body, always)
        for action in actions
    )  # fmt: skip
