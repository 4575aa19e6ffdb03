"""Writing `__init__`: attributes, `nn.Sequential`s, loops and conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

from archc import expr
from archc.expr import Expr
from archc.ops.base import Op
from archc.ops.lowering import Call, Node
from archc.spec.model import Block, Choice
from archc.torch.align import Rounds, Slot, Unit, align
from archc.torch.formulas import Case, Inexpressible, choose
from archc.torch.scribe import Plan, Scribe
from archc.torch.sequential import Child, is_sequential, listed, module_twin, sequential_arguments
from archc.tree import Body, Item, Leaf

FEWEST_ROUNDS = 3
"""Fewer equal rounds than this are written out."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A repeated step kept as a loop: its variable, its range, and the f-string of its modules' names."""

    rounds: Rounds
    start: int
    variable: str
    range: str
    name: str
    """The f-string, with its quotes."""
    rest: Expr
    """What `range` ends at."""
    counted: bool
    """Whether `range` begins at `start`; else it begins at 0."""


class Registry(Protocol):
    """Where the classes of blocks are found, and those of groups made."""

    def plan_of(self, body: Body) -> tuple[Plan, Mapping[str, object]]:
        """The class of a block's instance, and the values of its arguments."""
        ...

    def function_class(self, leaf: Leaf) -> Plan:
        """A function as a class of module."""
        ...

    def group_class(self, bodies: Sequence[Body], cases: Sequence[Case], name: str, scribe: Scribe) -> str:
        """A class for a group that is no plain `nn.Sequential`; gives its construction."""
        ...


