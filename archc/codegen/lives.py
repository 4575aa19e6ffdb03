"""Where the tensors of `forward` are made and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archc.codegen import ir
from archc.codegen.ir import Tensor, Unit


@dataclass
class Life:
    """Where a tensor is made and read, and what it should be called."""

    made: int
    reads: list[int] = field(default_factory=list[int])
    uses: int = 0
    """How many steps read it."""
    is_passed: bool = False
    """Whether a condition that does not hold hands it on."""

    def __post_init__(self) -> None:
        self.last = self.made
        """The last step that reads it."""

    def read(self, at: int) -> None:
        """Note a read."""
        self.last = max(at, self.last) if self.reads else at
        self.reads.append(at)


class Reader:
    """Numbers what `forward` does, in order."""

    def __init__(self, unit: Unit) -> None:
        self.at = 0
        self.lives: dict[int, Life] = {id(tensor): Life(0) for tensor in unit.inputs}
        self.walk(unit.actions)
        self.at += 1
        for output in unit.outputs:
            self.read(output.tensor)

    def read(self, tensor: Tensor) -> None:
        """Count a read."""
        if id(tensor) in self.lives:
            self.lives[id(tensor)].read(self.at)

    def make(self, tensor: Tensor | None) -> None:
        """Let a tensor start here."""
        if tensor is not None:
            self.lives.setdefault(id(tensor), Life(self.at))

    def walk(self, actions: Sequence[ir.Action]) -> None:
        """Number actions."""
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
                life.read(self.at)
