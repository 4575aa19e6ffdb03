"""Did you mean ...?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest(name: str, candidates: Iterable[str]) -> str:
    """The candidate nearest to a misspelt name, as "did you mean `Conv2d`?"; "" if none is near."""
    folded: dict[str, str] = {}
    for candidate in candidates:
        folded.setdefault(candidate.lower(), candidate)
    near = difflib.get_close_matches(name[:64].lower(), folded, n=1, cutoff=0.6)
    return f"did you mean `{folded[near[0]]}`?" if near else ""
