"""All findings of a spec: those of every variant, each once, in file order, with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from archc.diagnostics import Diagnostic, Place, Where
from archc.document import Document
from archc.expand import Settings, settle
from archc.loading import Loaded
from archc.network import check
from archc.record import record


@record
class Found:
    """A finding with its place; `places` has those of the notes and of the stack, where they have any."""

    diagnostic: Diagnostic
    place: Place | None
    document: Document | None
    places: tuple[tuple[Where, Place], ...] = ()
    variants: tuple[str, ...] = ()
    """The variants it holds for, where there are others that it does not hold for."""

    def place_of(self, where: Where) -> Place | None:
        """The place of a note."""
        return next((place for seen, place in self.places if seen is where), None)


@record
class Survey:
    """What checking a spec found, and in how many networks: one a variant."""

    found: tuple[Found, ...]
    networks: int = 0


def survey(loaded: Loaded, settings: Settings) -> Survey:
    """Check the variant that is asked for, or every one. Of a library of blocks, what its text alone tells."""
    spec = loaded.spec
    if spec is None:
        return Survey(resolve(loaded, loaded.findings))
    if spec.chain is None:
        _, wrong = settle(spec, replace(settings, variant=settings.variant or loaded.variant))
        return Survey(resolve(loaded, (*loaded.findings, *wrong)))
    wanted = settings.variant or loaded.variant
    names = [wanted] if wanted or not spec.variants else [variant.name for variant in spec.variants]
    outcomes = [check(loaded, replace(settings, variant=name)) for name in names]
    found = _each_once(loaded, [(name or "", outcome.findings) for name, outcome in zip(names, outcomes, strict=True)])
    return Survey(tuple(_in_file_order(loaded, found)), len(outcomes))


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
    return Found(finding, _place(loaded, finding.where), document, known)


def _place(loaded: Loaded, where: Where) -> Place | None:
    """The place in a file that could be read; what is about a file as a whole has none in it."""
    document = loaded.documents.get(where.file)
    return document.place(where) if document is not None and document.text else None


def _in_file_order(loaded: Loaded, found: Iterable[Found]) -> Iterator[Found]:
    files = {file: at for at, file in enumerate(loaded.documents)}

    def position(each: Found) -> tuple[int, int, int]:
        place = each.place
        return (files.get(each.diagnostic.where.file, -1), place.line if place else 0, place.column if place else 0)

    yield from sorted(found, key=position)