@dataclass(frozen=True, slots=True)
class Constructor:
    """Writes the modules of one class."""

    scribe: Scribe
    registry: Registry
    owner: str
    """The class's name, which the classes of its groups begin with."""
    loops: bool = True
    """Whether repeated steps may be kept as loops."""

    def module(self, items: Sequence[Item], cases: Sequence[Case]) -> str:
        """The construction of an item, right in all cases."""
        content = items[0].content
        hint = items[0].name if not items[0].name.isdigit() else ""
        if isinstance(content, Leaf) and not content.op.is_module and module_twin(content) is None:
            return self._function(items, cases)
        if isinstance(content, Leaf):
            twins = [
                module_twin(cast("Leaf", item.content)) if not content.op.is_module else cast("Leaf", item.content)
                for item in items
            ]
            made = [item._replace(content=twin) for item, twin in zip(items, twins, strict=True) if twin is not None]
            if len(made) < len(items):
                raise Inexpressible
            found = [cast("Leaf", item.content).op for item in made]
            node = merged(found) if len({op.name for op in found}) == 1 else self._chosen(made, cases)
            return self.scribe.lowering(made, cases, node, hint)
        if isinstance(content.definition, Block):
            found = [self.registry.plan_of(cast("Body", item.content)) for item in items]
            if any(plan is not found[0][0] for plan, _ in found):
                raise Inexpressible
            return self.scribe.call(items, cases, found[0][0], [env for _, env in found])
        return self.group(items, cases)

    def _function(self, items: Sequence[Item], cases: Sequence[Case]) -> str:
        """A function without a module of torch's own, as an instance of a small class for it."""
        plans = [self.registry.function_class(cast("Leaf", item.content)) for item in items]
        if any(plan is not plans[0] for plan in plans):
            raise Inexpressible
        context = self.scribe.context(items, cases, (), {}, "")
        return f"{plans[0].name}({', '.join(context.field(argument.name) for argument in plans[0].arguments)})"

    def _chosen(self, items: Sequence[Item], cases: Sequence[Case]) -> Node:
        """Ops that differ between instances because a block-typed parameter chooses them: the parameter is called."""
        action = items[0].step.action
        if not isinstance(action, Choice):
            raise Inexpressible
        found = [cast("Leaf", item.content).op for item in items]
        calls = [op.as_torch() for op in found]
        first = calls[0]
        if not isinstance(first, Call) or any(
            not isinstance(c, Call) or (c.args, c.kwargs) != (first.args, first.kwargs) for c in calls
        ):
            raise Inexpressible
        if any(c.target != f"nn.{op.name}" for c, op in zip(cast("list[Call]", calls), found, strict=True)):
            raise Inexpressible
        chosen = choose([op.name for op in found], [expr.Name(action.parameter)] * len(found), cases)
        if not isinstance(chosen, expr.Name):
            raise Inexpressible
        return replace(first, target=self.scribe.write(chosen))

    def group(self, items: Sequence[Item], cases: Sequence[Case]) -> str:
        """A group as an `nn.Sequential` on one line of thought, or as an instance of a class of its own."""
        bodies = [cast("Body", item.content) for item in items]
        if all(is_sequential(body) for body in bodies):
            children = self.children(align(bodies), cases, bodies)
            if any(c.loop and c.name.isdigit() for c in children) and not all(c.name.isdigit() for c in children):
                # names and numbers mixed: a loop cannot count on from what stands before it, so it is written out
                children = replace(self, loops=False).children(align(bodies), cases, bodies)
            if not any(child.test for child in children):
                return f"nn.Sequential({sequential_arguments(children, self.scribe)})"
            raise Inexpressible
        return self.registry.group_class(bodies, cases, f"{self.owner}_{items[0].name}", self.scribe)

    def sequential_lines(self, items: Sequence[Item], cases: Sequence[Case], target: str) -> list[str] | None:
        """A group with conditional parts, as a list that is built up; None for any other item."""
        bodies = [item.content for item in items]
        if not all(isinstance(body, Body) and body.is_group and is_sequential(body) for body in bodies):
            return None
        known = cast("list[Body]", bodies)
        children = self.children(align(known), cases, known)
        if not any(child.test for child in children) or not all(child.name.isdigit() for child in children):
            return None
        return [*listed(children), f"{target} = nn.Sequential(*layers)"]

    def children(self, units: Sequence[Unit], cases: Sequence[Case], bodies: Sequence[Body]) -> list[Child]:
        """The parts of an `nn.Sequential`."""
        found: list[Child] = []
        for unit in units:
            if isinstance(unit, Slot):
                items, present = unit.present(cases)
                test = self.test(unit, cases, bodies) if unit.conditional else ""
                found.append(Child(unit.first.name, self.module(items, present), test=test))
                continue
            loop, peeled = self.loop(unit, cases, bodies)
            for at in range(len(unit.rounds) if loop is None else peeled):
                found += self._round(unit, at, cases)
            if loop is not None:
                text = self.looped_text(unit, loop.start, cases)
                found.append(Child(loop.name, text, f"for {loop.variable} in {loop.range}"))
        return found

    def _round(self, unit: Rounds, at: int, cases: Sequence[Case]) -> list[Child]:
        found: list[Child] = []
        for slot in unit.rounds[at]:
            if None in slot.items:
                raise Inexpressible
            items, present = slot.present(unrolled(unit, at, cases))
            found.append(Child(slot.first.name, self.module(items, present)))
        return found

    def test(self, slot: Slot, cases: Sequence[Case], bodies: Sequence[Body]) -> str:
        """The condition under which a conditional item is there."""
        step = slot.first.outer if slot.first.outer.when is not None else slot.first.step
        label = bodies[0].whens.get(id(step))
        labels = [body.whens.get(id(step)) for body in bodies]
        values = [item is not None for item in slot.items]
        chosen = None if label is None else choose(values, labels, cases)
        if chosen is None:
            raise Inexpressible
        return self.scribe.write(chosen)

    def loop(self, unit: Rounds, cases: Sequence[Case], bodies: Sequence[Body]) -> tuple[Loop | None, int]:
        """The loop that a repeated step can be kept as, after how many rounds written out before it."""
        labels = [body.counts.get(id(unit.step)) for body in bodies]
        counts = [sum(1 for round_ in unit.rounds if round_[0].items[at] is not None) for at in range(len(cases))]
        count = choose(counts, labels, cases)
        varies = count is not None and bool(expr.names(count))
        single = all(len(round_) == 1 and not round_[0].conditional for round_ in unit.rounds)
        found: list[tuple[str, int, str]] = []
        for start in (0, 1) if single and count is not None and self.loops else ():
            name = self._loop_name(unit, start, cases)
            if (
                name is None
                or min(counts) < start
                or len(unit.rounds) - start < (1 if varies else FEWEST_ROUNDS - start)
            ):
                continue
            before = set(self.scribe.used)
            try:
                found.append((self.looped_text(unit, start, cases), start, name))
            except Inexpressible:
                continue
            finally:
                self.scribe.used = before
        if not found:
            if len(set(counts)) > 1:
                raise Inexpressible
            return None, 0
        assert count is not None
        text, start, name = min(found, key=lambda one: (len(one[0]), one[1]))
        variable = loop_variable(unit, cases)
        used = _mentions(text, variable) or (name.startswith('f"') and _mentions(name, variable))
        rest = count if used else expr.simplify(expr.binary("-", count, expr.number(start)))
        span = f"range({start}, {self.scribe.write(rest)})" if used and start else f"range({self.scribe.write(rest)})"
        return Loop(unit, start, variable if used else "_", span, name, rest, used and start > 0), start

    def looped_text(self, unit: Rounds, start: int, cases: Sequence[Case]) -> str:
        """The construction of a repeated module, right in every round from `start` on."""
        variable = loop_variable(unit, cases)
        pairs: list[tuple[Item, Case]] = []
        for number, case in enumerate(cases):
            for at in range(start, len(unit.rounds)):
                item = unit.rounds[at][0].items[number]
                if item is None:
                    continue
                loops = {variable: at}
                pairs.append((item, replace(case, env={**case.env, **loops}, loops={**case.loops, **loops})))
        return self.module([item for item, _ in pairs], [case for _, case in pairs])

    def _loop_name(self, unit: Rounds, start: int, cases: Sequence[Case]) -> str | None:
        """The names of a loop's modules: `f"layer{i + 1}"`, or a number in an `nn.Sequential` of numbers."""
        names = [round_[0].first.name for round_ in unit.rounds]
        template = unit.step.name
        variable = loop_variable(unit, cases)
        if template is not None and template.plain is None:
            texts: list[str] = []
            for part in template.parts:
                if isinstance(part, str):
                    texts.append(part)
                    continue
                rest = expr.simplify(expr.substitute(part, {k: v for k, v in cases[0].fixed.items()}))
                if expr.names(rest) - {variable}:
                    return None
                known = isinstance(rest, (expr.Number, expr.Text))
                texts.append(str(rest.value) if known else "{" + expr.to_python(rest) + "}")
            return 'f"' + "".join(texts) + '"'
        if all(name.isdigit() for name in names):
            return names[start] if len(names) > start else None
        stem, _, ordinal = names[0].rpartition("_")
        if not ordinal.isdigit() or names != [f"{stem}_{int(ordinal) + at}" for at in range(len(names))]:
            return None
        shift = expr.simplify(expr.binary("+", expr.Name(variable), expr.number(int(ordinal))))
        return f'f"{stem}_{{{expr.to_python(shift)}}}"'


