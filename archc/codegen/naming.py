"""What the unnamed modules of a class are called: after their op, numbered by its text alone."""

from __future__ import annotations

import keyword
from collections.abc import Iterable

from archc.naming import auto_name
from archc.spec.model import Chain, Group, OpCall, Reuse, Step
from archc.spec.walk import alternatives, owns_modules


class Bases:
    """The names of unnamed steps by `id`, and of the branches of forks, in one body."""

    def __init__(self, chain: Chain, *, numbered: bool) -> None:
        self.steps: dict[int, str] = {}
        self.branches: dict[tuple[int, str], str] = {}
        self._numbered = numbered
        self._taken = {step.name.plain for step in chain.steps if step.name is not None and step.name.plain}
        self._ordinals: dict[str, int] = {}
        self._uses: dict[str, int] = {}
        self._walk(chain.steps, top=True)

    def _walk(self, steps: Iterable[Step], *, top: bool) -> None:
        for step in steps:
            if isinstance(step.action, Reuse):
                continue
            if step.name is None and not step.is_spliced and not (self._numbered and top):
                self.steps[id(step)] = self._ordinal(auto_name(step.key))
            self._inside(step, top=top)
            self._instead(step, top=top)

    def _inside(self, step: Step, *, top: bool) -> None:
        """The chains within a step that are no bodies of their own."""
        action = step.action
        if isinstance(action, Group) and action.spliced:
            self._walk(action.chain.steps, top=top)
        elif isinstance(action, Group) and action.side and action.chain.lone:
            self._stand(action.chain.steps[0], step.name.plain if step.name is not None else self.steps.get(id(step)))
        for option in alternatives(action):
            for branch in option.branches or () if isinstance(option, OpCall) else ():
                if branch.chain.lone or owns_modules(branch.chain):
                    self.branches[id(step), branch.name] = self._branch(branch.name)
                if branch.chain.lone:
                    self._stand(branch.chain.steps[0], self.branches[id(step), branch.name])
                elif not owns_modules(branch.chain):
                    self._walk(branch.chain.steps, top=False)

    def _stand(self, step: Step, name: str | None) -> None:
        """A lone step under another one's name."""
        if name is not None and step.name is None:
            self.steps[id(step)] = name
        self._inside(step, top=False)
        self._instead(step, top=False)

    def _instead(self, step: Step, *, top: bool) -> None:
        """What stands in the place of a step."""
        other = step.otherwise
        if not isinstance(other, Chain):
            return
        if not other.lone:
            self._walk(other.steps, top=top and step.is_spliced)
        elif step.is_spliced or isinstance(step.action, Reuse):
            self._walk(other.steps, top=top)
        else:
            self._stand(other.steps[0], self.steps.get(id(step)))

    def _ordinal(self, stem: str) -> str:
        while True:
            at = self._ordinals[stem] = self._ordinals.get(stem, 0) + 1
            if (name := f"{stem}_{at}") not in self._taken:
                return name

    def _branch(self, name: str) -> str:
        at = self._uses[name] = self._uses.get(name, 0) + 1
        while (unique := name if at == 1 else f"{name}_{at}") in self._taken:
            at += 1
        self._taken.add(unique)
        return unique


def field_names(outputs: Iterable[str]) -> tuple[str, ...]:
    """What the fields of a tuple of outputs are called: none starts with an underscore, or is a tuple's method."""
    found: list[str] = []
    for output in outputs:
        name = output.lstrip("_") or "output"
        while name in (*found, "count", "index") or keyword.iskeyword(name):
            name += "_"
        found.append(name)
    return tuple(found)
