"""`archc check`: every finding of every file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from archc.cli.common import echo, load_spec, print_findings, with_settings

if TYPE_CHECKING:
    from archc.expand import Settings

EXAMPLES = """\b
Examples:
  archc check specs/resnet.yaml             every variant
  archc check resnet.yaml:resnet50          one variant
  archc check specs/ --strict               all specs in a folder; warnings fail too
  cat net.yaml | archc check - --format json"""


@click.command(epilog=EXAMPLES, short_help="Find everything wrong with specs, in all variants.")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How findings are printed.",
    show_default=True,
)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@with_settings
def command(specs: tuple[str, ...], format_: str, strict: bool, settings: Settings) -> None:
    """Check specs, each in all its variants, and print everything found.

    Exits with 0 where there are no errors, 1 where there are, 2 on misuse.
    """
    from archc.cli.search import spec_files
    from archc.findings import merged, survey
    from archc.report import as_json, tally
    from archc.report.terminal import count

    names = spec_files(specs)
    surveys = [survey(load_spec(name, settings), settings) for name in names]
    found = merged(surveys)
    if format_ == "json":
        echo(as_json(found))
    else:
        print_findings(found)
        networks = sum(each.networks for each in surveys)
        echo(f"Checked {count(len(names), 'file')} ({count(networks, 'network')}): {tally(found)}.")
    failing = {"error", "warning"} if strict else {"error"}
    sys.exit(int(any(each.diagnostic.severity in failing for each in found)))
