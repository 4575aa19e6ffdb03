"""`archc slides`: networks as a PowerPoint deck."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import checked_network, echo, fail_with, no_engine, shown, with_settings, write_or_fail
from archc.cli.pictures import labels_option, level_option, misuse, theme_option, warn_of_text

if TYPE_CHECKING:
    from archc.expand import Settings

EXAMPLES = """\b
Examples:
  archc slides lenet.yaml alexnet.yaml -o lecture.pptx
  archc slides resnet.yaml:resnet18 resnet.yaml:resnet50 --theme dark -o resnets.pptx
  archc slides specs/ --no-blocks -o overview.pptx     all specs in a folder"""


@click.command(epilog=EXAMPLES, short_help="Put networks and their blocks on slides.")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("-o", "--output", "path", required=True, metavar="FILE", help="Where to write: a .pptx file.")
@click.option("--blocks/--no-blocks", default=True, help="Whether blocks get slides of their own.", show_default=True)
@level_option
@labels_option
@theme_option
@click.option("--force", is_flag=True, help="Replace a file even if archc did not write it.")
@with_settings
def command(
    specs: tuple[str, ...],
    path: str,
    blocks: bool,
    level: str | None,
    labels: str,
    theme: str,
    force: bool,
    settings: Settings,
) -> None:
    """Put networks on 16:9 slides of shapes and text that PowerPoint can edit: a slide a network, then its blocks.

    The summary of each is in the speaker's notes.
    """
    from archc.cli.search import spec_files
    from archc.diagram import EngineError, options_of
    from archc.diagram.deck import write_deck
    from archc.diagram.deck.pages import deck_pages
    from archc.diagram.theme import THEMES
    from archc.report.terminal import count

    target = Path(path)
    if target.suffix.lower() != ".pptx":
        raise click.UsageError("`-o` takes a file that ends in .pptx; `archc diagram` writes other formats")
    with misuse():
        options = options_of(level=level, labels=labels, theme=theme)
    networks = [checked_network(name, settings) for name in spec_files(specs)]
    try:
        pages = deck_pages(networks, options, blocks=blocks)
    except EngineError as error:
        fail_with([no_engine(networks[0], error)])
    title = ", ".join(dict.fromkeys(network.spec.title for network in networks))
    deck = write_deck(pages, THEMES[options.theme], title=title)
    for written in write_or_fail(target.parent, {target.name: deck}, force=force):
        echo(f"Wrote {shown(str(written))}: {count(len(pages), 'slide')} of {count(len(networks), 'network')}")
    for page in pages:
        close_up = page.sheet.layout == "close-up"
        larger = () if options.level == "overview" else ("--level overview",)
        warn_of_text(page.sheet.name, page.sheet, options, *(("--no-blocks",) if close_up else larger))
