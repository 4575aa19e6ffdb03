"""The choice of settings to prove a class at, from what the network uses on.

Candidates move each parameter and each size, tear apart what is equal by accident, and move together what is equal for
a reason. Kept are those that show something new: a condition, or a part of one, that comes out the other way, a step
that is there or not, a quantity with another value, two that are equal or are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice
from random import Random
from typing import cast

from archc import codes, expr
from archc.codegen.candidates import PRIMES, Axis, axes, near_limits, other_values, switched, usual_value
from archc.codegen.classes import ClassInfo, Meaning, NetworkInfo, Outer, Own, Size
from archc.codegen.probe import Probe, Setting, Values, alone, outer_values
from archc.codegen.shown import formulas_in, parts_of, presence, truths, value_of
from archc.diagnostics import Diagnostic, Route
from archc.expand import Settings, settle
from archc.expand.scope import input_record
from archc.expr import Expr
from archc.network import Checked, Network, check
from archc.spec.arguments import Formula, Param
from archc.spec.model import Block, Spec, SymbolDecl
from archc.spec.values import problem_with
from archc.tree import Body

ABOUT_ARGUMENTS = {
    codes.BAD_ARGUMENT, codes.OUT_OF_RANGE, codes.EXPR_VALUE, codes.SIZE, codes.EMPTY, codes.CHANNELS, codes.SHAPE,
    codes.DUPLICATE_NAME, codes.BAD_NAME,
}  # fmt: skip
"""Findings that the constructor of a class makes too; others are about the network as a whole."""
TOLD = {codes.EXPR_VALUE, codes.CHANNELS}
"""Findings that the class of a block makes itself: numbers that do not come out, sizes that differ."""
REFUSED = 4
"""How many settings are probed that one step refuses."""
GROWN = (1, 2, 4, 8, 16, 24)
"""By what the sizes of inputs are made larger."""
MIXED = 8
"""How many settings with all parameters moved are probed for each variant."""
MOST = 100
"""How many candidates that may show something new are tried for a class."""


def run_probes(network: Network, text: str, infos: Sequence[ClassInfo | NetworkInfo]) -> None:
    """Prove every class alone; raises `ProofError` at the first that is not its block."""
    for probe in probes(network, infos):
        probe.run(text)


def probes(network: Network, infos: Sequence[ClassInfo | NetworkInfo]) -> Iterator[Probe]:
    """The probes of all classes, each showing something that those before it do not."""
    instances = _instances(network.body)
    for info in infos:
        found = instances.get(info.block, []) if isinstance(info, ClassInfo) else []
        yield from _Search(network, info).probes(found)


def _instances(body: Body) -> dict[Block, list[Body]]:
    """The distinct instances of each block of a network."""
    found: dict[Block, list[Body]] = {}
    seen: set[int] = set()
    waiting = [body]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current.definition, Block):
            found.setdefault(current.definition, []).append(current)
        waiting.extend(item.content for item in current.items if isinstance(item.content, Body))
    return found


class _Search:
    """The choice of settings for one class."""

    def __init__(self, network: Network, info: ClassInfo | NetworkInfo) -> None:
        self.network, self.info, scope = network, info, network.spec.scope
        self.block = info.block if isinstance(info, ClassInfo) else None
        self.is_own_file = self.block is None or self.block.scope is scope
        self.lets = scope.lets if self.block is None else self.block.lets
        params = self.block.params if self.block is not None else ()
        self.params: dict[Meaning, Param] = {Own(param.name): param for param in params}
        if self.is_own_file:
            self.params |= {Outer(param.name): param for param in scope.params}
        self.used = {place for argument in info.arguments for place in argument.meanings}
        chain = network.spec.chain if self.block is None else self.block.chain
        self.formulas = [formula for _, formula in self.lets] + list(formulas_in(chain) if chain else ())
        self.shown: set[object] = set()
        self.refused: Counter[Route] = Counter()
        """By step: how many settings are probed that it refuses."""
        self.judged: dict[str, Probe | None] = {}
        self.first: dict[tuple[Meaning, frozenset[object]], object] = {}
        """By quantity and how all conditions come out: the first value that is probed."""

    def probes(self, instances: Sequence[Body]) -> Iterator[Probe]:
        """The probes, from a few instances on, and from made-up arguments."""
        bases = [self._of(body) for body in instances[:3] if all(type_.batched for type_ in body.inputs)]
        if isinstance(self.info, ClassInfo):
            bases += [self._made_up(ranks, self.info.block.params) for ranks in self.info.ranks]
        else:
            bases += list(self._variants())
        bases += [solved for base in bases for solved in self._solved(base)]
        if isinstance(self.info, NetworkInfo):
            for base in (bases[0], *self._turned(bases[0])):
                yield from self._edges(base)
            for base in bases:
                yield from self._grown(base)
                yield from self._mixed(base)
        tried = 0
        for setting in map(self._settled, islice(self._candidates(bases), 6 * MOST)):
            if setting is None or self.shown.issuperset(self._tokens(setting)):
                continue
            tried += 1
            probe = self._probe(setting)
            if probe is not None:
                yield probe
            if tried == MOST:
                return

    def _outer(self) -> dict[Meaning, object]:
        if not self.is_own_file:
            return {}
        return outer_values(self.network.settled)

    def _of(self, body: Body) -> Setting:
        """What the network uses."""
        sizes: dict[Meaning, object] = {
            Size(port, dim): int(size)
            for port, type_ in enumerate(body.inputs)
            for dim, size in enumerate(type_.sample)
        }
        own = {Own(name): value for name, value in body.args.items() if Own(name) in self.params}
        return Setting({**sizes, **own, **self._outer()}, tuple(type_.dtype for type_ in body.inputs))

    def _variants(self) -> Iterator[Setting]:
        """The network's own settings: as it is, and as each variant has it."""
        yield Setting(self._outer(), ())
        for variant in self.network.spec.variants:
            settled, _ = settle(self.network.spec, Settings(variant.name))
            if settled is not None:
                yield Setting(outer_values(settled), ())

    def _made_up(self, ranks: Sequence[int], params: Sequence[Param]) -> Setting:
        """Distinct primes for all sizes and for whole numbers without a default."""
        primes = iter(PRIMES * 9)
        places = [Size(port, dim) for port, rank in enumerate(ranks) for dim in range(rank)]
        own = {Own(p.name): usual_value(p, next(primes)) if p.required else p.default for p in params}
        made = Setting({**{place: next(primes) for place in places}, **own, **self._outer()}, ("float32",) * len(ranks))
        return made.moved({place: made.values[a.meanings[-1]] for a in self.info.arguments for place in a.meanings})

    def _candidates(self, bases: Sequence[Setting]) -> Iterator[Setting]:
        """The bases, each with one thing moved, with what is equal moved together, and with two things moved."""
        yield from bases
        moves = [[self._tied(base, move) for move in self._moves(base)] for base in bases]
        for base, single in zip(bases, moves, strict=True):
            yield from (base.moved(move) for move in single)
            yield from (base.moved(move) for move in self._together(base))
        for base, single in zip(bases, moves, strict=True):
            yield from (base.moved({**one, **two}) for one, two in combinations(single, 2) if one.keys() != two.keys())

    def _solved(self, base: Setting) -> Iterator[Setting]:
        """A setting with one side of a comparison made equal to the other, where that side is a quantity."""
        values = self._names(base)
        for part in (part for formula in self.formulas for part in parts_of(formula.expr)):
            if not isinstance(part, expr.Compare):
                continue
            for one, other in ((part.left, part.right), (part.right, part.left)):
                place, wanted = self._place(one, base), value_of(other, values)
                if place is not None and type(wanted) is int and wanted > 0:
                    yield base.moved(self._tied(base, {place: wanted}))

    def _place(self, tree: Expr, base: Setting) -> Meaning | None:
        """The quantity that an expression is."""
        if isinstance(tree, expr.Name):
            return next((place for place in (Own(tree.id), Outer(tree.id)) if place in self.params), None)
        rank = base.types()[0].rank - 1 if base.dtypes else 0
        if isinstance(tree, expr.Attr) and tree.obj == expr.Name("input"):
            dims = {"channels": 0, "features": rank - 1, "width": rank - 1, "height": rank - 2, "length": rank - 1}
            return Size(0, dims[tree.name]) if tree.name in dims else None
        if isinstance(tree, expr.Index) and tree.obj == expr.Attr(expr.Name("input"), "shape"):
            dim = value_of(tree.index, {})
            return Size(0, dim % rank) if isinstance(dim, int) else None
        return None

    def _tied(self, base: Setting, move: Values) -> Values:
        """A change with whatever else the same argument stands for."""
        tied = dict(move)
        for argument in self.info.arguments:
            value = next((move[place] for place in argument.meanings if place in move), None)
            tied.update({place: value for place in argument.meanings if value is not None})
        return {place: value for place, value in tied.items() if base.values.get(place) != value}

    def _moves(self, base: Setting) -> Iterator[Values]:
        """Changes of one quantity."""
        wholes = [value for place, value in base.values.items() if type(value) is int and not isinstance(place, Outer)]
        for place, value in base.values.items():
            param = self.params.get(place)
            if isinstance(place, Size):
                others: Sequence[object] = (cast("int", value) + 1, *wholes, 2 * cast("int", value))
            elif param is not None and (place in self.used or isinstance(place, Own)):
                others = [other for other in other_values(param, value, wholes) if not problem_with(param, other)]
            else:
                continue
            yield from ({place: other} for other in others if other != value)

    def _edges(self, base: Setting) -> Iterator[Probe]:
        """Probes at the limits of what archc takes: each number at the last value that it refuses and the next one."""
        seen: list[Values] = []
        refused: list[Values] = []
        for place, value in base.values.items():
            param = self.params.get(place)
            if place not in self.used or (param is None and not _is_free(place)):
                continue
            for axis in axes(param, value):
                for number in self._border(base, place, axis, param):
                    move = self._tied(base, {place: axis.put(number)})
                    if move and move not in seen:
                        seen.append(move)
                        probe = self._judged(base.moved(move))
                        refused += [move] if probe is not None and probe.network is None else []
                        yield from [probe] if probe is not None else ()
        yield from self._needless(base, refused)

    def _turned(self, base: Setting) -> Iterator[Setting]:
        """Settings with another truth or another choice."""
        for place, param in self.params.items():
            if place in self.used and (param.choices or param.type == "bool"):
                for other in switched(param, base.values[place]):
                    setting = base.moved({place: other})
                    if self._takes(setting):
                        yield setting

    def _border(self, base: Setting, place: Meaning, axis: Axis, param: Param | None) -> Iterator[float]:
        """The numbers around the least one that archc takes, and those next to the present one."""
        if isinstance(axis.number, float):
            yield from near_limits(param)
            return
        low, high = -1, axis.number
        for number in (0, 1, 2) if axis.is_length else (-1, 0, 1, 2):
            if number >= high:
                break
            if self._takes(base.moved(self._tied(base, {place: axis.put(number)}))):
                high = number
                break
            low = number
        while high - low > 1:
            middle = (low + high) // 2
            is_taken = self._takes(base.moved(self._tied(base, {place: axis.put(middle)})))
            low, high = (low, middle) if is_taken else (middle, high)
        yield from dict.fromkeys((*((low,) if low >= 0 or not axis.is_length else ()), high, axis.number + 1))

    def _needless(self, base: Setting, refused: Sequence[Values]) -> Iterator[Probe]:
        """Probes at what archc refuses, but for another parameter by which nothing asks for it."""
        for place, value in base.values.items():
            param = self.params.get(place)
            if param is None or place not in self.used:
                continue
            for other in switched(param, value):
                turned = base.moved(self._tied(base, {place: other}))
                for move in refused if self._takes(turned) else ():
                    setting = turned.moved(move)
                    if place not in move and (probe := self._judged(setting)) is not None and probe.network is not None:
                        yield probe

    def _mixed(self, base: Setting) -> Iterator[Probe]:
        """Probes with all parameters moved at once, drawn with a fixed seed."""
        chance = Random(0)
        places = [place for place in base.values if place in self.used and place in self.params]
        kept = 0
        for _ in range(4 * MIXED):
            moves: dict[Meaning, object] = {}
            for place in places:
                value = base.values[place]
                more = [value + step for step in (1, 2, 3)] if type(value) is int else []
                others = [o for o in (*more, *other_values(self.params[place], value, ())) if o != value]
                if others and chance.random() < 0.5:
                    moves |= self._tied(base, {place: chance.choice(others)})
            probe = self._judged(base.moved(moves))
            if probe is not None and probe.network is not None:
                kept += 1
                yield probe
            if kept == MIXED:
                return

    def _grown(self, base: Setting) -> Iterator[Probe]:
        """Probes with the sizes of the inputs made larger, each by itself."""
        dims = [dim for declared in self.network.spec.inputs for dim in declared.dims]
        trees = [dim.expr if isinstance(dim, Formula) else dim.default and dim.default.expr for dim in dims]
        sizes = {name for tree in trees if tree is not None for name in expr.names(tree)}
        sizes |= {f"$:{dim.name}" for dim in dims if isinstance(dim, SymbolDecl)}
        for place, value in base.values.items():
            if isinstance(place, Outer) and place.name in sizes and place in self.used and type(value) is int:
                for step in GROWN:
                    probe = self._judged(base.moved({place: value + step}))
                    if probe is not None and probe.network is not None:
                        yield probe

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
        settled = self._settled(setting)
        if settled is None:
            return Probe(self.info, setting, None)
        checked = self._checked(self.network.spec, settled)
        if checked.network is not None:
            return Probe(self.info, settled, checked.network)
        return Probe(self.info, settled, None) if _is_one_of(checked.findings[0], ABOUT_ARGUMENTS) else None

    def _checked(self, spec: Spec, setting: Setting) -> Checked:
        """What archc says to a setting."""
        loaded = replace(self.network.loaded, spec=replace(spec, variants=()), findings=(), variant=None)
        return check(loaded, self._settings(setting))

    def _together(self, base: Setting) -> Iterator[Values]:
        """Changes of all that has one value."""
        places: dict[int, list[Meaning]] = {}
        for place, value in base.values.items():
            if type(value) is int and (isinstance(place, (Size, Own)) or (place in self.params and place in self.used)):
                places.setdefault(value, []).append(place)
        for value, equal in places.items():
            yield from (dict.fromkeys(equal, new) for new in (2 * value, 3 * value, value + 1) if len(equal) > 1)

    def _settled(self, setting: Setting) -> Setting | None:
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

    def _probe(self, setting: Setting) -> Probe | None:
        """The probe at a setting; None where archc refuses what it makes, unless for want of a formula's value."""
        spec = self.network.spec
        checked = self._checked(spec if self.block is None else alone(spec, self.block, setting), setting)
        if checked.network is not None:
            return self._shows(setting, checked.network)
        refused = [finding.where for finding in checked.findings if _is_one_of(finding, TOLD)]
        if not refused or self.refused[refused[0].route] == REFUSED:
            return None
        self.refused[refused[0].route] += 1
        return Probe(self.info, setting, None)

    def _shows(self, setting: Setting, network: Network) -> Probe:
        """The probe at a setting that archc takes, with what it shows noted."""
        self.shown.update([*self._tokens(setting), *presence(network.body)])
        branches = frozenset(self._branches(setting))
        for place, value in setting.values.items():
            self.first.setdefault((place, branches), value)
        return Probe(self.info, setting, network)

    def _tokens(self, setting: Setting) -> Iterator[object]:
        """What a setting shows: how conditions come out, under these which quantities differ, and which from which."""
        branches = frozenset(self._branches(setting))
        yield from branches
        wholes: list[tuple[Meaning, int]] = []
        for place, value in setting.values.items():
            if isinstance(place, Outer) and place not in self.params:
                continue
            yield place, branches, value == self.first.get((place, branches), value)
            if type(value) is int and (self.block is None or not isinstance(place, Outer)):
                wholes.append((place, value))
        yield from ((one, two) for (one, a), (two, b) in combinations(wholes, 2) if a != b)

    def _branches(self, setting: Setting) -> Iterator[object]:
        values = self._names(setting)
        for formula in self.formulas:
            yield from truths(formula.expr, values)

    def _names(self, setting: Setting) -> dict[str, object]:
        """What the block's formulas see."""
        values = {**setting.named(Outer), **setting.named(Own), "input": input_record(setting.types())}
        for name, formula in self.lets:
            values[name] = value_of(formula.expr, values)
        return values


def _is_one_of(finding: Diagnostic, kinds: Collection[str]) -> bool:
    """Whether a class makes a finding too; Python's whole numbers have no end, archc's have."""
    return finding.code in kinds and "too large" not in finding.message


def _is_free(place: Meaning) -> bool:
    """Whether it is a size of an input that no parameter gives."""
    return isinstance(place, Outer) and place.name.startswith("$:")
