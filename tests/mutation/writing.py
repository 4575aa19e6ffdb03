"""Edits of steps: an argument more, another value, a key beside the op."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from keyword import iskeyword

from archc.spec.arguments import Arg, Const, Formula, Seq
from archc.spec.model import BlockCall, OpCall
from tests.mutation.specimen import Site, Specimen
from tests.mutation.text import Change

PRIME = 7919
"""A size that no specimen has."""


def args_of(site: Site) -> dict[str, Arg]:
    """What a step is given, by name."""
    action = site.step.action
    return dict(action.args) if isinstance(action, (OpCall, BlockCall)) else {}


def constant(arg: Arg | None) -> object:
    """The plain value of an argument; None where it depends on anything."""
    if isinstance(arg, Const):
        return arg.value
    if isinstance(arg, Formula):
        text = str(arg.expr)
        return getattr(arg.expr, "value", text if text.isdigit() else None)
    if isinstance(arg, Seq):
        return [constant(item) for item in arg.items]
    return None


def with_argument(specimen: Specimen, site: Site, name: str, text: str) -> Change | None:
    """The edit that gives a step's op one argument, in place of what it has."""
    page, entry = specimen.page, f"{name}: {text}"
    if site.is_bare:
        return page.replaced(site.value, f"{{{page.written(site.value)}: {{{entry}}}}}")
    args = args_of(site)
    if name in args:
        route = args[name].where.route
        return (
            page.replaced(route, text)
            if route != site.value or _primary(site) != name
            else page.replaced(site.value, text)
        )
    spot = page.spot(site.value)
    if spot is None:
        return None
    if isinstance(spot.inside, dict):
        return page.extended(site.value, entry)
    primary, given = _primary(site), page.written(site.value)
    if not primary or not given or isinstance(site.step.action, BlockCall):
        return None
    return page.replaced(site.value, f"{{{primary}: {given}, {entry}}}")


def _primary(site: Site) -> str | None:
    return site.op.primary if site.op is not None else None


def beside(specimen: Specimen, site: Site, key: str, text: str) -> Change | None:
    """The edit that gives a step a key beside its op, in place of what that key has."""
    page = specimen.page
    if site.is_bare:
        return page.replaced(site.route, f"{{{page.written(site.route)}: {{}}, {key}: {text}}}")
    spot = page.spot((*site.route, key))
    if spot is not None:
        return page.replaced((*site.route, key), text)
    whole = page.spot(site.route)
    if whole is not None and whole.event.flow_style:
        # a pair in a list, as in `[relu: {}]`, has no brackets of its own
        if specimen.page.text[whole.event.start_mark.index] == "{":
            return page.extended(site.route, f"{key}: {text}")
        return None
    value = page.span(site.value)
    key_span = page.key_span(site.value)
    if (
        whole is None
        or value is None
        or key_span is None
        or not isinstance(whole.inside, dict)
        or len(whole.inside) > 1
    ):
        return None
    # `- Linear: 10` becomes `- {Linear: 10, as: fc}`
    inner = page.text[key_span[0] : value[1]]
    return Change(key_span[0], value[1], f"{{{inner}, {key}: {text}}}")


def misspelt(rng: random.Random, word: str, taken: Collection[str]) -> str:
    """A word with a slip of the fingers in it that makes it no other word."""
    for _ in range(50):
        at = rng.randrange(len(word))
        match rng.randrange(4):
            case 0 if at + 1 < len(word):
                slip = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            case 1 if len(word) > 2:
                slip = word[:at] + word[at + 1 :]
            case 2:
                slip = word[:at] + word[at] + word[at:]
            case _:
                slip = word[: at + 1] + rng.choice("abcdefghiklmnoprstuvwxyz") + word[at + 1 :]
        if (
            slip not in taken
            and slip.isidentifier()
            and not iskeyword(slip)
            and slip.lower() not in {each.lower() for each in taken}
        ):
            return slip
    return word + "_q"


def routes(value: object, route: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every value in a document's data with its route."""
    yield route, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from routes(inner, (*route, key))
