"""`archc summary`: the layers of a network and their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archc.cli.common import checked_network, colored, echo, spec_argument, width, with_settings

if TYPE_CHECKING:
    from archc.expand import Settings

EXAMPLES = """\b
Examples:
  archc summary resnet.yaml --variant resnet50
  archc summary resnet.yaml --size H=96 --size W=96 --set classes=10
  archc summary resnet.yaml --depth 4
  archc summary resnet.yaml --format csv > resnet.csv"""


@click.command(epilog=EXAMPLES, short_help="Show layers, shapes, parameters and MACs.")
@spec_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "md", "csv"]),
    default="text",
    help="How it is printed.",
    show_default=True,
)
@click.option(
    "--depth", type=click.IntRange(min=1), help="How many levels of blocks to unfold (text only); as fits by default."
)
@with_settings
def command(spec: str, format_: str, depth: int | None, settings: Settings) -> None:
    """Show layers with their shapes, parameters and multiply-adds (MACs), and the sums.

    Equal blocks in a row stand in one line: `3 x 280,064` is three of them with that many parameters each. MACs are for
    one sample.
    """
    summary = checked_network(spec, settings).summary()
    if format_ == "text":
        echo(summary.as_text(depth=depth, color=colored(), width=width()), end="")
        return
    texts = {"json": summary.as_json, "md": summary.as_markdown, "csv": summary.as_csv}
    echo(texts[format_](), end="")
