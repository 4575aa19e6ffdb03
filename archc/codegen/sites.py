"""Where steps stand as they are translated, and what they see there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from archc.codegen import ir
from archc.codegen.binding import Env
from archc.codegen.ir import Place, Tensor
from archc.codegen.ops import Made
from archc.expr import Expr
from archc.record import record


class UntranslatableError(Exception):
    """What no class can say for all values of some symbols."""

    def __init__(self, reason: str, *formulas: Expr) -> None:
        super().__init__(reason)
        self.formulas = formulas


@record(eq=False, repr=False)
class Instance:
    """A module that can be called again: where it stands, and what makes it."""

    place: Place
    maker: ir.Maker
    made: Made | None = None


class Named(NamedTuple):
    """What a name stands for: results by port, and the module that made them."""

    values: tuple[Tensor, ...]
    ports: tuple[str, ...] = ("",)
    instance: Instance | None = None
    condition: Expr | None = None
    """What must hold for there to be results by port; without it one tensor is handed on."""

    def get(self, port: str) -> Tensor:
        """A result by its port, the first where none is said."""
        return self.values[self.ports.index(port)] if port in self.ports else self.values[0]


@dataclass(slots=True)
class Names:
    """The names of a chain so far, and those of the chains around it."""

    outer: Names | None = None
    own: dict[str, Named] = field(default_factory=dict[str, Named])

    def find(self, name: str) -> Named | None:
        """The nearest thing of that name."""
        return self.own.get(name) or (self.outer.find(name) if self.outer else None)

    def get(self, name: str) -> Named:
        """The nearest thing of that name, which must be there for all rounds."""
        found = self.find(name)
        if found is None:
            raise UntranslatableError(f"`{name}` is made in some rounds alone")
        return found

    def within(self, start: Tensor) -> Names:
        """The names of a chain inside this one."""
        return Names(self, {"input": Named((start,))})


class Site(NamedTuple):
    """Where steps stand: what they see, the rounds around them, and how their modules are placed."""

    env: Env
    names: Names
    rounds: tuple[Expr, ...] = ()
    """By what the modules of repeated steps are numbered."""
    children: bool = False
    """Whether they are the children of a `Sequential`, which is built and not called."""
    top: bool = True
    """Whether they take places of their own in the body's chain; the parts of a fork do not."""
    gaps: bool = False
    """Whether some rounds may leave them out."""
    instead: bool = False
    """Whether they stand in the place of a step, whose name they have."""
    carried: Mapping[str, Tensor] = MappingProxyType({})
    """By input of the repeated block that stands here: what the round before gives it."""


def size_name(rank: int, at: int) -> str:
    """What a size is called by its place in a tensor."""
    match rank:
        case 2:
            stems = {1: "features"}
        case 3:
            stems = {1: "channels", 2: "features"}
        case _:
            stems = {1: "channels", rank - 2: "height", rank - 1: "width"}
    return stems.get(at, f"size{at}")
