"""Sets of sizes in words: `H, W in 28..31`, `H >= 32 and H mod 32 = 0`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from archc.dims import Condition, symbols
from archc.dims.text import text
from archc.sizes.joint import tied
from archc.sizes.region import Region, least
from archc.sizes.size_set import ALL, SizeSet

MOST = 6
"""How many runs, residues or regions are listed; of more the first are, and how many there are."""

Run = tuple[int, int | None]


def regions_text(regions: Sequence[Region], near: Mapping[str, int]) -> str:
    """Regions joined by `or`, the one with the sizes `near` first."""
    if not regions:
        return "none"
    ordered = sorted(regions, key=lambda region: (near not in region, _distance(region, near), least(region)))
    shown = [region_text(region) for region in ordered[:MOST]]
    more = len(ordered) - len(shown)
    return "; or ".join(shown) + (f"; or {more:,} more ranges" if more else "")


def region_text(region: Region) -> str:
    """One region: `H, W >= 12`; `H in 12..15, W in 108..111`; `any H, W`; `S + T >= 21`."""
    conditions = [*_joint_texts(region)]
    told = {name for condition in region.joint for name in symbols(condition.size)} if conditions else set[str]()
    groups: list[tuple[list[str], SizeSet]] = []
    for name, found in region.box.items():
        if name in told and found.same_as(ALL):
            continue  # the conditions name it
        group = next((names for names, known in groups if known.same_as(found)), None)
        if group is None:
            groups.append(([name], found))
        else:
            group.append(name)
    groups.sort(key=lambda group: group[1].same_as(ALL))  # `any` last: `any H, W mod 2 = 0` can be misread
    parts = ", ".join(set_text(", ".join(names), found) for names, found in groups)
    return " and ".join([*([parts] if parts else []), *conditions])


def _joint_texts(region: Region) -> Iterator[str]:
    """The conditions between symbols, each formula with its values; those with differences as they are."""
    for group in tied(region.joint, region.box) or ():
        if any(factor < 0 for _, factor in group.formula):
            yield from map(condition_text, group.conditions)
        else:
            yield values_text(text(group.formula, 0), group.values.up)


def values_text(told: str, found: SizeSet) -> str:
    """The values of a formula: `S + T >= 21`, `H * W mod 5 = 0`."""
    return f"{told} >= 1" if found.same_as(ALL) else set_text(told, found)


def set_text(told: str, found: SizeSet) -> str:
    """The sizes of one symbol, or of several in words such as `H or W`, which are then said once."""
    again = "" if " " in told else f"{told} "
    if found.same_as(ALL):
        return f"any {told}"
    runs = found.runs(MOST)
    if runs is not None:
        return f"{told} " + f" or {again}".join(_run_texts(runs))
    if found.is_finite:
        some = [*islice(found, MOST)]
        return f"{told} in {', '.join(map(str, some))}, ..."
    return _periodic(told, again, found)


def condition_text(condition: Condition) -> str:
    """A condition with what is taken away on its right: `floor(H / 2) = W`."""
    terms, const = condition.size.key, condition.size.const
    left = text(tuple(term for term in terms if term[1] > 0), max(const, 0))
    right = text(tuple((monomial, -factor) for monomial, factor in terms if factor < 0), max(-const, 0))
    relation = {"==": "=", "!=": "is not", ">=": ">=", "<": "<"}[condition.relation]
    return f"{left or '0'} {relation} {right or '0'}"


def _run_texts(runs: Sequence[Run]) -> Iterator[str]:
    """Finite runs as one list, then the one without an end."""
    closed = [(first, last) for first, last in runs if last is not None]
    if len(closed) == 1 and closed[0][0] == closed[0][1]:
        yield f"= {closed[0][0]}"
    elif closed:
        yield f"in {', '.join(_span(first, last) for first, last in closed)}"
    for first, last in runs:
        if last is None:
            yield f">= {first}"


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}..{last}"


def _periodic(told: str, again: str, found: SizeSet) -> str:
    """Residues that recur, from some size on, and what there is below it."""
    period, residues = _residues(found)
    recurring = SizeSet(period, ((0, sum(1 << residue for residue in residues)),)) & ALL
    odd = (found & ~recurring) | (recurring & ~found)
    start = max(odd, default=0) + 1
    below = found & ~SizeSet.between(start)
    first = next(iter(found & SizeSet.between(start)))
    tail = f"mod {period} {_residues_text(period, residues)}"
    if first != next(iter(recurring)):
        tail = f">= {first} and {again}{tail}"
    return f"{set_text(told, below)} or {again}{tail}" if below else f"{told} {tail}"


def _residues(found: SizeSet) -> tuple[int, list[int]]:
    """The least period of the sizes that recur for ever, and their residues."""
    bits, period = found.steps[-1][1], found.period
    for shorter in range(1, period):
        if period % shorter == 0 and all(
            bits >> at_ & (1 << shorter) - 1 == bits & (1 << shorter) - 1 for at_ in range(0, period, shorter)
        ):
            period = shorter
            break
    return period, [residue for residue in range(period) if bits >> residue & 1]


def _residues_text(period: int, residues: Sequence[int]) -> str:
    if len(residues) == 1:
        return f"= {residues[0]}"
    spans: list[list[int]] = []
    for residue in residues:
        if spans and spans[-1][1] == residue - 1:
            spans[-1][1] = residue
        else:
            spans.append([residue, residue])
    shown = [_span(first, last) for first, last in spans[:MOST]]
    return f"in {', '.join(shown)}" + (f", ... ({len(residues):,} of {period:,})" if len(spans) > MOST else "")


def _distance(region: Region, near: Mapping[str, int]) -> int:
    return sum(
        min((abs(size - near[name]) for size in found.nearest(near[name])), default=0)
        for name, found in region.box.items()
    )
