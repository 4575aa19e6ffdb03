"""Where the entries of lists and mappings begin and end in a text, with the dashes and commas that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archc.diagnostics import Route
from archc.document import Document
from archc.document.builder import Spot
from archc.record import record

REST_OF_LINE = re.compile(r"[ \t]*(?:(?<=[\s,\[{])#[^\r\n]*)?(?=[\r\n]|\Z)")
"""What may follow an entry on its last line: a comment of its own."""
NEWLINE = re.compile(r"\r\n|\r|\n")


@record(eq=False, repr=False)
class Entry:
    """An entry of a list or mapping: the characters from `start` (a key or dash included) to before `end`."""

    text: str
    parent: Spot
    siblings: tuple[Spot, ...]
    at: int
    start: int
    end: int

    @property
    def in_brackets(self) -> bool:
        """Whether it stands between brackets, where commas part the entries."""
        return bool(self.parent.event.flow_style)

    def sibling(self, step: int) -> Entry | None:
        """The entry so many places behind or before it."""
        at = self.at + step
        return entry_at(self.text, self.parent, at) if 0 <= at < len(self.siblings) else None

    @property
    def indent(self) -> str:
        """What stands before it on its line."""
        return self.text[line_start(self.text, self.start) : self.start]


def spots_to(document: Document, route: Route) -> tuple[Spot, ...]:
    """The spots from the root to a route's value; none where the text has no such value."""
    spot = document.root
    found: list[Spot] = []
    for part in (None, *route):
        if part is not None:
            spot = _inner(spot, part)
        if spot is None:
            return ()
        found.append(spot)
    return tuple(found)


def _inner(spot: Spot | None, part: str | int) -> Spot | None:
    inside = None if spot is None else spot.inside
    if isinstance(inside, dict):
        return inside.get(str(part))
    if isinstance(inside, list) and isinstance(part, int) and 0 <= part < len(inside):
        return inside[part]
    return None


def entry_of(document: Document, route: Route) -> Entry | None:
    """The entry at a route; None where it cannot be told apart from what is around it."""
    spots = spots_to(document, route)
    if len(spots) < 2:
        return None
    parent = spots[-2]
    return entry_at(document.text, parent, children(parent).index(spots[-1]))


def entry_at(text: str, parent: Spot, at: int) -> Entry | None:
    """The entry of a list or mapping at an index."""
    siblings = children(parent)
    spot = siblings[at]
    start = spot.event.start_mark.index if spot.key is None else spot.key.start_mark.index
    if not parent.event.flow_style and isinstance(parent.inside, list):
        dash = _dash(text, parent, siblings, at, start)
        if dash is None:
            return None
        start = dash
    if text[line_start(text, start) : start].lstrip(" -").startswith("?"):
        return None  # a key written as `? key`
    return Entry(text, parent, siblings, at, start, tail(text, spot))


def children(spot: Spot) -> tuple[Spot, ...]:
    """What a list or mapping holds."""
    inside = spot.inside
    return () if inside is None else tuple(inside.values() if isinstance(inside, dict) else inside)


def tail(text: str, spot: Spot) -> int:
    """The character after a value, blanks and comments behind it left out."""
    inner = children(spot)
    if inner and not has_brackets(text, spot):
        return tail(text, inner[-1])
    end = spot.end.index
    if spot.inside is None and (spot.event.style in ("|", ">") or spot.event.start_mark.index == end):
        start = spot.event.start_mark.index if spot.key is None else spot.key.end_mark.index
        return max(start, len(text[:end].rstrip()))
    return end


def has_brackets(text: str, spot: Spot) -> bool:
    """Whether a list or mapping is written in brackets: `[a: 1]` holds a mapping that is not."""
    start = spot.event.start_mark.index
    return bool(spot.inside is not None and spot.event.flow_style and text[start : start + 1] in ("[", "{"))


def line_start(text: str, at: int) -> int:
    """Where the line of a character begins."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def newline_of(text: str) -> str:
    """How the first line of a text ends."""
    found = NEWLINE.search(text)
    return found[0] if found else "\n"


def _dash(text: str, parent: Spot, siblings: tuple[Spot, ...], at: int, start: int) -> int | None:
    """Where the dash of a list item stands; None where that is not plain to see."""
    begin = tail(text, siblings[at - 1]) if at else parent.event.start_mark.index
    found = list(_dashes(text, begin, start))
    return found[0] if len(found) == 1 else None


def _dashes(text: str, start: int, end: int) -> Iterator[int]:
    """The dashes between two places, those in comments left out."""
    for match in re.compile(r"#[^\r\n]*|-").finditer(text, start, end):
        if match[0] == "-":
            yield match.start()
