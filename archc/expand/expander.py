"""The expansion itself: bodies, chains and steps, each equal instance made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from archc import codes, dims, expr
from archc.diagnostics import Diagnostic
from archc.expand.actions import Actions
from archc.expand.frame import Frame
from archc.expand.scope import Env, Named, Names, Value, input_record, label_of_expr, unbound
from archc.expand.settings import Settled, scope_values
from archc.expr import UNKNOWN, Expr
from archc.labels import Labelled
from archc.quiet import quiet
from archc.spec.context import Context
from archc.spec.model import Block, Chain, Formula, Group, OutputDecl, Repeat, Scope, Source, Spec, Step
from archc.tensor import TensorType
from archc.tree import Body, Bound, Output, Src, Turn, is_plain_chain

MAX_NODES = 200_000
"""The most ops a network may have."""
MAX_DEPTH = 48
"""How deep blocks and groups may be nested."""


class LimitError(Exception):
    """The network is larger than archc takes on; the finding is already reported."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """A network's body, None where faults left nothing to build, with the findings of making it."""

    body: Body | None
    findings: tuple[Diagnostic, ...]
    settled: Settled


def expand(spec: Spec, settled: Settled, traced: Mapping[str, object] | None = None) -> Expansion:
    """The network of `spec`, typed. `traced` names parameters whose use is to be remembered as formulas."""
    builder = Builder(spec, settled, traced=traced is not None)
    body: Body | None = None
    with quiet(), suppress(LimitError):
        body = builder.network(traced or {})
    failed = any(finding.severity == "error" for finding in builder.findings.values())
    return Expansion(None if failed else body, tuple(builder.findings.values()), settled)


