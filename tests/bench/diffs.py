"""What the difference of two networks takes as they grow: flat bodies of up to 50,000 steps.

The exponent is that of the time over the number of steps, 1 where it is linear. The networks are checked before the
clock starts; what is measured is all of `archc.diff` and its text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from random import Random

import archc
from tests.bench.measure import Row, in_turn, limit

SIZES = {"named steps": (7_500, 30_000), "steps without names": (12_500, 50_000)}
"""As many as a file of a megabyte has room for."""
MOST_EXPONENT, MOST_SECONDS = 1.25, 60.0
OPS = ("tanh", "Tanh", "softsign", "GELU")
EDITS = 20


def _flat(steps: Sequence[str]) -> archc.Network:
    return archc.loads("archc: 1\nname: flat\ninputs: {x: [4]}\nsteps:\n" + "".join(f"  - {step}\n" for step in steps))


def _named(count: int) -> list[str]:
    return [f"{{{OPS[at % 4]}: {{}}, as: s{at}}}" for at in range(count)]


def _unnamed(count: int) -> list[str]:
    return [OPS[at % 4] for at in range(count)]


def _edited(steps: list[str]) -> list[str]:
    """As an author would change it: some steps more."""
    random = Random(0)
    for _ in range(EDITS):
        steps.insert(random.randrange(len(steps)), "SiLU")
    return steps


def _shuffled(steps: list[str]) -> list[str]:
    """Every step somewhere else."""
    return Random(0).sample(steps, len(steps))


WRITERS: dict[str, Callable[[int], list[str]]] = {"named steps": _named, "steps without names": _unnamed}
EDITORS: dict[str, Callable[[list[str]], list[str]]] = {f"{EDITS} edits": _edited, "all moved": _shuffled}


def rows(rounds: int) -> Iterator[Row]:
    """The exponent of each kind, and the seconds for the largest."""
    for (written, write), (made, edit) in product(WRITERS.items(), EDITORS.items()):
        sides: dict[str, Callable[[], object]] = {}
        for count in SIZES[written]:
            one, other = _flat(write(count)), _flat(edit(write(count)))
            sides[str(count)] = lambda one=one, other=other: archc.diff(one, other).as_text()
        times = [min(found) for found in in_turn(sides, min(rounds, 2)).values()]
        few, many = SIZES[written]
        yield limit(f"diff, {many:,} {written}, {made}", times[1], MOST_SECONDS, "s")
        exponent = math.log(times[1] / times[0]) / math.log(many / few)
        yield limit(f"diff, {written}, {made}: the exponent", exponent, MOST_EXPONENT, "")
