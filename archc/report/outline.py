"""The layers of a network as an outline: blocks with what is in them, equal ones in a row folded into one entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, cast

from archc.graph import ops_of, train_only_nodes
from archc.ops.base import Inputs, Op
from archc.spec.model import Block
from archc.summary import Shape, concrete
from archc.tensor import volume
from archc.tree import Body, Item, Leaf

if TYPE_CHECKING:
    from archc.network import Network


@dataclass(frozen=True, slots=True)
class Entry:
    """A layer or block. `count` equal ones stand in a row; `params` and `macs` are those of each."""

    name: str
    kind: str
    arguments: str
    shape: Shape
    params: int
    macs: int
    count: int
    children: tuple[Entry, ...] = ()
    reused: bool = False
    train_only: bool = False

    @property
    def height(self) -> int:
        """How many levels it has."""
        return 1 + max((child.height for child in self.children), default=0)


def outline(network: Network) -> tuple[Entry, ...]:
    """The entries of the network's own steps."""
    graph = network.graph
    in_training = train_only_nodes(graph)
    always = {prefix for node in ops_of(graph) if node not in in_training for prefix in _prefixes(node.path)}
    return _Outliner(always if in_training else None).entries(network.body, "", reused=False)


def rows(entries: Sequence[Entry], depth: int) -> int:
    """How many entries there are down to a depth."""
    if depth <= 0:
        return 0
    return sum(1 + rows(entry.children, depth - 1) for entry in entries)


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


class _Outliner:
    """Turns bodies into entries; `always` has the paths that inference needs, or is None where it needs all."""

    def __init__(self, always: set[str] | None) -> None:
        self.always = always
        self.known: dict[tuple[int, bool], tuple[Entry, ...]] = {}

    def entries(self, body: Body, prefix: str, *, reused: bool) -> tuple[Entry, ...]:
        key = (id(body), reused)
        if self.always is None and key in self.known:
            return self.known[key]
        runs = [list(run) for _, run in groupby(body.items, key=lambda item: self._likeness(item, prefix))]
        found = tuple(self._entry(body, run, prefix, reused=reused) for run in runs)
        self.known[key] = found
        return found

    def _likeness(self, item: Item, prefix: str) -> tuple[int, object, bool]:
        return (id(item.content), None if item.reuse is None else item.name, self._in_training(prefix + item.name))

    def _in_training(self, path: str) -> bool:
        return self.always is not None and path not in self.always

    def _entry(self, body: Body, run: Sequence[Item], prefix: str, *, reused: bool) -> Entry:
        item, last = run[0], run[-1]
        path = prefix + item.name
        again = reused or item.reuse is not None
        name = item.name if last.name == item.name else f"{item.name} - {last.name}"
        shape = concrete(item.types[0]) if item.types else ()
        if isinstance(item.content, Leaf):
            op = item.content.op
            return Entry(
                name, op.name, arguments(op), shape, 0 if again else _params(op), _macs(body, item, op), len(run),
                reused=again, train_only=self._in_training(path),
            )  # fmt: skip
        inner = item.content
        children = self.entries(inner, path + ".", reused=again)
        kind = inner.definition.name if isinstance(inner.definition, Block) else "Sequential"
        params, macs = (sum(getattr(c, what) * c.count for c in children) for what in ("params", "macs"))
        return Entry(name, kind, "", shape, params, macs, len(run), children, again, self._in_training(path))


def _params(op: Op) -> int:
    return sum(volume(weight.shape) for weight in op.weights() if not weight.buffer)


def _macs(body: Body, item: Item, op: Op) -> int:
    types = (body.inputs[-1 - s.item] if s.item < 0 else body.items[s.item].types[s.result] for s in item.inputs)
    return op.macs(Inputs(tuple(types), item.ports), item.types)


_SHOWN = ("out_channels", "out_features")
"""Arguments that the shape of the result shows."""


def arguments(op: Op) -> str:
    """The arguments that were given, but for what the shapes show."""
    given = op.given(skip=(*op.inferred_fields(), *_SHOWN))
    return ", ".join(f"{name}={_value(getattr(op, name))}" for name, _ in given)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(map(_value, cast('tuple[object, ...]', value)))}]"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
