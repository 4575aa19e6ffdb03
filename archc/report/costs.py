"""Costs as tables: by layer, block or op, and over the sizes of the input; as text, Markdown, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from archc.cost.devices import Device
from archc.cost.grid import Point, Range
from archc.cost.groups import Group
from archc.cost.nodes import Cost
from archc.cost.polynomial import formula
from archc.cost.receptive import Along
from archc.summary import bytes_text, short

Value = str | int | float | None
LONGEST = 72
"""A formula of more characters is not shown."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a cost table: what it is called, how it reads in text, and its value for programs."""

    name: str
    title: str
    text: Callable[[Group], str]
    value: Callable[[Group], Value]
    has_share: bool = True
    """Whether a group's part of the whole means something."""


def _column(name: str, title: str, text: Callable[[Cost], str], value: Callable[[Cost], Value], share: bool) -> Column:
    return Column(name, title, lambda group: text(group.cost), lambda group: value(group.cost), share)


COLUMNS: Mapping[str, Column] = {
    each.name: each
    for each in (
        _column("params", "Parameters", lambda c: f"{c.params:,}", lambda c: c.params, True),
        _column("macs", "MACs", lambda c: short(c.macs), lambda c: c.macs, True),
        _column("flops", "FLOPs", lambda c: short(c.flops), lambda c: c.flops, True),
        _column("memory", "Kept", lambda c: bytes_text(c.memory), lambda c: c.memory, True),
        _column("moved", "Moved", lambda c: bytes_text(c.moved), lambda c: c.moved, True),
        _column("intensity", "FLOP/byte", lambda c: f"{c.intensity:.1f}", lambda c: round(c.intensity, 3), False),
        _column("time", "Time", lambda c: seconds_text(c.time), lambda c: c.time, True),
        Column("field", "Sees", lambda g: field_text(g.field), lambda g: field_text(g.field), has_share=False),
    )
}
"""What `--columns` knows."""


def seconds_text(seconds: float | None) -> str:
    """`1.23 ms`, three digits in the unit that fits."""
    if seconds is None:
        return "-"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns" if seconds else "0"


def field_text(field: Sequence[Along]) -> str:
    """`435 x 435, 32 apart`; `all` where it is the whole input."""
    return f"{field_size(field)}{field_step(field)}" if field else "all"


def field_size(field: Sequence[Along]) -> str:
    """`435 x 435`: how much of the input a place sees."""
    return " x ".join(str(each.size) for each in field)


def field_step(field: Sequence[Along]) -> str:
    """`, 32 apart`: how far apart the fields of neighbours are; empty where that is one place."""
    steps = [str(each.stride) for each in field]
    if set(steps) == {"1"}:
        return ""
    return f", {steps[0] if len(set(steps)) == 1 else ' x '.join(steps)} apart"


