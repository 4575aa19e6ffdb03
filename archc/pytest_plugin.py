"""The pytest plugin: specs as tests, one for each variant (has it errors?) and one for each `check:` case.

Every run of pytest imports this file where archc is installed: what it works with is imported once there is a spec.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archc.specfiles import SUFFIXES, is_spec

if TYPE_CHECKING:
    from archc.cases import Case
    from archc.diagnostics import Severity
    from archc.findings import Found
    from archc.loading import Loaded

PATTERNS = ("*.yaml", "*.yml")
LONGEST = 120
"""How much of what a case sets is in a test's name."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the setting that says which files may be specs."""
    about = "patterns of archc specs to test: of names, or with a / of paths from the root folder; empty for none"
    parser.addini("archc_specs", about, type="args", default=list(PATTERNS))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a spec: a file that `archc_specs` picks or that is named on the command line, with `archc:` in it."""
    if file_path.suffix not in SUFFIXES:
        return None
    if not (parent.session.isinitpath(file_path) or _is_picked(file_path, parent.config)) or not is_spec(file_path):
        return None
    return SpecFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType]


def _is_picked(path: Path, config: pytest.Config) -> bool:
    patterns: list[str] = config.getini("archc_specs")
    inside = path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else path
    return any(fnmatchcase(inside.as_posix() if "/" in each else path.name, each) for each in patterns)


class SpecFile(pytest.File):
    """A spec: a test for each variant, `check-resnet50`, and for each case, `case-resnet50-classes=10-H=96`."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its tests; where its text has errors a single one, which fails with all that `archc check` finds."""
        from archc.loading import load_file, shown

        loaded = load_file(shown(self.path))
        seen: Counter[str] = Counter()
        for trial in (*_checks(loaded, self.path), *_cases(loaded)):
            seen[trial.name] += 1
            unique = trial.name if seen[trial.name] == 1 else f"{trial.name}-{seen[trial.name]}"
            yield SpecItem.from_parent(self, name=unique, trial=trial)  # pyright: ignore[reportUnknownMemberType]


class SpecItem(pytest.Item):
    """One test of a spec."""

    def __init__(self, *, trial: Trial, **node: Any) -> None:
        super().__init__(**node)  # pyright: ignore[reportUnknownMemberType]
        self.trial = trial
        self.extra_keyword_matches.update(trial.words)

    def runtest(self) -> None:
        """Fail with what `archc check` or `archc test` would print, and no traceback."""
        from archc.report.text import as_text

        outcome = self.trial.run()
        if any(each.diagnostic.severity in outcome.failing for each in outcome.found):
            pytest.fail(as_text(outcome.found).rstrip(), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands in the spec."""
        return self.path, self.trial.line - 1, self.name


@dataclass(frozen=True)
class Outcome:
    """What a test found, and which severities make it fail."""

    found: tuple[Found, ...]
    failing: tuple[Severity, ...] = ("error",)


@dataclass(frozen=True)
class Trial:
    """One thing to test of a spec."""

    name: str
    words: tuple[str, ...]
    """What `-k` knows it by, beside its name and file."""
    line: int
    run: Callable[[], Outcome]


def _checks(loaded: Loaded, path: Path) -> Iterator[Trial]:
    """That the spec has no errors: in each of its variants, or if its text has some in all at once."""
    from archc.naming import network_name

    outcome = cache(partial(_checked, loaded, path))
    spec = loaded.spec
    if spec is None or loaded.findings or not spec.variants:
        yield Trial(f"check-{path.stem if spec is None else spec.name}", (), 1, outcome)
        return
    for variant in spec.variants:
        name, place = network_name(spec.name, variant.name), loaded.place(variant.where)
        run = partial(_of_variant, outcome, variant.name)
        yield Trial(f"check-{name}", (spec.name, variant.name), place.line if place else 1, run)


def _checked(loaded: Loaded, path: Path) -> Outcome:
    """What `archc check` says of a spec, as its project asks."""
    from archc.expand import Settings
    from archc.findings import survey
    from archc.rules.project import faults, project_of, rules_of

    project = project_of(str(path))
    found = survey(loaded, Settings(), rules_of(project, (), ())).found
    return Outcome((*faults([project]), *found), ("error", "warning") if project.strict else ("error",))


def _of_variant(outcome: Callable[[], Outcome], variant: str) -> Outcome:
    whole = outcome()
    return replace(whole, found=tuple(each for each in whole.found if variant in (each.variants or (variant,))))


def _cases(loaded: Loaded) -> Iterator[Trial]:
    """That what the spec says under `check:` holds."""
    if loaded.spec is None or loaded.findings:
        return
    from archc.cases import cases_of
    from archc.report.terminal import visible

    for case in cases_of(loaded):
        # brackets and double colons have a meaning of their own in the ids of tests
        given = visible(re.sub(r"[\[\]]|:(?=:)", "", "".join(f"-{each}" for each in case.given)))
        words = (loaded.spec.name, case.variant or "")
        line = case.place.line if case.place else 1
        yield Trial(f"case-{case.network}{given}"[:LONGEST], words, line, partial(_held, loaded, case))


def _held(loaded: Loaded, case: Case) -> Outcome:
    from archc.cases import run_case

    return Outcome(run_case(loaded, case).found)
