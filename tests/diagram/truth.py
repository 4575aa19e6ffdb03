"""Whether a drawing tells the truth about its network: title, shapes, edges, and what its nodes say they stand for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import networkx as nx

from tests.diagram.drawing import Drawing, Edge, Text, Thing
from tests.diagram.geometry import centre, holds, size

if TYPE_CHECKING:
    from archc.graph import Node

Shape = tuple[int, ...]

_COUNT = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([kMGT]?)\s*param")
_CONVS = re.compile(r"(\d+)\s+conv")
_UNITS = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12}
_OUTPUT = "output:"
"""How the path of a box begins that stands for a result of the network, and for no node."""
_POWERS = {"²": 2, "³": 3}
_SHAPE = re.compile(r"(\d+)([²³]?)")


def title_faults(
    drawing: Drawing, name: str, params: int | None, says: tuple[str, ...], convs: int | None
) -> Iterator[str]:
    """Where the title lacks the name, the parameters, or what is folded; `says` are words it needs besides."""
    text = " ".join(node.words for node in drawing.of("title"))
    if not all(part in _plain(text) for part in _parts(name)):
        yield f"the title {text!r} does not name {name}"
    yield from (f"the title {text!r} does not say {word!r}" for word in says if _plain(word) not in _plain(text))
    counts = list(_COUNT.finditer(text))
    if params is not None and not any(_agrees(found[1], found[2], params) for found in counts):
        yield f"the title {text!r} does not say {params} parameters"
    wrong = [found[1] for found in _CONVS.finditer(text) if convs is not None and int(found[1]) != convs]
    yield from (f"the title says {count} convolutions, not {convs}" for count in wrong)
    rest = _plain(_COUNT.sub("", text).replace("eters", ""))
    for part in _parts(name):
        rest = rest.replace(part, "", 1)
    leaves_out = any(node.number("times", 1) > 1 or len(node.paths) > 1 for node in drawing.visible)
    if leaves_out and not re.search(r"[a-z]{3}", rest):
        yield f"the title {text!r} does not say what is folded"


def _agrees(digits: str, unit: str, value: int) -> bool:
    """Whether a rounded number is the value's."""
    places = len(digits.partition(".")[2])
    step = 10 ** (_UNITS[unit] - places)
    return abs(float(digits.replace(",", "")) * 10 ** _UNITS[unit] - value) <= 0.501 * step


def _parts(name: str) -> list[str]:
    """A name's words, `lenet_lecture`, which a title may have in its own way, `LeNet-5, lecture`."""
    return [_plain(part) for part in re.split(r"[\W_]+", name) if part]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


class Boxes:
    """The drawing's nodes as parts of a graph."""

    def __init__(self, drawing: Drawing, graph: nx.DiGraph[Node]) -> None:
        self.drawing, self.graph = drawing, graph
        self.home = {path: node.name for node in drawing.visible for path in node.paths}
        self.flat = Counter(path for node in drawing.visible for path in node.paths)
        self.results = {f"{_OUTPUT}{result.name}": result for result in graph.graph.get("outputs", ())}

    @cached_property
    def joined(self) -> frozenset[tuple[str, str]]:
        """The boxes that a line joins, straight or through junctions."""
        after: dict[str, list[str]] = {}
        for edge in self.drawing.edges:
            after.setdefault(edge.tail, []).append(edge.head)
        found: set[tuple[str, str]] = set()
        for box in self.drawing.visible:
            waiting, seen = list(after.get(box.name, ())), set[str]()
            while waiting:
                head = waiting.pop()
                if head in seen:
                    continue
                seen.add(head)
                if self.drawing.named[head].is_point:
                    waiting += after.get(head, ())
                else:
                    found.add((box.name, head))
        return frozenset(found)

    @cached_property
    def between(self) -> Mapping[tuple[str, str], list[tuple[Node, Node]]]:
        """The graph's edges by the boxes of their ends, both in a first copy."""
        found: dict[tuple[str, str], list[tuple[Node, Node]]] = {}
        for tail, head in self.graph.edges:
            if tail.path in self.home and head.path in self.home:
                found.setdefault((self.home[tail.path], self.home[head.path]), []).append((tail, head))
        return found

    @cached_property
    def ends(self) -> frozenset[tuple[str, str]]:
        """The boxes from which a result of the network comes, each with that of the output."""
        drawn = ((path, r) for path, r in self.results.items() if path in self.home)
        return frozenset((self.home[r.node.path], self.home[p]) for p, r in drawn if r.node.path in self.home)

    def leaving(self, box: str, head: str) -> set[Shape]:
        """The shapes of what goes from a box to another: from its first copy, else from one that is folded away."""
        home, edges = self.home, self.between.get((box, head), [])
        edges = edges or [(a, b) for a, b in self.graph.edges if a.path not in home and home.get(b.path) == head]
        edges = edges or [(a, b) for a, b in self.graph.edges if home.get(a.path) == box != home.get(b.path)]
        found = [tail.outputs[self.graph.edges[tail, to]["ports"][0][0]] for tail, to in edges]
        found += [
            result.type for result in self.results.values() if not edges and self.home.get(result.node.path) == box
        ]
        return {tuple(int(size) for size in type_.sample) for type_ in found}


