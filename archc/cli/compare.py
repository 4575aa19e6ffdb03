"""`archc compare`: two networks side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import checked_network, echo, fail_with, no_engine, shown, write_or_fail
from archc.cli.pictures import format_of, labels_option, misuse, theme_option, warn_of_text

if TYPE_CHECKING:
    from archc.network import Network

EXAMPLES = """\b
Examples:
  archc compare lenet.yaml alexnet.yaml                      as text
  archc compare resnet.yaml:resnet18 resnet.yaml:resnet34 -o resnets.svg
  archc compare alexnet.yaml vgg.yaml --theme dark -o alexnet-vgg.png"""


@click.command(epilog=EXAMPLES, short_help="Put two networks side by side.")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option(
    "-o", "--output", "path", metavar="FILE", help="Draw it: a .svg, .pdf, .png or .dot file.  [default: print it]"
)
@click.option("--fit", metavar="PAGE", default="16:9", show_default=True, help="The page: 16:9, 4:3, a4 or free.")
@labels_option
@theme_option
@click.option("--format", "format_", metavar="FORMAT", help="svg, pdf, png or dot.  [default: as FILE ends]")
@click.option("--dpi", type=click.IntRange(36, 600), metavar="N", help="Dots per inch of a PNG.  [default: 144]")
@click.option("--force", is_flag=True, help="Replace a file even if archc did not write it.")
def command(
    one: str,
    other: str,
    path: str | None,
    fit: str,
    labels: str,
    theme: str,
    format_: str | None,
    dpi: int | None,
    force: bool,
) -> None:
    """Put two networks side by side: what corresponds in one row, what differs marked, and their sums.

    Without -o it is printed: = where both have the same, ≠ where they differ, nothing where one has it alone.
    """
    from archc.diagram import EngineError, options_of
    from archc.diagram.compose.compare import compare_sheet
    from archc.diagram.files import draw_sheet
    from archc.diagram.told import outcome
    from archc.expand import Settings

    with misuse():
        options = options_of(labels=labels, theme=theme, fit=fit)
    if path is None and (format_ is not None or dpi is not None or force):
        raise click.UsageError("`--format`, `--dpi` and `--force` are for a picture: `-o FILE` says where it goes")
    chosen = None if path is None else format_of(path, format_, ("svg", "pdf", "png", "dot"), dpi)
    networks = checked_network(one, Settings()), checked_network(other, Settings())
    try:
        if path is None or chosen is None:
            _print(*networks)
            return
        sheet = compare_sheet(*networks, options)
        content = draw_sheet(sheet, chosen, options, dpi=dpi)
    except EngineError as error:
        fail_with([no_engine(networks[0], error)])
    target = Path(path)
    for written in write_or_fail(target.parent, {target.name: content}, force=force):
        echo(f"Wrote {shown(str(written))}: {outcome(sheet, options)}")
    warn_of_text(f"{networks[0].name} and {networks[1].name}", sheet, options, "--fit free")


def _print(one: Network, other: Network) -> None:
    """The rows, then the sums."""
    from archc.diagram.compose.compare import MAX_CARDS, comparisons, lines_of, names_of

    found = comparisons(one, other, MAX_CARDS)
    compared = next(found)
    while len(compared.pairs) > MAX_CARDS and (less := next(found, None)) is not None:
        compared = less
    names = names_of(one, other)
    rows = [(names[0], " ", names[1]), ("", "", ""), *lines_of(compared)]
    wide = max(len(left) for left, _, _ in rows)
    for left, mark, right in rows:
        echo(shown(f"{left:<{wide}}  {mark}  {right}".rstrip()))
    echo("")
    sums = [("", *names, ""), *((row.name, row.one, row.other, row.ratio) for row in compared.rows)]
    widths = [max(len(row[column]) for row in sums) for column in range(4)]
    for row in sums:
        echo(shown("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()))
    echo(f"\n{shown(compared.facts)}")
