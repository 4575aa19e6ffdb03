"""Many faulty specs, and how well archc did on them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.mutation.judge import Verdict, judge
from tests.mutation.plant import plant
from tests.mutation.specimen import specimens

MOST = 5
"""The most faults in one spec."""


@dataclass
class Tally:
    """Counts over many cases, by kind of fault and by number of faults in the spec."""

    planted: Counter[str] = field(default_factory=Counter[str])
    missed: Counter[str] = field(default_factory=Counter[str])
    masked: Counter[str] = field(default_factory=Counter[str])
    found: Counter[str] = field(default_factory=Counter[str])
    surplus: Counter[str] = field(default_factory=Counter[str])
    cases: int = 0
    wrong: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count a case."""
        self.cases += 1
        self.wrong += not verdict.is_right
        number = f"{len(verdict.planted.faults)} faults"
        for kind in (f.kind for f in verdict.planted.faults):
            self.planted.update((kind, number, ""))
        for kind in (f.kind for f in verdict.missed):
            self.missed.update((kind, number, ""))
        for kind in (f.kind for f in verdict.masked):
            self.masked.update((kind, number, ""))
        self.found.update({number: len(verdict.found), "": len(verdict.found)})
        self.surplus.update({number: len(verdict.surplus), "": len(verdict.surplus)})

    def recall(self, key: str = "") -> float:
        """The share of faults that were found, of those that can be told."""
        return 1 - self.missed[key] / max(1, self.planted[key] - self.masked[key])

    def precision(self, key: str = "") -> float:
        """The share of findings that are faults."""
        return 1 - self.surplus[key] / max(1, self.found[key])


def cases(count: int, seed: int, *, masks: bool = True) -> Iterator[Verdict]:
    """So many faulty specs, judged; the specs take turns, and so do the numbers of faults."""
    known = specimens()
    for at in range(count):
        rng = random.Random(f"{seed}/{at}")
        yield judge(plant(known[at % len(known)], rng, 1 + (at // len(known)) % MOST), masks=masks)
