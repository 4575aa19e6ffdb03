"""What a chain can see while it is expanded: named tensors, and the values of expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archc.dims import Dim
from archc.expand.unsure import is_open
from archc.expr import UNKNOWN, Record
from archc.record import record
from archc.tensor import TensorType
from archc.tree import Src


class Value(NamedTuple):
    """A tensor in the body being built; its type is None where a fault made it unknown."""

    src: Src
    type: TensorType | None


NOWHERE = Value(Src(-(10**9)), None)
"""A tensor that a fault kept from being made."""


class Named(NamedTuple):
    """What a name stands for: the results of a step, by port, and its item where that can be applied again."""

    values: tuple[Value, ...]
    ports: tuple[str, ...]
    item: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether the types of all results are known."""
        return None not in [type_ for _, type_ in self.values]

    def get(self, port: str) -> Value | None:
        """A result by its port, the first where no port is said."""
        if not port:
            return self.values[0]
        return self.values[self.ports.index(port)] if port in self.ports else None


def single(value: Value) -> Named:
    """One tensor under a name, without ports."""
    return Named((value,), ("",))


def lost(count: int = 1, ports: tuple[str, ...] = ("",)) -> Named:
    """The results of a step that a fault kept from being made."""
    return Named((NOWHERE,) * max(1, count), ports)


@dataclass(slots=True)
class Names:
    """The names of a chain, growing as it is expanded, and those of the chains around it in the same body."""

    outer: Names | None = None
    own: dict[str, Named] = field(default_factory=dict[str, Named])
    open: bool = False
    """Whether one of its names is unknown, so that any may be there."""

    def find(self, name: str) -> Named | None:
        """The nearest thing of that name."""
        return self.own.get(name) or (self.outer.find(name) if self.outer else None)

    def is_open(self) -> bool:
        """Whether a name that is not in sight may still be right."""
        return self.open or (self.outer is not None and self.outer.is_open())

    def all(self) -> set[str]:
        """Every name in sight."""
        return set(self.own) | (self.outer.all() if self.outer else set())

    def within(self, start: Value) -> Names:
        """The names of a chain inside this one, which starts at a tensor."""
        return Names(self, {"input": single(start)})


@record
class Env:
    """The values that expressions see."""

    values: Mapping[str, object]

    def with_value(self, name: str, value: object) -> Env:
        """The same with one more name."""
        return Env({**self.values, name: value})


def input_record(types: tuple[TensorType | None, ...]) -> object:
    """What `input` is in a block's expressions: the sizes of its first input."""
    first = types[0] if types else None
    if first is None or first.rank < 1:
        return UNKNOWN
    sizes = tuple(_size(size) for size in first.sample)
    fields: dict[str, object] = {"shape": sizes}
    if sizes:
        fields.update(channels=sizes[0], features=sizes[-1])
    spatial = (("width", 1), ("length", 1), ("height", 2), ("depth", 3))
    fields.update({name: sizes[-at] for name, at in spatial if len(sizes) > at})
    return Record(fields)


def _size(size: Dim) -> object:
    """A size as expressions see it."""
    if is_open(size):
        return UNKNOWN
    return size if isinstance(size, int) else int(size)
