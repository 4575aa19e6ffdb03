"""Planting independent faults in a specimen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.mutation.kinds import KINDS
from tests.mutation.specimen import Fault, Specimen
from tests.mutation.text import apply, line_after


@dataclass(frozen=True)
class Planted:
    """A specimen with faults in it; `lines` are where archc must find them, in their order."""

    specimen: Specimen
    faults: tuple[Fault, ...]

    @property
    def changes(self) -> tuple[object, ...]:
        """All edits."""
        return tuple(change for fault in self.faults for change in fault.changes)

    @property
    def text(self) -> str:
        """The faulty text."""
        return apply(self.specimen.page.text, [change for fault in self.faults for change in fault.changes])

    @property
    def lines(self) -> tuple[int, ...]:
        """The line of each fault in the faulty text."""
        changes = [change for fault in self.faults for change in fault.changes]
        return tuple(line_after(self.specimen.page.text, changes, fault.at) for fault in self.faults)


def plant(specimen: Specimen, rng: random.Random, count: int) -> Planted:
    """Up to so many faults, of kinds drawn evenly, none of which touches what another depends on."""
    faults: list[Fault] = []
    for _ in range(20 * count):
        if len(faults) == count:
            break
        fault = KINDS[rng.choice(list(KINDS))](specimen, rng)
        if fault is not None and _is_independent(specimen, fault, faults):
            faults.append(fault)
    return Planted(specimen, tuple(faults))


def _is_independent(specimen: Specimen, fault: Fault, others: Sequence[Fault]) -> bool:
    return not any(_touched(specimen, fault) & _touched(specimen, other) for other in others)


def _touched(specimen: Specimen, fault: Fault) -> frozenset[int]:
    """The lines that a fault is about."""
    page = specimen.page
    edited = {line for c in fault.changes for line in range(page.line(c.start), page.line(max(c.start, c.end - 1)) + 1)}
    return frozenset({*edited, page.line(fault.at), *fault.lines})
