"""`archc test`: the `check:` cases of specs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli import BUG, bug, is_debugging
from archc.cli.common import colored, echo, load_spec, print_findings, with_settings

if TYPE_CHECKING:
    from archc.cases import CaseResult
    from archc.expand import Settings
    from archc.findings import Found
    from archc.loading import Loaded
    from archc.spec.model import Check

EXAMPLES = """\b
Examples:
  archc test                       all specs in specs/, or in this folder
  archc test resnet.yaml
  archc test resnet.yaml:resnet50  the cases of one variant"""


@click.command(epilog=EXAMPLES, short_help="Run the `check:` cases of specs.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@with_settings
def command(paths: tuple[str, ...], settings: Settings) -> None:
    """Run the `check:` cases of specs: are parameters, MACs, memory and shapes what their authors say?

    A PATH is a spec or a folder of specs. --variant runs the cases of that variant alone; --set and --size hold where a
    case says nothing itself. Each class of the file that `archc build` writes is also held to its definition at other
    arguments. Exits with 1 where a case fails or a spec has errors.
    """
    from archc.cases import run_cases
    from archc.cli.search import spec_files
    from archc.report.terminal import count

    results: list[CaseResult] = []
    faulty = disproven = 0
    for name in spec_files(paths or (_default(),)):
        loaded = load_spec(name, settings)
        wrong = _faults(loaded, settings)
        print_findings(wrong)
        faulty += bool(wrong)
        cases = [] if wrong else run_cases(loaded, settings)
        for result in cases:
            _show(result)
        results += cases
        disproven += not _is_proven(name, loaded, settings)
    failed = sum(not result.passed for result in results)
    parts = [f"{count(len(results) - failed, 'case')} passed"] if results else ["there are no `check:` cases"]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{count(faulty, 'spec')} with errors"] if faulty else []
    parts += [f"{count(disproven, 'spec')} that archc writes wrongly"] if disproven else []
    echo(f"{', '.join(parts)[0].upper()}{', '.join(parts)[1:]}.")
    sys.exit(BUG if disproven else int(bool(failed or faulty)))


def _is_proven(name: str, loaded: Loaded, settings: Settings) -> bool:
    """Hold each class of the file that archc writes for a spec to its definition; say where one is not."""
    from archc.codegen.replay import ProofError
    from archc.codegen.signatures import prove_classes
    from archc.codegen.sites import UntranslatableError
    from archc.network import check
    from archc.report.terminal import visible

    network = None if loaded.findings else check(loaded, settings).network
    try:
        if network is not None:
            prove_classes(network)
    except (ProofError, UntranslatableError) as error:
        if is_debugging():
            raise
        click.echo(f"{visible(name)}: {bug(error)}", err=True)
        return False
    return True


def _default() -> str:
    return "specs" if Path("specs").is_dir() else "."


def _faults(loaded: Loaded, settings: Settings) -> tuple[Found, ...]:
    """Why a spec's cases cannot be run: its text has errors, or it lacks the variant that is asked for."""
    from archc.expand import settle
    from archc.findings import resolve

    wanted = settings.variant or loaded.variant
    if loaded.spec is None or loaded.findings or wanted is None or loaded.spec.variant(wanted) is not None:
        return resolve(loaded, loaded.findings)
    return resolve(loaded, settle(loaded.spec, replace(settings, variant=wanted))[1])


def _show(result: CaseResult) -> None:
    from archc.report.terminal import paint, visible

    case = result.case
    word = paint("pass", "green", color=colored()) if result.passed else paint("FAIL", "bold red", color=colored())
    where = f"{case.place.file}:{case.place.line}" if case.place else case.check.where.file
    held = ", ".join(_held(case.check))
    parts = (word, visible(where), visible(case.name), held, f"{result.seconds:.2f} s")
    echo("  ".join(part for part in parts if part))
    print_findings(result.found)


def _held(case: Check) -> Iterator[str]:
    """What a case holds the network to, in short."""
    from archc.cases import unit_of
    from archc.report.terminal import count
    from archc.spec.model import Budget

    for what, amount in case.amounts.items():
        name = {"macs": "MACs"}.get(what, what.replace("_", " "))
        most = f"<= {amount.maximum:,}" if isinstance(amount, Budget) else f"{amount:,}"
        yield f"{name} {most}{unit_of(what)}"
    if case.expect_shapes:
        yield count(len(case.expect_shapes), "shape")
