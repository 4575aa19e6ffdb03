"""What to say beside a name that nothing has: the nearest one, or those there are; and the fix that writes it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from archc.diagnostics import Edit, Fix, Where

LISTED = 12
"""How many names a hint lists."""
LONG = 8
"""From how many letters on two slips are still no other name."""


def hint(name: str, what: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The candidate nearest to `name`, else all of them under the heading `what`; `otherwise` where there are none."""
    there = tuple(candidates)
    return suggest(name, there) or known(what, there) or otherwise


def suggest(name: str, candidates: Iterable[str]) -> str:
    """The candidate nearest to a misspelt name, as "did you mean `Conv2d`?"; "" if none is near."""
    best = _nearest(name, tuple(candidates))
    return f"did you mean `{best}`?" if best else ""


def renaming(name: str, candidates: Iterable[str], where: Where) -> tuple[Fix, ...]:
    """The fix for a misspelt name at a place: the candidate nearest to it, which is safe where no other could be meant.

    The place is that of a value or a key which is the name, or begins with it at `where.at`.
    """
    there = tuple(candidates)
    best = _nearest(name, there)
    if not best:
        return ()
    edit = Edit(replace(where, length=len(name)), "replace", best)
    return (Fix(f"write `{best}` for `{name}`", (edit,), safe=_is_sure(name, best, there)),)


def meant(name: str, candidates: Iterable[str]) -> str:
    """The candidate that a misspelt name surely stands for, to go on as if it had been written; "" if none does."""
    slips = 2 if len(name) >= LONG else 1
    if len(name) > 64:
        return ""
    alike = {other for other in set(candidates) if abs(len(other) - len(name)) <= slips}
    if len(name) < 3:  # by one or two letters anything may be meant, but for a word of three that has lost one
        alike = {other for other in alike if sorted(other) == sorted(name) or _has_lost_one(name, other)}
    near = sorted(
        (distance(name.lower(), other.lower()), distance(name, other), other)
        for other in alike
        if {*_digits(other)} == {*_digits(name)}
    )
    if not near or near[0][0] > slips:
        return ""
    return near[0][2] if len(near) == 1 or near[1][:2] > near[0][:2] else ""


def _has_lost_one(name: str, other: str) -> bool:
    return len(other) == 3 and name in {other[:at] + other[at + 1 :] for at in range(3)}


def rewriting(old: str, new: str, where: Where) -> Fix:
    """The safe fix that writes something else at a place."""
    return Fix(f"write `{new}` for `{old}`", (Edit(where, "replace", new),), safe=True)


def known(what: str, names: Iterable[str]) -> str:
    """`keys: a, b, c`, shortened where there are many; "" where there are none."""
    listed = sorted(names)
    if not listed:
        return ""
    more = ", ..." if len(listed) > LISTED else ""
    return f"{what}: {', '.join(listed[:LISTED])}{more}"


@lru_cache(maxsize=256)
def _nearest(name: str, candidates: tuple[str, ...]) -> str:
    folded: dict[str, list[str]] = {}
    for candidate in candidates:
        folded.setdefault(candidate.lower(), []).append(candidate)
    near = difflib.get_close_matches(name[:64].lower(), folded, n=1, cutoff=0.6)
    if not near or not _is_near(name[:64].lower(), near[0]):
        return ""
    alike = [each for each in folded[near[0]] if _initials(name, each)] or folded[near[0]]
    return difflib.get_close_matches(name[:64], alike, n=1, cutoff=0.0)[0]


def _is_near(name: str, other: str) -> bool:
    """Whether one name can be meant by the other: a slip in three letters, or the beginning of it."""
    begins = min(len(name), len(other)) >= 3 and (other.startswith(name) or name.startswith(other))
    return begins or distance(name, other) <= max(1, len(name) // 3)


def _initials(one: str, other: str) -> bool:
    """Whether two names begin in the same case, which tells a module (`ReLU`) from a function (`relu`)."""
    return one[:1].isupper() == other[:1].isupper()


def _is_sure(name: str, best: str, candidates: Iterable[str]) -> bool:
    """Whether a name is another one with a slip or two, and no third could be meant: `conv1` is never `conv2`."""
    if min(len(name), len(best)) < 3 or len(name) > 64 or _digits(name) != _digits(best):
        return False
    own, most = _slips(name, best), 2 if len(name) >= LONG else 1
    alike = (each for each in candidates if each != best and abs(len(each) - len(name)) <= own)
    return own <= most and all(_slips(name, each) > own for each in alike)


def _slips(name: str, other: str) -> int:
    return distance(name.lower(), other.lower()) + (not _initials(name, other))


def _digits(name: str) -> list[str]:
    return re.findall(r"[0-9]", name)


def distance(one: str, other: str) -> int:
    """How many letters must be put in, left out, exchanged, or swapped with the next to get from one to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]
