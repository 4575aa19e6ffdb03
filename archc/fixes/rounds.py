"""Fixing round by round: make the safe fixes, check again, keep what helped.

A fix is kept where its finding is gone and nothing new is wrong where it wrote, save what can be fixed in turn. An
error further on in the network that only shows once the step before it is understood is no fault of the fix: it is one
of those left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archc.diagnostics import Fix, Route
from archc.findings import Found, Survey
from archc.fixes.changes import Change, apply_changes, moved
from archc.loading import Loaded, reload
from archc.record import record

MAX_TRIES = 200
"""How often a set of changes is tried before the rest is left as it is."""

Judge = Callable[[Loaded], Survey]
Key = tuple[str, Path, int]
"""A finding as it can be found again after changes: its code, its file and where it begins."""


@record
class Fixed:
    """A finding and the fix for it: one that was made, or one that was given up, `because` of an error it led to."""

    found: Found
    fix: Fix
    because: str = ""


@record
class Mended:
    """The outcome: what was fixed and given up, what is found now, and the new texts of changed files."""

    fixed: tuple[Fixed, ...]
    given_up: tuple[Fixed, ...]
    loaded: tuple[Loaded, ...]
    surveys: tuple[Survey, ...]
    texts: Mapping[Path, str]


@record(eq=False, repr=False)
class _Cure:
    """A safe fix that could be made now."""

    found: Found
    fix: Fix
    key: Key
    changes: tuple[Change, ...]
    steps: tuple[tuple[str, Route], ...]
    """The steps it writes in."""


@dataclass
class _State:
    """Where the fixing stands; only `mend` moves it on."""

    loaded: list[Loaded]
    surveys: list[Survey]
    judges: Sequence[Judge]
    files: frozenset[Path]
    """The files that may be changed."""
    texts: dict[Path, str] = field(default_factory=dict[Path, str])
    fixed: list[Fixed] = field(default_factory=list[Fixed])
    given_up: dict[tuple[Key, str], Fixed] = field(default_factory=dict[tuple[Key, str], Fixed])


def mend(loaded: Sequence[Loaded], judges: Sequence[Judge], files: Iterable[Path]) -> Mended:
    """Make the safe fixes in these files, until there are none left; each spec is checked by its own judge."""
    surveys = [judge(each) for each, judge in zip(loaded, judges, strict=True)]
    state = _State(list(loaded), surveys, judges, frozenset(path.resolve() for path in files))
    most = MAX_TRIES
    for _ in range(MAX_TRIES):
        cures = _compatible(state)[:most]
        if not cures:
            break
        changes = [change for cure in cures for change in cure.changes]
        after = _try(state, changes)
        wrong = _problem(state, cures, changes, after)
        if not wrong:
            _keep(state, cures, changes, after)
            most = MAX_TRIES
        elif len(cures) == 1:
            state.given_up[cures[0].key, cures[0].fix.title] = Fixed(cures[0].found, cures[0].fix, wrong)
            most = MAX_TRIES
        else:
            most = len(cures) // 2
    given_up = tuple(state.given_up.values())
    return Mended(tuple(state.fixed), given_up, tuple(state.loaded), tuple(state.surveys), state.texts)


def _compatible(state: _State) -> list[_Cure]:
    """The safe fixes that can be made at once: of those that touch each other the first, once for all its specs."""
    chosen: list[_Cure] = []
    for loaded, survey in zip(state.loaded, state.surveys, strict=True):
        for cure in _cures(loaded, survey):
            known = (cure.key, cure.fix.title) in state.given_up
            if known or not _files(cure.changes) <= state.files:
                continue
            taken = [change for each in chosen for change in each.changes]
            if not any(change.touches(other) for change in cure.changes for other in taken):
                chosen.append(cure)
    return chosen


def _cures(loaded: Loaded, survey: Survey) -> Iterator[_Cure]:
    for found in survey.found:
        key = _key(loaded, found)
        for fix, changes in zip(found.diagnostic.fixes, found.changes, strict=False):
            if fix.safe and changes and key is not None:
                steps = tuple((edit.where.file, _step(edit.where.route)) for edit in fix.edits)
                yield _Cure(found, fix, key, changes, steps)
                break


def _step(route: Route) -> Route:
    """The route of the step, or of the entry at the top, that a place is in."""
    last = max((at for at, part in enumerate(route) if isinstance(part, int)), default=0)
    return route[: last + 1]


def _key(loaded: Loaded, found: Found) -> Key | None:
    where = found.diagnostic.where
    document = loaded.documents.get(where.file)
    if document is None or found.place is None:
        return None
    return found.diagnostic.code, Path(where.file).resolve(), document.offset(found.place)


def _try(state: _State, changes: Sequence[Change]) -> dict[int, tuple[Loaded, Survey]]:
    """Each spec that changes concern, read and judged again with them made."""
    documents = {file: document for each in state.loaded for file, document in each.documents.items()}
    texts = dict(state.texts)
    for file in {change.file for change in changes}:
        texts[Path(file).resolve()] = apply_changes(documents[file].text, [c for c in changes if c.file == file])
    after: dict[int, tuple[Loaded, Survey]] = {}
    for at, loaded in enumerate(state.loaded):
        if _files(changes) & {Path(file).resolve() for file in loaded.documents}:
            again = reload(loaded, texts)
            after[at] = again, state.judges[at](again)
    return after


def _files(changes: Sequence[Change]) -> set[Path]:
    return {Path(change.file).resolve() for change in changes}


def _problem(
    state: _State, cures: Sequence[_Cure], changes: Sequence[Change], after: Mapping[int, tuple[Loaded, Survey]]
) -> str:
    """Why these fixes cannot be kept: what is still wrong, or newly so; empty where they can."""
    steps = {step for cure in cures for step in cure.steps}
    for at, (again, survey) in after.items():
        loaded, before = state.loaded[at], _counted(state.loaded[at], state.surveys[at], changes)
        cured = Counter(_moved(cure.key, changes) for cure in cures)
        allowed = Counter({key: count - (cured[key] if before[key] else 0) for key, count in before.items()})
        for found in survey.found:
            key = _key(again, found)
            finding = found.diagnostic
            if key is None:
                continue
            allowed[key] -= 1
            if allowed[key] >= 0:
                continue
            if key in cured:
                return finding.message
            is_new = finding.severity == "error" and loaded.spec is not None
            near = any(finding.where.file == file and finding.where.route[: len(step)] == step for file, step in steps)
            if is_new and (near or finding.code.startswith("ARC0")) and not found.is_fixable:
                return f"{finding.message} ({found.place})"
        if again.spec is None and loaded.spec is not None:
            return "the spec could no longer be read"
    return ""


def _counted(loaded: Loaded, survey: Survey, changes: Sequence[Change]) -> Counter[Key]:
    """How many findings there are of each code at each place, the places being those after the changes."""
    keys = (_key(loaded, found) for found in survey.found)
    return Counter(_moved(key, changes) for key in keys if key is not None)


def _moved(key: Key, changes: Sequence[Change]) -> Key:
    code, path, at = key
    return code, path, moved(at, [change for change in changes if Path(change.file).resolve() == path])


def _keep(
    state: _State, cures: Sequence[_Cure], changes: Sequence[Change], after: Mapping[int, tuple[Loaded, Survey]]
) -> None:
    state.given_up = {(_moved(key, changes), title): fixed for (key, title), fixed in state.given_up.items()}
    state.fixed += [Fixed(cure.found, cure.fix) for cure in cures]
    for at, (again, survey) in after.items():
        state.loaded[at], state.surveys[at] = again, survey
        for file, document in again.documents.items():
            if (path := Path(file).resolve()) in _files(changes):
                state.texts[path] = document.text
