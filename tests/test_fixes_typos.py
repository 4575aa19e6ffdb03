"""Typos planted in the specs of this repository: `--fix` gives back every byte, or leaves the file alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from archc.diagnostics import Route, Where
from archc.document import Document
from archc.document.document import read
from archc.expand import Settings
from archc.findings import survey
from archc.fixes.rounds import Mended, mend
from archc.loading import Loaded, load_file, reload

ROOT = Path(__file__).parent.parent
SPECS = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("tests/networks/specs/*.yaml")])
JUDGE = partial(survey, settings=Settings())


def names_in(document: Document) -> Iterator[tuple[Where, str]]:
    """The names whose typos are findings: keys of steps and arguments, and what steps refer to."""

    def walk(value: object, route: Route) -> Iterator[tuple[Where, str]]:
        if isinstance(value, list):
            for at, item in enumerate(value):
                yield from walk(item, (*route, at))
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            in_steps = any(part == "steps" for part in route)
            if in_steps and key not in ("view", "allow", "doc"):
                if isinstance(route[-1], int) or isinstance(inner, (int, str)):
                    yield Where(document.file, (*route, key), on_key=True), key
                if key == "from" and isinstance(inner, str):
                    yield Where(document.file, (*route, key)), inner
                yield from walk(inner, (*route, key))
            elif not in_steps:
                yield from walk(inner, (*route, key))

    yield from walk({key: value for key, value in (document.data or {}).items() if key in ("steps", "blocks")}, ())


def slips(name: str, rng: random.Random) -> str:
    """A name with a letter doubled, left out, or swapped with the next one."""
    at = rng.choice([i for i, letter in enumerate(name[:-1]) if letter.isalpha() and name[i + 1].isalpha()])
    return rng.choice(
        [name[: at + 1] + name[at:], name[:at] + name[at + 1 :], name[:at] + name[at + 1] + name[at] + name[at + 2 :]]
    )


def planted(document: Document, rng: random.Random) -> tuple[str, str, str] | None:
    """A text with one typo, what was there and what is now."""
    there = [(where, name) for where, name in names_in(document) if name.isidentifier() and len(name) >= 4]
    if not there:
        return None
    where, name = rng.choice(there)
    typo = slips(name, rng)
    at = document.offset(document.place(where))
    if typo == name or typo in document.text or document.text[at : at + len(name)] != name:
        return None
    return document.text[:at] + typo + document.text[at + len(name) :], name, typo


def fixed(spec: Path, text: str) -> tuple[Mended, str]:
    whole = load_file(str(spec))
    loaded: Loaded = reload(whole, {spec.resolve(): text})
    mended = mend([loaded], [JUDGE], [spec])
    return mended, mended.texts.get(spec.resolve(), text)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_typo_is_mended_to_the_byte_or_left_alone(spec):
    document, rng = read(str(spec)), random.Random(spec.stem)
    text, name, typo = next(each for each in (planted(document, rng) for _ in range(100)) if each is not None)
    found = JUDGE(reload(load_file(str(spec)), {spec.resolve(): text})).found
    mended, after = fixed(spec, text)
    if any(each.is_fixable for each in found):
        assert after == document.text, (name, typo)
        assert [each.fix.title for each in mended.fixed] == [f"write `{name}` for `{typo}`"]
    else:
        assert after == text, (name, typo)