class Builder(Actions):
    """One run of expansion. It keeps what has been made and found; bodies, once made, never change."""

    def __init__(self, spec: Spec, settled: Settled, *, traced: bool) -> None:
        super().__init__(traced=traced)
        self.spec = spec
        self.settled = settled
        self.scopes: dict[int, Env] = {}
        self.free: Mapping[str, Bound] = {}
        """Parameters of the file that are traced: the blocks of the file take them as if they were their own."""
        self.let_labels: dict[str, Expr] = {}
        self.let_values: dict[str, object] = {}

    def network(self, traced: Mapping[str, object]) -> Body | None:
        """The whole network."""
        chain = self.spec.chain
        if chain is None or not self.spec.inputs:
            return None
        values = {name: traced.get(name, value) for name, value in self.settled.values.items()}
        env = Env(values)
        self.free = {name: Bound(value, expr.Name(name)) for name, value in traced.items()}
        self.blocks = self.spec.scope.blocks
        self.scopes[id(self.spec.scope)] = Env(self.settled.values)
        inputs = tuple(self._input_type(decl, env) for decl in self.spec.inputs)
        names = tuple(decl.name for decl in self.spec.inputs)
        for numbered in (True, False):
            # a plain chain of modules is an nn.Sequential, which numbers its children: known only when it is made
            if numbered and not _may_be_plain(chain):
                continue
            body = self.body(self.spec, chain, env, {}, inputs, names, self.spec.outputs, numbered=numbered)
            if not numbered or self.findings or (body is not None and is_plain_chain(body)):
                return body
        return None

    def file_env(self) -> Env:
        """The values that the blocks of the spec's own file see."""
        return Env(self.settled.values)

    def _input_type(self, decl: object, env: Env) -> TensorType | None:
        from archc.spec.model import InputDecl

        assert isinstance(decl, InputDecl)
        shape: list[dims.Dim] = [dims.BATCH]
        for dim in decl.dims:
            if not isinstance(dim, Formula):
                shape.append(dims.symbol(dim.name, self.settled.sizes[dim.name]))
                continue
            size = self.evaluate(dim, env)
            if size is UNKNOWN:
                return None
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                self.report(Diagnostic(codes.OUT_OF_RANGE, f"a dimension is a whole number of at least 1, not {size}", dim.where))
                return None
            shape.append(size)
        return TensorType(tuple(shape), decl.dtype)

    def scope_env(self, scope: Scope) -> Env:
        """The parameters and lets that the blocks of a file see."""
        if id(scope) not in self.scopes:
            findings: list[Diagnostic] = []
            ctx = Context(scope.file, findings, params={p.name: p for p in scope.params})
            values = scope_values(ctx, scope, {})
            for finding in findings:
                self.report(finding)
            self.scopes[id(scope)] = Env(values or {p.name: UNKNOWN for p in scope.params})
        return self.scopes[id(scope)]

    def block(
        self, block: Block, args: Mapping[str, Bound], inputs: tuple[TensorType | None, ...], *, root: bool = False
    ) -> Body | None:
        """The instance of a block for these arguments and inputs.

        The block that a trace is about (`root`) keeps the names of its lets in formulas; `let_labels` says what they are.
        """
        scope = self.scope_env(block.scope)
        if block.scope is self.spec.scope:
            args = {**args, **self.free}
        labels = {n: b.label for n, b in args.items() if b.label is not None and not isinstance(b.value, Labelled)}
        env = Env({**scope.values, **{name: bound.value for name, bound in args.items()}, "input": input_record(inputs)}, labels)
        for name, formula in block.lets:
            value = self.evaluate(formula, env)
            label = label_of_expr(formula.expr, env) if self.traced and value is not UNKNOWN else None
            if label is not None and root and not isinstance(label, expr.Name):
                self.let_labels[name] = label
                label = expr.Name(name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            env = env.with_value(name, Labelled(int(value), label) if label and whole else value)  # type: ignore[call-overload]
            if label and not whole:
                env = Env(env.values, {**env.labels, name: label})
        if root:
            self.let_values = {name: env.values[name] for name, _ in block.lets}
        outside, self.blocks = self.blocks, block.scope.blocks
        body = self.body(block, block.chain, env, args, inputs, block.inputs, block.outputs, numbered=block.numbered)
        self.blocks = outside
        return body

    def body(
        self, definition: Spec | Block | Chain, chain: Chain, env: Env, args: Mapping[str, Bound],
        inputs: tuple[TensorType | None, ...], input_names: tuple[str, ...], declared: Sequence[OutputDecl],
        *, numbered: bool, names: Names | None = None,
    ) -> Body | None:  # fmt: skip
        """Expand a chain as a body of its own; None where a fault left something unknown."""
        if self.depth >= MAX_DEPTH:
            self.report(Diagnostic(codes.LIMIT, f"blocks are nested more than {MAX_DEPTH} deep", chain.where))
            raise LimitError
        self.depth += 1
        fixed = {step.name.plain for step in chain.steps if step.name is not None}
        frame = Frame(numbered, {name for name in fixed if name is not None})
        values = [Value(Src(-1 - at), type_) for at, type_ in enumerate(inputs)]
        if names is None:
            names = Names(None, {name: Named((v,), ("",)) for name, v in zip(input_names, values, strict=True)})
            if len(values) == 1 or not isinstance(definition, Spec):
                names.own.setdefault("input", Named((values[0],), ("",)))
        if isinstance(definition, Spec) and len(values) == 1:
            env = env.with_value("input", input_record(inputs))
        last = self.chain(frame, chain, names, env, values[0], top=True)
        outputs = self._outputs(frame, names, declared, last)
        self.depth -= 1
        self._report_unused(frame)
        if outputs is None or any(type_ is None for type_ in inputs):
            return None
        return Body(
            definition, args, tuple(t for t in inputs if t is not None), input_names, tuple(frame.items), outputs,
            tuple(frame.dropped), frame.whens, frame.counts, frame.nodes,
        )  # fmt: skip

    def _outputs(
        self, frame: Frame, names: Names, declared: Sequence[OutputDecl], last: Value
    ) -> tuple[Output, ...] | None:
        gone = {step.name.plain for step in frame.dropped if step.name is not None and self.is_side(step)}
        there = [d for d in declared if d.source not in gone]  # a side chain that is dropped takes its outputs along
        wanted = [(d.name, self.resolve(names, Source("", d.source, d.where)), d.train_only) for d in there]
        wanted = wanted or [("output", last, False)]
        frame.use(value.src for _, value, _ in wanted)
        if any(value.type is None for _, value, _ in wanted):
            return None
        return tuple(Output(name, v.src, v.type, only) for name, v, only in wanted if v.type is not None)

    def _report_unused(self, frame: Frame) -> None:
        for at, item in enumerate(frame.items):
            if at not in frame.used:
                name = f"`{item.name}`" if item.step.name is not None else f"this `{item.step.key}`"
                help = "use it under `from` or `outputs`, or take the step out"
                self.report(Diagnostic(codes.UNUSED_RESULT, f"nothing uses the result of {name}", item.step.where, help=help))

    def chain(
        self, frame: Frame, chain: Chain, names: Names, env: Env, current: Value, *,
        top: bool, outer: Step | None = None, turn: Turn | None = None, forced: str | None = None,
    ) -> Value:  # fmt: skip
        """Expand steps into `frame`, each fed by the one before; gives what the last one makes."""
        for step in chain.steps:
            current = self.repeated(frame, step, names, env, current, top=top, outer=outer or step, turn=turn, forced=forced)
        return current

    def repeated(
        self, frame: Frame, step: Step, names: Names, env: Env, current: Value, *,
        top: bool, outer: Step, turn: Turn | None, forced: str | None,
    ) -> Value:  # fmt: skip
        """A step as often as it says."""
        if step.repeat is None:
            return self.once(frame, step, names, env, current, top=top, outer=outer, turn=turn, forced=forced)
        rounds = self._rounds(frame, step, step.repeat, env)
        before = frame.nodes
        carried: dict[str, Value] = {}
        for at, value in enumerate(rounds):
            inner = env if step.repeat.variable is None else env.with_value(step.repeat.variable, value)
            round_ = Turn(step, at, len(rounds)) if outer is step else turn
            known = set(names.own)
            frame.results = None
            current = self.once(
                frame, step, names, inner, current, top=top, outer=outer, turn=round_, forced=forced, carried=carried
            )
            if frame.results is not None:
                carried = {port: v for port, v in zip(frame.results.ports, frame.results.values, strict=False) if port}
            if self.traced and step.repeat.variable is not None:
                # outside its round the loop variable means nothing: what leaves the round has its value instead
                current = unbound(current, step.repeat.variable, at)
                carried = {name: unbound(v, step.repeat.variable, at) for name, v in carried.items()}
                for name in set(names.own) - known:
                    named = names.own[name]
                    values = tuple(unbound(v, step.repeat.variable, at) for v in named.values)
                    names.own[name] = Named(values, named.ports, named.item)
            if at == 0 and (frame.nodes - before) * len(rounds) > MAX_NODES:
                self._refuse_size(step)
        if not rounds and step.name is not None and step.name.plain is not None:
            names.own[step.name.plain] = Named((current,), ("",))
        return current

    def _rounds(self, frame: Frame, step: Step, repeat: Repeat, env: Env) -> Sequence[object]:
        if repeat.rows is not None:
            rows = env.values.get(repeat.rows, UNKNOWN)
            return rows if isinstance(rows, tuple) else (UNKNOWN,)
        assert repeat.count is not None
        count = self.evaluate(repeat.count, env)
        if count is UNKNOWN:
            return (UNKNOWN,)
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            self.report(Diagnostic(codes.OUT_OF_RANGE, f"`repeat` must be a whole number of at least 0, not {count}", repeat.count.where))
            return (UNKNOWN,)
        if count > MAX_NODES:
            self._refuse_size(step)
        if not self.traced:
            return range(count)
        label = label_of_expr(repeat.count.expr, env)
        if label is not None:
            frame.counts[id(step)] = label
        variable = expr.Name(repeat.variable) if repeat.variable else None
        return [Labelled(at, variable) if variable else at for at in range(count)]

    def _refuse_size(self, step: Step) -> None:
        self.report(Diagnostic(codes.LIMIT, f"the network would have more than {MAX_NODES:,} ops", step.where))
        raise LimitError

    def once(
        self, frame: Frame, step: Step, names: Names, env: Env, current: Value, *,
        top: bool, outer: Step, turn: Turn | None, forced: str | None, carried: Mapping[str, Value] | None = None,
    ) -> Value:  # fmt: skip
        """A step, one time. `carried` are the results of the round before, for a block that takes several inputs."""
        sources = self.sources(names, step, env, current)
        if carried:
            sources = [carried.get(port, source) for port, source in self.ports_of(step, env, sources)]
        if step.when is not None and not self._holds(frame, step, env):
            frame.dropped.append(step)
            frame.skip(step, top=top)
            # of several inputs, the chain's own if it is among them: after conv, `add: [input, conv]` hands on conv
            handed = current if not sources or current in sources else sources[0]
            if step.name is not None and step.name.plain is not None:
                names.own[step.name.plain] = Named((handed,), ("",))
            return current if self.is_side(step) else handed
        frame.use(value.src for value in sources)
        named = self.act(frame, step, names, env, sources, top=top, outer=outer, turn=turn, forced=forced)
        if step.when is not None and current in sources and named.item is not None:
            frame.items[named.item] = frame.items[named.item]._replace(handed=sources.index(current))
        if top and not (isinstance(step.action, Group) and step.action.spliced):
            frame.places += 1
        if frame.nodes > MAX_NODES:
            self._refuse_size(step)
        self.bind(frame, step, names, env, named)
        frame.results = named
        return current if self.is_side(step) else named.values[0]

    def _holds(self, frame: Frame, step: Step, env: Env) -> bool:
        assert step.when is not None
        value = self.evaluate(step.when, env)
        if self.traced and value is not UNKNOWN:
            label = label_of_expr(step.when.expr, env)
            if label is not None:
                frame.whens[id(step)] = label
        if value is UNKNOWN or isinstance(value, bool):
            return value is not False
        self.report(Diagnostic(codes.WRONG_TYPE, f"`when` must be true or false, not {value}", step.when.where))
        return True


def _may_be_plain(chain: Chain) -> bool:
    """Whether a chain could turn out to be modules alone, one after the other."""
    from archc.spec.model import OpCall, Reuse

    for step in chain.steps:
        action = step.action
        if isinstance(action, Group) and action.spliced and not _may_be_plain(action.chain):
            return False
        function = isinstance(action, OpCall) and not action.op.is_module
        if step.when is None and (function or isinstance(action, Reuse) or step.sources or (isinstance(action, Group) and action.side)):
            return False
    return True