def merged(found: Sequence[Op]) -> Node:
    """The lowering of several instances of an op: an argument that is not the default in one is written for all."""
    nodes = [op.as_torch() for op in found]
    first = nodes[0]
    if all(node == first for node in nodes):
        return first
    if not isinstance(first, Call) or not all(
        isinstance(n, Call) and (n.target, n.args) == (first.target, first.args) for n in nodes
    ):
        raise Inexpressible
    kwargs = {name: value for node in nodes for name, value in cast("Call", node).kwargs}
    order = [name for name in type(found[0]).model_fields if name in kwargs]
    return Call(
        first.target,
        first.args,
        tuple((name, kwargs[name]) for name in [*order, *(k for k in kwargs if k not in order)]),
    )


def loop_variable(unit: Rounds, cases: Sequence[Case]) -> str:
    """The variable that a repeated step binds; where it binds none, one that nothing else is called."""
    named = unit.step.repeat.variable if unit.step.repeat else None
    return named or next(name for name in ("i", "j", "k", "n", "index") if name not in cases[0].env)


def unrolled(unit: Rounds, at: int, cases: Sequence[Case]) -> list[Case]:
    """The cases of one round of a loop that is written out."""
    variable = unit.step.repeat.variable if unit.step.repeat else None
    if variable is None:
        return list(cases)
    return [replace(c, env={**c.env, variable: at}, fixed={**c.fixed, variable: at}) for c in cases]


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None
