"""Proves each class alone at arguments that the network itself may never use, chosen from its block's definition.

A probe is a network whose only step is the block. Candidates move each parameter and each size from what the network
uses, tear apart what is equal by accident, and move together what is equal for a reason. Kept are those that show
something new: a condition, or a part of one, that comes out the other way, a step that is there or not, a quantity
with another value, two that are equal or are not. Where a formula has no value, the class must refuse it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice
from typing import Any, cast

from archc import codes, expr
from archc.codegen.classes import Argument, ClassInfo, Meaning, NetworkInfo, Outer, Own, Size
from archc.codegen.replay import ProofError, replay
from archc.codegen.standin import Module, run_source
from archc.codegen.terms import Store
from archc.diagnostics import Where
from archc.dims import BATCH
from archc.expand import Settings, settle
from archc.expand.scope import input_record
from archc.expand.settings import Settled
from archc.expr import Expr, ExprError
from archc.network import Network, check
from archc.record import record
from archc.spec.arguments import Arg, Const, Formula, Param, Seq, Template
from archc.spec.model import Block, BlockCall, Chain, InputDecl, OpCall, OutputDecl, Source, Spec, Step
from archc.spec.values import problem_with
from archc.spec.walk import alternatives, chains_in
from archc.tensor import TensorType
from archc.tree import Body

MOST = 100
"""How many candidates that may show something new are tried for a class."""
PRIMES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71)
UNIT = "unit"
"""What the block is called in a probe."""
NOWHERE = Where("<probe>")
Values = Mapping[Meaning, object]


@record
class Setting:
    """Values for all that a class may depend on; what its inputs hold."""

    values: Values
    dtypes: tuple[str, ...]

    def types(self) -> tuple[TensorType, ...]:
        """The types of the inputs."""
        shapes: list[list[int]] = [[] for _ in self.dtypes]
        for place, value in self.values.items():
            if isinstance(place, Size) and isinstance(value, int):
                shapes[place.port].append(value)
        return tuple(TensorType((BATCH, *shape), dtype) for shape, dtype in zip(shapes, self.dtypes, strict=True))

    def named(self, kind: type[Own] | type[Outer]) -> dict[str, object]:
        """The parameters of the block, or those of the file."""
        return {place.name: value for place, value in self.values.items() if isinstance(place, kind)}

    def moved(self, changes: Values) -> Setting:
        """The same with other values."""
        return Setting({**self.values, **changes}, self.dtypes)


@record
class Probe:
    """A class at a setting: the checked network of its block alone, None where a formula has no value there."""

    info: ClassInfo | NetworkInfo
    setting: Setting
    network: Network | None

    def run(self, text: str) -> None:
        """Raise `ProofError` where the class is not what it was written for at this setting."""
        if self.network is None:
            self._refused(text)
            return
        try:
            replay(self.network, text, self._made, whole=isinstance(self.info, NetworkInfo))
        except ProofError as error:
            raise ProofError(f"{self}: {error.message}", error.line, error.where) from error

    def __str__(self) -> str:
        shapes = " and ".join(map(str, self.setting.types()))
        given = ((argument.name, self.setting.values[argument.meanings[0]]) for argument in self.info.arguments)
        return f"`{self.info.name}` at {shapes or 'its inputs'}, {', '.join(f'{n}={value}' for n, value in given)}"

    def _made(self, names: dict[str, Any]) -> Module:
        args, kwargs = bind(self.info.arguments, self.setting.values, names)
        made = names[self.info.name](*args, **kwargs)
        return made if isinstance(self.info, NetworkInfo) else _Alone(made)

    def _refused(self, text: str) -> None:
        try:
            self._made(run_source(text, Store()))
        except ValueError:
            return
        except Exception as error:
            raise ProofError(f"{self}: raises {type(error).__name__}, not ValueError: {error}") from error
        raise ProofError(f"{self}: archc refuses this, the class does not")


class _Alone(Module):
    """A network of one step."""

    def __init__(self, unit: Any) -> None:
        super().__init__()
        self.unit = unit

    def forward(self, *inputs: Any) -> Any:
        """The step's results."""
        return self.unit(*inputs)


def outer_values(settled: Settled) -> dict[Meaning, object]:
    """The parameters and lets of a file, and the free sizes of its inputs."""
    sizes = {Outer(f"$:{name}"): size for name, size in settled.sizes.items()}
    return {**{Outer(name): value for name, value in settled.values.items()}, **sizes}


