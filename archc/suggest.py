"""What to say beside a name that nothing has: the nearest one, or those there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LISTED = 12
"""How many names a hint lists."""


def hint(name: str, what: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The candidate nearest to `name`, else all of them under the heading `what`; `otherwise` where there are none."""
    there = tuple(candidates)
    return suggest(name, there) or known(what, there) or otherwise


def suggest(name: str, candidates: Iterable[str]) -> str:
    """The candidate nearest to a misspelt name, as "did you mean `Conv2d`?"; "" if none is near."""
    folded: dict[str, list[str]] = {}
    for candidate in candidates:
        folded.setdefault(candidate.lower(), []).append(candidate)
    near = difflib.get_close_matches(name[:64].lower(), folded, n=1, cutoff=0.6)
    if not near:
        return ""
    best = difflib.get_close_matches(name[:64], folded[near[0]], n=1, cutoff=0.0)[0]
    return f"did you mean `{best}`?"


def known(what: str, names: Iterable[str]) -> str:
    """`keys: a, b, c`, shortened where there are many; "" where there are none."""
    listed = sorted(names)
    if not listed:
        return ""
    more = ", ..." if len(listed) > LISTED else ""
    return f"{what}: {', '.join(listed[:LISTED])}{more}"
