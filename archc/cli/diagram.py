"""`archc diagram`: the picture of a network or of one of its blocks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
from archc.cli.pictures import (
    STANDARD_OUTPUT,
    format_of,
    labels_option,
    level_option,
    misuse,
    theme_option,
    warn_of_text,
)

if TYPE_CHECKING:
    from archc.diagram import Drawn, Format, Options
    from archc.expand import Settings
    from archc.network import Network

EXAMPLES = """\b
Examples:
  archc diagram resnet.yaml:resnet50 -o resnet50.svg
  archc diagram resnet.yaml:resnet50 --block bottleneck -o bottleneck.pdf
  archc diagram googlenet.yaml --level full --fit a4 --theme print -o googlenet.pdf
  archc diagram lenet.yaml --steps -o lenet.png     lenet-01.png, lenet-02.png, ...
  archc diagram lenet.yaml -o lenet.html            blocks open, boxes tell their numbers"""


@click.command(epilog=EXAMPLES, short_help="Draw a network, or one of its blocks.")
@spec_argument
@click.option(
    "-o",
    "--output",
    "path",
    required=True,
    metavar="FILE",
    help="Where to write: a .svg, .pdf, .png, .dot or .html file, or - for standard output.",
)
@click.option("--block", metavar="NAME", help="Draw a block, by its name or by the place of one: layer2.0.")
@level_option
@click.option("--fit", metavar="PAGE", default="16:9", show_default=True, help="The page: 16:9, 4:3, a4 or free.")
@click.option(
    "--style",
    metavar="STYLE",
    help="columns, overview, flow, or volumes, as high as their resolution.  [as fits]",
)
@click.option("--direction", metavar="WAY", help="From left to right (LR) or top to bottom (TB).  [default: as fits]")
@labels_option
@theme_option
@click.option("--format", "format_", metavar="FORMAT", help="svg, pdf, png, dot or html.  [default: as FILE ends]")
@click.option("--dpi", type=click.IntRange(36, 600), metavar="N", help="Dots per inch of a PNG.  [default: 144]")
@click.option("--steps", is_flag=True, help="Write a series that builds the picture up: FILE-01, FILE-02, ...")
@click.option("--force", is_flag=True, help="Replace files even if archc did not write them.")
@with_settings
def command(
    spec: str,
    path: str,
    block: str | None,
    level: str | None,
    fit: str,
    style: str | None,
    direction: str | None,
    labels: str,
    theme: str,
    format_: str | None,
    dpi: int | None,
    steps: bool,
    force: bool,
    settings: Settings,
) -> None:
    """Draw a network, or one of its blocks with --block.

    Without --level the fullest picture is drawn whose text can be read on the page. The last line says which it is.
    """
    from archc.diagram import options_of
    from archc.diagram.files import FORMATS

    chosen = format_of(path, format_, FORMATS, dpi)
    _refuse_useless(path, chosen, steps=steps)
    with misuse():
        options = options_of(
            block=block, level=level, style=style, direction=direction, theme=theme, fit=fit, labels=labels
        )
    network = checked_network(spec, settings)
    drawn = _draw(network, chosen, options, dpi, steps=steps)
    if path == STANDARD_OUTPUT:
        click.echo(drawn.contents[0], nl=False)
    else:
        _write(Path(path), chosen, drawn, force=force, steps=steps)
    if drawn.too_slow:
        echo(f"archc: Graphviz takes too long for more than --level {drawn.options.level}: this is that", err=True)
    warn_of_text(network.name, drawn.sheet, drawn.options, *_ways_out(drawn.options))


def _ways_out(options: Options) -> Sequence[str]:
    """What makes the text larger."""
    if options.block is not None or options.level == "overview":
        return "--block NAME", "--fit free"
    return "--level stages" if options.level == "full" else "--level overview", "--fit free"


def _refuse_useless(path: str, format_: Format, *, steps: bool) -> None:
    """Refuse options that have no use together."""
    if steps and format_ == "html":
        raise click.UsageError("`--steps` is for pictures: a page of HTML opens step by step by itself")
    if path != STANDARD_OUTPUT:
        return
    if steps:
        raise click.UsageError("`--steps` writes several files: standard output takes one")
    if format_ in {"pdf", "png"} and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError(f"a terminal cannot show {format_}: send it elsewhere with `> FILE`")


def _draw(network: Network, format_: Format, options: Options, dpi: int | None, *, steps: bool) -> Drawn:
    from archc.diagram import DPI, EngineError, draw_picture

    try:
        with misuse():
            return draw_picture(network, format_, options, dpi=dpi or DPI, steps=steps)
    except EngineError as error:
        fail_with([no_engine(network, error)])


def _write(path: Path, format_: Format, drawn: Drawn, *, force: bool, steps: bool) -> None:
    """Write the files and say what is in them."""
    from archc.diagram.told import outcome
    from archc.marks import marked

    digits = max(2, len(str(len(drawn.contents))))
    names = [f"{path.stem}-{at:0{digits}}{path.suffix}" for at in range(1, 1 + len(drawn.contents))]
    contents = [marked(content, f".{format_}") for content in drawn.contents]
    named = dict(zip(names if steps else [path.name], contents, strict=True))
    written = [shown(str(each)) for each in write_or_fail(path.parent, named, force=force)]
    told = ", ".join(written) if len(written) < 4 else f"{written[0]} to {written[-1]}"
    echo(f"Wrote {told}: {outcome(drawn.sheet, drawn.options)}")