def bind(arguments: Sequence[Argument], values: Values, names: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a constructor, by place and by name, for values of what they mean."""
    made = [(argument, in_python(argument, values[argument.meanings[0]], names)) for argument in arguments]
    named = {argument.name: value for argument, value in made if argument.keyword}
    return [value for argument, value in made if not argument.keyword], named


def in_python(argument: Argument, value: object, names: Mapping[str, Any]) -> Any:
    """A value of a parameter as a class takes it."""
    if argument.row and isinstance(value, tuple):
        return tuple(names[argument.row](**row) for row in cast("tuple[dict[str, object], ...]", value))
    chosen = dict(argument.choices).get(value) if isinstance(value, str) else None
    return value if chosen is None else eval(chosen, dict(names))


def run_probes(network: Network, text: str, infos: Sequence[ClassInfo | NetworkInfo]) -> int:
    """Prove every class alone: by how many probes; raises `ProofError` at the first class that is not its block."""
    found = list(probes(network, infos))
    for probe in found:
        probe.run(text)
    return len(found)


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
        chain = network.spec.chain if self.block is None else self.block.chain
        self.formulas = [formula for _, formula in self.lets] + list(_formulas(chain) if chain else ())
        self.shown: set[object] = set()
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
        own = {Own(p.name): _usual(p, next(primes)) if p.required else p.default for p in params}
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
        for part in (part for formula in self.formulas for part in _parts(formula.expr)):
            if not isinstance(part, expr.Compare):
                continue
            for one, other in ((part.left, part.right), (part.right, part.left)):
                place, wanted = self._place(one, base), _value(other, values)
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
            dim = _value(tree.index, {})
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
        used = {place for argument in self.info.arguments for place in argument.meanings}
        for place, value in base.values.items():
            param = self.params.get(place)
            if isinstance(place, Size):
                others: Sequence[object] = (cast("int", value) + 1, *wholes, 2 * cast("int", value))
            elif param is not None and (place in used or isinstance(place, Own)):
                others = [other for other in _others(param, value, wholes) if not problem_with(param, other)]
            else:
                continue
            yield from ({place: other} for other in others if other != value)

    def _together(self, base: Setting) -> Iterator[Values]:
        """Changes of all that has one value."""
        places: dict[int, list[Meaning]] = {}
        used = {place for argument in self.info.arguments for place in argument.meanings}
        for place, value in base.values.items():
            if type(value) is int and (isinstance(place, (Size, Own)) or (place in self.params and place in used)):
                places.setdefault(value, []).append(place)
        for value, equal in places.items():
            yield from (dict.fromkeys(equal, new) for new in (2 * value, 3 * value, value + 1) if len(equal) > 1)

    def _settled(self, setting: Setting) -> Setting | None:
        """A setting with the lets of its file; None where they have no values, or where no class could take it."""
        if any(len({setting.values[place] for place in a.meanings}) > 1 for a in self.info.arguments):
            return None
        if not self.is_own_file:
            return setting
        settled, _ = settle(replace(self.network.spec, variants=()), Settings(params=self._params(setting)))
        return setting.moved({Outer(name): value for name, value in settled.values.items()}) if settled else None

    def _params(self, setting: Setting) -> dict[str, object]:
        return {name: value for name, value in setting.named(Outer).items() if Outer(name) in self.params}

    def _probe(self, setting: Setting) -> Probe | None:
        """The probe at a setting; None where archc refuses what it makes, unless for want of a formula's value."""
        spec = replace(self.network.spec, variants=())
        spec = spec if self.block is None else _alone(spec, self.block, setting)
        checked = check(
            replace(self.network.loaded, spec=spec, findings=(), variant=None), Settings(params=self._params(setting))
        )
        if checked.network is not None:
            self.shown.update([*self._tokens(setting), *_presence(checked.network.body)])
            branches = frozenset(self._branches(setting))
            for place, value in setting.values.items():
                self.first.setdefault((place, branches), value)
            return Probe(self.info, setting, checked.network)
        refused = [finding.where for finding in checked.findings if finding.code == codes.EXPR_VALUE]
        if not refused or ("refused", refused[0].route) in self.shown:
            return None
        self.shown.add(("refused", refused[0].route))
        return Probe(self.info, setting, None)

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
            yield from _truths(formula.expr, values)

    def _names(self, setting: Setting) -> dict[str, object]:
        """What the block's formulas see."""
        values = {**setting.named(Outer), **setting.named(Own), "input": input_record(setting.types())}
        for name, formula in self.lets:
            values[name] = _value(formula.expr, values)
        return values


def _alone(spec: Spec, block: Block, setting: Setting) -> Spec:
    """A network whose only step is the block, which knows the scope that it stands in by identity."""
    blocks = spec.scope.blocks
    target = next((name for name, other in blocks.items() if other is block), UNIT)
    scope = spec.scope if target in blocks else replace(spec.scope, blocks={**blocks, UNIT: block})
    inputs = tuple(
        InputDecl(
            f"in{port}", tuple(Formula(expr.number(int(size)), NOWHERE) for size in type_.sample), type_.dtype, NOWHERE
        )
        for port, type_ in enumerate(setting.types())
    )
    args = tuple((name, Const(value, NOWHERE)) for name, value in setting.named(Own).items())
    sources = tuple(Source("", declared.name, NOWHERE) for declared in inputs)
    step = Step(block.name, BlockCall(target, args), NOWHERE, name=Template((UNIT,), NOWHERE), sources=sources)
    outputs = tuple(replace(output, source=f"{UNIT}.{output.name}") for output in block.outputs)
    return replace(
        spec, scope=scope, variants=(), inputs=inputs,
        chain=Chain((step,), NOWHERE), outputs=outputs or (OutputDecl("output", UNIT, NOWHERE),), targets=(), losses=(),
        init=(), checks=(),
    )  # fmt: skip


def _usual(param: Param, prime: int) -> object:
    """A value for a parameter without a default."""
    if param.choices:
        return param.choices[0]
    if param.item_type:
        return tuple(_usual(replace(param, type=param.item_type), prime + at) for at in range(param.length or 2))
    if param.type == "table":
        return (expr.Record({name: _usual(replace(param, type=type_), prime) for name, type_ in param.columns}),)
    usual: dict[str, object] = {"int": max(prime, int(param.minimum or 0)), "float": 0.25, "bool": False}
    return usual.get(param.type, "x")


def _others(param: Param, value: Any, wholes: Sequence[object]) -> Sequence[object]:
    """Other values worth trying for a parameter."""
    if param.choices:
        return param.choices
    match value:
        case bool():
            return (not value,)
        case int():
            larger = next(prime for prime in (*PRIMES, value + 2) if prime > value)
            return (value + 1, *(whole for whole in dict.fromkeys(wholes) if whole), larger, 1)
        case float():
            return (0.0, 0.25, value / 2)
        case tuple() if param.item_type:
            items = cast("tuple[Any, ...]", value)
            raised = (tuple(v + (n == at) for n, v in enumerate(items)) for at in range(len(items)))
            lengths = () if param.length else (items[:-1], (*items, *items[-1:]))
            return (*(raised if param.item_type in {"int", "float"} else ()), *lengths)
        case tuple():
            rows = cast("tuple[Mapping[str, object], ...]", value)
            return (rows[:1], rows[-1:], rows[:2])
        case _:
            return ()


def _presence(body: Body) -> Iterator[object]:
    """Which steps are left out, and which are there."""
    for item in body.items:
        if item.name != UNIT:
            yield "there", item.step.where
        if isinstance(item.content, Body) and (item.content.is_group or item.name == UNIT):
            yield from _presence(item.content)
    yield from (("dropped", step.where) for step in body.dropped)


def _formulas(chain: Chain) -> Iterator[Formula]:
    """The formulas of a block's own steps."""
    for step in chain.steps:
        if step.when is not None:
            yield step.when
        for action in alternatives(step.action):
            if isinstance(action, (OpCall, BlockCall)):
                for _, arg in action.args:
                    yield from _formulas_of(arg)
        for inner in chains_in(step):
            yield from _formulas(inner)


def _formulas_of(arg: Arg) -> Iterator[Formula]:
    if isinstance(arg, Formula):
        yield arg
    elif isinstance(arg, Seq):
        for item in arg.items:
            yield from _formulas_of(item)


def _parts(tree: Expr) -> Iterator[Expr]:
    """An expression and all within it."""
    yield tree
    for part in expr.children(tree):
        yield from _parts(part)


def _truths(tree: Expr, values: Mapping[str, object]) -> Iterator[object]:
    """How the conditions in a formula come out, and both sides of each `and` and `or`."""
    whole = _value(tree, values)
    if isinstance(whole, bool):
        yield id(tree), whole
    for part in _parts(tree):
        if isinstance(part, expr.Logic):
            yield id(part), bool(_value(part.left, values)), bool(_value(part.right, values))
        elif isinstance(part, (expr.Compare, expr.IfElse)):
            yield id(part), bool(_value(part.test if isinstance(part, expr.IfElse) else part, values))


def _value(tree: Expr, values: Mapping[str, object]) -> object:
    try:
        return expr.evaluate(tree, values)
    except ExprError:
        return expr.UNKNOWN
