"""Which ops share a card: a convolution with its norm and activation, a flatten with the layer it feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Literal

import networkx as nx

from archc.diagram.model.closing import is_dropout
from archc.diagram.model.walk import Atom, Scene
from archc.diagram.words import SIGNS
from archc.graph import Node

Part = Literal["weight", "norm", "act", "drop", "flat", "glue", "merge", "pool", "other"]
_GLUE = frozenset({
    "permute", "transpose", "movedim", "reshape", "contiguous", "squeeze", "unsqueeze", "expand", "getitem",
    "Unflatten", "unflatten", "select", "narrow", "to",
})  # fmt: skip
_AFTER: Mapping[str, frozenset[Part]] = {
    "weight": frozenset({"norm", "act", "drop"}),
    "merge": frozenset({"act", "drop"}),
    "norm": frozenset({"norm", "act", "drop"}),
    "act": frozenset({"act", "drop"}),
    "other": frozenset({"drop"}),
    "pool": frozenset({"drop"}),
    "drop": frozenset(),
    "glue": frozenset({"glue"}),
    "flat": frozenset(),
}
"""What joins a card behind its main op."""


def part_of(atom: Atom) -> Part:
    """The role that an atom can take in a card."""
    op = atom.nodes[0].op
    if atom.body is not None or op is None:
        return "other"
    if op.name.lower() == "flatten":
        return "flat"
    if is_dropout(op) or op.name == "Identity":
        return "drop"
    if op.name in _GLUE:
        return "glue"
    if op.name in SIGNS:
        return "merge"
    named: Mapping[str, Part] = {
        "conv": "weight", "linear": "weight", "norm": "norm", "activation": "act", "pool": "pool",
    }  # fmt: skip
    return named.get(op.family, "other")


def fused(scene: Scene, *, fuse: bool) -> tuple[tuple[Atom, ...], ...]:
    """The atoms of each card, in the order they run."""
    if not fuse:
        return tuple((atom,) for atom in scene.atoms)
    owner = {node: atom for atom in scene.atoms for node in atom.nodes}
    runs: list[list[Atom]] = []
    run_of: dict[Atom, list[Atom]] = {}
    led: set[Atom] = set()
    for atom in scene.atoms:
        before = _only_source(scene.graph, owner, atom)
        run = run_of.get(before) if before is not None else None
        if run is None or run[-1] is not before or not _joins(scene.graph, owner, run, atom, led):
            if before is not None and not _leads(run_of[before]):
                led.add(atom)
            run = list[Atom]()
            runs.append(run)
        run.append(atom)
        run_of[atom] = run
    return tuple(tuple(run) for run in runs)


def _only_source(graph: nx.DiGraph[Node], owner: Mapping[Node, Atom], atom: Atom) -> Atom | None:
    """The atom that feeds this one and nothing else, if both stand in the same block and are copied alike."""
    before = list(graph.predecessors(atom.nodes[0]))
    if len(before) != 1 or graph.in_degree(atom.nodes[0]) != 1 or atom.body is not None:
        return None
    source = owner.get(before[0])
    if source is None or source.body is not None or graph.out_degree(before[0]) != 1 or _is_output(graph, before[0]):
        return None
    alike = source.scope == atom.scope and source.fold == atom.fold and len(source.copies) == len(atom.copies) == 1
    return source if alike and atom.nodes[0].reused == source.nodes[0].reused else None


def _is_output(graph: nx.DiGraph[Node], node: Node) -> bool:
    return any(result.node is node for result in graph.graph["outputs"])


def _leads(run: Sequence[Atom]) -> bool:
    """Whether a card's norm or activation stands before its layer, as then those of the next one do."""
    parts = [part_of(atom) for atom in run]
    return "weight" in parts and parts[0] in {"norm", "act"}


def _joins(
    graph: nx.DiGraph[Node], owner: Mapping[Node, Atom], run: Sequence[Atom], atom: Atom, led: Set[Atom]
) -> bool:
    """Whether an atom goes on the card of those before it. Norms lead a card only where a block or branch begins."""
    parts: list[Part] = [part_of(each) for each in run]
    part = part_of(atom)
    main = primary_of(parts)
    if part == "flat":
        return parts[0] != "norm" and not _reaches_weight(graph, owner, atom)
    if "weight" in parts:
        leads = "norm" in parts[: parts.index("weight")]
        closed = part in parts[main + 1 :] or (leads and part != "drop") or "flat" in parts[main + 1 :]
        return part in _AFTER["weight"] and not closed
    if parts[0] in {"norm", "act", "drop", "flat"} and part == "weight":
        return parts[0] in {"drop", "flat"} or run[0] not in led
    if parts[0] == "flat":
        return part == "drop"
    return (part in _AFTER[parts[main]] and part not in parts[main:]) or parts[main] == part == "glue"


def primary_of(parts: Sequence[Part]) -> int:
    """Which part names the card."""
    for wanted in ("weight", "merge", "pool", "other", "norm", "act"):
        if wanted in parts:
            return parts.index(wanted)
    return 0


def _reaches_weight(graph: nx.DiGraph[Node], owner: Mapping[Node, Atom], atom: Atom) -> bool:
    """Whether a flatten feeds a layer that it can be told of with, past a dropout."""
    while True:
        after = list(graph.successors(atom.nodes[0]))
        if len(after) != 1 or after[0] not in owner:
            return False
        atom = owner[after[0]]
        if part_of(atom) != "drop":
            return part_of(atom) == "weight"
