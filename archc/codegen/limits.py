"""Settings at the limits of what archc takes, by what archc itself says to each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import cast

from archc import codes, expr
from archc.codegen.candidates import Axis, axes, near_limits
from archc.codegen.classes import ClassInfo, Meaning, NetworkInfo, Outer, Own
from archc.codegen.probe import Probe, Setting, Values
from archc.diagnostics import Diagnostic
from archc.expand import Settings, settle
from archc.network import Checked, Network, check
from archc.spec.arguments import Formula, Param
from archc.spec.model import Spec, SymbolDecl
from archc.spec.values import problem_with

ABOUT_ARGUMENTS = {
    codes.BAD_ARGUMENT, codes.OUT_OF_RANGE, codes.EXPR_VALUE, codes.SIZE, codes.EMPTY, codes.CHANNELS, codes.SHAPE,
    codes.DUPLICATE_NAME, codes.BAD_NAME,
}  # fmt: skip
"""Findings that the constructor of a class makes too; others are about the network as a whole."""
TOLD = {codes.EXPR_VALUE, codes.CHANNELS}
"""Findings that the class of a block makes itself: numbers that do not come out, sizes that differ."""
HALVED = 8
"""How often the span is halved in which a limit lies."""


class Limits:
    """What archc takes of a class, around some setting."""

    def __init__(self, network: Network, info: ClassInfo | NetworkInfo) -> None:
        self.network, self.info, scope = network, info, network.spec.scope
        self.block = info.block if isinstance(info, ClassInfo) else None
        self.is_own_file = self.block is None or self.block.scope is scope
        params = self.block.params if self.block is not None else ()
        self.params: dict[Meaning, Param] = {Own(param.name): param for param in params}
        if self.is_own_file:
            self.params |= {Outer(param.name): param for param in scope.params}
        self.used = {place for argument in info.arguments for place in argument.meanings}
        self.judged: dict[str, Probe | None] = {}

    def edges(self, base: Setting) -> Iterator[Probe]:
        """Probes at the limits of what archc takes: each number at the last value that it refuses and the next one."""
        seen: list[Values] = []
        for place, value in base.values.items():
            param = self.params.get(place)
            if place not in self.used or (param is None and not _is_free(place)):
                continue
            for axis in axes(param, value):
                for number in self.border(base, place, axis, self._takes):
                    move = self.tied(base, {place: axis.put(number)})
                    if move and move not in seen:
                        seen.append(move)
                        probe = self._judged(base.moved(move))
                        yield from [probe] if probe is not None else ()

    def border(self, base: Setting, place: Meaning, axis: Axis, takes: Callable[[Setting], bool]) -> Iterator[float]:
        """The numbers around the least one that is taken, and those next to the present one."""
        if isinstance(axis.number, float):
            yield from near_limits(self.params.get(place))
            yield from self._near_border(base, place, axis, takes)
            return
        low, high = -1, axis.number
        for number in (0, 1, 2) if axis.is_length else (-1, 0, 1, 2):
            if number >= high:
                break
            if takes(base.moved(self.tied(base, {place: axis.put(number)}))):
                high = number
                break
            low = number
        while high - low > 1:
            middle = (low + high) // 2
            is_taken = takes(base.moved(self.tied(base, {place: axis.put(middle)})))
            low, high = (low, middle) if is_taken else (middle, high)
        yield from dict.fromkeys((*((low,) if low >= 0 or not axis.is_length else ()), high, axis.number + 1))

    def _near_border(
        self, base: Setting, place: Meaning, axis: Axis, takes: Callable[[Setting], bool]
    ) -> Iterator[float]:
        """The fractions around the least one that is taken."""
        low, high = 0.0, axis.number
        if high <= low or takes(base.moved(self.tied(base, {place: axis.put(low)}))):
            return
        for _ in range(HALVED):
            middle = (low + high) / 2
            is_taken = takes(base.moved(self.tied(base, {place: axis.put(middle)})))
            low, high = (low, middle) if is_taken else (middle, high)
        yield from (low, high)

    def _sizes(self) -> set[Meaning]:
        """The parameters that sizes of the network's inputs are made of, and its free sizes."""
        dims = [dim for declared in self.network.spec.inputs for dim in declared.dims]
        trees = [dim.expr if isinstance(dim, Formula) else dim.default and dim.default.expr for dim in dims]
        found = {name for tree in trees if tree is not None for name in expr.names(tree)}
        return {Outer(name) for name in found | {f"$:{dim.name}" for dim in dims if isinstance(dim, SymbolDecl)}}

    def _takes(self, setting: Setting) -> bool:
        probe = self._judged(setting)
        return probe is not None and probe.network is not None

    def _judged(self, setting: Setting) -> Probe | None:
        """The probe at a setting as archc judges it; None where what it refuses is not about arguments."""
        key = repr(setting.values)
        if key not in self.judged:
            self.judged[key] = self._judge(setting)
        return self.judged[key]

    def _judge(self, setting: Setting) -> Probe | None:
        if any(problem_with(param, setting.values[place]) for place, param in self.params.items()):
            return Probe(self.info, setting, None)
        settled = self.settled(setting)
        if settled is None:
            return Probe(self.info, setting, None)
        checked = self.checked(self.network.spec, settled)
        if checked.network is not None:
            return Probe(self.info, settled, checked.network)
        is_fixed = all(place in self.used for place in self._sizes() if _is_free(place))
        kinds = {*ABOUT_ARGUMENTS, codes.MERGE} if is_fixed else ABOUT_ARGUMENTS  # else it is about the input's size
        return Probe(self.info, settled, None) if is_one_of(checked.findings[0], kinds) else None

    def checked(self, spec: Spec, setting: Setting) -> Checked:
        """What archc says to a setting."""
        loaded = replace(self.network.loaded, spec=replace(spec, variants=()), findings=(), variant=None)
        return check(loaded, self._settings(setting))

    def settled(self, setting: Setting) -> Setting | None:
        """A setting with the lets of its file; None where they have no values, or where no class could take it."""
        if any(len({setting.values[place] for place in a.meanings}) > 1 for a in self.info.arguments):
            return None
        if not self.is_own_file:
            return setting
        settled, _ = settle(replace(self.network.spec, variants=()), self._settings(setting))
        return setting.moved({Outer(name): value for name, value in settled.values.items()}) if settled else None

    def _settings(self, setting: Setting) -> Settings:
        values = setting.named(Outer)
        params = {name: value for name, value in values.items() if Outer(name) in self.params}
        free = [name for name in values if name.startswith("$:") and Outer(name) in self.used]
        sizes = {name[2:]: cast("int", values[name]) for name in free}
        return Settings(params=params, sizes=sizes)

    def tied(self, base: Setting, move: Values) -> Values:
        """A change with whatever else the same argument stands for."""
        tied = dict(move)
        for argument in self.info.arguments:
            value = next((move[place] for place in argument.meanings if place in move), None)
            tied.update({place: value for place in argument.meanings if value is not None})
        return {place: value for place, value in tied.items() if base.values.get(place) != value}


def is_one_of(finding: Diagnostic, kinds: Collection[str]) -> bool:
    """Whether a class makes a finding too; Python's whole numbers have no end, archc's have."""
    return finding.code in kinds and "too large" not in finding.message


def _is_free(place: Meaning) -> bool:
    """Whether it is a size of an input that no parameter gives."""
    return isinstance(place, Outer) and place.name.startswith("$:")
