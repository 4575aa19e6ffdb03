"""Faults that no checker can tell from the text, because another fault leaves open what they are held against.

`{Linear: {out_features: sixty four}}` before `{Linear: {in_features: 7919}}`: the author may have meant 7919 features,
and then the second line is right. So a fault is masked if one of the others can be mended, in its own place, in a way
that leaves the spec without errors although the fault is still in it. Such a mended spec is searched for, and is the
proof: archc would be wrong to report the fault. Where none is found the fault counts as missed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from archc import ops
from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from tests.mutation.plant import Planted
from tests.mutation.specimen import Fault, Specimen, sizes
from tests.mutation.text import apply
from tests.mutation.writing import PRIME

NUMBERS = frozenset(
    {
        "negative_size", "no_number", "text_for_number", "tuple_length", "list_for_number", "missing_argument",
        "block_value", "param_default", "variant_value", "large_window", "told_wrong", "wrong_groups",
    }
)  # fmt: skip
NAMES = frozenset(
    {"unknown_reference", "forward_reference", "typo_reference", "wrong_operand", "merge_of_one", "too_many_inputs"}
)
OPS = frozenset({"typo_op", "wrong_rank"})
AXES = (*range(6), -1, -2, -3)
MOST_SIZES = 20
"""How many of a specimen's sizes are tried in place of another."""
NEAR = 8
"""How many ops are tried in place of a misspelt one."""


def masking(planted: Planted, fault: Fault) -> str | None:
    """A sound spec with this fault in it, all others being mended; None where none is found."""
    for other in planted.faults:
        if other is fault or len(other.changes) != 1:
            continue
        for mended in _mended(planted.specimen, other, fault):
            text = apply(planted.specimen.page.text, (*fault.changes, *mended.changes))
            if _is_sound(text, planted.specimen.folder):
                return text
    return None


@cache
def _is_sound(text: str, folder: Path) -> bool:
    loaded = load_text(text, "<text>", folder)
    return not any(each.diagnostic.severity == "error" for each in survey(loaded, Settings()).found)


def _mended(specimen: Specimen, fault: Fault, behind: Fault) -> Iterator[Fault]:
    """A fault with other text in its place, of the kind that belongs there; `behind` is what it may mask."""
    (change,) = fault.changes
    before = specimen.page.text[change.start : change.end]
    for text in _texts(specimen, fault, before, behind):
        yield replace(fault, changes=(replace(change, text=text),))


def _texts(specimen: Specimen, fault: Fault, before: str, behind: Fault) -> Iterator[str]:
    if fault.kind in NUMBERS and before:
        key = re.match(r"(, )?\w+: *", before)
        end = ", " if before.endswith(", ") else ""
        yield from (f"{key.group() if key else ''}{number}{end}" for number in _numbers(specimen, behind))
    if fault.kind == "axis_out_of_range":
        yield from map(str, AXES)
    if fault.kind in NAMES:
        names = sorted({site.named for site in specimen.sites if site.named} | {d.name for d in specimen.spec.inputs})
        yield from (*names, "input")
        if before.startswith("["):
            yield from (f"[{one}, {other}]" for one in names for other in names)
    if fault.kind in OPS:
        yield from difflib.get_close_matches(before, ops.names(), NEAR)


def _numbers(specimen: Specimen, behind: Fault) -> list[int]:
    """Sizes as they may be meant: those of the planted size, or that make it up, small ones, and the specimen's."""
    there = {size for site in specimen.sites for types in (*site.inputs, site.results) for size in sizes(types)}
    few = sorted(there)[:MOST_SIZES]
    joined = (
        {PRIME - times * size for size in few for times in (1, 2)} if behind.kind == "changed_expect" else set[int]()
    )
    return list(dict.fromkeys((PRIME, 2 * PRIME, 3 * PRIME, 4 * PRIME, *range(1, 9), *few, *joined)))
