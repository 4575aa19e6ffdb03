"""Did you mean ...?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
