"""Making a spec that shows a disagreement smaller, as long as it shows the same one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.oracle.compare import Disagreement, Tally, compare
from tests.oracle.document import read
from tests.oracle.draw import Drawn

OPTIONAL = (
    "when", "else", "as", "repeat", "init", "variants", "doc", "title", "let", "outputs", "cite", "affine", "eps", "bias",
    "dtype", "padding", "stride", "dilation",
)  # fmt: skip
"""Keys that may be left out."""


def reduced(drawn: Drawn, wanted: Disagreement, tries: int = 250) -> Drawn:
    """A smaller spec with a disagreement of the same kind; it is tried at that setting or probe alone."""
    probes = tuple(
        probe for probe in drawn.probes if f"block {probe.block} {dict(probe.args)} on {probe.shapes}" == wanted.at
    )
    settings = tuple(params for params in drawn.settings if f"params {dict(params)}" == wanted.at)
    best = replace(drawn, settings=settings[:1], probes=probes[:1])
    if not shows(best, wanted):
        return drawn
    left = tries
    going = True
    while going and left > 0:
        going = False
        for smaller in smaller_specs(read(best.text)):
            left -= 1
            trial = replace(best, text=json.dumps(smaller))
            if shows(trial, wanted):
                best, going = trial, True
                break
            if left <= 0:
                break
    return best


def shows(drawn: Drawn, wanted: Disagreement) -> bool:
    """Whether a spec shows a disagreement of a kind."""
    try:
        return any(found.label == wanted.label for found in compare(drawn, Tally()))
    except Exception:
        return False


def smaller_specs(spec: Any) -> Iterator[Any]:
    """The spec with one thing less, large ones first."""
    for edit in (*edits(spec, []),):
        smaller = copy.deepcopy(spec)
        edit(smaller)
        yield smaller


def edits(value: Any, route: list[Any]) -> Iterator[Callable[[Any], None]]:
    """What may be taken out of a part of a spec, outermost first."""
    if isinstance(value, list):
        for at in range(len(value)):
            yield remover([*route, at])
        for at, item in enumerate(value):
            yield from edits(item, [*route, at])
    if isinstance(value, dict):
        inside = bool(route) and route[-1] in (
            "blocks",
            "params",
            "let",
            "init",
            "outputs",
            "variants",
            "branches",
            "add",
            "mul",
            "cat",
            "maximum",
        )
        for key in value:
            if inside or key in OPTIONAL:
                yield remover([*route, key])
            if key in ("Sequential", "chain") and isinstance(value[key], list) and route:
                yield splicer(route, key)
        for key, item in value.items():
            if key not in ("columns", "choices"):
                yield from edits(item, [*route, key])


def remover(route: list[Any]) -> Callable[[Any], None]:
    """Take out what is at a route."""

    def edit(spec: Any) -> None:
        for part in route[:-1]:
            spec = spec[part]
        del spec[route[-1]]

    return edit


def splicer(route: list[Any], key: str) -> Callable[[Any], None]:
    """Put the steps of a group in its place."""

    def edit(spec: Any) -> None:
        for part in route[:-1]:
            spec = spec[part]
        at = route[-1]
        inner = spec[at][key]
        if isinstance(at, int):
            spec[at : at + 1] = inner

    return edit
