"""What a step does when it is expanded: an op, a fork, a block, a group, or an instance used again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from archc import codes
from archc.diagnostics import Diagnostic, Note, Where, suggest
from archc.expand.frame import Frame
from archc.expand.leaf import Made, bind_ports, evaluate_arg, evaluate_template, expr_finding, make_leaf
from archc.expand.scope import Env, Named, Names, Value, label_of_arg, value_of
from archc.expr import UNKNOWN, Expr, ExprError, Record
from archc.labels import Labelled
from archc.naming import problem_with_module_name
from archc.ops.base import Inputs, ShapeError
from archc.spec.model import (
    Action,
    Block,
    BlockCall,
    Branch,
    Chain,
    Choice,
    Faulty,
    Formula,
    Group,
    OpCall,
    OutputDecl,
    Param,
    Reuse,
    Source,
    Spec,
    Step,
)  # fmt: skip
from archc.spec.values import coerce, problem_with
from archc.spec.walk import names_in_step, owns_modules, references_in
from archc.suggest import known
from archc.tensor import TensorType
from archc.tree import Body, Bound, Item, Leaf, Src, Turn

NAMELESS = "_"
"""The name of a step whose own name is faulty."""
NOWHERE = Src(-(10**9))
"""The place of a tensor that a fault kept from being made."""


class Actions(ABC):
    """The part of the builder that carries out one step."""

    def __init__(self, *, traced: bool) -> None:
        self.traced = traced
        self.findings: dict[tuple[object, ...], Diagnostic] = {}
        self.stack: tuple[Note, ...] = ()
        self.depth = 0
        self.memo: dict[tuple[object, ...], object] = {}
        self.names_in: dict[int, tuple[str, ...]] = {}
        self.blocks: Mapping[str, Block] = {}

    @abstractmethod
    def body(
        self, definition: Spec | Block | Chain, chain: Chain, env: Env, args: Mapping[str, Bound],
        inputs: tuple[TensorType | None, ...], input_names: tuple[str, ...], declared: Sequence[OutputDecl],
        *, numbered: bool, names: Names | None = None,
    ) -> Body | None:  # fmt: skip
        """Expand a chain as a body of its own."""

    @abstractmethod
    def block(self, block: Block, args: Mapping[str, Bound], inputs: tuple[TensorType | None, ...]) -> Body | None:
        """The instance of a block."""

    @abstractmethod
    def chain(
        self, frame: Frame, chain: Chain, names: Names, env: Env, current: Value, *,
        top: bool, outer: Step | None = None, turn: Turn | None = None, forced: str | None = None,
    ) -> Value:  # fmt: skip
        """Expand steps into a frame."""

    def report(self, finding: Diagnostic) -> None:
        """Add a finding, once for its place and kind: equal faults of several instances are one fault."""
        self.findings.setdefault((finding.code, finding.where), replace(finding, stack=self.stack))

    def evaluate(self, formula: Formula, env: Env) -> object:
        """The value of an expression; UNKNOWN, with a finding, where it has none."""
        try:
            return value_of(formula.expr, env.values)
        except ExprError as error:
            self.report(expr_finding(error, formula.where))
            return UNKNOWN

    def resolve(self, names: Names, source: Source) -> Value:
        """The tensor that a name stands for."""
        stem, _, port = source.name.partition(".")
        found = names.find(stem)
        if found is None:
            hint = suggest(stem, names.all()) or known("names so far", names.all())
            self.report(Diagnostic(codes.UNKNOWN_REFERENCE, f"nothing here is called `{stem}`", source.where, help=hint))
            return Value(NOWHERE, None)
        if not port:
            return found.values[0]
        if port in found.ports:
            return found.values[found.ports.index(port)]
        if all(value.type is not None for value in found.values):
            hint = suggest(port, found.ports) or known("results", found.ports)
            self.report(Diagnostic(codes.UNKNOWN_REFERENCE, f"`{stem}` has no result `{port}`", source.where, help=hint))
        return Value(NOWHERE, None)

    def sources(self, names: Names, step: Step, env: Env, current: Value) -> list[Value]:
        """The tensors a step works on."""
        if step.sources is not None:
            named = [self.resolve(names, source) for source in step.sources]
            return [current, *named] if self._takes_current(step, env) else named
        action = self._chosen(step, env)
        return [] if isinstance(action, OpCall) and action.op.is_source else [current]

    def _takes_current(self, step: Step, env: Env) -> bool:
        """Whether `from` names ports but not the first one, which the step before it then feeds."""
        ports = [source.port for source in step.sources or ()]
        first = self._first_port(self._chosen(step, env))
        return bool(first) and all(ports) and first not in ports

    def _first_port(self, action: Action) -> str:
        """The port that the step before feeds."""
        if isinstance(action, BlockCall):
            block = self.blocks.get(action.target)
            return block.inputs[0] if block is not None and block.inputs else ""
        ports = action.op.ports if isinstance(action, OpCall) and not action.op.merges else ()
        return ports[0] if ports else ""

    def ports_of(self, step: Step, env: Env, sources: Sequence[Value]) -> list[tuple[str, Value]]:
        """The inputs that a step's sources feed, by name where it is a block that takes several; else unnamed."""
        action = self._chosen(step, env)
        block = self.blocks.get(action.target) if isinstance(action, BlockCall) else None
        if block is None or len(block.inputs) < 2 or len(sources) != len(block.inputs):
            return [("", source) for source in sources]
        given = [source.port for source in step.sources or ()]
        named = [block.inputs[0], *given] if len(given) < len(sources) else given
        return list(zip(named if all(named) else block.inputs, sources, strict=True))

    def _chosen(self, step: Step, env: Env) -> Action:
        """What a step does, a choice being made."""
        action = step.action
        if not isinstance(action, Choice):
            return action
        return dict(action.options).get(str(env.values.get(action.parameter, UNKNOWN))) or Faulty()

    def is_side(self, step: Step) -> bool:
        """Whether a step leaves the current tensor as it was."""
        return isinstance(step.action, Group) and step.action.side

    def act(
        self, frame: Frame, step: Step, names: Names, env: Env, sources: list[Value], *,
        top: bool, outer: Step, turn: Turn | None, forced: str | None,
    ) -> Named:  # fmt: skip
        """Carry out a step; gives its results."""
        action = self._chosen(step, env)
        if isinstance(action, Faulty):
            meant = (names.find(text.split(".", 1)[0]) for text in action.mentions)
            frame.use(value.src for found in meant if found is not None for value in found.values)
            return Named((Value(NOWHERE, None),) * max(1, len(step.results)), step.results or ("",))
        if isinstance(action, Reuse):
            return self._reuse(frame, step, action, names, sources, outer=outer, turn=turn)
        if isinstance(action, Group) and action.spliced:
            inner = Names(names, {"input": Named((sources[0],), ("",))})
            value = self.chain(frame, action.chain, inner, env, sources[0], top=top, outer=outer, turn=turn)
            return Named((value,), ("",))
        name = self._name(frame, step, env, forced, top=top)
        if isinstance(action, Group):
            if action.chain.lone and action.side:
                value = self.chain(frame, action.chain, names, env, sources[0], top=False, outer=outer, turn=turn, forced=name)
                return Named((value,), ("",), None)
            body = self._group(action.chain, names, env, sources[0])
            return self._place(frame, step, outer, name, body[0], body[1], ("",) * len(body[1]), turn, top=top)
        if isinstance(action, BlockCall):
            return self._call(frame, step, action, env, sources, name, outer=outer, turn=turn, top=top)
        if action.branches is not None:
            sources = [self._branch(frame, names, env, sources[0], branch, outer, turn) for branch in action.branches]
            frame.use(value.src for value in sources)
        return self._op(frame, step, action, env, sources, name, outer=outer, turn=turn, top=top)

    def bind(self, frame: Frame, step: Step, names: Names, env: Env, named: Named) -> None:
        """Give a step's results their names, and hold them to what the step expects."""
        if step.expect is not None:
            from archc.expand.expects import check_expect

            check_expect(self, step, env, named.values[0].type)
        action = self._chosen(step, env)
        if isinstance(action, OpCall) and not action.op.is_module and len(named.values) > 1 and not step.results:
            message = f"`{step.key}` has {len(named.values)} results here, which have no names"
            self.report(Diagnostic(codes.ARITY, message, step.where, help="name each of them, as in `as: [a, b]`; `_` leaves one out"))
        if step.results:
            if all(v.type is not None for v in named.values) and len(step.results) != len(named.values):
                self.report(Diagnostic(
                    codes.ARITY, f"`{step.key}` has {len(named.values)} results here, not {len(step.results)}", step.where,
                    help="name each of them under `as`",
                ))  # fmt: skip
            for at, name in enumerate(step.results):
                value = named.values[at] if at < len(named.values) else Value(NOWHERE, None)
                if name != "_":
                    self._define(frame, step, names, name, Named((value,), ("",)))
            return
        name = step.name and self._text(step, env)
        if name:
            self._define(frame, step, names, name, named)

    def _define(self, frame: Frame, step: Step, names: Names, name: str, named: Named) -> None:
        if name in names.own:
            help = f"give each its own, as in `{name}{{i + 1}}`" if step.repeat is not None else "rename one of them"
            self.report(Diagnostic(codes.DUPLICATE_NAME, f"`{name}` is already the name of another step", step.where, help=help))
            return
        names.own[name] = named

    def _own(self, frame: Frame, step: Step, name: str) -> None:
        """Take a submodule's name, which nothing else in the body may have."""
        if name in frame.attributes and name != NAMELESS:
            help = "give each round its own, as in `name{i + 1}`, or leave `as` out" if step.repeat else "rename one of them"
            self.report(Diagnostic(codes.DUPLICATE_NAME, f"`{name}` is already the name of another step", step.where, help=help))
        frame.attributes.add(name)

    def _text(self, step: Step, env: Env) -> str | None:
        """The text of `as`, or None where it is unknown."""
        assert step.name is not None
        if step.name.plain is not None:
            return step.name.plain
        try:
            text = evaluate_template(step.name, env)
        except ExprError as error:
            self.report(expr_finding(error, step.name.where))
            return None
        if not isinstance(text, str):
            return None
        problem = problem_with_module_name(text)
        if problem:
            self.report(Diagnostic(codes.BAD_NAME, f"step name `{text}` {problem}", step.name.where))
        return None if problem else text

    def _name(self, frame: Frame, step: Step, env: Env, forced: str | None, *, top: bool) -> str:
        if step.name is not None:
            return self._text(step, env) or NAMELESS
        if forced is not None:
            return forced
        return frame.auto(step.key, top=top)

    def _branch(
        self, frame: Frame, names: Names, env: Env, start: Value, branch: Branch, outer: Step, turn: Turn | None
    ) -> Value:
        """One chain of a fork: a submodule of the branch's name where it has modules, calls alone where it has none."""
        chain = branch.chain
        if not chain.steps:
            return start
        if chain.lone or not owns_modules(chain):
            forced = frame.branch(branch.name) if chain.lone else None
            inner = Names(names, {"input": Named((start,), ("",))})
            return self.chain(frame, chain, inner, env, start, top=False, outer=outer, turn=turn, forced=forced)
        name = frame.branch(branch.name)
        body, inputs = self._group(chain, names, env, start)
        step = Step(branch.name, Group(chain), chain.where)
        return self._place(frame, step, outer, name, body, inputs, ("",) * len(inputs), turn, top=False).values[0]

    def _group(self, chain: Chain, names: Names, env: Env, current: Value) -> tuple[Body | None, list[Value]]:
        """A chain as a submodule. Names of the chains around it become further inputs."""
        captured: dict[str, dict[str, Value]] = {}
        for reference in references_in(chain):
            stem, _, port = reference.partition(".")
            if stem != "input" and (found := names.find(stem)) is not None:
                at = found.ports.index(port) if port in found.ports else 0
                captured.setdefault(stem, {})[port] = found.values[at]
        inputs = [current, *(value for ports in captured.values() for value in ports.values())]
        types = tuple(value.type for value in inputs)
        key = self._key(chain, env, types, *(f"{stem}.{port}" for stem, ports in captured.items() for port in ports))
        if key in self.memo:
            body = self.memo[key]
            assert body is None or isinstance(body, Body)
            return body, inputs
        inner = Names(None, {"input": Named((Value(Src(-1), current.type),), ("",))})
        at = -2
        for stem, ports in captured.items():
            values = []
            for value in ports.values():
                values.append(Value(Src(at), value.type))
                at -= 1
            inner.own[stem] = Named(tuple(values), tuple(ports))
        labels = ("x", *(stem if not port else f"{stem}_{port}" for stem, ports in captured.items() for port in ports))
        body = self.body(chain, chain, env, {}, types, labels, (), numbered=True, names=inner)
        self.memo[key] = body
        return body, inputs

    def _key(self, chain: Chain | Step, env: Env, types: Sequence[object], *more: str) -> tuple[object, ...]:
        """All that the expansion of a chain or step depends on, formulas included where they are traced."""
        names = self.names_in.get(id(chain))
        if names is None:
            steps = chain.steps if isinstance(chain, Chain) else (chain,)
            found = {name for step in steps for name in names_in_step(step)}
            names = self.names_in[id(chain)] = tuple(sorted(found))
        values = tuple(env.values.get(name) for name in names)
        if not self.traced:
            return (id(chain), values, tuple(types), *more)
        labels = tuple(env.labels.get(name) for name in names)
        return (id(chain), _with_formulas(values), labels, _with_formulas(types), *more)

    def _call(
        self, frame: Frame, step: Step, call: BlockCall, env: Env, sources: list[Value], name: str, *,
        outer: Step, turn: Turn | None, top: bool,
    ) -> Named:  # fmt: skip
        """A block's instance, as an item."""
        block = self.blocks.get(call.target)
        if block is None:  # its definition is faulty, which is already reported
            return Named((Value(NOWHERE, None),) * max(1, len(step.results)), ("",))
        args = self._bound(block, call, env)
        ports = self._block_ports(step, block, len(sources))
        if args is None or ports is None or len(sources) != len(block.inputs):
            if ports is not None and len(sources) != len(block.inputs):
                help = known("inputs", block.inputs)
                self.report(Diagnostic(codes.ARITY, f"block `{call.target}` takes {len(block.inputs)} inputs, not {len(sources)}", step.where, help=help))
            count = max(1, len(step.results), len(block.outputs))
            return Named((Value(NOWHERE, None),) * count, tuple(o.name for o in block.outputs) or ("",))
        ordered = [sources[ports.index(port)] for port in block.inputs]
        body = self._instance(step, block, args, tuple(value.type for value in ordered))
        if body is None:
            names = tuple(o.name for o in block.outputs) or ("",)
            return Named((Value(NOWHERE, None),) * len(names), names)
        return self._place(frame, step, outer, name, body, ordered, block.inputs, turn, top=top)

    def _instance(
        self, step: Step, block: Block, args: Mapping[str, Bound], types: tuple[TensorType | None, ...]
    ) -> Body | None:
        values = tuple(bound.value for bound in args.values())
        key: tuple[object, ...] = (id(block), values, types)
        if self.traced:
            key = (id(block), _with_formulas(values), tuple(b.label for b in args.values()), _with_formulas(types))
        if key in self.memo:
            body = self.memo[key]
            assert body is None or isinstance(body, Body)
            return body
        outside = self.stack
        told = ", ".join(f"{n}={b.value}" for n, b in args.items() if b.value is not UNKNOWN)[:80]
        self.stack = (*outside, Note(f"in `{block.name}`" + (f" ({told})" if told else ""), step.where))
        body = self.block(block, args, types)
        self.stack = outside
        self.memo[key] = body
        return body

    def _block_ports(self, step: Step, block: Block, count: int) -> tuple[str, ...] | None:
        given = _given_ports(step, block.inputs, count)
        if not any(given):
            return block.inputs
        unknown = [port for port in given if port not in block.inputs]
        for port in unknown:
            hint = suggest(port, block.inputs) or known("inputs", block.inputs)
            self.report(Diagnostic(codes.ARITY, f"block `{block.name}` has no input `{port}`", step.where, help=hint))
        return None if unknown else tuple(given)

    def _bound(self, block: Block, call: BlockCall, env: Env) -> dict[str, Bound] | None:
        """Every parameter of a block with its value; None where one is faulty."""
        given = dict(call.args)
        bound: dict[str, Bound] = {}
        good = True
        for param in block.params:
            arg = given.get(param.name)
            if arg is None:
                bound[param.name] = Bound(param.default)
                continue
            try:
                value = evaluate_arg(arg, env)
            except ExprError as error:
                self.report(expr_finding(error, arg.where))
                value = UNKNOWN
            if value is not UNKNOWN and (problem := problem_with(param, value)):
                self.report(Diagnostic(codes.BAD_ARGUMENT, f"parameter `{param.name}` of `{call.target}` {problem}", arg.where))
                value = UNKNOWN
            label = label_of_arg(arg, env) if self.traced else None
            bound[param.name] = _with_label(param, value, label)
            good = good and value is not UNKNOWN
        return bound if good else None

    def _op(
        self, frame: Frame, step: Step, call: OpCall, env: Env, sources: list[Value], name: str, *,
        outer: Step, turn: Turn | None, top: bool,
    ) -> Named:  # fmt: skip
        """An op, as an item."""
        given = _given_ports(step, call.op.ports, len(sources)) if call.branches is None else []
        if not given:
            given = [""] * len(sources)
        ports, problem, help = bind_ports(call.op, tuple(given), len(sources))
        unknown = (Value(NOWHERE, None),) * max(1, len(step.results), len(call.op.results))
        if problem:
            self.report(Diagnostic(codes.ARITY, f"`{call.op.name}` {problem}", step.where, help=help))
            return Named(unknown, call.op.results)
        if any(ports):
            order = sorted(range(len(ports)), key=lambda at: call.op.ports.index(ports[at]))
            sources, ports = [sources[at] for at in order], tuple(ports[at] for at in order)
        key = self._key(step, env, tuple(value.type for value in sources), *ports)
        made = self.memo.get(key)
        if made is None:
            made = make_leaf(step, call, sources, ports, env, traced=self.traced)
            for finding in made.findings:
                self.report(finding)
            self.memo[key] = made
        assert isinstance(made, Made)
        if made.leaf is None:
            values = tuple(Value(NOWHERE, type_) for type_ in made.types)
            return Named(values, call.op.results if len(call.op.results) == len(values) else ("",) * len(values))
        types = tuple(type_ for type_ in made.types if type_ is not None)
        if call.op.is_module:
            self._own(frame, step, name)
        at = frame.add(Item(step, outer, name, made.leaf, tuple(v.src for v in sources), ports, types, None, turn, top), 1)
        return Named(tuple(Value(Src(at, i), type_) for i, type_ in enumerate(types)), _result_names(made.leaf, len(types)), at)

    def _place(
        self, frame: Frame, step: Step, outer: Step, name: str, body: Body | None, sources: Sequence[Value],
        ports: tuple[str, ...], turn: Turn | None, *, top: bool,
    ) -> Named:  # fmt: skip
        """A body, as an item."""
        frame.use(value.src for value in sources)
        if body is None:
            return Named((Value(NOWHERE, None),), ("",))
        types = tuple(output.type for output in body.outputs)
        self._own(frame, step, name)
        item = Item(step, outer, name, body, tuple(v.src for v in sources), ports, types, None, turn, top)
        at = frame.add(item, body.nodes)
        names = tuple(output.name for output in body.outputs)
        return Named(tuple(Value(Src(at, i), type_) for i, type_ in enumerate(types)), names if len(names) > 1 else ("",), at)

    def _reuse(
        self, frame: Frame, step: Step, action: Reuse, names: Names, sources: list[Value], *, outer: Step, turn: Turn | None
    ) -> Named:
        """An earlier instance, applied to other inputs: the same weights, so they must fit."""
        where = Where(step.where.file, step.where.route)
        found = names.find(action.name)
        unknown = Named((Value(NOWHERE, None),), ("",))
        if found is None:
            self.resolve(names, Source("", action.name, where))
            return unknown
        item = None if found.item is None else frame.items[found.item]
        if item is None or not _is_instance(item):
            if found.values[0].type is not None:
                help = "`reuse` takes a step of the same block or Sequential that owns a module"
                self.report(Diagnostic(codes.REUSE, f"`{action.name}` is no instance that can be used again here", where, help=help))
            return unknown
        types = tuple(value.type for value in sources)
        if len(types) != len(item.inputs):
            message = f"`{action.name}` takes {len(item.inputs)} inputs, not {len(types)}"
            self.report(Diagnostic(codes.ARITY, message, where, help="name them under `from`, in the order of its own"))
        if any(type_ is None for type_ in types) or len(types) != len(item.inputs):
            return unknown
        known_types = tuple(t for t in types if t is not None)
        content = self._again(step, item, known_types)
        if content is None:
            return unknown
        made, results = content
        at = frame.add(Item(
            step, outer, item.name, made, tuple(v.src for v in sources), item.ports, results, found.item, turn, False
        ), made.nodes if isinstance(made, Body) else 1)  # fmt: skip
        return Named(tuple(Value(Src(at, i), t) for i, t in enumerate(results)), found.ports, found.item)

    def _again(self, step: Step, item: Item, types: tuple[TensorType, ...]) -> tuple[Leaf | Body, tuple[TensorType, ...]] | None:
        content = item.content
        if isinstance(content, Leaf):
            inputs = Inputs(types, item.ports)
            try:
                told = content.op.inferred(inputs)
                wrong = [name for name, value in told.items() if getattr(content.op, name) != value]
                if not wrong:
                    return content, content.op.infer(inputs)
                message = f"`{item.name}` was made for `{wrong[0]}` {getattr(content.op, wrong[0])}, here it is {told[wrong[0]]}"
                self.report(Diagnostic(codes.REUSE, message, step.where))
            except ShapeError as error:
                self.report(Diagnostic(error.code, f"`{content.op.name}` {error.message}", step.where, help=error.help))
            return None
        if not isinstance(content.definition, Block):
            if types == content.inputs:
                return content, item.types
            self.report(Diagnostic(codes.REUSE, f"`{item.name}` can be used again on inputs of the same shape only", step.where, help="make it a block"))
            return None
        body = self._instance(step, content.definition, content.args, types)
        if body is None:
            return None
        if _weights(body) != _weights(content):
            self.report(Diagnostic(codes.REUSE, f"`{item.name}` would need other weights for this input", step.where))
            return None
        return body, tuple(output.type for output in body.outputs)


