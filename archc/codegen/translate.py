"""From a spec to classes: the network's, and one for each block that it can reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc import expr
from archc.codegen import ir, symbolic
from archc.codegen.asked import asked_of
from archc.codegen.binding import Env, bind, type_of
from archc.codegen.chains import Builder
from archc.codegen.facts import Facts
from archc.codegen.fixed import declared, fixed_value, numbers_in, with_lets
from archc.codegen.ir import Tensor, Unit
from archc.codegen.modules import is_sequential_block
from archc.codegen.results import results, sizes_of
from archc.codegen.sites import Named, Names, Site, UntranslatableError
from archc.codegen.symbolic import OpaqueError
from archc.dims import BATCH, Dim
from archc.expand.settings import scope_values
from archc.expr import Compare, Expr, Name, Number, literal
from archc.spec.arguments import Arg, Const, Formula, Param, Seq, Template
from archc.spec.context import Context
from archc.spec.data import is_list, is_mapping
from archc.spec.model import Block, BlockCall, Chain, OutputDecl, Scope, Spec, SymbolDecl
from archc.spec.sequential import is_sequential
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.network import Network


class Translator:
    """One translation of a network; `constants` are parameters of the file that stay as they are set."""

    def __init__(self, network: Network, constants: frozenset[str] = frozenset()) -> None:
        self.spec: Spec = network.spec
        self.settled = network.settled
        self._set = network.sizes
        self.constants = constants
        self.units: list[Unit] = []
        """Callees first."""
        self.exports: dict[int, dict[tuple[int, int], str]] = {}
        """By `id` of a class, result and dimension: the attribute that tells callers a size."""
        self._frozen: dict[int, Mapping[str, str]] = {}
        """By `id` of a block: why parameters are no arguments of its class; "" for the sizes of its inputs."""
        self._known: dict[tuple[object, ...], Unit] = {}
        self._envs: dict[int, tuple[Env, Facts]] = {}

    # the network

    def network(self) -> Unit:
        """Translate the network."""
        spec = self.spec
        env, facts = self.scope_env(spec.scope)
        inputs = tuple(self._input(decl.name, decl.dims, decl.dtype, env) for decl in spec.inputs)
        unit = Unit(spec, spec.name, spec.scope, spec.scope.params, inputs, types=dict(env.types), facts=facts)
        unit.lets, unit.sequential = _values(facts, spec.scope.lets, "f"), is_sequential(spec)
        assert spec.chain is not None
        self._fill(unit, spec.chain, spec.outputs, env, numbered=unit.sequential)
        return unit

    def _input(self, name: str, dims: Sequence[Formula | SymbolDecl], dtype: str, env: Env) -> Tensor:
        shape: list[Dim] = [BATCH]
        for dim in dims:
            if isinstance(dim, SymbolDecl):
                shape.append(symbolic.size(self._free(dim, env)))
            else:
                shape.append(symbolic.size(bind(dim.expr, env)))
        return Tensor(TensorType(tuple(shape), dtype), name)

    def _free(self, dim: SymbolDecl, env: Env) -> Expr:
        """A free size: the parameters that it follows from, else a symbol of its own, as where it is set by itself."""
        if dim.name in self._set:
            return Name(f"$:{dim.name}")
        if "" in self.constants:
            return Number(self.settled.sizes[dim.name])
        found = bind(dim.default.expr, env) if dim.default is not None else Number(0)
        return found if ir.symbols_of([found]) else Name(f"$:{dim.name}")

    # scopes

    def scope_env(self, scope: Scope) -> tuple[Env, Facts]:
        """What the formulas of a file see of it. A library's parameters have their defaults."""
        known = self._envs.get(id(scope))
        if known is None:
            if scope is self.spec.scope:
                fixed = {p.name: self.settled.values[p.name] for p in scope.params if p.name in self.constants}
                known = with_lets(*declared(Env({}), Facts(), scope.params, "f", fixed), scope.lets, "f")
            else:
                values = scope_values(Context(scope.file, []), scope, {})
                found = {name: literal(value) for name, value in values.items()}
                known = Env({name: value for name, value in found.items() if value is not None}), Facts()
            self._envs[id(scope)] = known
        return known

    # blocks

    def instance(
        self, builder: Builder, block: Block, call: BlockCall, env: Env, fed: Sequence[Tensor]
    ) -> ir.UnitMaker:
        """What makes an instance of a block's class."""
        types = tuple(tensor.type for tensor in fed)
        params = {param.name: param for param in block.params}
        given = {name: _given(params[name], arg, env, builder.unit.types) for name, arg in call.args}
        unit = self._unit(builder, block, types, given, env)
        taken = tuple((name, value) for name, value in given.items() if name not in unit.frozen)
        by_place = bool(call.args) and all(isinstance((arg.where.route or ("",))[-1], int) for _, arg in call.args)
        return ir.UnitMaker(unit, taken, sizes_of(unit, types), by_place)

    def _unit(
        self, builder: Builder, block: Block, types: Sequence[TensorType], given: Mapping[str, Expr | ir.Text], env: Env
    ) -> Unit:
        """The class of a block; parameters that stand in the way of one class for all of their values are fixed."""
        while True:
            frozen = self._frozen.get(id(block), {})
            fixed = {p.name: fixed_value(p, given.get(p.name), env) for p in block.params if p.name in frozen}
            if "" in frozen:
                types = [numbers_in(type_, builder.facts) for type_ in types]
            try:
                return self.block(block, types, fixed)
            except UntranslatableError as error:
                mentioned = {name for tree in error.formulas for name in expr.names(tree)}
                own = {p.name for p in block.params}
                more = {name[2:] for name in mentioned if name.startswith("p:")} & own - frozen.keys()
                if not more and any(name.startswith("f:") for name in mentioned):
                    raise
                others = set[str]() if any(name.startswith("$") for name in mentioned) else own - frozen.keys()
                more = more or others or {""} - frozen.keys()
                if not more:
                    raise
                self._frozen[id(block)] = {**frozen, **dict.fromkeys(more, str(error))}

    def block(self, block: Block, types: Sequence[TensorType], fixed: Mapping[str, object] | None = None) -> Unit:
        """The class of a block, as it is for inputs of these ranks and dtypes, and `fixed` parameters."""
        fixed = fixed or {}
        in_numbers = "" in self._frozen.get(id(block), ())
        kinds = repr(types) if in_numbers else tuple(type_.kind for type_ in types)
        key = (id(block), kinds, repr(sorted(fixed.items())))
        if key in self._known:
            return self._known[key]
        inputs = tuple(
            Tensor(type_, name) if in_numbers else _placeholder(name, type_, at)
            for at, (name, type_) in enumerate(zip(block.inputs, types, strict=True))
        )
        env, facts = declared(*self.scope_env(block.scope), block.params, "p", fixed)
        facts = facts.with_sizes(*(s for t in inputs for s in ir.symbols_of(_sizes(t.type))))
        env = replace(env, shape=tuple(_sizes(inputs[0].type)))
        env, facts = with_lets(env, facts, block.lets, "l")
        unit = Unit(block, block.name, block.scope, block.params, inputs, types=dict(env.types), facts=facts)
        unit.lets, unit.sequential = _values(facts, block.lets, "l"), is_sequential_block(block)
        unit.frozen = {name: why for name, why in self._frozen.get(id(block), {}).items() if name in {*fixed, ""}}
        self._fill(unit, block.chain, block.outputs, env, numbered=block.numbered)
        self._known[key] = unit
        return unit

    def group(
        self,
        builder: Builder,
        chain: Chain,
        site: Site,
        start: Tensor,
        captured: Sequence[tuple[str, Tensor]],
        stem: str,
    ) -> Unit:
        """The class of a chain that is more than an `nn.Sequential`; it takes what it reads from outside."""
        first = Tensor(start.type, "x")
        others = [Tensor(tensor.type, name.replace(".", "_")) for name, tensor in captured]
        outer = builder.unit
        unit = Unit(chain, stem, outer.scope, (), (first, *others), types=outer.types, facts=builder.facts)
        names: dict[str, Named] = {}
        for (reference, _), tensor in zip(captured, others, strict=True):
            name, _, port = reference.partition(".")
            there = names.get(name, Named((), ()))
            names[name] = Named((*there.values, tensor), (*there.ports, port))
        self._fill(unit, chain, (), site.env, names, numbered=True)
        return unit

    def _fill(
        self, unit: Unit, chain: Chain, outputs: Sequence[OutputDecl], env: Env,
        names: Mapping[str, Named] | None = None, *, numbered: bool
    ) -> None:  # fmt: skip
        """Translate the steps of a class; `names` are those of its inputs, where they have others."""
        unit.facts_before = unit.facts
        builder = Builder(self, unit, chain, outputs, numbered=numbered)
        builder.lengths = dict(env.lengths)
        for name, value in unit.lets:
            builder.divide([value])
            unit.let_needs[name] = tuple(each for each in builder.statements if isinstance(each, ir.Guard))
            builder.statements.clear()
        if isinstance(unit.definition, Spec):
            sizes = [size for tensor in unit.inputs for size in _sizes(tensor.type)]
            for size in sizes:
                builder.divide([size])
                builder.need(Compare(">=", size, Number(1)), "input")
            builder.facts = builder.facts.with_sizes(*(name for name in ir.symbols_of(sizes) if name[0] == "$"))
        first = unit.inputs[0]
        own = names if names is not None else {tensor.name: Named((tensor,)) for tensor in unit.inputs}
        env = replace(env, types=unit.types)
        site = Site(env, Names(None, {"input": Named((first,)), **own}), children=unit.sequential)
        try:
            last = builder.chain(chain, site, first)
        except OpaqueError as error:
            raise UntranslatableError(str(error)) from error
        found: list[ir.Output] = []
        for output in outputs:
            tensor = builder.resolve(site.names, output.source)
            found.append(ir.Output(output.name, tensor, output.train_only))
        unit.outputs = tuple(found) or (ir.Output("output", last),)
        unit.body, unit.actions = tuple(builder.statements), tuple(builder.actions)
        unit.facts = builder.facts
        unit.asks = tuple(asked_of(unit))
        self.units.append(unit)

    # instances again

    def applied(
        self, builder: Builder, maker: ir.UnitMaker, fed: Sequence[Tensor], before: Sequence[TensorType]
    ) -> tuple[TensorType, ...]:
        """The results of a class's instance on other inputs, which must be of the sizes that it was made for.

        Sizes that the instance tells are those of its results `before`.
        """
        unit = maker.unit
        if not isinstance(unit.definition, Block) or unit.frozen:
            return unit.results
        again = self.block(unit.definition, tuple(t.type for t in fed))
        sizes = sizes_of(again, tuple(t.type for t in fed))
        for name, size in sizes.items():
            same = Compare("==", size, maker.sizes[name])
            if not builder.facts.decide(same):
                builder.statements.append(ir.Guard(same, "reuse", builder.depth > 0, (unit, name)))
        other = ir.UnitMaker(again, maker.given, sizes, maker.by_place)
        types, told = results(builder, other, ir.symbol("m", unit.stem))
        kept = {Name(each.symbol) for each in told}
        return tuple(_with_sizes_of(first, type_, kept) for first, type_ in zip(before, types, strict=True))


