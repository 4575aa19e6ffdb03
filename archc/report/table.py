"""A summary as a table for people: an outline of the layers with shapes, parameters and MACs, and the sums."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archc.report.outline import Entry, outline, rows
from archc.report.terminal import visible
from archc.summary import Summary, bytes_text, short, times

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from archc.cost.receptive import Widest

ROWS = 64
"""How many rows a summary may have before it is folded further."""
PLAIN_WIDTH = 160
"""The width of what is written to a file or a pipe."""
NARROWEST = 72
WIDE = 110
"""From how many columns on the arguments are shown."""
HEADERS = ("Layer", "Op", "Arguments", "Output", "Parameters", "MACs")
ARGUMENTS = 2
STYLES = {1: "cyan", ARGUMENTS: "dim"}


def summary_text(summary: Summary, *, depth: int | None, color: bool, width: int | None) -> str:
    """The heading, the table down to `depth` levels, and the sums; without a depth as deep as `ROWS` rows allow."""
    entries = outline(summary.network)
    full = max((entry.height for entry in entries), default=1)
    shown = min(full, depth or _depth_that_fits(entries, full))
    text = io.StringIO()
    width = max(width or PLAIN_WIDTH, NARROWEST)
    console = _console(text, width, color=color)
    _heading(console, summary)
    console.print(_table(entries, shown, width))
    for line in _sums(summary):
        console.print(line, soft_wrap=True)
    if shown < full:
        console.print(
            f" Unfolded to depth {shown} of {full}: --depth {full} shows every layer", style="dim", soft_wrap=True
        )
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def plain_table(header: Sequence[str], lines: Sequence[Sequence[str]], *, color: bool, width: int | None) -> list[str]:
    """The lines of a table of numbers, its first column to the left; that gives way where not all fits."""
    text = io.StringIO()
    width = max(width or PLAIN_WIDTH, NARROWEST)
    console = _console(text, width, color=color)
    wanted = [max(len(line[at]) for line in (header, *lines)) for at in range(len(header))]
    first = max(12, min(wanted[0], width - sum(wanted[1:]) - 3 * len(wanted)))
    table = _frame()
    for at, title in enumerate(header):
        justify = "right" if at else "left"
        most = wanted[at] if at else first
        table.add_column(title, justify=justify, no_wrap=True, overflow="ellipsis", max_width=most)
    for line in lines:
        table.add_row(*line)
    console.print(table)
    return [line.rstrip() for line in text.getvalue().splitlines() if line.strip()]


def _console(text: io.StringIO, width: int, *, color: bool) -> Console:
    from rich.console import Console

    return Console(
        file=text, width=width, force_terminal=color, color_system="standard" if color else None,
        highlight=False, emoji=False, markup=False,
    )  # fmt: skip


def _frame() -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")


def _depth_that_fits(entries: Sequence[Entry], full: int) -> int:
    return next((depth for depth in range(full, 1, -1) if rows(entries, depth) <= ROWS), 1)


def _heading(console: Console, summary: Summary) -> None:
    from rich.text import Text

    title = visible(summary.title)
    told = "" if title == summary.network.spec.name else f"  {title}"
    console.print(Text.assemble((summary.name, "bold"), told), soft_wrap=True)
    fed = ", ".join(f"{name} {times(shape)}" for name, shape in summary.inputs.items())
    given = ", ".join(
        f"{name} {times(shape)}{' (training only)' if name in summary.train_only else ''}"
        for name, shape in summary.outputs.items()
    )
    console.print(Text(f"{fed}  ->  {given}"), soft_wrap=True)


def _table(entries: Sequence[Entry], depth: int, width: int) -> Table:
    lines = [_cells(*each) for each in _walk(entries, 0, depth, 1)]
    shown = [at for at in range(len(HEADERS)) if at != ARGUMENTS or width >= WIDE]
    room = _rooms([max(len(line[at]) for line in (HEADERS, *lines)) for at in shown], width)
    table = _frame()
    for at, most in zip(shown, room, strict=True):
        justify = "right" if at > ARGUMENTS + 1 else "left"
        table.add_column(
            HEADERS[at], justify=justify, style=STYLES.get(at), no_wrap=True, overflow="ellipsis", max_width=most
        )
    for line in lines:
        table.add_row(*(line[at] for at in shown))
    return table


def _rooms(wanted: Sequence[int], width: int) -> Sequence[int]:
    """The width of each column: where not all fits, names and arguments give way, shapes and numbers do not."""
    numbers = wanted[-3:]
    room = width - sum(numbers) - 3 * len(wanted)
    words = list(wanted[:-3])
    while sum(words) > max(room, 8 * len(words)):
        words[words.index(max(words))] -= 1
    return (*words, *numbers)


def _walk(entries: Sequence[Entry], level: int, depth: int, around: int) -> Iterator[tuple[int, int, Entry]]:
    """Entries down to a depth, with their level and how many layers each stands for."""
    for entry in entries:
        count = around * entry.count
        yield level, count, entry
        if level + 1 < depth:
            yield from _walk(entry.children, level + 1, depth, count)


def _cells(level: int, count: int, entry: Entry) -> tuple[str, ...]:
    remark = " (again)" if entry.reused else " (training)" if entry.train_only else ""
    many = f" x {entry.count:,}" if entry.count > 1 else ""
    return (
        "  " * level + entry.name,
        f"{entry.kind}{many}{remark}",
        entry.arguments,
        times(entry.shape),
        _each(f"{entry.params:,}", count) if entry.params else "-",
        _each(short(entry.macs), count) if entry.macs else "-",
    )


def _each(number: str, count: int) -> str:
    return f"{count:,} x {number}" if count > 1 else number


def _sums(summary: Summary) -> Iterator[str]:
    width = max(len(f"{number:,}") for number in (summary.params, summary.buffers, summary.macs))
    sizes = ", ".join(f"{name}={size}" for name, size in summary.sizes.items())
    yield f" Parameters  {summary.params:>{width},}  {bytes_text(summary.bytes)}"
    if summary.buffers:
        yield f" Buffers     {summary.buffers:>{width},}"
    in_training = sum(row.params for row in summary.rows if row.train_only)
    scope = " in inference" if summary.train_only else ""
    yield f" MACs        {summary.macs:>{width},}  for one sample{f' at {sizes}' if sizes else ''}{scope}"
    yield from _takes(summary)
    yield f" Memory      {_memory(summary)}"
    field = summary.field
    if field is not None:
        yield f" Sees        {_field(field)}"
    if in_training:
        yield f" {in_training:,} of the parameters serve {', '.join(summary.train_only)} in training only"
    guessed = summary.network.settled.guessed
    if guessed:
        told = ", ".join(f"{name}={summary.sizes[name]}" for name in guessed)
        flags = " ".join(f"--size {name}=..." for name in guessed)
        yield f" The spec gives no size for {' and '.join(guessed)}: {told} is assumed here, {flags} sets another"


def _takes(summary: Summary) -> Iterator[str]:
    from archc.report.takes import takes_text

    for at, line in enumerate(takes_text(summary.network)):
        yield f" {'' if at else 'Takes':11} {line}"


def _memory(summary: Summary) -> str:
    memory = summary.memory
    return (
        f"{bytes_text(memory.inference)} in inference, {bytes_text(memory.training)} in training: activations at peak"
    )


def _field(field: Widest) -> str:
    from archc.report.costs import field_size, field_step

    return f"{field_size(field.along)} of the input{field_step(field.along)}, up to `{field.path}`"
