"""Random specs and random edits of them, each edit with the differences that it makes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

SIZE = 8
PLAIN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Linear", {"out_features": SIZE}), ("Linear", {"out_features": SIZE, "bias": False}), ("LayerNorm", {}),
    ("Tanh", {}), ("GELU", {}), ("Dropout", {"p": 0.25}), ("tanh", {}), ("softplus", {"beta": 2}), ("BatchNorm1d", {}),
)  # fmt: skip
"""Steps that keep the shape, so that one may stand anywhere."""
ARGUMENTS: dict[str, tuple[str, Any, Any]] = {
    "LayerNorm": ("eps", 1e-5, 1e-3), "GELU": ("approximate", "none", "tanh"), "Dropout": ("p", 0.25, 0.5),
    "softplus": ("beta", 2, 3), "BatchNorm1d": ("eps", 1e-5, 0.5),
}  # fmt: skip
"""An argument of an op, as it is and as an edit makes it."""


@dataclass
class Draft:
    """A step to be written: an op, a block (`unit`), or a merge of named results."""

    op: str
    args: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    sources: list[str] = field(default_factory=list)
    repeat: int = 0

    def data(self) -> dict[str, Any]:
        """As YAML has it."""
        return {
            self.op: self.sources or self.args,
            **({"as": self.name} if self.name else {}),
            **({"repeat": self.repeat} if self.repeat else {}),
        }


@dataclass
class Sketch:
    """A whole spec to be written."""

    steps: list[Draft]
    unit: list[Draft]
    outputs: dict[str, str]
    init: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=lambda: {"x": [SIZE]})

    def data(self) -> dict[str, Any]:
        """As YAML has it."""
        uses = any(step.op == "unit" for step in self.steps)
        return {
            "archc": 1, "name": "net", "inputs": self.inputs,
            **({"blocks": {"unit": {"steps": [each.data() for each in self.unit]}}} if uses else {}),
            "steps": [each.data() for each in self.steps], "outputs": self.outputs,
            **({"init": self.init} if self.init else {}),
        }  # fmt: skip

    @property
    def instances(self) -> int:
        """How many units there are."""
        return sum(max(1, step.repeat) for step in self.steps if step.op == "unit")

    def mentioned(self) -> set[str]:
        """The names that something takes."""
        return {*self.outputs.values(), *(name for step in (*self.steps, *self.unit) for name in step.sources)}


Expected = list[tuple[Any, ...]]
"""Differences as (what, op, argument, before, after), without paths; for a step with a name of its own, (..., path)."""
Edit = Callable[[Sketch, Random], Expected | None]


def sketch(random: Random) -> Sketch:
    """A chain of steps that keep the shape, half of them with names, with units and differences of named results."""
    steps: list[Draft] = []
    for at in range(random.randrange(4, 14)):
        named = [step.name for step in steps if step.name and step.op != "unit"]
        kind = random.random()
        if kind < 0.15:
            steps.append(Draft("unit", name=f"body{at}", repeat=random.choice([0, 2, 3])))
        elif kind < 0.4 and len(named) > 1 and steps[-1].name == named[-1]:
            operands = [random.choice(named[:-1]), named[-1]]
            steps.append(Draft("sub", name=random.choice(["", f"s{at}"]), sources=random.sample(operands, 2)))
        else:
            op, args = random.choice(PLAIN)
            steps.append(Draft(op, dict(args), random.choice(["", f"s{at}"])))
    steps.append(Draft("softsign", {}, "last"))  # a function more: a network of modules alone would number them
    steps.append(Draft("Linear", {"out_features": SIZE}, "head"))
    unit = [
        Draft(op, dict(args), random.choice(["", f"u{at}"])) for at, (op, args) in enumerate(random.sample(PLAIN, 4))
    ]
    unit.append(Draft("add", name="joined", sources=["before", "input"]))
    unit[-2].name = "before"
    return Sketch(steps, unit, {"out": "head"})


def insert(spec: Sketch, random: Random) -> Expected | None:
    """A step more, of an op that there is not."""
    at = random.choice([at for at, step in enumerate(spec.steps) if not step.sources])
    name = random.choice(["", "fresh"])
    spec.steps.insert(at, Draft("SiLU", {}, name))
    return [("added", "SiLU")]


def insert_in_unit(spec: Sketch, random: Random) -> Expected | None:
    """A step more in each unit."""
    spec.unit.insert(random.randrange(len(spec.unit) - 1), Draft("SiLU", {}, random.choice(["", "fresh"])))
    return [("added", "SiLU")] * spec.instances


def delete(spec: Sketch, random: Random) -> Expected | None:
    """A step less that nothing names."""
    free = [
        step for step in spec.steps if step.name not in spec.mentioned() and step.op not in {"unit", "sub", "softsign"}
    ]
    if not free:
        return None
    gone = random.choice(free)
    spec.steps = [step for step in spec.steps if step is not gone]
    return [("removed", gone.op)]


def rename(spec: Sketch, random: Random) -> Expected | None:
    """Another name for a step, wherever it is used."""
    named = [step for step in spec.steps if step.name and step.op != "unit"]
    step = random.choice(named)
    was, step.name = step.name, "renamed"
    for each in spec.steps:
        each.sources = ["renamed" if name == was else name for name in each.sources]
    spec.outputs = {key: "renamed" if name == was else name for key, name in spec.outputs.items()}
    return [("renamed", step.op, "", was, "renamed")]


def rename_unit(spec: Sketch, random: Random) -> Expected | None:
    """Another name for a use of the block, and so for all in it."""
    uses = [step for step in spec.steps if step.op == "unit" and step.name not in spec.mentioned()]
    if not uses:
        return None
    random.choice(uses).name = "renamed"
    return [("renamed whole",)]


def argument(spec: Sketch, random: Random) -> Expected | None:
    """Another value for an argument."""
    fitting = [step for step in spec.steps if step.op in ARGUMENTS]
    if not fitting:
        return None
    step = random.choice(fitting)
    name, before, after = ARGUMENTS[step.op]
    step.args = {**step.args, name: after}
    return [("argument", step.op, name, before, after)]


def argument_in_unit(spec: Sketch, random: Random) -> Expected | None:
    """Another value for an argument of a step of the block."""
    fitting = [step for step in spec.unit if step.op in ARGUMENTS]
    if not fitting:
        return None
    step = random.choice(fitting)
    name, before, after = ARGUMENTS[step.op]
    step.args = {**step.args, name: after}
    return [("argument", step.op, name, before, after)] * spec.instances


def swap(spec: Sketch, random: Random) -> Expected | None:
    """The operands of a difference the other way round."""
    fitting = [step for step in spec.steps if step.op == "sub"]
    if not fitting:
        return None
    step = random.choice(fitting)
    before = tuple(step.sources)
    step.sources = step.sources[::-1]
    return [("order", "sub", "", before, before[::-1])]


def rewire(spec: Sketch, random: Random) -> Expected | None:
    """Another operand."""
    found = [(at, step) for at, step in enumerate(spec.steps) if step.op == "sub"]
    if not found:
        return None
    at, step = random.choice(found)
    others = [
        each.name for each in spec.steps[:at] if each.name and each.name not in step.sources and each.op != "unit"
    ]
    if not others:
        return None
    before = tuple(step.sources)
    kept = spec.steps[at - 1].name
    step.sources = [random.choice(others) if name != kept else name for name in before]
    return [("wiring", "sub", "", before, tuple(step.sources))]


def move(spec: Sketch, random: Random) -> Expected | None:
    """A step with a name somewhere else, two steps or more away."""
    free = [step for step in spec.steps if step.name and step.name not in spec.mentioned() and not step.sources]
    free = [step for step in free if step.op != "unit"]
    places = [(step, at) for step in free for at in range(len(spec.steps)) if abs(at - spec.steps.index(step)) > 2]
    if not places:
        return None
    step, at = random.choice(places)
    spec.steps = [each for each in spec.steps if each is not step]
    spec.steps.insert(at, step)
    if any(each.sources and before.name not in each.sources for before, each in pairwise(spec.steps)):
        return None  # it would be fed to nothing
    return [("moved", step.op)] if spec.steps[-1].name == "head" else None


def output(spec: Sketch, random: Random) -> Expected | None:
    """Another name for the output."""
    spec.outputs = {"scores": "head"}
    return [("output", "", "name", "out", "scores")]


def start(spec: Sketch, random: Random) -> Expected | None:
    """A rule for how a layer starts."""
    spec.init = {"head.weight": "zeros"}
    return [("init", "Linear", "", None, "zeros")]


def input_name(spec: Sketch, random: Random) -> Expected | None:
    """Another name for the input."""
    spec.inputs = {"y": [SIZE]}
    return [("input", "", "name", "x", "y")]


def more_rounds(spec: Sketch, random: Random) -> Expected | None:
    """A round more."""
    fitting = [step for step in spec.steps if step.repeat]
    if not fitting:
        return None
    random.choice(fitting).repeat += 1
    return [("added", step.op) for step in spec.unit]


def nothing(spec: Sketch, random: Random) -> Expected | None:
    """The same network written otherwise: usual values said, and a block of another name."""
    for step in spec.steps:
        if step.op == "Linear":
            step.args = {"in_features": SIZE, "bias": True, **step.args}
        elif step.op == "LayerNorm":
            step.args = {"eps": 1e-5, **step.args}
    return []


EDITS: tuple[Edit, ...] = (
    insert, insert_in_unit, delete, rename, rename_unit, argument, argument_in_unit, swap, rewire, move, output, start,
    input_name, more_rounds, nothing,
)  # fmt: skip


def edited(spec: Sketch, edit: Edit, random: Random) -> tuple[Sketch, Expected] | None:
    """A copy with an edit in it, and what that makes different; None where the edit finds nothing to do."""
    changed = copy.deepcopy(spec)
    expected = edit(changed, random)
    return None if expected is None else (changed, expected)
