"""The attributes that an `__init__` makes: modules, tensors and flags, some in loops or under conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archc.naming import auto_name
from archc.torch.align import Rounds, Slot, Unit
from archc.torch.constructor import Constructor
from archc.torch.formulas import Case, InexpressibleError
from archc.torch.items import is_source, leaf_of, own_modules
from archc.torch.layout import STEP
from archc.torch.loops import Loop, unrolled
from archc.tree import Body, Item, Leaf, Src

FEWEST_ATTRIBUTES = 5
"""Fewer modules of a repeated step than this are attributes one by one, if their number is always the same."""


@dataclass
class Attributes:
    """The attributes of one class. What is decided in writing them is collected here, for the class's `forward`."""

    constructor: Constructor
    bodies: Sequence[Body]
    cases: Sequence[Case]
    tests: dict[int, str] = field(default_factory=dict[int, str])
    """For conditional items (by index): what is true in `forward` where the item is there."""
    loops: dict[int, Loop] = field(default_factory=dict[int, Loop])
    """For the first item (by index) of a step kept as a loop: the loop."""
    skipped: set[int] = field(default_factory=set[int])
    """The other items of those loops."""

    @property
    def body(self) -> Body:
        """The fullest instance, which the class is written after."""
        return self.bodies[0]

    def lines(self, units: Sequence[Unit]) -> list[str]:
        """The statements that make the attributes."""
        found: list[str] = []
        for unit in units:
            if isinstance(unit, Rounds):
                found += self._repeated(unit)
                continue
            made = self._attribute(unit, self.cases)
            if len(made) != 1 or made[0] not in found:  # two steps may stand under one flag
                found += made
        return found

    def numbered(self, units: Sequence[Unit]) -> list[str]:
        """The modules as arguments of `nn.Sequential.__init__`, in a class that has a `forward` of its own."""
        names: list[str] = []
        texts: list[str] = []
        for slot, cases in _slots(units, self.cases):
            if slot.conditional or None in slot.items:
                raise InexpressibleError
            items, present = slot.present(cases)
            if own_modules(items[0]):
                names.append(items[0].name)
                texts.append(self.constructor.module(items, present))
        if names == [str(at) for at in range(len(names))]:
            return [f"super().__init__({', '.join(texts)})"]
        self.constructor.scribe.imports.add("from collections import OrderedDict")
        pairs = [f'("{name}", {text})' for name, text in zip(names, texts, strict=True)]
        return [f"super().__init__(OrderedDict([{', '.join(pairs)}]))"]

    def _repeated(self, unit: Rounds) -> list[str]:
        loop = self._loop(unit)
        if loop is None and len(set(unit.counts(len(self.cases)))) > 1:
            raise InexpressibleError
        found: list[str] = []
        for at in range(len(unit.rounds) if loop is None else loop.start):
            for slot in unit.rounds[at]:
                found += self._attribute(slot, unrolled(unit, at, self.cases))
        if loop is None:
            return found
        first = self._index(unit.rounds[0][0].first)
        self.loops[first + loop.start] = loop
        self.skipped |= set(range(first + loop.start + 1, first + len(unit.rounds)))
        text = self.constructor.looped_text(unit, loop.start, self.cases)
        return [*found, f"{self.constructor.loop_head(loop)}:", f"{STEP}self.add_module({loop.name}, {text})"]

    def _loop(self, unit: Rounds) -> Loop | None:
        """A repeated step as a loop, where rounds are many or their number varies and each feeds only the next."""
        varies = len(set(unit.counts(len(self.cases)))) > 1 or id(unit.step) in self.body.counts
        if not varies and len(unit.rounds) < FEWEST_ATTRIBUTES:
            return None
        if not all(len(round_) == 1 and _is_link(round_[0].first) for round_ in unit.rounds):
            return None
        loop = self.constructor.loop(unit, self.cases, self.bodies)
        if loop is None or not loop.name.startswith('f"'):
            return None
        first = self._index(unit.rounds[0][0].first)
        later = range(first + 1, first + len(unit.rounds))
        chained = all(self.body.items[at].inputs == (Src(at - 1),) and self._readers(at - 1) == 1 for at in later)
        return loop if chained else None

    def _readers(self, at: int) -> int:
        inputs = sum(src.item == at for item in self.body.items for src in item.inputs)
        return inputs + sum(output.src.item == at for output in self.body.outputs)

    def _attribute(self, slot: Slot, cases: Sequence[Case]) -> list[str]:
        item = slot.first
        items, present = slot.present(cases)
        if not slot.conditional and len(items) < len(cases):
            raise InexpressibleError
        test = self.constructor.test(slot, cases, self.bodies) if slot.conditional else ""
        if not own_modules(item):
            return [self._flag(item, test)] if test else []
        if is_source(item):
            if test:
                raise InexpressibleError
            return [self._tensor(items, present)]
        target = f"self.{item.name}"
        lines = self.constructor.sequential_lines(items, present, target)
        if lines is None:
            lines = [f"{target} = {self.constructor.module(items, present)}"]
        if not test:
            return lines
        self.tests[self._index(item)] = f"{target} is not None"
        return [f"{target}: nn.Module | None = None", f"if {test}:", *(STEP + line for line in lines)]

    def _flag(self, item: Item, test: str) -> str:
        """For a function that some instances lack: an attribute that says whether it is there."""
        if sum(other.outer is item.outer for other in self.body.items) > 1:
            raise InexpressibleError
        flag = test if test.isidentifier() else f"use_{auto_name(item.step.key)}"
        self.tests[self._index(item)] = f"self.{flag}"
        return f"self.{flag} = {test}"

    def _tensor(self, items: Sequence[Item], cases: Sequence[Case]) -> str:
        """A parameter or a buffer of the class itself."""
        name, op = items[0].name, leaf_of(items[0]).op
        text = self.constructor.scribe.lowering(items, cases, op.as_torch(), name)
        weight = op.weights()[0]
        if not weight.buffer:
            return f"self.{name} = {text}"
        return f'self.register_buffer("{name}", {text}{"" if weight.persistent else ", persistent=False"})'

    def _index(self, item: Item) -> int:
        return next(at for at, other in enumerate(self.body.items) if other is item)


def _is_link(item: Item) -> bool:
    """Whether an item is a module from one tensor to one, as the rounds of a loop are."""
    several = isinstance(item.content, Leaf) and item.content.op.unpack() is not None
    return own_modules(item) and len(item.inputs) == 1 and not several


def _slots(units: Sequence[Unit], cases: Sequence[Case]) -> list[tuple[Slot, Sequence[Case]]]:
    """All slots with their cases, repeated steps written out."""
    found: list[tuple[Slot, Sequence[Case]]] = []
    for unit in units:
        if isinstance(unit, Slot):
            found.append((unit, cases))
            continue
        for at, round_ in enumerate(unit.rounds):
            found += [(slot, unrolled(unit, at, cases)) for slot in round_]
    return found
