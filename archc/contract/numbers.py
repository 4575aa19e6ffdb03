"""What numbers a loss is handed: scores, probabilities or their logarithms, where the graph makes that certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc import codes
from archc.diagnostics import Diagnostic, Note
from archc.ops.base import Numbers, Op
from archc.record import record

if TYPE_CHECKING:
    import networkx as nx

    from archc.graph import Node
    from archc.spec.model import Step

_ANY_NUMBERS = ("conv", "linear", "norm", "recurrent")
"""The families whose modules give any numbers, whatever they are fed."""


@record
class WrongNumbers:
    """A kind of numbers that a loss does not take, and the op they come from."""

    code: str
    message: str
    help: str
    source: Node
    severe: bool = True

    def diagnostic(self, step: Step, whose: str, stack: tuple[str | Note, ...] = ()) -> Diagnostic:
        """The finding at the loss."""
        place = self.source.step.where if self.source.step is not None else None
        note = Note(f"{whose} comes from the `{self.source.kind}` `{self.source.path}`", place)
        message = f"`{step.key}` {self.message}"
        severity = "error" if self.severe else "warning"
        return Diagnostic(self.code, message, step.where, severity, (note,), self.help, stack)


def wrong_numbers(loss: Op | type[Op], node: Node, graph: nx.DiGraph[Node]) -> WrongNumbers | None:
    """What is wrong with the numbers that `node` hands to a loss, if that is certain."""
    source, given = _origin(node, graph)
    if source.op is None:
        return None
    alone = _alone(loss, source)
    if alone is not None:
        return alone
    wanted, kind = loss.wants, source.kind
    if given == wanted and source is node and _normalises(source):
        return _across(loss, source)
    if not wanted or given in {"", wanted}:
        return None
    if wanted == "scores":
        help = f"leave `{kind}` out of the network: `{loss.name}` does its work; apply it to the output in use"
        message = f"takes scores and turns them into probabilities itself, but `{kind}` gives {given} already"
        return WrongNumbers(codes.PROBABILITIES, message, help, source, severe=given == "probabilities")
    if given == "scores":
        message = f"takes {wanted}, but `{kind}` gives any numbers"
    else:
        message = f"takes {wanted}, but `{kind}` gives {given}"
    return WrongNumbers(codes.SCORES, message, _cure(loss, given, kind), source)


def _cure(loss: Op | type[Op], given: Numbers, kind: str) -> str:
    """How to hand a loss what it takes."""
    last = "Sigmoid" if loss.wants == "probabilities" else "LogSoftmax: 1"
    known = given != "scores"
    other = f"; or {f'leave `{kind}` out and ' if known else ''}use `{loss.from_scores}`" if loss.from_scores else ""
    return f"end in `{last}`{f' in place of `{kind}`' if known else ''}{other}"


def _alone(loss: Op | type[Op], source: Node) -> WrongNumbers | None:
    """A softmax over one entry, which is 1 whatever the network computes."""
    dim = getattr(source.op, "dim", None)
    if not _normalises(source) or not isinstance(dim, int) or int(source.outputs[0].shape[dim]) != 1:
        return None
    message = f"gets a constant: `{source.kind}` over one entry gives the same number whatever it is fed"
    help = "one unit for two classes takes `BCEWithLogitsLoss` and no softmax; otherwise give the layer a unit a class"
    return WrongNumbers(codes.CONSTANT, message, help, source)


def _across(loss: Op | type[Op], source: Node) -> WrongNumbers | None:
    """A softmax along another dimension than that of the classes."""
    rank, dim = source.outputs[0].rank, getattr(source.op, "dim", 0)
    if loss.class_axis is None or dim % rank == loss.class_axis:
        return None
    message = f"has its classes in dim {loss.class_axis}, but `{source.kind}` normalises dim {dim % rank}"
    return WrongNumbers(codes.SCORES, message, f"give `{source.kind}` `dim: {loss.class_axis}`", source)


def _normalises(node: Node) -> bool:
    """Whether an op makes numbers that sum up to 1 along its `dim`."""
    return node.op is not None and node.op.family == "activation" and bool(node.op.numbers) and hasattr(node.op, "dim")


def _origin(node: Node, graph: nx.DiGraph[Node]) -> tuple[Node, Numbers]:
    """The op that a tensor's numbers come from, and what kind it makes of them."""
    while node.op is not None:
        op = node.op
        if op.numbers == "logarithms":
            before = feeder(node, graph)
            fed = "" if before is None else _origin(before, graph)[1]
            return node, "log-probabilities" if fed == "probabilities" else ""
        if op.numbers not in {"", "kept"}:
            return node, op.numbers
        if op.is_module and op.family in _ANY_NUMBERS and not op.is_view:
            return node, "scores"
        before = feeder(node, graph)
        if before is None or not (op.is_view or op.numbers == "kept" or op.family == "reshape"):
            return node, ""
        node = before
    return node, ""


def feeder(node: Node, graph: nx.DiGraph[Node]) -> Node | None:
    """The op whose first result is on a node's first port."""
    for source in graph.predecessors(node):
        if (0, 0) in graph.edges[source, node]["ports"]:
            return source
    return None
