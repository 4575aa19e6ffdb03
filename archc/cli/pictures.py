"""What the commands that draw share: their options, and what they say of what they drew."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import echo, shown

if TYPE_CHECKING:
    from archc.diagram.files import Format
    from archc.diagram.options import Options
    from archc.diagram.sheet import Sheet

level_option = click.option(
    "--level",
    metavar="LEVEL",
    help="overview closes the blocks, stages opens what can be read, full shows every op.  [default: as fits]",
)
theme_option = click.option(
    "--theme", metavar="THEME", default="light", show_default=True, help="Its colours: light, dark or print."
)
labels_option = click.option(
    "--labels",
    metavar="LIST",
    default="shapes,kernel",
    show_default=True,
    help="What cards and arrows tell besides ops: some of shapes,params,kernel, or none.",
)


STANDARD_OUTPUT = "-"


def format_of(path: str, given: str | None, formats: Sequence[Format], dpi: int | None) -> Format:
    """The format asked for, or that of the file's ending; only a PNG has dots."""
    from archc.diagram.asked import named
    from archc.suggest import suggest

    suffix = Path(path).suffix.removeprefix(".").lower()
    found: Format | None = _named(suffix, formats)
    if given is not None:
        with misuse():
            chosen = named("format", given, formats)
        if found is not None and found != chosen:
            raise click.UsageError(f"`-o` names a .{suffix} file, and `--format` says {chosen}")
        found = _named(chosen, formats)
    elif path == STANDARD_OUTPUT:
        found = formats[0]
    if found is None:
        near = suggest(suffix, formats) or "`--format` says how to write any other"
        raise click.UsageError(f"`-o` takes a file that ends in {', '.join(f'.{each}' for each in formats)}; {near}")
    if dpi is not None and found != "png":
        raise click.UsageError(f"`--dpi` is for PNG: a picture as {found} has no dots")
    return found


def _named(name: str, formats: Sequence[Format]) -> Format | None:
    at = [str(each) for each in formats].index(name) if name in formats else -1
    return formats[at] if at >= 0 else None


@contextmanager
def misuse() -> Generator[None]:
    """What a picture cannot be asked for is wrong usage of the command."""
    from archc.diagram import OptionError

    try:
        yield
    except OptionError as error:
        raise click.UsageError(shown(str(error))) from error


def warn_of_text(name: str, sheet: Sheet, options: Options, *ways: str) -> None:
    """Say so where a picture's text is too small to read, and which options are ways out."""
    from archc.diagram.told import text_problem

    problem = text_problem(sheet, options)
    if problem:
        advice = f": try {' or '.join(ways)}" if ways else ""
        echo(f"archc: {shown(name)}: {problem}{advice}", err=True)
