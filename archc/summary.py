"""What a network amounts to: its layers with their shapes, parameters and multiply-adds, and the sums of those."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any

from archc.graph import Node, ops_of, train_only_nodes
from archc.quiet import quiet
from archc.tensor import BYTES, TensorType, volume

if TYPE_CHECKING:
    from archc.cost.memory import Memory
    from archc.cost.receptive import Widest
    from archc.network import Network

Shape = tuple[int, ...]
"""A shape without the batch dimension, at the sizes in force."""


@dataclass(frozen=True, slots=True)
class Row:
    """One op of the network. `shape` is that of its first result; weights used again count where they were made."""

    path: str
    op: str
    input_shapes: tuple[Shape, ...]
    shape: Shape
    params: int
    macs: int
    line: int
    train_only: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The sums of a network. Parameters and buffers are all there are, `macs` those of one sample in inference."""

    name: str
    variant: str | None
    title: str
    sizes: Mapping[str, int]
    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    params: int
    buffers: int
    macs: int
    bytes: int
    """What the parameters take, in the dtypes they are made with."""
    rows: tuple[Row, ...]
    train_only: tuple[str, ...]
    """The outputs that exist in training mode alone."""
    network: Network = dataclass_field(repr=False, compare=False)

    @property
    def memory(self) -> Memory:
        """The most bytes that the activations of one sample take."""
        from archc.cost.memory import memory

        return memory(self.network)

    @property
    def field(self) -> Widest | None:
        """The receptive field, where the network last has places; None where no layer sees more than its own."""
        from archc.cost.receptive import widest_field

        widest = widest_field(self.network)
        return widest if widest is not None and any(each.size > 1 for each in widest.along) else None

    def as_dict(self) -> dict[str, Any]:
        """The public form: plain lists and numbers."""
        from archc.report.takes import sizes_record

        return {
            "name": self.name,
            "variant": self.variant,
            "title": self.title,
            "sizes": dict(self.sizes),
            "inputs": {name: list(shape) for name, shape in self.inputs.items()},
            "outputs": {name: list(shape) for name, shape in self.outputs.items()},
            "params": self.params,
            "buffers": self.buffers,
            "macs": self.macs,
            "parameter_bytes": self.bytes,
            "input_sizes": sizes_record(self.network),
            "memory": self.memory._asdict(),
            "receptive_field": _field(self.field),
            "train_only": {
                "outputs": list(self.train_only),
                "nodes": [row.path for row in self.rows if row.train_only],
            },
            "nodes": [_record(row) for row in self.rows],
        }

    def as_json(self, **first: str) -> str:
        """`as_dict` as JSON, a node a line, after the entries of `first`."""
        entries = {**first, **self.as_dict()}
        nodes = ",\n    ".join(json.dumps(node) for node in entries.pop("nodes"))
        head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in entries.items())
        return f'{{\n{head}  "nodes": [\n    {nodes}\n  ]\n}}\n'

    def as_csv(self) -> str:
        """A line an op, under a header; several input shapes are parted by `;`."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(("path", "op", "input_shapes", "shape", "params", "macs", "line"))
        for row in self.rows:
            shapes = ";".join(times(shape, "x") for shape in row.input_shapes)
            table.writerow((row.path, row.op, shapes, times(row.shape, "x"), row.params, row.macs, row.line))
        return text.getvalue()

    def as_markdown(self) -> str:
        """A table of the ops, with the sums above it."""
        lines = [f"## {self.name}", "", *(f"- {line}" for line in _facts(self)), ""]
        lines += ["| layer | op | output | parameters | MACs |", "|---|---|---|---:|---:|"]
        lines += [
            f"| `{row.path}` | `{row.op}` | {times(row.shape)} | {row.params:,} | {row.macs:,} |" for row in self.rows
        ]
        return "\n".join(lines) + "\n"

    def as_text(self, *, depth: int | None = None, color: bool = False, width: int | None = None) -> str:
        """The table for people, blocks unfolded to `depth`; without it as deep as fits a screen or two."""
        from archc.report.table import summary_text

        return summary_text(self, depth=depth, color=color, width=width)

    def __str__(self) -> str:
        return self.as_text()


@quiet()
def summarise(network: Network) -> Summary:
    """The sums of a checked network."""
    graph = network.graph
    nodes = list(ops_of(graph))
    in_training = train_only_nodes(graph)
    lines = _Lines(network)
    rows = tuple(_row(node, lines, node in in_training) for node in nodes)
    return Summary(
        network.name, network.variant, network.spec.title, dict(network.settled.sizes),
        {node.path: concrete(node.outputs[0]) for node in graph.graph["inputs"]},
        {result.name: concrete(result.type) for result in graph.graph["outputs"]},
        sum(row.params for row in rows), sum(node.buffers for node in nodes),
        sum(row.macs for row in rows if not row.train_only), sum(_bytes(node) for node in nodes), rows,
        tuple(result.name for result in graph.graph["outputs"] if result.train_only), network,
    )  # fmt: skip


class _Lines:
    """The lines that steps stand on; a block's steps are asked for once for each of its instances."""

    def __init__(self, network: Network) -> None:
        self.documents = network.loaded.documents
        self.known: dict[int, int] = {}

    def of(self, node: Node) -> int:
        if node.step is None:
            return 1
        key = id(node.step)
        if key not in self.known:
            where = node.step.where
            self.known[key] = self.documents[where.file].place(where).line
        return self.known[key]


