"""All findings of a spec: those of every variant, each once, in file order, with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc import codes
from archc.case_names import unknown_names_in_cases
from archc.diagnostics import Diagnostic, Place, Where
from archc.document import Document
from archc.expand import Settings, settle
from archc.expand.run import MAX_NODES
from archc.loading import Loaded
from archc.network import Checked, Network, check
from archc.record import record
from archc.rules.base import Practised, Rule

if TYPE_CHECKING:
    from archc.fixes.changes import Change


_TOO_LARGE = f"the variants would have more than {MAX_NODES:,} ops together, so not all are checked"


@record
class Found:
    """A finding with its place; `places` has those of the notes and of the stack, where they have any."""

    diagnostic: Diagnostic
    place: Place | None
    document: Document | None
    places: tuple[tuple[Where, Place], ...] = ()
    variants: tuple[str, ...] = ()
    """The variants it holds for, where there are others that it does not hold for."""
    changes: tuple[tuple[Change, ...], ...] = ()
    """What each of its fixes changes in the files; nothing where a text does not allow it."""

    @property
    def is_fixable(self) -> bool:
        """Whether it has a fix that is safe and can be made."""
        return any(fix.safe and made for fix, made in zip(self.diagnostic.fixes, self.changes, strict=False))

    def place_of(self, where: Where) -> Place | None:
        """The place of a note."""
        return next((place for seen, place in self.places if seen is where), None)


@record
class Survey:
    """What checking a spec found, and in how many networks: one a variant."""

    found: tuple[Found, ...]
    networks: int = 0
    sound: tuple[Network, ...] = ()
    """Those that have no errors."""


def survey(loaded: Loaded, settings: Settings, rules: Sequence[Rule] = ()) -> Survey:
    """Check the variant that is asked for, or every one. Of a library of blocks, what its text alone tells.

    The rules of practice run over what has no errors.
    """
    spec = loaded.spec
    if spec is None:
        return Survey(resolve(loaded, loaded.findings))
    if spec.chain is None:
        _, wrong = settle(spec, replace(settings, variant=settings.variant or loaded.variant))
        practised = _practised(loaded, settings, (), rules)
        return Survey(resolve(loaded, (*loaded.findings, *wrong, *practised.overall)))
    wanted = settings.variant or loaded.variant
    names = [wanted] if wanted or not spec.variants else [variant.name for variant in spec.variants]
    outcomes: list[Checked] = []
    for name in names:
        outcomes.append(check(loaded, replace(settings, variant=name)))
        if sum(each.network.body.nodes for each in outcomes if each.network is not None) > MAX_NODES:
            names = names[: len(outcomes)]
            too_large = Diagnostic(codes.LIMIT, _TOO_LARGE, Where(spec.file, ("variants",), on_key=True))
            outcomes[-1] = Checked(None, (*outcomes[-1].findings, too_large), loaded)
            break
    practised = _practised(loaded, settings, outcomes, rules)
    findings = [
        (*each.findings, *more, *(unknown_names_in_cases(each.network, settings) if each.network is not None else ()))
        for each, more in zip(outcomes, practised.per_network, strict=True)
    ]
    found = _each_once(loaded, [(name or "", each) for name, each in zip(names, findings, strict=True)])
    found += [_found(loaded, finding) for finding in practised.overall]
    sound = tuple(each.network for each in outcomes if each.network is not None)
    return Survey(tuple(_in_file_order(loaded, found)), len(outcomes), sound)


def _practised(loaded: Loaded, settings: Settings, outcomes: Sequence[Checked], rules: Sequence[Rule]) -> Practised:
    if not rules:
        return Practised(tuple(() for _ in outcomes), ())
    from archc.rules.run import practise

    complete = settings == Settings() and loaded.variant is None
    return practise(loaded, [outcome.network for outcome in outcomes], rules, complete=complete)


def resolve(loaded: Loaded, findings: Iterable[Diagnostic]) -> tuple[Found, ...]:
    """Findings with their places, in file order."""
    return tuple(_in_file_order(loaded, [_found(loaded, finding) for finding in findings]))


def merged(surveys: Iterable[Survey]) -> tuple[Found, ...]:
    """The findings of several specs; one in a file that several of them use counts once."""
    seen: dict[tuple[object, ...], Found] = {}
    for each in surveys:
        for found in each.found:
            finding = found.diagnostic
            seen.setdefault((finding.code, finding.message, finding.where.file, found.place), found)
    return tuple(seen.values())


def _each_once(loaded: Loaded, outcomes: Sequence[tuple[str, Sequence[Diagnostic]]]) -> list[Found]:
    """A finding of one code at one place is the same in every variant, whatever sizes its message has there."""
    first: dict[tuple[str, Place | None], list[Found]] = {}
    variants: dict[tuple[str, Place | None], list[str]] = {}
    for name, findings in outcomes:
        here: dict[tuple[str, Place | None], list[Found]] = {}
        for finding in findings:
            found = _found(loaded, finding)
            here.setdefault((finding.code, found.place), []).append(found)
        for key, group in here.items():
            first.setdefault(key, group)
            variants.setdefault(key, []).append(name)
    return [
        replace(found, variants=tuple(variants[key]) if len(variants[key]) < len(outcomes) else ())
        for key, group in first.items()
        for found in group
    ]


def _found(loaded: Loaded, finding: Diagnostic) -> Found:
    notes = [note for note in (*finding.notes, *finding.stack) if not isinstance(note, str)]
    wheres = [note.where for note in notes if note.where is not None]
    places = [(where, _place(loaded, where)) for where in wheres]
    document = loaded.documents.get(finding.where.file)
    known = tuple((where, place) for where, place in places if place is not None)
    return Found(finding, _place(loaded, finding.where), document, known, changes=_changes(loaded, finding))


def _changes(loaded: Loaded, finding: Diagnostic) -> tuple[tuple[Change, ...], ...]:
    if not finding.fixes:
        return ()
    from archc.fixes.changes import resolve_edits

    return tuple(resolve_edits(loaded.documents, fix) for fix in finding.fixes)


def _place(loaded: Loaded, where: Where) -> Place | None:
    """The place in a file that could be read; what is about a file as a whole has none in it."""
    document = loaded.documents.get(where.file)
    return document.place(where) if document is not None and document.text else None


def _in_file_order(loaded: Loaded, found: Iterable[Found]) -> Iterator[Found]:
    files = {file: at for at, file in enumerate(loaded.documents)}

    def position(each: Found) -> tuple[int, int, int, str]:
        finding, place = each.diagnostic, each.place
        line, column = (place.line, place.column) if place else (0, 0)
        return files.get(finding.where.file, -1), line, column, finding.code

    yield from sorted(found, key=position)