@dataclass(frozen=True, slots=True)
class Costs:
    """A table of costs with what it is about."""

    title: str
    by: str
    groups: Sequence[Group]
    total: Cost
    columns: Sequence[Column]
    notes: Sequence[str]
    facts: Mapping[str, Value]
    """The same for programs."""

    def as_text(self, *, color: bool = False, width: int | None = None) -> str:
        """The table for people, with each group's part of the whole, and what the numbers mean."""
        header = [self.by.capitalize(), *(["Count"] if self.by != "layer" else [])]
        for column in self.columns:
            header += [column.title, *(["%"] if column.has_share else [])]
        whole = Group("Total", sum(group.count for group in self.groups), self.total)
        lines = [self._line(group) for group in (*self.groups, whole)]
        return "\n".join((self.title, "", *_table(header, lines, color=color, width=width), "", *_indented(self.notes)))

    def _line(self, group: Group) -> list[str]:
        cells = [group.name, *([f"{group.count:,}"] if self.by != "layer" else [])]
        for column in self.columns:
            nothing = group.name == "Total" and column.name == "field"
            cells.append("" if nothing else column.text(group) if column.value(group) else "-")
            if column.has_share:
                cells.append(_share(column.value(group), column.value(Group("", 1, self.total))))
        return cells

    def as_markdown(self) -> str:
        """The same table, and the notes above it."""
        head = [self.by, "count", *(column.title for column in self.columns)]
        lines = [f"## {self.title.splitlines()[0]}", "", *(f"- {note}" for note in self.notes), ""]
        lines += [_md(head), "|---|" + "---:|" * (len(head) - 1)]
        for group in self.groups:
            lines.append(_md([f"`{group.name}`", f"{group.count:,}", *(column.text(group) for column in self.columns)]))
        return "\n".join(lines) + "\n"

    def as_csv(self) -> str:
        """A line a group, under a header."""
        head = (self.by, "count", *(column.name for column in self.columns))
        return _csv(head, [(g.name, g.count, *(c.value(g) for c in self.columns)) for g in self.groups])

    def as_json(self) -> str:
        """All of it, a group a line."""
        rows = [
            {self.by: group.name, "count": group.count, **{c.name: c.value(group) for c in self.columns}}
            for group in self.groups
        ]
        return _json({**self.facts, "by": self.by}, "rows", rows)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cost over a range of sizes."""

    name: str
    ranges: Sequence[Range]
    points: Sequence[Point]
    batch: int

    @property
    def names(self) -> list[str]:
        """The sizes that vary."""
        return [name for each in self.ranges for name in each.names]

    def as_text(self, *, color: bool = False, width: int | None = None) -> str:
        """The table, and the formulas that it follows."""
        header = [*self.names, "Parameters", "MACs", "Inference", "Training"]
        lines = [[*(str(p.sizes[name]) for name in self.names), *_cells(p)] for p in self.points]
        told = [f"{what:<12}{text}" for what, text in self.formulas().items()]
        return "\n".join(
            (self.name, "", *_table(header, lines, color=color, width=width), "", *_indented(self._notes(told)))
        )

    def _notes(self, told: Sequence[str]) -> Sequence[str]:
        samples = "one sample" if self.batch == 1 else f"{self.batch} samples"
        notes = [f"MACs and the peak memory of activations are those of {samples}"]
        same = [f"{' = '.join(each.names)}" for each in self.ranges if len(each.names) > 1]
        exact = [f"Exactly, at every size above{f' where {same[0]}' if same else ''}:", *(f"  {t}" for t in told)]
        failed = [f"{_sizes(p)}: {p.problem.message}" for p in self.points if p.problem is not None]
        return [*notes, *(exact if told else []), *failed]

    def formulas(self) -> Mapping[str, str]:
        """By what they are of: the formulas that are short enough to be read."""
        values = {
            "Parameters": [p.params for p in self.points],
            "MACs": [p.macs for p in self.points],
            "Inference": [p.memory.inference for p in self.points],
            "Training": [p.memory.training for p in self.points],
        }
        found = {what: formula(self.ranges, self.points, each) for what, each in values.items()}
        units = {"Inference": " bytes", "Training": " bytes"}
        return {what: text + units.get(what, "") for what, text in found.items() if _can_be_read(text)}

    def as_markdown(self) -> str:
        """The same table."""
        head = [*self.names, "parameters", "MACs", "inference", "training"]
        lines = [f"## {self.name}", "", _md(head), "|" + "---:|" * len(head)]
        lines += [_md([*(str(p.sizes[name]) for name in self.names), *_cells(p)]) for p in self.points]
        return "\n".join([*lines, "", *(f"- {what}: {text}" for what, text in self.formulas().items())]).rstrip() + "\n"

    def as_csv(self) -> str:
        """A line a point, under a header; numbers are left out where the network does not work."""
        head = (*self.names, "params", "macs", "inference_bytes", "training_bytes", "problem")
        rows = [(*(p.sizes[name] for name in self.names), *_numbers(p)) for p in self.points]
        return _csv(head, rows)

    def as_json(self) -> str:
        """All of it, a point a line."""
        keys = ("params", "macs", "inference_bytes", "training_bytes", "problem")
        rows = [{**p.sizes, **dict(zip(keys, _numbers(p), strict=True))} for p in self.points]
        return _json({"name": self.name, "batch": self.batch, "formulas": self.formulas()}, "points", rows)


def _can_be_read(formula: str) -> bool:
    """Whether a formula is short, and more than a number."""
    return 0 < len(formula) <= LONGEST and not formula.replace(",", "").isdigit()


def device_note(device: Device, total: Cost, dtype: str) -> str:
    """What a device would take at least."""
    return (
        f"At least {seconds_text(total.time)} for inference in {dtype} on {device.name}: a bound, with each op at the"
        f" peak of {short(round(device.peak(dtype)))}FLOP/s or {bytes_text(round(device.bandwidth))}/s"
    )


def _cells(point: Point) -> list[str]:
    if point.problem is not None:
        return ["does not work", "", "", ""]
    memory = (bytes_text(each) for each in point.memory)
    return [f"{point.params:,}", short(point.macs), *memory]


def _numbers(point: Point) -> tuple[Value, ...]:
    if point.problem is not None:
        return (None, None, None, None, point.problem.message)
    return (point.params, point.macs, *point.memory, None)


def _sizes(point: Point) -> str:
    return ", ".join(f"{name}={size}" for name, size in point.sizes.items())


def _share(part: Value, whole: Value) -> str:
    if not isinstance(part, (int, float)) or not isinstance(whole, (int, float)) or not whole or not part:
        return ""
    share = 100 * part / whole
    return f"{share:.0f}" if share >= 9.95 else f"{share:.1f}" if share >= 0.05 else "0.0"


def _table(header: Sequence[str], lines: Sequence[Sequence[str]], *, color: bool, width: int | None) -> Sequence[str]:
    """The lines of a table, its first column to the left and cut where not all fits."""
    from archc.report.table import plain_table

    return plain_table(header, lines, color=color, width=width)


def _indented(notes: Sequence[str]) -> Sequence[str]:
    return [f" {note}" for note in notes] + [""]


def _md(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _csv(head: Sequence[str], rows: Sequence[Sequence[Value]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(head)
    table.writerows(rows)
    return text.getvalue()


def _json(entries: Mapping[str, object], key: str, rows: Sequence[Mapping[str, object]]) -> str:
    head = "".join(f"  {json.dumps(name)}: {json.dumps(value)},\n" for name, value in entries.items())
    listed = ",\n    ".join(json.dumps(row) for row in rows)
    return f'{{\n{head}  "{key}": [\n    {listed}\n  ]\n}}\n'
