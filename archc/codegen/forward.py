"""`forward` of a class: its steps, conditions and loops in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from archc.codegen import ir
from archc.codegen.assignments import indented, otherwise, updated, whatever_class
from archc.codegen.attributes import module_names
from archc.codegen.layout import STEP, WIDTH
from archc.codegen.loops import singular
from archc.codegen.steps import Steps
from archc.codegen.tensor_names import Variables
from archc.codegen.text import FRESH, free
from archc.codegen.training import come_together, made_in, may_be_missing
from archc.expr import Name, Number


class Forward(Steps):
    """Writes `forward` of one class."""

    def lines(self) -> list[str]:
        """The body of the method."""
        body = self._actions(self.unit.actions)
        body += self._return(body)
        return body

    def _actions(self, actions: Sequence[ir.Action], wishes: Mapping[int, str] | None = None) -> list[str]:
        found: list[str] = []
        waiting: list[str] = []
        for action in actions:
            if self._only_training(action) and not _is_optional(action):
                self.in_training = True
                waiting += self._action(action, wishes or {})
                self.in_training = False
                continue
            lines = self._action(action, wishes or {})
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

    def _branch(self, action: ir.Branch, wishes: Mapping[int, str]) -> list[str]:
        start = self.at
        mine: dict[int, str] = {}
        inside: dict[int, str] = {}
        end = self._end(action)
        for merge in action.merges:
            taken = set(mine.values())
            wish = self._on_both_ways(action, end)
            if not wish or wish in taken:
                wish = self._merge_name(merge, start, end, wishes.get(id(merge.result)), taken)
            mine[id(merge)] = wish
            inside[id(merge.first)] = wish
            if action.other:
                inside[id(merge.second)] = wish
        held = dict(self.names)
        handed = {id(merge): self._read(merge.second) for merge in action.merges if not action.other}
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
        handed |= {id(merge): self._read(merge.second) for merge in action.merges if action.other}
        moved = [f"{name} = {handed[key]}" for key, name in mine.items() if handed[key] != name]
        before = (
            [] if action.other else [*self._unbound(action, end, next(iter(handed.values()), self.inputs[0])), *moved]
        )
        other += moved if action.other else []
        for merge in action.merges:
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
            not before
            and not only
            and (alike := whatever_class(then, other, test, self.scope.classes_of(action.condition))) is not None
        ):
            return alike
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
            made = f"({made})" if " if " in made and not inverse else made
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
            *before,
            f"if {only}{_operand(test) if only else test}:",
            *indented(then),
            *otherwise(other),
        ]

    def _either(self, then: str, other: str, test: str) -> str:
        """Two assignments to one variable as one; empty where that is too long."""
        name, _, value = then.partition(" = ")
        same, _, instead = other.partition(" = ")
        line = f"{name} = {value} if {test} else {instead}"
        fits = len(line) + len(STEP) * (2 + self.depth) <= WIDTH
        return line if name == same and name.isidentifier() and " if " not in value + instead and fits else ""

    def _unbound(self, action: ir.Branch, end: int, default: str) -> list[str]:
        """Values for the variables that later steps read where the condition holds alone."""
        made = [t for each in action.then if isinstance(each, ir.Call) for t in each.results if t is not None]
        merged = {id(merge.first) for merge in action.merges}
        later = [t for t in made if id(t) not in merged and self.reader.lives[id(t)].last > end]
        names = [self.names[id(t)] for t in later if id(t) in self.names]
        return [f"{' = '.join(names)} = {default}"] if names else []

    def _end(self, action: ir.Branch) -> int:
        return self.at + _length(action.then) + _length(action.other) + 2

    def _unrolled(self, action: ir.Rounds, inside: Mapping[int, str]) -> list[str] | None:
        """A few rounds of modules with names of their own, one after the other; None for other loops."""
        count = action.loop.count
        if not (isinstance(count, Number) and isinstance(count.value, int) and count.value <= 8):
            return None
        if action.place is not None or not any(_has_template(each) for each in action.body):
            return None
        start, found, held = self.at, list[str](), self.names
        for at in range(count.value):
            self.at, self.names = start, Variables(held)
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
            name = inside[id(merge.second)]
            self._name(merge.result, name)
            self.fresh |= {id(merge.result)} if name in FRESH else set[int]()
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

    def _head(self, loop: ir.Loop, body: list[str]) -> str:
        name = self.scope.names[loop.index]
        found = {line: re.findall(rf"self\.(\w+)\[{re.escape(name)}\]", line) for line in body}
        lists = {each for inner in found.values() for each in inner}
        always = {each for line, inner in found.items() if line[0] != " " and " if " not in line for each in inner}
        rest = [re.sub(rf"self\.\w+\[{re.escape(name)}\]", "", line) for line in body]
        used = any(re.search(rf"(?<![\w.\"]){re.escape(name)}(?!\w|=[^=])", line) for line in rest)
        row_used = loop.rows is not None and any(
            re.search(rf"\b{re.escape(self.scope.names[loop.variable])}\b", line) for line in rest
        )
        if len(lists) == 1 and lists == always and not row_used:
            attribute = lists.pop()
            entry = "layer" if attribute in module_names(self.unit.body) else singular(attribute, "value")
            item = free(entry, {*self.names.values(), *self.scope.names.values()})
            body[:] = [re.sub(rf"self\.{attribute}\[{re.escape(name)}\]", item, line) for line in body]
            return f"{name}, {item} in enumerate(self.{attribute})" if used else f"{item} in self.{attribute}"
        if loop.rows is not None:
            row, rows = self.scope.names[loop.variable] if row_used else "_", self.scope.text(loop.rows)
            return f"{name}, {row} in enumerate({rows})" if used or lists else f"{row} in {rows}"
        return f"{name if used or lists else '_'} in range({self.scope.text(loop.count)})"

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
        if outputs[1].train_only:
            whole = f"return {self.output_class}({', '.join(values)})"
            return [f"if {self._is_whole(outputs[1:])}:", f"{STEP}{whole}", f"return {values[0]}"]
        made = made_in(self.unit.actions, self.training)
        values = [
            f"{value} if self.training else None" if output.train_only and id(output.tensor) not in made else value
            for output, value in zip(outputs, values, strict=True)
        ]
        return [f"return {self.output_class}({', '.join(values)})"]

    def _is_whole(self, extra: Sequence[ir.Output]) -> str:
        """Whether there is more to return than the one result that is always there."""
        made, missing = made_in(self.unit.actions, self.training), may_be_missing(self.unit.actions)
        tests = {id(each.tensor): f"{self._read(each.tensor)} is not None" for each in extra}
        always = [key for key in tests if key not in missing]
        if not always:
            together = come_together(self.unit.actions, [each.tensor for each in extra])
            test = (" and " if together else " or ").join(tests.values())
            return test if tests.keys() <= made else f"self.training and {_operand(test)}"
        return " and ".join(tests[key] for key in always if key in made) or "self.training"


def _together(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Assignments at once, as one may read what another overwrites."""
    return [f"{', '.join(name for name, _ in pairs)} = {', '.join(value for _, value in pairs)}"] if pairs else []


def _is_optional(action: ir.Action) -> bool:
    """Whether it is a step under a condition, which leaves None where that does not hold."""
    return isinstance(action, ir.Branch) and not action.other and all(m.second is ir.NOTHING for m in action.merges)


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
