"""From a body's tree to atoms: ops and closed blocks with the nodes they stand for, copies folded onto the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import networkx as nx

from archc.diagram.model.closing import closes, dissolves, resolution, weight
from archc.diagram.model.periods import Copies, in_periods, same_op
from archc.graph import Node, ops_of
from archc.spec.model import Block
from archc.tree import Body, Item, Leaf, Src

Folding = Literal["none", "same", "like"]
"""`same` folds copies with equal arguments, `like` those of one block and structure whatever their arguments."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a picture leaves out."""

    fuse: bool = True
    fold: Folding = "none"
    close: bool = False
    """Whether blocks are drawn as one card."""


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """An op or a closed block; `nodes` are those of its first copy in the order they run."""

    nodes: tuple[Node, ...]
    copies: tuple[Item, ...]
    """Its item, and those of the copies in a row that are folded into it."""
    path: str
    """Its place in the module."""
    scope: str
    """The block instance it stands in."""
    fold: str
    unit: int

    @property
    def body(self) -> Body | None:
        """A closed block's inside."""
        content = self.copies[0].content
        return content if isinstance(content, Body) else None


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A step of the network once the groups around whole networks are opened: what stages are made of."""

    name: str
    copies: tuple[Item, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Copies in a row, folded: `inside` the path of the first."""

    id: str
    copies: tuple[Item, ...]
    around: str
    unit: int


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A network as atoms. `first` leads from a copy's node to that of the first copy."""

    graph: nx.DiGraph[Node]
    atoms: tuple[Atom, ...]
    units: tuple[Unit, ...]
    runs: tuple[Run, ...]
    first: Mapping[Node, Node]

    def origin(self, node: Node) -> Node:
        """The node of the first copy that stands for this one."""
        while node in self.first:
            node = self.first[node]
        return node


@dataclass(eq=False)
class _Walk:
    plan: Plan
    nodes: tuple[Node, ...]
    at: int = 0
    atoms: list[Atom] = field(default_factory=list[Atom])
    units: list[Unit] = field(default_factory=list[Unit])
    runs: list[Run] = field(default_factory=list[Run])
    first: dict[Node, Node] = field(default_factory=dict[Node, Node])

    def take(self, count: int) -> tuple[Node, ...]:
        """The next nodes in the order of the graph, which is that of the tree."""
        self.at += count
        return self.nodes[self.at - count : self.at]


def scene_of(graph: nx.DiGraph[Node], body: Body, plan: Plan) -> Scene:
    """The atoms of a network, or of a block taken as one."""
    walk = _Walk(plan, tuple(ops_of(graph)))
    _units(walk, body, "")
    return Scene(graph, tuple(walk.atoms), tuple(walk.units), tuple(walk.runs), walk.first)


def _units(walk: _Walk, body: Body, prefix: str) -> None:
    """Each run of a body as a unit; groups that are most of a network are opened."""
    for copies in _copies_of(body, walk.plan.fold):
        item, last = copies[0][0], copies[-1][-1]
        if isinstance(item.content, Body) and len(copies) == 1 and dissolves(item.content):
            _units(walk, item.content, f"{prefix}{item.name}.")
            continue
        ends = (item, last) if len(copies[0]) > 1 else tuple(copy[0] for copy in copies)
        walk.units.append(Unit(prefix + item.name, ends))
        _run(walk, copies, prefix, "", "")


def _run(walk: _Walk, copies: Copies, prefix: str, scope: str, fold: str) -> None:
    """The atoms of copies in a row: those of the first, onto which the nodes of the others lead."""
    start = walk.at
    if len(copies[0]) == 1:
        _item(walk, tuple(copy[0] for copy in copies), prefix, scope, fold)
    else:
        inner = _begin_fold(walk, prefix + copies[0][0].name, tuple(copy[0] for copy in copies), fold)
        for item in copies[0]:
            _item(walk, (item,), prefix, scope, inner)
    shown = walk.nodes[start : walk.at]
    for _ in copies[1:]:
        walk.first.update(zip(walk.take(len(shown)), shown, strict=True))


def _item(walk: _Walk, copies: tuple[Item, ...], prefix: str, scope: str, fold: str) -> None:
    """The atoms of an item: one of an op or a closed block, those within of any other."""
    item = copies[0]
    content = item.content
    path = prefix + item.name
    if isinstance(content, Leaf):
        walk.atoms.append(Atom(walk.take(1), copies, path, scope, fold, len(walk.units) - 1))
    elif walk.plan.close and closes(content):
        walk.atoms.append(Atom(walk.take(content.nodes), copies, path, scope, fold, len(walk.units) - 1))
    else:
        inner = _begin_fold(walk, path, copies, fold) if len(copies) > 1 else fold
        own = path if isinstance(content.definition, Block) else scope
        for within in _copies_of(content, walk.plan.fold):
            _run(walk, within, path + ".", own, inner)


def _begin_fold(walk: _Walk, path: str, copies: tuple[Item, ...], around: str) -> str:
    """A new fold; an instance used again has its folds again."""
    taken = sum(run.id.partition("~")[0] == path for run in walk.runs)
    id = f"{path}~{taken + 1}" if taken else path
    walk.runs.append(Run(id, copies, around, len(walk.units) - 1))
    return id


def _copies_of(body: Body, fold: Folding) -> Iterator[Copies]:
    runs = list(runs_of(body, fold))
    return in_periods(runs) if fold != "none" else (tuple((item,) for item in run) for run in runs)


def runs_of(body: Body, fold: Folding) -> Iterator[tuple[Item, ...]]:
    """A body's items, copies in a row together where they are to be folded."""
    run: tuple[Item, ...] = ()
    for at, item in enumerate(body.items):
        if run and fold != "none" and _continues(run[-1], item, at, fold):
            run = (*run, item)
            continue
        if run:
            yield run
        run = (item,)
    if run:
        yield run


def _continues(before: Item, item: Item, at: int, fold: Folding) -> bool:
    if item.reuse is not None or before.reuse is not None or not _follows(before.inputs, item.inputs, at):
        return False
    if item.content is before.content:
        return True
    if [resolution(type_) for type_ in item.types[:1]] != [resolution(type_) for type_ in before.types[:1]]:
        return False
    one, other = before.content, item.content
    if isinstance(one, Leaf) or isinstance(other, Leaf):
        return isinstance(one, Leaf) and isinstance(other, Leaf) and same_op(one.op, other.op)
    if one.definition is not other.definition or structure(one) != structure(other):
        return False
    if not isinstance(one.definition, Block):
        return before.types == item.types
    return (fold == "like" and weight(one) > 1) or _arguments(one) == _arguments(other)


def _follows(before: Sequence[Src], inputs: Sequence[Src], at: int) -> bool:
    """Whether an item takes what the one before gave, and else the same tensors as that one."""
    if not inputs or len(before) != len(inputs) or all(src.item != at - 1 for src in inputs):
        return False
    return all(src.item == at - 1 or src == other for src, other in zip(inputs, before, strict=True))


def _arguments(body: Body) -> tuple[tuple[str, str], ...]:
    return tuple((name, repr(value)) for name, value in body.args.items())


@lru_cache(maxsize=4096)
def structure(body: Body) -> tuple[object, ...]:
    """The ops and how they are connected, whatever their arguments."""
    return tuple(
        (item.content.op.name if isinstance(item.content, Leaf) else structure(item.content), item.inputs, item.name)
        for item in body.items
    )
