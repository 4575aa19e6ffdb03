"""The pages of the codes: what each is about, why it matters, an example that triggers it, and the mended one.

A page is Markdown: a file in `archc/pages`, or the docstring of a practice rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from pathlib import Path

from archc.record import record
from archc.suggest import suggest

FOLDER = Path(__file__).with_name("pages")
SECTIONS = ("What", "Why", "Triggers it", "Mended")
"""What every page has, in this order."""
GROUPS: Mapping[str, str] = {
    "0": "The file, its keys and its expressions",
    "1": "The graph: ops, names, blocks and parameters",
    "2": "Shapes and types",
    "3": "Shapes and types",
    "4": "Good practice",
    "9": "Writing and drawing",
}
"""What codes are about, by their first digit."""
_NUMBER = re.compile(r"(?:ARC)?[ -]?\d+", re.IGNORECASE)
_TITLE = re.compile(r"# (?P<code>ARC\d{3}) (?P<name>[a-z0-9]+(?:-[a-z0-9]+)*): (?P<summary>\S.*)")
_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
_FENCE = re.compile(r"^```(yaml|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@record
class Example:
    """A whole spec, or the commands of a shell session in an empty folder."""

    spec: str = ""
    commands: str = ""


@record
class Page:
    """What a code means. `text` is the whole page as Markdown."""

    code: str
    name: str
    summary: str
    what: str
    why: str
    trigger: Example
    mended: Example
    text: str

    @property
    def group(self) -> str:
        """What the code's hundred is about."""
        return GROUPS[self.code[3]]


@cache
def pages() -> Mapping[str, Page]:
    """The page of every code, in the order of the codes."""
    from archc.rules import all_rules

    texts = [*(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")), *(rule.page for rule in all_rules())]
    found = {page.code: page for page in map(parse, texts)}
    return {code: found[code] for code in sorted(found)}


def find(wanted: str) -> Page | None:
    """The page of a code (`ARC312`, `arc312`, `312`) or of a name (`merge-mismatch`)."""
    known = pages()
    code = wanted.upper() if wanted.upper().startswith("ARC") else f"ARC{wanted}"
    return known.get(code) or next((page for page in known.values() if page.name == wanted.lower()), None)


def nearest(wanted: str) -> str:
    """What to say where there is no such page: the name nearest to it, or, as no number is near another, all ranges."""
    known = pages()
    if _NUMBER.fullmatch(wanted):
        hundreds = [[*codes] for _, codes in groupby(known, key=lambda code: code[3])]
        ranges = ", ".join(f"{codes[0]} to {codes[-1]}" for codes in hundreds)
        return f"there are codes from {ranges}, and `archc explain` lists them all"
    return suggest(wanted, [page.name for page in known.values()]) or "`archc explain` lists them all"


def parse(text: str) -> Page:
    """Markdown as a page; raises ValueError where it is not laid out like one."""
    title = _TITLE.match(text)
    parts = _SECTION.split(text)
    headings, bodies = tuple(parts[1::2]), [body.strip("\n") for body in parts[2::2]]
    if title is None or headings != SECTIONS:
        raise ValueError(f"a page is a title and the sections {', '.join(SECTIONS)}: {text[:80]!r}")
    what, why, trigger, mended = bodies
    return Page(**title.groupdict(), what=what, why=why, trigger=_example(trigger), mended=_example(mended), text=text)


def _example(section: str) -> Example:
    fences = _FENCE.findall(section)
    if len(fences) != 1:
        raise ValueError(f"an example is one block of yaml or sh: {section[:80]!r}")
    ((language, text),) = fences
    return Example(spec=text) if language == "yaml" else Example(commands=text)
