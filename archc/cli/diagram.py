"""`archc diagram`: the picture of a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import (
    checked_network,
    echo,
    fail_with,
    no_engine,
    shown,
    spec_argument,
    with_settings,
    write_or_fail,
)

if TYPE_CHECKING:
    from archc.expand import Settings

FORMATS = ("svg", "pdf", "png", "dot")
EXAMPLES = """\b
Examples:
  archc diagram resnet.yaml:resnet50 -o resnet50.svg
  archc diagram lenet.yaml -o lenet.pdf
  archc diagram lenet.yaml -o lenet.dot     Graphviz's own language"""


@click.command(epilog=EXAMPLES, short_help="Draw a network.")
@spec_argument
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help=f"Where to write; the suffix says how: {', '.join(FORMATS)}.",
)
@click.option("--force", is_flag=True, help="Replace a file even if archc did not write it.")
@with_settings
def command(spec: str, path: Path, force: bool, settings: Settings) -> None:
    """Draw a network."""
    from archc.diagram import EngineError

    format_ = path.suffix.removeprefix(".").lower()
    if format_ not in FORMATS:
        raise click.UsageError(f"`-o` takes a file that ends in {', '.join(f'.{each}' for each in FORMATS)}")
    network = checked_network(spec, settings)
    try:
        picture = network.diagram(format_)
    except EngineError as error:
        fail_with([no_engine(network, error)])
    for written in write_or_fail(path.parent, {path.name: picture}, force=force):
        echo(f"Wrote {shown(str(written))}")
