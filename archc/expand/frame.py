"""The body being built: its items so far, their names, which results something uses, and where steps stand in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from archc.expand.scope import Env, Names, Value
from archc.expr import Expr
from archc.naming import auto_name
from archc.spec.model import Group, OpCall, Reuse, Step
from archc.spec.walk import owns_modules
from archc.tree import Item, Turn


@dataclass(slots=True)
class Frame:
    """One body under construction; only its own expansion grows it."""

    numbered: bool
    """Whether unnamed steps are called by their place (`Sequential`) or after their op (blocks and networks)."""
    taken: set[str] = field(default_factory=set[str])
    items: list[Item] = field(default_factory=list[Item])
    used: set[int] = field(default_factory=set[int])
    ordinals: dict[str, int] = field(default_factory=dict[str, int])
    dropped: list[Step] = field(default_factory=list[Step])
    whens: dict[int, Expr] = field(default_factory=dict[int, Expr])
    counts: dict[int, Expr] = field(default_factory=dict[int, Expr])
    nodes: int = 0
    places: int = 0
    attributes: set[str] = field(default_factory=set[str])
    """The names of the submodules so far."""
    doubtful: bool = False
    """Whether a merge in it has inputs that are not wholly known, so that it may turn out to be of the wrong ones."""
    branch_names: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, item: Item, nodes: int) -> int:
        """Append an item; gives its index."""
        self.items.append(item)
        self.nodes += nodes
        for at, _ in item.inputs:
            if at >= 0:
                self.used.add(at)
        return len(self.items) - 1

    def use(self, values: Iterable[Value]) -> None:
        """Note that something uses these tensors."""
        for (at, _), _ in values:
            if at >= 0:
                self.used.add(at)

    def auto(self, key: str, *, top: bool) -> str:
        """The name of an unnamed step: its place in a numbered chain, else its op and ordinal."""
        if self.numbered and top:
            return str(self.places)
        stem = auto_name(key)
        while True:
            at = self.ordinals.get(stem, 0) + 1
            self.ordinals[stem] = at
            name = f"{stem}_{at}"
            if name not in self.taken:
                return name

    def drop(self, step: Step, *, top: bool) -> None:
        """Leave a step out."""
        self.dropped.append(step)
        self._skip_names(step, top=top)

    def _skip_names(self, step: Step, *, top: bool) -> None:
        """Pass over the names of a dropped step, so that those behind it are called the same with and without it."""
        if isinstance(step.action, Reuse) or (self.numbered and top):
            return
        if isinstance(step.action, Group) and step.action.spliced:
            for inner in step.action.chain.steps:
                self._skip_names(inner, top=top)
            return
        if step.name is None:
            self.auto(step.key, top=top)
        if isinstance(step.action, OpCall):
            for branch in step.action.branches or ():
                if branch.chain.lone or owns_modules(branch.chain):
                    self.branch(branch.name)

    def branch(self, name: str) -> str:
        """A branch's name, told apart where several forks of the body use it: `main`, `main_2`."""
        at = self.branch_names.get(name, 0) + 1
        self.branch_names[name] = at
        while (unique := name if at == 1 else f"{name}_{at}") in self.taken:
            at += 1
        self.taken.add(unique)
        return unique


class Site(NamedTuple):
    """Where steps are expanded: into which body, with what in sight."""

    frame: Frame
    names: Names
    env: Env
    outer: Step | None = None
    """The step of the body's own chain that they are part of; None where they are that chain."""
    turn: Turn | None = None
    top: bool = True
    """Whether they take places of their own in the body's chain; the parts of a fork do not."""
    forced: str | None = None
    """The name of a single step that stands for a branch or side chain."""

    def inside(self, step: Step, names: Names, *, top: bool = False, forced: str | None = None) -> Site:
        """The site of a chain that is part of a step here."""
        return Site(self.frame, names, self.env, self.outer or step, self.turn, top, forced)
