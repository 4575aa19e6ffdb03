"""`archc test`: the `check:` cases of specs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.common import colored, echo, load_spec, print_findings, with_settings

if TYPE_CHECKING:
    from archc.cases import CaseResult
    from archc.expand import Settings

EXAMPLES = """\b
Examples:
  archc test                       all specs in specs/, or in this folder
  archc test resnet.yaml
  archc test resnet.yaml:resnet50  the cases of one variant"""


@click.command(epilog=EXAMPLES, short_help="Run the `check:` cases of specs.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@with_settings
def command(paths: tuple[str, ...], settings: Settings) -> None:
    """Run the `check:` cases of specs: do parameters, MACs and shapes come out as their authors say?

    A PATH is a spec or a folder of specs. --variant runs the cases of that variant alone; --set and --size hold where a
    case says nothing itself. Exits with 1 where a case fails or a spec has errors.
    """
    from archc.cli.search import spec_files
    from archc.report.terminal import count

    results: list[CaseResult] = []
    faulty = 0
    for name in spec_files(paths or (_default(),)):
        cases, good = _test(name, settings)
        results += cases
        faulty += not good
    failed = sum(not result.passed for result in results)
    parts = [f"{count(len(results) - failed, 'case')} passed"] if results else ["there are no `check:` cases"]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{count(faulty, 'spec')} with errors"] if faulty else []
    echo(f"{', '.join(parts)[0].upper()}{', '.join(parts)[1:]}.")
    sys.exit(int(bool(failed or faulty)))


def _default() -> str:
    return "specs" if Path("specs").is_dir() else "."


def _test(name: str, settings: Settings) -> tuple[list[CaseResult], bool]:
    """Run and show the cases of one spec; gives them, and whether the spec itself can be read."""
    from archc.cases import run_cases
    from archc.expand import settle
    from archc.findings import resolve

    loaded = load_spec(name, settings)
    findings = loaded.findings
    wanted = settings.variant or loaded.variant
    if loaded.spec is not None and not findings and wanted is not None and loaded.spec.variant(wanted) is None:
        from dataclasses import replace

        findings = settle(loaded.spec, replace(settings, variant=wanted))[1]
    if findings:
        print_findings(resolve(loaded, findings))
        return [], False
    results = run_cases(loaded, settings)
    for result in results:
        _show(result)
    return results, True


def _show(result: CaseResult) -> None:
    from archc.report.terminal import paint, visible

    word = paint("pass", "green", color=colored()) if result.passed else paint("FAIL", "bold red", color=colored())
    where = f"{result.place.file}:{result.place.line}" if result.place else result.case.where.file
    echo(f"{word}  {visible(where)}  {visible(result.name)}  {_expected(result)}{result.seconds:.2f} s")
    for mismatch in result.mismatches:
        if mismatch.got:
            echo(f"      {visible(mismatch.what)}: expected {visible(mismatch.expected)}, got {mismatch.got}")
        else:
            echo(f"      {visible(mismatch.message)}{f' ({visible(mismatch.help)})' if mismatch.help else ''}")
    print_findings(result.errors)


def _expected(result: CaseResult) -> str:
    """What a case holds the network to, in short."""
    case = result.case
    parts = [f"params {case.expect_params:,}"] if case.expect_params is not None else []
    parts += [f"MACs {case.expect_macs:,}"] if case.expect_macs is not None else []
    parts += (
        [f"{len(case.expect_shapes)} shape{'' if len(case.expect_shapes) == 1 else 's'}"] if case.expect_shapes else []
    )
    return f"{', '.join(parts)}  " if parts else ""
