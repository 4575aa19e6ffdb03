"""Surgical edits of a spec's text: comments and layout stay, so that the line of every edit is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archc.diagnostics import Route
from archc.document import Document
from archc.document.builder import Spot


@dataclass(frozen=True)
class Change:
    """What stands from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


def apply(text: str, changes: Iterable[Change]) -> str:
    """A text with changes that do not overlap."""
    for change in sorted(changes, key=lambda each: each.start, reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def line_after(text: str, changes: Iterable[Change], at: int) -> int:
    """The line, counted from 1, on which a place of the original text stands after the changes."""
    before = [Change(c.start, min(c.end, at), c.text if c.end <= at else "") for c in changes if c.start < at]
    shift = sum(len(change.text) - (change.end - change.start) for change in before)
    return apply(text[:at], before)[: at + shift].count("\n") + 1


@dataclass(frozen=True)
class Page:
    """A document as edits see it: where each of its values begins and ends."""

    document: Document

    @property
    def text(self) -> str:
        """The original text."""
        return self.document.text

    def spot(self, route: Route) -> Spot | None:
        """Where a value stands."""
        spot = self.document.root
        for part in route:
            inside = None if spot is None else spot.inside
            if isinstance(inside, dict):
                spot = inside.get(str(part))
            elif isinstance(inside, list) and isinstance(part, int) and part < len(inside):
                spot = inside[part]
            else:
                return None
        return spot

    def span(self, route: Route) -> tuple[int, int] | None:
        """From where to where a value goes that stands on one line: a scalar, or something in brackets."""
        spot = self.spot(route)
        if spot is None or (spot.inside is not None and not spot.event.flow_style):
            return None
        start = spot.event.start_mark.index
        end = spot.event.end_mark.index if spot.inside is None else spot.end.index
        return (start, end) if end > start and "\n" not in self.text[start:end] else None

    def written(self, route: Route) -> str:
        """The text of a value that stands on one line; empty for others."""
        span = self.span(route)
        return "" if span is None else self.text[span[0] : span[1]]

    def key_span(self, route: Route) -> tuple[int, int] | None:
        """From where to where the key of a value goes."""
        spot = self.spot(route)
        if spot is None or spot.key is None or spot.key.style:
            return None
        return spot.key.start_mark.index, spot.key.end_mark.index

    def replaced(self, route: Route, text: str) -> Change | None:
        """The edit that writes something else in place of a value."""
        span = self.span(route)
        return None if span is None else Change(*span, text)

    def renamed(self, route: Route, text: str) -> Change | None:
        """The edit that writes another key."""
        span = self.key_span(route)
        return None if span is None else Change(*span, text)

    def extended(self, route: Route, entry: str) -> Change | None:
        """The edit that adds an entry at the end of a mapping or list in brackets."""
        spot, span = self.spot(route), self.span(route)
        if spot is None or span is None or spot.inside is None:
            return None
        return Change(span[1] - 1, span[1] - 1, f", {entry}" if spot.inside else entry)

    def entry_removed(self, route: Route) -> Change | None:
        """The edit that takes out a list entry which has a line to itself."""
        span = self.span(route)
        spot = self.spot(route)
        start = span[0] if span else spot.event.start_mark.index if spot else 0
        first, last = self.text.rfind("\n", 0, start) + 1, self.text.find("\n", start)
        if not re.match(r"\s*- ", self.text[first:start]) or last < 0:
            return None
        whole = self.text[first : last + 1]
        return Change(first, last + 1, "") if whole.count("- ") == 1 and _is_closed(whole) else None

    def pair_removed(self, route: Route) -> Change | None:
        """The edit that takes a key with its value out of a mapping in brackets that has others."""
        holder = self.spot(route[:-1])
        key, value = self.key_span(route), self.span(route)
        if holder is None or not isinstance(holder.inside, dict) or not holder.event.flow_style or not key or not value:
            return None
        keys = list(holder.inside)
        at = keys.index(str(route[-1]))
        if len(keys) < 2:
            return None
        if at + 1 < len(keys):
            return Change(key[0], holder.inside[keys[at + 1]].key.start_mark.index, "")
        before = self.span((*route[:-1], keys[at - 1]))
        return None if before is None else Change(before[1], value[1], "")

    def line(self, at: int) -> int:
        """The line, counted from 1, of a place."""
        return self.text.count("\n", 0, at) + 1

    def lines_of(self, route: Route) -> frozenset[int]:
        """The lines from a value's first to its last."""
        spots = list(_within(self.spot(route)))
        if not spots:
            return frozenset()
        ends = [spot.event.end_mark.index for spot in spots if spot.inside is None] + [
            spot.end.index for spot in spots if spot.inside is not None and spot.event.flow_style
        ]
        first = self.line(min(spot.event.start_mark.index for spot in spots))
        return frozenset(range(first, self.line(max(ends, default=spots[0].event.start_mark.index)) + 1))


def _within(spot: Spot | None) -> Iterator[Spot]:
    if spot is None:
        return
    yield spot
    inside = spot.inside.values() if isinstance(spot.inside, dict) else spot.inside or ()
    for inner in inside:
        yield from _within(inner)


def _is_closed(line: str) -> bool:
    """Whether a line opens no bracket that another one closes, and ends no key whose value follows below."""
    return all(line.count(a) == line.count(b) for a, b in ("{}", "[]")) and not line.rstrip().endswith(":")
