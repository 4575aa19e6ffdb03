"""Taking a graph apart: chains and fans first, then what is left between two nodes as meshes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from archc.diagram.layout.graph import Graph
from archc.diagram.layout.parts import Part, chain, fan, flattened, mesh, unseen, wire


def decomposed(graph: Graph) -> Part:
    """The whole graph as one part, from before its inputs to after its outputs."""
    parts = [wire(graph, edge) for edge in range(len(graph.edges))]
    parts += [unseen(-1, v) for v in range(graph.n) if not graph.ins[v]]
    parts += [unseen(v, graph.n) for v in range(graph.n) if not graph.outs[v]]
    webs = [_Web(-1, graph.n, parts, range(graph.n))]
    while True:
        inner = webs[-1].shrunk()
        if inner is not None:
            webs.append(inner)
            continue
        whole = webs.pop().whole
        if not webs:
            return flattened(whole)
        webs[-1].take(whole)


class _Web:
    """Parts between nodes, at most one between any two; it shrinks until a single part is left."""

    def __init__(self, top: int, bottom: int, parts: Iterable[Part], inner: Iterable[int]) -> None:
        self.top, self.bottom = top, bottom
        self.inner = set(inner)
        self.below: dict[int, dict[int, Part]] = {v: {} for v in (top, bottom, *self.inner)}
        self.above: dict[int, dict[int, Part]] = {v: {} for v in (top, bottom, *self.inner)}
        for part in parts:
            self._add(part)
        self.waiting = deque(sorted(self.inner))

        self.regions: list[tuple[int, int, set[int]]] = []
        """What is to be folded next, from the end."""

    @property
    def whole(self) -> Part:
        """The single part left in the end."""
        return self.below[self.top][self.bottom]

    def take(self, part: Part) -> None:
        """Put in a part that stands for a region taken out before."""
        self._add(part)
        self._look_at((part.tail, part.head))

    def shrunk(self) -> _Web | None:
        """Shrink to a single part; if a region has to be looked into on its own for that, return it."""
        while True:
            if not self.regions:
                self.reduce()
                if not self.inner:
                    return None
                self.regions = self._next_regions()
            inner = self._folded(*self.regions.pop())
            if inner is not None:
                return inner

    def reduce(self) -> None:
        """Join parts that meet in a node where nothing else does."""
        while self.waiting:
            v = self.waiting.popleft()
            if v not in self.inner or len(self.above[v]) != 1 or len(self.below[v]) != 1:
                continue
            (upper,), (lower,) = self.above[v].values(), self.below[v].values()
            self._drop(upper)
            self._drop(lower)
            self.inner.discard(v)
            self._add(chain(upper, v, lower))
            self._look_at((upper.tail, lower.head))

    def _next_regions(self) -> list[tuple[int, int, set[int]]]:
        """What is between two nodes and touches nothing else, the smallest of what overlaps."""
        taken: set[int] = set()
        found: list[tuple[int, int, set[int]]] = []
        for u, v, nodes in sorted(self._regions(), key=lambda region: (len(region[2]), region[0])):
            if taken.isdisjoint(nodes):
                taken |= nodes
                found += [(u, v, piece) for piece in self._pieces(nodes)]
        return found[::-1]

    def _folded(self, u: int, v: int, nodes: set[int]) -> _Web | None:
        """Take a region out: as a mesh if it is all there is, else to be looked into on its own."""
        parts = [part for w in sorted(nodes) for part in self.above[w].values()]
        parts += [part for w in sorted(nodes) if (part := self.below[w].get(v)) is not None]
        is_all = nodes == self.inner and v not in self.below[u]
        for part in parts:
            self._drop(part)
        self.inner -= nodes
        if not is_all:
            return _Web(u, v, parts, nodes)
        self.take(mesh(u, v, parts, nodes))
        return None

    def _pieces(self, nodes: set[int]) -> list[set[int]]:
        """Nodes that hang together without the ends of their region."""
        left, pieces = set(nodes), list[set[int]]()
        for first in sorted(nodes):
            if first not in left:
                continue
            piece, stack = {first}, [first]
            while stack:
                v = stack.pop()
                near = {*self.below[v], *self.above[v]} & nodes - piece
                piece |= near
                stack += sorted(near)
            left -= piece
            pieces.append(piece)
        return pieces

    def _regions(self) -> list[tuple[int, int, set[int]]]:
        order = [self.top, *sorted(self.inner), self.bottom]
        before = _dominators(order, self.above)
        after = _dominators([-v for v in reversed(order)], _negated(self.below, order))
        found: list[tuple[int, int, set[int]]] = []
        for u in order[:-1]:
            v = -after[-u]
            if len(self.below[u]) > 1 and before[v] == u:
                found.append((u, v, self._between(u, v)))
        return found

    def _between(self, u: int, v: int) -> set[int]:
        nodes: set[int] = set()
        stack = [u]
        while stack:
            for w in self.below[stack.pop()]:
                if w != v and w not in nodes:
                    nodes.add(w)
                    stack.append(w)
        return nodes

    def _add(self, part: Part) -> None:
        other = self.below[part.tail].get(part.head)
        whole = part if other is None else fan(other, part)
        self.below[part.tail][part.head] = whole
        self.above[part.head][part.tail] = whole

    def _drop(self, part: Part) -> None:
        del self.below[part.tail][part.head]
        del self.above[part.head][part.tail]

    def _look_at(self, nodes: Iterable[int]) -> None:
        self.waiting.extend(v for v in nodes if v in self.inner)


def _negated(below: Mapping[int, Mapping[int, Part]], order: list[int]) -> dict[int, list[int]]:
    return {-v: [-w for w in below[v]] for v in order}


def _dominators(order: list[int], above: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """The last node that every path from the first to a node passes; numbers grow along the paths."""
    last: dict[int, int] = {order[0]: order[0]}
    for v in order[1:]:
        common: int | None = None
        for u in above[v]:
            common = u if common is None else _meeting(last, common, u)
        last[v] = order[0] if common is None else common
    return last


def _meeting(last: Mapping[int, int], a: int, b: int) -> int:
    while a != b:
        if a > b:
            a = last[a]
        else:
            b = last[b]
    return a