def _row(node: Node, lines: _Lines, train_only: bool) -> Row:
    inputs = tuple(concrete(type_) for type_ in node.inputs)
    shape = concrete(node.outputs[0]) if node.outputs else ()
    return Row(node.path, node.kind, inputs, shape, node.params, node.macs, lines.of(node), train_only)


def _field(widest: Widest | None) -> dict[str, Any] | None:
    if widest is None:
        return None
    along = {name: [getattr(each, name) for each in widest.along] for name in ("size", "stride", "start")}
    exact = {
        name: [int(number) if number == int(number) else float(number) for number in numbers]
        for name, numbers in along.items()
    }
    return {"path": widest.path, **exact}


def _record(row: Row) -> dict[str, Any]:
    return {
        "path": row.path, "op": row.op, "input_shapes": [list(shape) for shape in row.input_shapes],
        "shape": list(row.shape), "params": row.params, "macs": row.macs, "line": row.line,
    }  # fmt: skip


def _bytes(node: Node) -> int:
    """What a node's own parameters take."""
    if node.op is None or node.reused:
        return 0
    return sum(volume(weight.shape) * BYTES.get(weight.dtype, 1) for weight in node.op.weights() if not weight.buffer)


def _facts(summary: Summary) -> Sequence[str]:
    inputs = ", ".join(f"`{name}` {times(shape)}" for name, shape in summary.inputs.items())
    outputs = ", ".join(f"`{name}` {times(shape)}" for name, shape in summary.outputs.items())
    return (
        f"input: {inputs}",
        f"output: {outputs}",
        f"parameters: {summary.params:,} ({bytes_text(summary.bytes)}), buffers: {summary.buffers:,}",
        f"MACs: {summary.macs:,} for one sample",
    )


def concrete(type_: TensorType) -> Shape:
    """The shape of one sample at the sizes in force."""
    return tuple(int(size) for size in type_.sample)


def times(shape: Sequence[int], by: str = " x ") -> str:
    """`64 x 56 x 56`; `scalar` for a shape without dimensions."""
    return by.join(map(str, shape)) or "scalar"


def bytes_text(number: int) -> str:
    """`102 MB`, in powers of 1,000."""
    return f"{number} B" if number < 1000 else f"{short(number)}B"


def short(number: int) -> str:
    """`118 M`, `4.09 G`: three digits in the largest unit that they fill; below 1,000 the number itself."""
    if number < 1000:
        return str(number)
    value, units = float(number), iter("kMGTPE")
    unit = ""
    while value >= 999.5 and (larger := next(units, "")):
        value, unit = value / 1000, larger
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"
