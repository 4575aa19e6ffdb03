"""Writing the construction of modules: ops, blocks, and groups with their loops and conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from archc import expr
from archc.expr import Expr
from archc.ops.base import Op
from archc.ops.lowering import Call, Node
from archc.spec.model import Action, Block, Choice
from archc.torch.align import Rounds, Slot, Unit, align
from archc.torch.formulas import Case, InexpressibleError, choose
from archc.torch.items import body_of, leaf_of
from archc.torch.loops import Loop, loop_name, loop_variable, looped, unrolled
from archc.torch.scribe import Plan, Scribe
from archc.torch.sequential import Child, is_sequential, listed, module_twin, sequential_arguments
from archc.tree import Body, Item, Leaf

FEWEST_ROUNDS = 3
"""Fewer equal rounds than this are written out."""


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
        if isinstance(content, Leaf):
            return self._leaf(items, cases)
        if not isinstance(content.definition, Block):
            return self.group(items, cases)
        found = [self.registry.plan_of(body_of(item)) for item in items]
        if any(plan is not found[0][0] for plan, _ in found):
            raise InexpressibleError
        return self.scribe.call(items, cases, found[0][0], [env for _, env in found])

    def _leaf(self, items: Sequence[Item], cases: Sequence[Case]) -> str:
        """A module of torch's, for a function the one that does the same, or an instance of a small class for it."""
        leaves = [leaf_of(item) for item in items]
        if not leaves[0].op.is_module:
            twins = [module_twin(leaf) for leaf in leaves]
            if twins[0] is None:
                return self._function(items, cases)
            leaves = [twin for twin in twins if twin is not None]
        if len(leaves) < len(items):
            raise InexpressibleError
        ops = [leaf.op for leaf in leaves]
        node = merged(ops) if len({op.name for op in ops}) == 1 else self._chosen(items[0].step.action, ops, cases)
        made = [item._replace(content=leaf) for item, leaf in zip(items, leaves, strict=True)]
        name = items[0].name
        return self.scribe.lowering(made, cases, node, "" if name.isdigit() else name)

    def _function(self, items: Sequence[Item], cases: Sequence[Case]) -> str:
        """A function without a module of torch's own, as an instance of a small class for it."""
        plans = [self.registry.function_class(leaf_of(item)) for item in items]
        if any(plan is not plans[0] for plan in plans):
            raise InexpressibleError
        context = self.scribe.context(items, cases, (), {}, "")
        return f"{plans[0].name}({', '.join(context.field(argument.name) for argument in plans[0].arguments)})"

    def _chosen(self, action: Action, ops: Sequence[Op], cases: Sequence[Case]) -> Node:
        """Ops that differ between instances because a block-typed parameter chooses them: the parameter is called."""
        calls = [op.as_torch() for op in ops]
        first = calls[0]
        if not isinstance(action, Choice) or not isinstance(first, Call):
            raise InexpressibleError
        if any(call != replace(first, target=f"nn.{op.name}") for call, op in zip(calls, ops, strict=True)):
            raise InexpressibleError
        chosen = choose([op.name for op in ops], [expr.Name(action.parameter)] * len(ops), cases)
        if not isinstance(chosen, expr.Name):
            raise InexpressibleError
        return replace(first, target=self.scribe.write(chosen))

    def group(self, items: Sequence[Item], cases: Sequence[Case]) -> str:
        """A group as an `nn.Sequential` on one line of thought, or as an instance of a class of its own."""
        bodies = [body_of(item) for item in items]
        if all(is_sequential(body) for body in bodies):
            children = self.children(align(bodies), cases, bodies)
            numbered = [child.name.isdigit() for child in children]
            counting = any(child.loop and child.name.isdigit() for child in children)
            if counting and not all(numbered):
                # names and numbers mixed: a loop cannot count on from what stands before it, so it is written out
                children = replace(self, loops=False).children(align(bodies), cases, bodies)
            if not any(child.test for child in children):
                return f"nn.Sequential({sequential_arguments(children, self.scribe)})"
            raise InexpressibleError
        return self.registry.group_class(bodies, cases, f"{self.owner}_{items[0].name}", self.scribe)

    def sequential_lines(self, items: Sequence[Item], cases: Sequence[Case], target: str) -> list[str] | None:
        """A group with conditional parts, as a list that is built up; None for any other item."""
        bodies = [item.content for item in items if isinstance(item.content, Body)]
        if len(bodies) < len(items) or not all(body.is_group and is_sequential(body) for body in bodies):
            return None
        children = self.children(align(bodies), cases, bodies)
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
            loop = self.loop(unit, cases, bodies)
            for at in range(len(unit.rounds) if loop is None else loop.start):
                found += self._round(unit, at, cases)
            if loop is not None:
                text = self.looped_text(unit, loop.start, cases)
                found.append(Child(loop.name, text, self.loop_head(loop)))
        return found

    def _round(self, unit: Rounds, at: int, cases: Sequence[Case]) -> list[Child]:
        found: list[Child] = []
        for slot in unit.rounds[at]:
            if None in slot.items:
                raise InexpressibleError
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
            raise InexpressibleError
        return self.scribe.write(chosen)

    def loop(self, unit: Rounds, cases: Sequence[Case], bodies: Sequence[Body]) -> Loop | None:
        """The loop that a repeated step can be kept as; raises `InexpressibleError` where it must be one and cannot."""
        counts = unit.counts(len(cases))
        count = choose(counts, [body.counts.get(id(unit.step)) for body in bodies], cases)
        single = all(len(round_) == 1 and not round_[0].conditional for round_ in unit.rounds)
        loops: list[tuple[str, Loop]] = []
        if self.loops and single and count is not None:
            fewest = 1 if expr.names(count) else FEWEST_ROUNDS
            starts = [start for start in (0, 1) if min(counts) >= start and len(unit.rounds) >= max(fewest, start + 1)]
            loops = [found for start in starts if (found := self._loop_from(start, unit, cases, count)) is not None]
        if loops:
            return min(loops, key=lambda found: (len(found[0]), found[1].start))[1]
        if len(set(counts)) > 1:
            raise InexpressibleError
        return None

    def _loop_from(self, start: int, unit: Rounds, cases: Sequence[Case], count: Expr) -> tuple[str, Loop] | None:
        """The construction within the loop over the rounds from `start` on, and that loop; None where there is none."""
        name = loop_name(unit, start, cases)
        if name is None:
            return None
        before = set(self.scribe.used)
        try:
            text = self.looped_text(unit, start, cases)
        except InexpressibleError:
            return None
        finally:
            self.scribe.used = before
        variable = loop_variable(unit, cases)
        if _mentions(text, variable) or (name.startswith('f"') and _mentions(name, variable)):
            return text, Loop(unit, start, variable, name, count, counted=start > 0)
        rest = expr.simplify(expr.binary("-", count, expr.number(start)))
        return text, Loop(unit, start, "_", name, rest, counted=False)

    def looped_text(self, unit: Rounds, start: int, cases: Sequence[Case]) -> str:
        """The construction of a repeated module, right in every round from `start` on."""
        pairs = list(looped(unit, start, cases))
        return self.module([item for item, _ in pairs], [case for _, case in pairs])

    def loop_head(self, loop: Loop) -> str:
        """The `for` of a loop, without its colon."""
        return f"for {loop.variable} in {loop.span(self.scribe.write(loop.end))}"


def merged(found: Sequence[Op]) -> Node:
    """The lowering of several instances of an op: an argument that is not the default in one is written for all."""
    nodes = [op.as_torch() for op in found]
    first = nodes[0]
    if all(node == first for node in nodes):
        return first
    calls = [node for node in nodes if isinstance(node, Call)]
    if len(calls) < len(nodes) or len({(call.target, call.args) for call in calls}) > 1:
        raise InexpressibleError
    kwargs = {name: value for call in calls for name, value in call.kwargs}
    fields = [name for name in type(found[0]).model_fields if name in kwargs]
    order = dict.fromkeys([*fields, *kwargs])
    return replace(calls[0], kwargs=tuple((name, kwargs[name]) for name in order))


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None
