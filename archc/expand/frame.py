"""The body being built: its items so far, their names, which results something uses, and where steps stand in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from archc.diagnostics import Where
from archc.expand.scope import Env, Names, Value
from archc.naming import auto_name
from archc.spec.model import Step
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
    nodes: int = 0
    places: int = 0
    attributes: dict[str, Where] = field(default_factory=dict[str, Where])
    """The names of the submodules so far, what several rounds have in common among them, with the steps they are of."""
    doubtful: bool = False
    """Whether a merge in it has inputs that are not wholly known, so that it may turn out to be of the wrong ones."""
    branch_names: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, item: Item, nodes: int) -> int:
        """Append an item; gives its index."""
        self.items.append(item)
        self.nodes += nodes
        return len(self.items) - 1

    def use(self, values: Iterable[Value]) -> None:
        """Note that something uses these tensors."""
        for (at, _), _ in values:
            if at >= 0:
                self.used.add(at)

    def auto(self, key: str) -> str:
        """The name of an unnamed step: its op and ordinal."""
        stem = auto_name(key)
        while True:
            at = self.ordinals.get(stem, 0) + 1
            self.ordinals[stem] = at
            name = f"{stem}_{at}"
            if name not in self.taken:
                return name

    def branch(self, name: str) -> str:
        """A branch's name, told apart where several forks of the body use it: `main`, `main_2`."""
        at = self.branch_names.get(name, 0) + 1
        self.branch_names[name] = at
        while (unique := name if at == 1 else f"{name}_{at}") in self.taken:
            at += 1
        self.taken.add(unique)
        return unique


class Rounds(NamedTuple):
    """Which round of the repeated steps around it a step is in; `bases` are the names that rounds have in common."""

    suffix: str
    """`.2`, or `.2.0` where a step is repeated within: what follows a name."""
    bases: dict[tuple[int, str], str]


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
    rounds: Rounds | None = None
    """The round of a repeat, whose modules are called by it."""
    dropped: Step | None = None
    """The step in whose place a single one stands, whose name it has."""

    def inside(self, step: Step, names: Names, *, top: bool = False, forced: str | None = None) -> Site:
        """The site of a chain that is part of a step here."""
        return Site(self.frame, names, self.env, self.outer or step, self.turn, top, forced, self.rounds)

    @property
    def is_numbered(self) -> bool:
        """Whether unnamed steps are called by their place."""
        return self.frame.numbered and self.top

    def auto(self, step: Step) -> str:
        """The name of an unnamed step: its place in a numbered chain, else its op and ordinal."""
        if self.is_numbered:
            return str(self.frame.places)
        return self._by_round((id(step), ""), self.frame.auto, step.key)

    def branch(self, fork: Step, name: str) -> str:
        """The name of a fork's branch."""
        return self._by_round((id(fork), name), self.frame.branch, name)

    def _by_round(self, key: tuple[int, str], take: Callable[[str], str], stem: str) -> str:
        """A name that is taken once, however often the step is repeated, and numbered by round."""
        if self.rounds is None:
            return take(stem)
        if key not in self.rounds.bases:
            self.rounds.bases[key] = take(stem)
        return self.rounds.bases[key] + self.rounds.suffix

    def in_round(self, at: int, bases: dict[tuple[int, str], str]) -> Rounds | None:
        """A round of a step that is repeated here."""
        outer = self.rounds
        return Rounds(f".{at}", bases) if outer is None else Rounds(f"{outer.suffix}.{at}", outer.bases)
