"""What changed between two files: their variants by name, and the difference of those that both have."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc.differences.difference import Difference, diff
from archc.differences.text import as_markdown, as_text
from archc.findings import Found, Survey, merged, resolve, survey
from archc.network import check
from archc.record import record
from archc.report.terminal import paint

if TYPE_CHECKING:
    from archc.expand import Settings
    from archc.loading import Loaded


@record
class Compared:
    """How two networks differ that are of the same variant, or stand for files without one."""

    variant: str | None
    difference: Difference


@record
class SpecDifference:
    """What differs between two files; `one` and `other` are what these are called."""

    one: str
    other: str
    removed_variants: tuple[str, ...]
    """The variants that the first has alone."""
    added_variants: tuple[str, ...]
    compared: tuple[Compared, ...]

    @property
    def identical(self) -> bool:
        """Whether both have the same variants, and each of those is the same network."""
        return (
            not self.removed_variants
            and not self.added_variants
            and all(each.difference.identical for each in self.compared)
        )

    def as_text(self, *, color: bool = False) -> str:
        """Each difference once, under the variants that have it."""
        if self.identical:
            return f"{self.one} and {self.other} are identical\n"
        told = [f"{self.one} -> {self.other}\n"]
        for word, style, names in (("removed", "red", self.removed_variants), ("added", "green", self.added_variants)):
            told += [f"{paint(word, style, color=color)}  variants {', '.join(names)}\n"] if names else []
        for names, text in self._once(lambda each: as_text(each, color=color)):
            told.append(f"{names}: {text}" if text == "identical\n" else f"{names}:\n\n{text}" if names else text)
        return "\n".join(told)

    def as_markdown(self) -> str:
        """The same for a comment on a change."""
        if self.identical:
            return f"{_code(self.one)} and {_code(self.other)} are identical.\n"
        told = [f"### {_code(self.one)} -> {_code(self.other)}\n"]
        for word, names in (("removed", self.removed_variants), ("added", self.added_variants)):
            told += [f"- {word} variants `{'`, `'.join(names)}`\n"] if names else []
        for names, text in self._once(as_markdown):
            told.append(f"#### {names}\n\n{text}" if names else text)
        return "\n".join(told)

    def as_json(self) -> str:
        """Every difference of every variant by itself."""
        head = {"identical": self.identical, "one": self.one, "other": self.other}
        head |= {"removed_variants": self.removed_variants, "added_variants": self.added_variants}
        each = [
            f'{{"variant": {json.dumps(c.variant)}, "difference": {c.difference.as_json().rstrip()}}}'
            for c in self.compared
        ]
        lines = ",\n".join(each)
        return f'{json.dumps(head)[:-1]}, "compared": [\n{lines}\n]}}\n'

    def _once(self, form: Callable[[Difference], str]) -> Iterator[tuple[str, str]]:
        """Each text once, with the names of the variants that it is of."""
        texts: dict[str, list[str]] = {}
        for each in self.compared:
            texts.setdefault(form(each.difference), []).append(each.variant or "")
        yield from ((", ".join(names), text) for text, names in texts.items())


def _code(name: str) -> str:
    """A name as code in Markdown, whatever is in it."""
    return f"`{name.replace('`', chr(39))}`"


def compare_specs(
    one: str, other: str, loaded: tuple[Loaded, Loaded], settings: Settings
) -> SpecDifference | tuple[Found, ...]:
    """The difference of two files, or of the variants that are asked for; the findings, where these have errors."""
    asked = [settings.variant or each.variant for each in loaded]
    names = [tuple(v.name for v in each.spec.variants) if each.spec is not None else () for each in loaded]
    if any(asked):
        named = [wanted or _known(asked[1 - side], names[side]) for side, wanted in enumerate(asked)]
        surveys = [_survey(each, replace(settings, variant=name)) for each, name in zip(loaded, named, strict=True)]
        names = [(), ()]
    else:
        surveys = [_survey(each, settings) for each in loaded]
    found = merged(surveys)
    if any(each.diagnostic.severity == "error" for each in found):
        return found
    both = [name for name in names[0] if name in names[1]]
    networks = [{network.variant: network for network in each.sound} for each in surveys]
    pairs = [(name, networks[0][name], networks[1][name]) for name in both]
    pairs = pairs or [(None, surveys[0].sound[0], surveys[1].sound[0])]
    return SpecDifference(
        one, other,
        tuple(name for name in names[0] if name not in names[1]),
        tuple(name for name in names[1] if name not in names[0]),
        tuple(Compared(name, diff(*pair)) for name, *pair in pairs),
    )  # fmt: skip


def _known(name: str | None, names: Sequence[str]) -> str | None:
    """A variant that the other file is asked for, where this one has it too."""
    return name if name in names else None


def _survey(loaded: Loaded, settings: Settings) -> Survey:
    """The networks of a file with what is wrong with it; a library of blocks has none, which is an error here."""
    if loaded.spec is not None and loaded.spec.chain is not None:
        return survey(loaded, settings)
    return Survey(resolve(loaded, check(loaded, settings).findings))