def _given_ports(step: Step, ports: Sequence[str], count: int) -> list[str]:
    """The ports that a step's inputs are for, "" where only their order counts."""
    given = [source.port for source in step.sources or ()]
    return [ports[0], *given] if step.sources is not None and len(given) < count else given


def _is_instance(item: Item) -> bool:
    """Whether an item is a module that can be called again."""
    return isinstance(item.content, Body) or (item.content.op.is_module and not item.content.op.is_source)


def _weights(body: Body) -> list[object]:
    """All parameter shapes of a body, in order."""
    found: list[object] = []
    for item in body.items:
        found += _weights(item.content) if isinstance(item.content, Body) else [(w.name, w.shape) for w in item.content.op.weights()]
    return found


def _result_names(leaf: Leaf, count: int) -> tuple[str, ...]:
    return leaf.op.results[:count] if len(leaf.op.results) >= count else ("",) * count


def _with_label(param: Param, value: object, label: object) -> Bound:
    if value is UNKNOWN:
        return Bound(UNKNOWN)
    value = coerce(param, value)
    if label is None:
        return Bound(value)
    if isinstance(label, tuple):
        return Bound(value)
    assert isinstance(label, Expr)
    if isinstance(value, int) and not isinstance(value, bool):
        return Bound(Labelled(value, label), label)
    return Bound(value, label)


def _with_formulas(values: Sequence[object]) -> tuple[object, ...]:
    """Values that differ where only their formulas do: equal numbers with other formulas are other values."""
    return tuple(_with_formula(value) for value in values)


def _with_formula(value: object) -> object:
    if isinstance(value, Labelled):
        return (int(value), value.label)
    if isinstance(value, TensorType):
        return (_with_formulas(value.shape), value.dtype)
    if isinstance(value, Record):
        return tuple((name, _with_formula(value[name])) for name in value)
    return _with_formulas(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
