"""What the commands that draw share: their options, and what they say of what they drew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from archc.cli.common import echo, shown

if TYPE_CHECKING:
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


@contextmanager
def misuse() -> Iterator[None]:
    """What a picture cannot be asked for is wrong usage of the command."""
    from archc.diagram import OptionError

    try:
        yield
    except OptionError as error:
        raise click.UsageError(shown(str(error))) from error


def warn_of_text(name: str, sheet: Sheet, options: Options) -> None:
    """Say so where a picture's text is too small to read."""
    from archc.diagram.told import text_problem

    problem = text_problem(sheet, options)
    if problem:
        echo(f"archc: {shown(name)}: {problem}", err=True)
