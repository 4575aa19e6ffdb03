"""`archc diff`: what changed between two networks."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from archc.cli.common import colored, echo, fail, load_spec, shown, with_settings

if TYPE_CHECKING:
    from archc.expand import Settings

EXAMPLES = """\b
Examples:
  archc diff before.yaml after.yaml
  archc diff resnet18 resnet34
  archc diff HEAD:net.yaml net.yaml               what has changed since the last commit
  archc diff main:net.yaml:small HEAD:net.yaml    one variant, between two commits
  archc diff HEAD:net.yaml net.yaml --exit-code --format md"""
Format = Literal["text", "md", "json"]


@click.command(epilog=EXAMPLES, short_help="Say what changed between two networks.")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "md", "json"]),
    default="text",
    help="How it is printed.",
    show_default=True,
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where they differ, and with 0 where they are identical.")
@with_settings
def command(one: str, other: str, format_: Format, exit_code: bool, settings: Settings) -> None:
    """Say what changed from A to B: steps, arguments, wiring, inputs, outputs, initial weights, and the sums.

    It says whether a checkpoint of A loads into B. Each is a SPEC or REV:path, the file as it is in a commit of its
    repository. Without a variant all are compared, by name.
    """
    from archc.differences.specs import compare_specs

    if one == other == "-":
        raise click.UsageError("standard input is one spec: name another file beside `-`")
    loaded = load_spec(one, settings, revisions=True), load_spec(other, settings, revisions=True)
    found = compare_specs(shown(one), shown(other), loaded, settings)
    if isinstance(found, tuple):
        fail(found)
    texts = {"text": partial(found.as_text, color=colored()), "md": found.as_markdown, "json": found.as_json}
    echo(texts[format_](), end="")
    sys.exit(int(exit_code and not found.identical))
