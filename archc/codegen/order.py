"""The order that modules have in a tree, by what the text and the order of execution say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from archc.codegen.lowered import Graph
from archc.diagnostics import Where
from archc.spec.model import Chain, Scope, Spec
from archc.spec.walk import chains_in
from archc.wiring import Node


def in_tree(paths: Sequence[str], graph: Graph, spec: Spec, found: Sequence[str] = (), depth: int = 0) -> Iterator[str]:
    """Paths in the order that a tree of modules has which are made in theirs: what a list holds stands together.

    A list that the first round has nothing for stands where the text has its step. Among the numbered children that
    rounds make it may stand anywhere, `found` is the order of a tree in which it does.
    """
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(_head(path, depth), []).append(path)
    heads = list(groups)
    firsts = [groups[head][0].split(".")[depth:] for head in heads]
    numbers = [head for head, (name, *_) in zip(heads, firsts, strict=True) if name.isdigit()]
    if numbers and len(numbers) < len(heads):
        kinds = dict.fromkeys(_head(path, depth) for path in found if _head(path, depth) in groups)
        others = iter([head for head in heads if head not in numbers])
        rest = iter(numbers)
        heads = [next(rest if head in numbers else others) for head in kinds]
    elif not numbers and any(number != "0" for _, *more in firsts for number in takewhile(str.isdigit, more)):
        places = {where: at for at, where in enumerate(_wheres(spec.chain, spec.scope, set()))}
        heads.sort(key=lambda head: _place(graph.nodes[groups[head][0]], head, places))
    for head in heads:
        yield from groups[head] if groups[head] == [head] else in_tree(groups[head], graph, spec, found, depth + 1)


def _head(path: str, depth: int) -> str:
    return ".".join(path.split(".", depth + 1)[: depth + 1])


def _place(node: Node, path: str, places: Mapping[Where, int]) -> int:
    """Where the text has the step that made the module at a path, a node or something around it."""
    found, origin = places.get(node.step.where, 0) if node.step is not None else 0, node.origin
    while origin is not None and len(origin.name) >= len(path):
        found, origin = places.get(origin.where, found), origin.around
    return found


def _wheres(chain: Chain | None, scope: Scope, seen: set[int]) -> Iterator[Where]:
    """The places of all steps and chains, in the order of the text of each definition."""
    if chain is not None:
        yield from _within(chain)
    if id(scope) not in seen:
        seen.add(id(scope))
        for block in scope.blocks.values():
            yield from _wheres(block.chain, block.scope, seen)


def _within(chain: Chain) -> Iterator[Where]:
    yield chain.where
    for step in chain.steps:
        yield step.where
        for inner in chains_in(step):
            yield from _within(inner)
