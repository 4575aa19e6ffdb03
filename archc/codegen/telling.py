"""Settings at which the formulas of a class tell themselves from others like them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from random import Random
from typing import cast

from archc.codegen.candidates import axes, odd_values, other_values
from archc.codegen.classes import ClassInfo, Meaning, NetworkInfo, Own, Size
from archc.codegen.limits import ABOUT_ARGUMENTS, TOLD, Limits, is_one_of
from archc.codegen.probe import Probe, Setting, Values, alone
from archc.codegen.watched import Watched
from archc.network import Network
from archc.spec.values import problem_with

IDLE = 300
"""How many settings with several quantities moved are drawn in a row that tell nothing."""
BASES = 4
"""From how many settings the search starts."""
NUMBERS = 12
"""How many numbers are drawn for a quantity."""
MOST = 100
"""How many settings archc is asked about for a class."""
Pool = dict[Meaning, list[Values]]
"""By quantity: what it may be changed to, with all that changes with it."""


class Telling(Limits):
    """The search for one class, by what its own text makes of a setting; archc is asked about those that tell."""

    def __init__(self, network: Network, info: ClassInfo | NetworkInfo, watched: Watched) -> None:
        super().__init__(network, info)
        self.watched = watched
        self.idle = 0

    def probes(self, bases: Sequence[Setting]) -> Iterator[Probe]:
        """The probes, starting from settings that the class takes."""
        asked: list[Setting] = []
        distinct = list({repr(base.values): base for base in bases}.values())
        for setting in self._drawn([base for base in distinct if not self._refuses(base)][:BASES]):
            if len(asked) == MOST or self.watched.is_done():
                return
            settled = setting if self._is_undeclared(setting) else self.settled(setting)
            told = settled and self.watched.telling(Probe(self.info, settled, None).made, settled)
            if settled is None or not told:
                self.idle += 1
                continue
            self.idle = 0
            asked.append(settled)
            probe = self._answered(settled)
            if probe is not None:
                self.watched.settle(told)
                yield probe

    def _refuses(self, setting: Setting) -> bool:
        return self.watched.refuses(Probe(self.info, setting, None).made)

    def _is_undeclared(self, setting: Setting) -> bool:
        return any(problem_with(param, setting.values[place]) for place, param in self.params.items())

    def _answered(self, setting: Setting) -> Probe | None:
        """The probe at a setting; None where archc refuses for what no class is to tell what the class takes."""
        if self._is_undeclared(setting):
            return Probe(self.info, setting, None) if self._refuses(setting) else None
        spec = self.network.spec
        checked = self.checked(spec if self.block is None else alone(spec, self.block, setting), setting)
        if checked.network is not None:
            return Probe(self.info, setting, checked.network)
        told = ABOUT_ARGUMENTS if self.block is None else TOLD
        is_usual = self.block is None or all(value > 0 for value in setting.values.values() if type(value) is int)
        is_told = is_usual and any(is_one_of(finding, told) for finding in checked.findings)
        return Probe(self.info, setting, None) if is_told or self._refuses(setting) else None

    def _drawn(self, bases: Sequence[Setting]) -> Iterator[Setting]:
        """Settings with one quantity moved, then with several, drawn with a fixed seed."""
        chance = Random(0)
        pools = [(base, self._pool(base, chance)) for base in bases]
        for base, pool in pools:
            refused: dict[int, list[Values]] = {}
            least: dict[Meaning, tuple[float, Values]] = {}
            for place, move in ((place, move) for place, moves in pool.items() for move in moves):
                yield base.moved(move)
                number = move.get(place)
                if self.watched.refused_by is not None:
                    refused.setdefault(self.watched.refused_by, []).append(move)
                elif isinstance(number, (int, float)) and number <= least.get(place, (number,))[0]:
                    least[place] = number, move
            smallest = {place: value for _, move in least.values() for place, value in move.items()}
            yield from (base.moved({**smallest, **move}) for moves in pool.values() for move in moves)
            yield from (base.moved({**one, **other}) for (_, one), (_, other) in combinations(least.values(), 2))
            for off in (move for moves in pool.values() for move in moves if any(map(_is_off, move.values()))):
                picked = (move for moves in refused.values() for move in moves[:2])
                yield from (base.moved({**off, **move}) for move in picked if off.keys() != move.keys())
        self.idle = 0
        while pools and self.idle < IDLE:
            base, pool = chance.choice(pools)
            near = self.watched.near(chance)
            if near is not None:
                moved = chance.choices([*pool], [len(moves) for moves in pool.values()], k=chance.choice((1, 1, 2)))
            else:
                flags = [place for place in pool if self._is_flag(place)]
                moved = [place for place in flags if chance.random() < 0.5] if chance.random() < 0.5 else []
                others = [place for place in pool if place not in flags]
                moved += chance.sample(others, min(len(others), chance.choice((1, 2, 2, 3))))
            changes = [chance.choice(pool[place]) for place in moved]
            yield (near or base).moved({place: value for change in changes for place, value in change.items()})

    def _is_flag(self, place: Meaning) -> bool:
        param = self.params.get(place)
        return param is not None and (param.type == "bool" or bool(param.choices))

    def _pool(self, base: Setting, chance: Random) -> Pool:
        pool: Pool = {}
        for place, value in base.values.items():
            if place in self.used or isinstance(place, Own):
                others = [other for other in self._others(base, place, chance) if other != value]
                moves = [self.tied(base, {place: other}) for other in others]
                pool |= {place: moves} if moves else {}
        return pool

    def _others(self, base: Setting, place: Meaning, chance: Random) -> Iterator[object]:
        """Other values for a quantity: at the limits of what the class takes, around what it compares with, any."""
        param, value = self.params.get(place), base.values[place]
        if isinstance(place, Size):
            size = cast("int", value)
            yield from (other for other in (*self.watched.bounds, size + 1, size + 2, size + 3) if other > 0)
            yield from (chance.randrange(1, 2 * size + 4) for _ in range(NUMBERS))
            return
        yield from odd_values(param, value)
        for axis in axes(param, value):
            number = axis.number
            yield from map(axis.put, self.border(base, place, axis, lambda setting: not self._refuses(setting)))
            if isinstance(number, float):
                yield from (axis.put(round(chance.random() * chance.choice((1, 1, 2, 8)), 2)) for _ in range(NUMBERS))
            elif not axis.is_length:
                drawn = [chance.randrange(1, 2 * abs(number) + 4) for _ in range(NUMBERS)]
                yield from map(axis.put, (-1, *self.watched.bounds, number + 1, number + 2, number + 3, *drawn))
        yield from other_values(param, value, ()) if param is not None else ()


def _is_off(value: object) -> bool:
    """Whether a value may be why something is not there."""
    return isinstance(value, bool) or not value or (isinstance(value, tuple) and 0 in value)
