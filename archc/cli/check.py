"""`archc check`: every finding of every file."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from archc.cli.common import colored, echo, load_spec, width, with_settings
from archc.cli.rules import with_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archc.expand import Settings
    from archc.findings import Survey
    from archc.loading import Loaded
    from archc.report.formats import Format
    from archc.rules.base import Rule

EXAMPLES = """\b
Examples:
  archc check specs/resnet.yaml             every variant
  archc check resnet.yaml:resnet50          one variant
  archc check specs/ --strict               all specs in a folder; warnings fail too
  archc check net.yaml --feed batch.npz     arrays as well: names, shapes and dtypes
  archc check net.yaml --fix --diff         what fixing would change
  archc check specs/ --format github        annotations, in a workflow
  cat net.yaml | archc check - --format json"""


@click.command(epilog=EXAMPLES, short_help="Find everything wrong with specs, in all variants.")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="How findings are printed.",
    show_default=True,
)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--fix", is_flag=True, help="Fix what is safe to fix, in the files named.")
@click.option("--diff", is_flag=True, help="With --fix: show what would change, and write nothing.")
@click.option(
    "--feed", "feeds", metavar="FILE", multiple=True, help="Hold the arrays of a .npz, .npy or .safetensors to it."
)
@with_rules
@with_settings
def command(
    specs: tuple[str, ...],
    format_: Format,
    strict: bool,
    fix: bool,
    diff: bool,
    feeds: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    settings: Settings,
) -> None:
    """Check specs, each in all its variants, and print everything found. `archc explain` tells what a code means.

    With a library of blocks, the specs of its project that use it are checked too.

    Exits with 0 where there are no errors, 1 where there are, 2 on misuse.
    """
    from archc.cli.fixing import fixable, fixed
    from archc.cli.search import spec_files, users_of
    from archc.findings import merged, survey
    from archc.report.formats import FOR_PROGRAMS, formatted
    from archc.report.terminal import count
    from archc.report.text import tally
    from archc.rules.project import faults, project_of, rules_of

    names = spec_files(specs)
    projects = {name: project_of(name) for name in names}
    if diff and not fix:
        raise click.UsageError("`--diff` goes with `--fix`: it shows what that would change")
    loaded = [load_spec(name, settings) for name in names]
    rules = [rules_of(project, select, ignore) for project in projects.values()]
    if fix:
        judges = [partial(_judged, settings, each) for each in rules]
        loaded, surveys = fixed(names, loaded, judges, diff=diff, quiet=format_ != "text")
    else:
        surveys = [survey(each, settings, asked) for each, asked in zip(loaded, rules, strict=True)]
    for name, each in users_of(loaded, settings).items():
        if name not in projects:
            projects[name] = project_of(name)
            surveys.append(survey(each, settings, rules_of(projects[name], select, ignore)))
    found = (*faults(projects.values()), *merged(surveys))
    if feeds:
        from archc.feed import hold

        found = (*found, *hold(feeds, loaded, settings))
    strict = strict or any(project.strict for project in projects.values())
    aside = fix and (diff or names == ["-"])
    if diff:
        pass
    elif format_ in FOR_PROGRAMS:
        echo(formatted(found, format_), err=aside)
    else:
        if found:
            echo(formatted(found, format_, color=colored(err=aside), columns=width(err=aside)), err=aside)
        networks = sum(each.networks for each in surveys)
        checked = f"Checked {count(len(projects), 'file')} ({count(networks, 'network')}): {tally(found)}"
        echo(f"{checked}{'' if fix else fixable(found)}.", err=aside)
        for line in _takes(surveys):
            echo(line, err=aside)
    failing = {"error", "warning"} if strict else {"error"}
    sys.exit(int(any(each.diagnostic.severity in failing for each in found)))


def _takes(surveys: Sequence[Survey]) -> Iterator[str]:
    """What sizes the networks of one file take; of several files that would be a page of its own."""
    if len(surveys) == 1 and surveys[0].sound:
        from archc.cli.common import shown
        from archc.report.takes import takes_by_variant

        yield from map(shown, takes_by_variant(surveys[0].sound))


def _judged(settings: Settings, rules: Sequence[Rule], loaded: Loaded) -> Survey:
    from archc.findings import survey

    return survey(loaded, settings, rules)