def _values(facts: Facts, lets: Sequence[tuple[str, Formula]], kind: str) -> tuple[tuple[str, Expr], ...]:
    """What lets stand for, by symbol."""
    return tuple((f"{kind}:{name}", facts.lets[f"{kind}:{name}"]) for name, _ in lets)


def _placeholder(name: str, type_: TensorType, port: int) -> Tensor:
    shape = [size if size is BATCH else symbolic.size(Name(f"${port}.{at}")) for at, size in enumerate(type_.shape)]
    return Tensor(TensorType(tuple(shape), type_.dtype), name)


def _sizes(type_: TensorType) -> list[Expr]:
    """The sizes of a tensor without the batch, as formulas."""
    return [symbolic.formula(size) for size in type_.sample]


def _with_sizes_of(before: TensorType, type_: TensorType, told: Collection[Expr]) -> TensorType:
    """A type with the sizes of another in the place of some."""
    pairs = zip(before.shape, type_.shape, strict=True)
    return type_.with_shape(*(old if new is not BATCH and symbolic.formula(new) in told else new for old, new in pairs))


def _given(param: Param, arg: Arg, env: Env, types: Mapping[str, str]) -> Expr | ir.Text:
    """An argument of a block in terms of its caller."""
    if isinstance(arg, Formula):
        return bind(arg.expr, env)
    if isinstance(arg, Template) and arg.plain is None:
        parts = tuple(part if isinstance(part, str) else bind(part, env) for part in arg.parts)
        if len(parts) == 1 and not isinstance(parts[0], str) and type_of(parts[0], types) == "str":
            return parts[0]
        return parts
    if isinstance(arg, Seq):
        items = [_given(param, item, env, types) for item in arg.items]
        return expr.ListExpr(tuple(each for each in items if not isinstance(each, tuple)))
    return _plain(param, arg.value if isinstance(arg, Const) else arg.plain)


def _plain(param: Param, value: object) -> Expr:
    """A plain value of a parameter as a formula, a row by its columns."""
    if is_mapping(value):
        value = [value.get(name) for name, _ in param.columns]
    if is_list(value):
        return expr.ListExpr(tuple(_plain(param, item) for item in value))
    found = literal(value)
    assert found is not None
    return found
