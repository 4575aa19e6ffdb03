"""From what is asked of a picture, as plain text, to `Options`, or what there is to ask for instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from archc.diagram.compose.page import FORMATS as PAGES
from archc.diagram.labels import clean
from archc.diagram.options import DIRECTIONS, LEVELS, STYLES, TOLD, Options, Told
from archc.diagram.theme import THEMES
from archc.suggest import hint

Name = TypeVar("Name", bound=str)
NOTHING = "none"
"""Stands alone for no labels at all."""


class OptionError(ValueError):
    """Something that a picture cannot be asked for: the message says what can be."""


def options_of(
    *,
    block: str | None = None,
    level: str | None = None,
    style: str | None = None,
    direction: str | None = None,
    theme: str = "light",
    fit: str = "16:9",
    labels: str | Iterable[str] = ("shapes", "kernel"),
) -> Options:
    """The options of these names; `labels` may be text too, `shapes,params`. Raises `OptionError`."""
    if block is not None and (level is not None or style is not None):
        raise OptionError("a block's close-up has one level and style: ask for the block or for one of those")
    if level is not None and style is not None:
        raise OptionError("a level chooses its style: ask for one of the two")
    return Options(
        block,
        None if level is None else named("level", level, LEVELS),
        None if direction is None else named("direction", direction, DIRECTIONS),
        named("theme", theme, THEMES),
        named("fit", fit, PAGES),
        _told(labels),
        None if style is None else named("style", style, STYLES),
    )


def named(what: str, name: str, names: Iterable[Name]) -> Name:
    """The one of that name; raises `OptionError`, which says what there is."""
    there = tuple(names)
    for each in there:
        if each == name:
            return each
    raise OptionError(f"there is no {what} `{clean(name)}`; {hint(name, f'{what}s', there)}")


def _told(labels: str | Iterable[str]) -> frozenset[Told]:
    given = tuple(part.strip() for part in labels.split(",")) if isinstance(labels, str) else tuple(labels)
    if given == (NOTHING,):
        return frozenset()
    return frozenset(named("label", name, TOLD) for name in given)