def sum_faults(drawing: Drawing, graph: nx.DiGraph[Node]) -> Iterator[str]:
    """Where the sums over what is drawn are not the graph's."""
    total = {key: sum(node.number(key) for node in drawing.visible) for key in ("nodes", "inner", "convs", "params")}
    edges = total["inner"] + sum(edge.count for edge in drawing.edges)
    wanted = {
        "edges": (edges, graph.number_of_edges()),
        "nodes": (total["nodes"], len(graph)),
        "convolutions": (total["convs"], convolutions(graph)),
        "parameters": (total["params"], sum(node.params for node in graph)),
    }
    yield from (f"{drawn} {what} drawn of {there}" for what, (drawn, there) in wanted.items() if drawn != there)


def convolutions(graph: nx.DiGraph[Node]) -> int:
    """How many convolutions there are."""
    return sum(node.op is not None and node.op.family == "conv" for node in graph)


def edge_faults(drawing: Drawing, graph: nx.DiGraph[Node]) -> Iterator[str]:
    """Where single nodes and edges of the graph are not what is drawn; copies that are folded away aside."""
    boxes = Boxes(drawing, graph)
    yield from (f"{path} is drawn {times} times" for path, times in boxes.flat.items() if times > 1)
    known = {node.path for node in graph} | set(boxes.results)
    yield from (f"{path} is drawn, and is not in the graph" for path in boxes.flat if path not in known)
    for (tail, head), edges in boxes.between.items():
        if tail != head and (tail, head) not in boxes.joined:
            yield f"nothing joins {tail} to {head}, as {edges[0][0].path} -> {edges[0][1].path} does"
    yield from (f"nothing joins {tail} to the output {head}" for tail, head in boxes.ends - boxes.joined)
    yield from _copies(drawing, graph, boxes)
    direct = Counter[tuple[str, str]]()
    for edge in drawing.edges:
        direct[edge.tail, edge.head] += edge.count
    for tail, head in boxes.joined:
        one, other = drawing.named[tail], drawing.named[head]
        single = one.number("times", 1) == other.number("times", 1) == 1
        if not (single and one.paths and other.paths):
            continue
        there = len(boxes.between.get((tail, head), ()))
        if not there and (tail, head) not in boxes.ends:
            yield f"a line joins {tail} to {head}, and no edge of the graph does"
        if (tail, head) in direct and direct[tail, head] > there:
            yield f"{tail} -> {head} stands for {direct[tail, head]} edges, and there are {there}"


def _copies(drawing: Drawing, graph: nx.DiGraph[Node], boxes: Boxes) -> Iterator[str]:
    """The nodes that are not drawn have to be further copies, op by op, of those that are."""
    hidden = Counter(node.kind for node in graph if node.path not in boxes.home)
    kinds: dict[str, list[str]] = {}
    for node in graph:
        kinds.setdefault(node.path, []).append(node.kind)
    folded = Counter[str]()
    for box in drawing.visible:
        for path in box.paths:
            for kind in kinds.get(path, ()):
                folded[kind] += box.number("times", 1) - 1
    for kind in sorted(hidden | folded):
        if hidden[kind] != folded[kind]:
            yield f"{hidden[kind]} nodes {kind} are not drawn, and {folded[kind]} are folded away"


def shape_faults(drawing: Drawing, graph: nx.DiGraph[Node] | None) -> Iterator[str]:
    """Lines between two stages that tell no shape, neither themselves nor in either stage's heading."""
    boxes = Boxes(drawing, graph) if graph is not None else None
    for edge in drawing.edges:
        homes = [_stage(drawing, drawing.named[end]) for end in (edge.tail, edge.head)]
        if None in homes or homes[0] is homes[1]:
            continue
        told = _told(edge, [stage for stage in homes if stage is not None])
        wanted = _wanted(drawing, boxes, edge)
        if not (told & wanted if wanted else any(len(shape) > 1 for shape in told)):
            yield f"{edge.name} between stages does not tell its shape {sorted(wanted) or ''}".rstrip()


def _wanted(drawing: Drawing, boxes: Boxes | None, edge: Edge) -> set[Shape]:
    return set() if boxes is None else boxes.leaving(drawing.source(edge.tail), edge.head)


def _stage(drawing: Drawing, node: Thing) -> Thing | None:
    """The smallest stage that a node stands in."""
    around = [f for f in drawing.frames if "stage" in f.classes and holds(f.box, centre(node.box))]
    return min(around, key=lambda frame: size(frame.box)[0] * size(frame.box)[1], default=None)


def _told(edge: Edge, stages: list[Thing]) -> set[Shape]:
    """The shapes that a line's label, or the headings of the stages it joins, can be read as."""
    texts = [text for stage in stages for text in stage.texts]
    lines = [edge.texts, *([text] for text in texts), *([text] for text in edge.texts)]
    return {shape for line in lines for part in _joined(line).split("→") if (shape := shape_in(part))}


def _joined(texts: tuple[Text, ...] | list[Text]) -> str:
    return " × ".join(text.words.strip(" ×") for text in texts)


def shape_in(text: str) -> Shape:
    """The sizes that a text tells: `64 × 56²` is (64, 56, 56)."""
    return tuple(int(number) for number, power in _SHAPE.findall(text) for _ in range(_POWERS.get(power, 1)))
