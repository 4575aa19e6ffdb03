"""The choice of settings to prove a class at, from what the network uses on.

Candidates move each parameter and each size, tear apart what is equal by accident, and move together what is equal for
a reason. Kept are those that show something new: a condition, or a part of one, that comes out the other way, a
quantity with another value, two that are equal or are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import cast

from archc import expr
from archc.codegen.candidates import PRIMES, other_values, usual_value
from archc.codegen.classes import ClassInfo, Meaning, NetworkInfo, Outer, Own, Size
from archc.codegen.limits import TOLD, Limits, is_one_of
from archc.codegen.probe import Probe, Setting, Values, alone, outer_values
from archc.codegen.shown import formulas_in, parts_of, truths, value_of
from archc.codegen.telling import Telling
from archc.codegen.watched import Watched
from archc.diagnostics import Route
from archc.expand import Settings, settle
from archc.expand.scope import input_record
from archc.expr import Expr
from archc.network import Network
from archc.spec.arguments import Param
from archc.spec.model import Block
from archc.spec.values import problem_with
from archc.tree import Body

REFUSED = 4
"""How many settings are probed that one step refuses."""
MOST = 100
"""How many candidates that may show something new are tried for a class."""


def run_probes(network: Network, text: str, infos: Sequence[ClassInfo | NetworkInfo]) -> None:
    """Prove every class alone; raises `ProofError` at the first that is not its block."""
    for probe in probes(network, text, infos):
        probe.run(text)


def probes(network: Network, text: str, infos: Sequence[ClassInfo | NetworkInfo]) -> Iterator[Probe]:
    """The probes of all classes of a file, each showing something that those before it do not."""
    instances = _instances(network.body)
    watched = Watched(network, text)
    for info in infos:
        watched.start()
        search = _Search(network, info)
        bases = search.bases(instances.get(info.block, []) if isinstance(info, ClassInfo) else [])
        for probe in search.probes(bases):
            if isinstance(info, ClassInfo):
                watched.settle(watched.telling(probe.made, probe.setting))
            yield probe
        yield from Telling(network, info, watched).probes(bases)


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


class _Search(Limits):
    """The choice of settings for one class."""

    def __init__(self, network: Network, info: ClassInfo | NetworkInfo) -> None:
        super().__init__(network, info)
        self.lets = network.spec.scope.lets if self.block is None else self.block.lets
        chain = network.spec.chain if self.block is None else self.block.chain
        self.formulas = [formula for _, formula in self.lets] + list(formulas_in(chain) if chain else ())
        self.shown: set[object] = set()
        self.refused: Counter[Route] = Counter()
        """By step: how many settings are probed that it refuses."""
        self.first: dict[tuple[Meaning, frozenset[object]], object] = {}
        """By quantity and how all conditions come out: the first value that is probed."""

    def bases(self, instances: Sequence[Body]) -> list[Setting]:
        """A few instances, and made-up arguments."""
        bases = [self._of(body) for body in instances[:3] if all(type_.batched for type_ in body.inputs)]
        if isinstance(self.info, ClassInfo):
            bases += [self._made_up(ranks, self.info.block.params) for ranks in self.info.ranks]
        else:
            bases += list(self._variants())
        return bases + [solved for base in bases for solved in self._solved(base)]

    def probes(self, bases: Sequence[Setting]) -> Iterator[Probe]:
        """The probes, from some settings on."""
        if isinstance(self.info, NetworkInfo):
            yield from self.edges(bases[0])
        tried = 0
        for setting in map(self.settled, islice(self._candidates(bases), 6 * MOST)):
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
        moves = [[self.tied(base, move) for move in self._moves(base)] for base in bases]
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
                    yield base.moved(self.tied(base, {place: wanted}))

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

    def _together(self, base: Setting) -> Iterator[Values]:
        """Changes of all that has one value."""
        places: dict[int, list[Meaning]] = {}
        for place, value in base.values.items():
            if type(value) is int and (isinstance(place, (Size, Own)) or (place in self.params and place in self.used)):
                places.setdefault(value, []).append(place)
        for value, equal in places.items():
            yield from (dict.fromkeys(equal, new) for new in (2 * value, 3 * value, value + 1) if len(equal) > 1)

    def _probe(self, setting: Setting) -> Probe | None:
        """The probe at a setting; None where archc refuses what it makes, unless for want of a formula's value."""
        spec = self.network.spec
        checked = self.checked(spec if self.block is None else alone(spec, self.block, setting), setting)
        if checked.network is not None:
            return self._shows(setting, checked.network)
        refused = [finding.where for finding in checked.findings if is_one_of(finding, TOLD)]
        if not refused or self.refused[refused[0].route] == REFUSED:
            return None
        self.refused[refused[0].route] += 1
        return Probe(self.info, setting, None)

    def _shows(self, setting: Setting, network: Network) -> Probe:
        """The probe at a setting that archc takes, with what it shows noted."""
        self.shown.update(self._tokens(setting))
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
