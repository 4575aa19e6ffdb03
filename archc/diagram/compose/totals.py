"""The sums of two networks side by side, and what they are of one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archc.diagram.compose.faces import Type
from archc.diagram.compose.naming import extent
from archc.diagram.compose.pieces import Piece
from archc.diagram.labels import amount
from archc.diagram.sheet import Frame, Label, Line, Run
from archc.diagram.words import brief_shape
from archc.graph import train_only_nodes

if TYPE_CHECKING:
    from archc.network import Network

_PAD = 12.0
_BETWEEN = 14.0


@dataclass(frozen=True, slots=True)
class Row:
    """One sum of both networks; `ratio` is what the second is of the first."""

    name: str
    one: str
    other: str
    ratio: str = ""


def rows_of(one: Network, other: Network) -> tuple[Row, ...]:
    """Depth (layers with weights in a row at most), parameters, multiply-adds of a sample, input and output."""
    params = [sum(node.params for node in network.graph) for network in (one, other)]
    macs = [_macs(network) for network in (one, other)]
    depth = [_depth(network) for network in (one, other)]
    return (
        Row("depth", str(depth[0]), str(depth[1]), _ratio(depth)),
        Row("parameters", amount(params[0]), amount(params[1]), _ratio(params)),
        Row("MACs", amount(macs[0]), amount(macs[1]), _ratio(macs)),
        Row("input", _shapes(one, "inputs"), _shapes(other, "inputs")),
        Row("output", _shapes(one, "outputs"), _shapes(other, "outputs")),
    )


def _macs(network: Network) -> int:
    """Those of inference, as the summary has them."""
    aside = train_only_nodes(network.graph)
    return sum(node.macs for node in network.graph if node not in aside)


def _depth(network: Network) -> int:
    """The most convolutions and linear layers that a tensor passes through."""
    passed: dict[object, int] = {}
    for node in network.graph:  # in the order they run
        own = node.op is not None and node.op.family in {"conv", "linear"} and bool(node.op.weights())
        passed[node] = own + max((passed[before] for before in network.graph.predecessors(node)), default=0)
    return max(passed.values(), default=0)


def _ratio(values: Sequence[int]) -> str:
    if not values[0] or not values[1] or values[0] == values[1]:
        return ""
    ratio = max(values) / min(values)
    text = f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"
    return "" if text == "1" else ("×" if values[1] > values[0] else "÷") + text


def _shapes(network: Network, end: str) -> str:
    found = network.graph.graph[end]
    types = [each.outputs[0] for each in found] if end == "inputs" else [each.type for each in found]
    shown = ", ".join(map(brief_shape, types[:2]))
    return f"{shown}, …" if len(types) > 2 else shown


def table(rows: Sequence[Row], names: tuple[str, str], type_: Type) -> Piece:
    """The rows under both names, in a frame."""
    head = ("", *names, "")
    texts = [head, *((row.name, row.one, row.other, row.ratio) for row in rows)]
    lines = [[_line(text, row, column, type_) for column, text in enumerate(cells)] for row, cells in enumerate(texts)]
    widths = [max(extent((line,))[0] for line in column) for column in zip(*lines, strict=True)]
    pitch = extent((lines[0][1],))[1] + 7
    notes: list[Label] = []
    for at, cells in enumerate(lines):
        x = _PAD
        for line, wide in zip(cells, widths, strict=True):
            w, h = extent((line,))
            if w:
                notes.append(Label(x + w / 2, _PAD + (at + 0.5) * pitch, w, h, (line,), "left"))
            x += wide + _BETWEEN
    wide = sum(widths) + _BETWEEN * (len(widths) - 1 if widths[-1] else len(widths) - 2) + 2 * _PAD
    high = pitch * len(lines) + 2 * _PAD
    return Piece(wide, high, (), (Frame("table", 0, 0, wide, high, "stage"),), (), tuple(notes))


def _line(text: str, row: int, column: int, type_: Type) -> Line:
    tone = "faint" if column == 0 else "accent" if column == 3 else "ink"
    return (Run(text, type_.detail, bold=row == 0 or column == 3, tone=tone),)
