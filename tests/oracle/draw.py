"""Random specs over the whole language: `draw(seed)`, the same for a seed for ever.

What is drawn is typed, and knows roughly which shapes there are, so that most specs hold. A few are kept that do not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import yaml

from tests.oracle.document import has_default, type_of
from tests.oracle.formulas import Refused
from tests.oracle.interpret import make
from tests.oracle.names import BLOCK_WORDS, EXPRESSION_HOSTILE, HOSTILE, MODULE_HAS, OPS
from tests.oracle.operations import MERGE_OPTIONS

FEATURES = (
    "block", "block in block", "block parameter", "enum", "str", "float parameter", "bool parameter", "list parameter",
    "table", "rows of a table", "file parameter in a block", "let", "let in a block", "input.channels", "input.height",
    "input.shape", "when", "when on input", "else", "else name", "else step", "else chain", "repeat", "repeat variable",
    "nested repeat", "template", "plain repeated name", "unnamed repeat", "repeated chain", "repeat of none", "fork",
    "fork of functions", "named merge", "Sequential", "numbered block", "side", "reuse", "chain", "several inputs",
    "several outputs", "block with several inputs", "block with several outputs", "carried", "training only", "variants",
    "init", "Parameter", "Buffer", "division", "conditional in a Sequential", "LSTM", "attention", "results", "random",
    "reshape", "products", "text", "kernel parameter", "cross attention", "row in an argument", "results by name", "file block choice", "several ranks", "flatten", "integers", "conditional merge", "network Sequential",
)  # fmt: skip


@dataclass(frozen=True)
class Probe:
    """One block at drawn arguments, on inputs of drawn shapes (without the batch)."""

    block: str
    args: Mapping[str, Any]
    shapes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Drawn:
    """A spec with what it is to be tried at."""

    seed: int
    text: str
    settings: tuple[Mapping[str, Any], ...]
    probes: tuple[Probe, ...]
    features: frozenset[str]


@dataclass
class Scope:
    """What expressions can use, by type."""

    ints: list[str] = field(default_factory=list)
    floats: list[str] = field(default_factory=list)
    bools: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    enums: list[tuple[str, list[str]]] = field(default_factory=list)
    strs: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)
    """Block-typed parameters, each with the kind of tensor that it keeps; those of the definition itself."""
    handed: list[str] = field(default_factory=list)
    kernels: list[str] = field(default_factory=list)
    """Whole numbers that are odd."""
    loops: list[str] = field(default_factory=list)
    inside: bool = False
    """Whether it is that of a block, which knows its input."""

    def copy(self) -> Scope:
        """The same names, to be added to."""
        return Scope(**{name: list(value) if isinstance(value, list) else value for name, value in vars(self).items()})


@dataclass
class State:
    """What is known of the current tensor."""

    kind: str
    ch: str | None
    sp: int = 0
    shrinks: int = 1
    """How often the places may still be halved."""
    named: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    modules: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    """What `reuse` may take: modules that keep a shape."""

    @property
    def sig(self) -> tuple[Any, ...]:
        """The shape, as far as it is known; unknown channels are like no others."""
        return (self.kind, self.ch if self.ch is not None else object(), self.sp)

    def within(self) -> State:
        """The state at the start of a chain inside a step."""
        return replace(self, named=list(self.named), taken=self.taken, modules=[])


@dataclass
class Blocky:
    """A block that can be called."""

    name: str
    kind: str
    sets: bool
    """Whether its parameter `out` is the number of channels that it gives."""
    out: str
    params: dict[str, Any]
    inputs: int = 1
    outputs: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    carries: bool = False


COLUMNS = {"out": "int", "n": "int", "wide": "bool", "rate": "float", "act": "str"}
"""The columns of all tables."""
ROW_ACTS = ["ReLU", "Hardswish"]
ACTS = ("ReLU", "GELU", "SiLU", "Tanh", "Hardswish", "LeakyReLU", "Sigmoid", "Softplus", "ELU")
ACT_FUNCTIONS = ("relu", "gelu", "silu", "tanh", "sigmoid", "hardswish", "leaky_relu", "softplus", "elu")


class Drawing:
    """One spec being drawn."""

    def __init__(self, rng: Random, *, today: bool) -> None:
        self.rng = rng
        self.today = today
        self.features: set[str] = set()
        self.file: set[str] = set()
        """Names of the file that expressions use, which blocks may not hide."""
        self.drawn: set[str] = set()
        """All names that expressions use anywhere."""
        self.choices: set[str] = set()
        """Block-typed parameters, which are steps as blocks are."""
        self.spec: dict[str, Any] = {}
        self.blocks: dict[str, Any] = {}
        self.callable: list[Blocky] = []
        self.serial = 0

    # chances and names

    def chance(self, percent: int) -> bool:
        """True so often in a hundred."""
        return self.rng.random() * 100 < percent

    def tag(self, *features: str) -> None:
        """Note what the spec has."""
        self.features.update(features)

    def pick(self, *items: Any) -> Any:
        """One of several."""
        return self.rng.choice(items)

    def name(self, taken: set[str], *, expression: bool = False, step: bool = False) -> str:
        """A name that is free."""
        while True:
            pool = HOSTILE + EXPRESSION_HOSTILE if expression else HOSTILE
            self.serial += 1
            name = self.rng.choice(pool) if self.chance(55) else f"{self.rng.choice('abcdefgpqrsuvw')}{self.serial}"
            if (
                name in taken
                or (expression and (name.startswith("_") or name in ("T", "L", "H", "W")))
                or (step and name in MODULE_HAS)
            ):
                continue
            taken.add(name)
            if expression:
                self.drawn.add(name)
            return name

    # expressions

    def int(self, scope: Scope, *, simple: bool = False) -> Any:
        """A small positive whole number."""
        a, b = self.some_int(scope), self.some_int(scope)
        if a is None or self.chance(25):
            return self.rng.randint(2, 9)
        if simple or self.chance(30):
            return a
        forms: list[Callable[[], str]] = [
            lambda: f"2 * {a}", lambda: f"{a} + {self.rng.randint(1, 3)}", lambda: f"{a} * {b}",
            lambda: f"max({a}, {self.rng.randint(1, 5)})", lambda: f"min({a}, 8)", lambda: f"abs({a} - 9) + 1",
            lambda: f"{a} // 2 + 1", lambda: f"{a} % 3 + 1", lambda: f"make_divisible({a}, 4)",
            lambda: f"make_divisible({a}, 2, 4)", lambda: f"{a} ** 2", lambda: f"({a} + {b}) * 2",
            lambda: f"{a} if {self.condition(scope)} else {b}", lambda: f"2 ** ({a} % 3 + 1)",
            lambda: f"-(-{a} // 2)", lambda: f"{a} + {b} - 1", lambda: f"max({a}, {b})", lambda: f"sum([{a}, {b}])",
            lambda: f"[{a}, {b}, 3][{self.rng.randint(-2, 2)}]", lambda: f"len([{a}, {b}]) + {a}",
        ]  # fmt: skip
        halves = [lambda: f"2 * {a} / 2", lambda: f"{a} * {b} / {b}", lambda: f"(2 * {a} + 4) / 2"]
        if scope.floats:
            p = self.rng.choice(scope.floats)
            forms += [
                lambda: f"round({a} * (1 + {p}))",
                lambda: f"ceil({a} * {p}) + 1",
                lambda: f"floor({p} * 4) + {a}",
            ]
        if not self.today:
            halves += [
                lambda: f"round({a} / 2) + 1", lambda: f"ceil({a} / 2)", lambda: f"floor({a} / 3) + 1",
                lambda: f"make_divisible({a} / 3, 2)", lambda: f"{a} if {a} / 2 > 2 else {b}", lambda: f"{a} / 2",
            ]  # fmt: skip
        if scope.enums:
            name, choices = self.rng.choice(scope.enums)
            forms.append(lambda: f"{a} if {name} == '{choices[0]}' else {a} + 2")
        if self.chance(22):
            self.tag("division")
            return self.rng.choice(halves)()
        return self.rng.choice(forms)()

    def some_int(self, scope: Scope) -> str | None:
        """A whole number by its name, or one of a list or row."""
        found = [*scope.ints, *scope.ints, *scope.loops]
        found = [f"({name} + 1)" if name in scope.loops else name for name in found]
        found += [f"{name}[{self.rng.choice((0, -1))}]" for name in scope.lists]
        found += [f"{name}[0].out" if self.chance(50) else f"{name}[-1].out" for name in scope.tables]
        found += [f"{name}.out" for name in scope.rows for _ in range(3)]
        if scope.inside and self.chance(30):
            self.tag("input.channels")
            found.append(self.pick("input.channels", "input.shape[0]"))
        return self.rng.choice(found) if found else None

    def condition(self, scope: Scope, *, about_input: str = "") -> Any:
        """A condition."""
        forms: list[str] = []
        for name in scope.bools:
            forms += [name, f"not {name}"]
        for name in [*scope.ints, *(f"{row}.out" for row in scope.rows)]:
            low = self.rng.randint(2, 8)
            forms += [f"{name} > {low}", f"{name} != {low}", f"{name} % 2 == 0", f"1 < {name} <= {low}"]
            if not self.today:
                forms.append(f"{name} / 2 > {low // 2}")
        for name in scope.floats:
            forms += [f"{name} > 0", f"{name} == 0.0 or {name} > 0.2"]
        for name, choices in scope.enums:
            forms.append(f"{name} == '{self.rng.choice(choices)}'")
        for name in scope.strs:
            forms.append(f"{name} == 'one'")
        for name in scope.loops:
            forms += [f"{name} > 0", f"{name} == 0", f"{name} % 2 == 1"]
        for name in scope.rows:
            forms += [f"{name}.wide", f"not {name}.wide"] * 2
        for name in (*scope.lists, *scope.tables):
            forms.append(f"len({name}) > 1")
        if about_input and self.chance(60):
            self.tag("when on input")
            forms = [about_input, *([f"{about_input} or {self.rng.choice(forms)}"] if forms else [])]
        if not forms:
            return self.pick(True, False, "1 < 2")
        found = self.rng.choice(forms)
        if self.chance(15):
            found = f"{found} {self.pick('and', 'or')} {self.rng.choice(forms)}"
        return found

    def probability(self, scope: Scope) -> Any:
        """A probability."""
        forms: list[Any] = [0.0, 0.1, 0.25]
        rates = [f"{row}.rate" for row in scope.rows] + [f"{table}[-1].rate" for table in scope.tables]
        for name in (*scope.floats, *rates):
            forms += [name, f"{name} / 2", f"min({name}, 0.3)", f"{name} * 0.5"]
        if not self.today:
            forms += [f"{name} / 20" for name in scope.ints]
        if scope.bools:
            forms.append(f"0.1 if {self.rng.choice(scope.bools)} else 0.0")
        found = self.rng.choice(forms)
        if isinstance(found, str) and "/" in found:
            self.tag("division")
        return found

    def factor(self, scope: Scope) -> Any:
        """A number to multiply a tensor by."""
        forms: list[Any] = [0.5, 2, -1.5]
        for name in scope.floats:
            forms += [name, f"{name} + 1", f"{name} / 3"]
        for name in scope.ints:
            forms += [f"{name} ** -0.5", name, f"{name} / 4.0"]
            if not self.today:
                self.tag("division")
                forms += [f"{name} / 2", f"1 / {name}", f"{name} / 2"]
        return self.rng.choice(forms)

    # steps that keep the shape

    def keeps(self, scope: Scope, state: State) -> Any:
        """A step that keeps the tensor's shape."""
        forms: list[Callable[[], Any]] = [
            lambda: self.rng.choice(ACTS), lambda: self.rng.choice(ACT_FUNCTIONS), lambda: self.random_op(scope),
            lambda: {"mul": self.factor(scope)}, lambda: self.norm(scope, state), lambda: self.norm(scope, state),
            lambda: {self.pick("LeakyReLU", "leaky_relu"): self.probability(scope)}, lambda: "Identity",
        ]  # fmt: skip
        approximations = [name for name, choices in scope.enums if choices[0] == "none"]
        if approximations:
            self.tag("text")
            forms += [lambda: {self.pick("GELU", "gelu"): f"{{{self.rng.choice(approximations)}}}"}] * 2
        if state.ch is not None:
            forms += [lambda: self.setting(scope, state, state.ch)] * 5
        if state.kind == "seq" and state.ch is not None:
            forms += [lambda: self.attention(scope, state)] * 2
        if scope.blocks:
            usable = [name for name, kind in scope.blocks if kind in (state.kind, "any")]
            if usable:
                self.tag("block parameter")
                forms += [lambda: self.rng.choice(usable)] * 6
        return self.rng.choice(forms)()

    def random_op(self, scope: Scope) -> Any:
        """Something that draws random numbers."""
        self.tag("random")
        op = self.pick("Dropout", "dropout", "stochastic_depth", "stochastic_depth")
        return {op: self.probability(scope)}

    def norm(self, scope: Scope, state: State) -> Any:
        """A norm."""
        if state.kind in ("seq", "vec") and self.chance(75):
            return self.pick("LayerNorm", {"LayerNorm": {"eps": 0.001}})
        if state.kind == "seq":
            return "LayerNorm"
        n = {"map": 2, "wave": 1, "vec": 1}[state.kind]
        name = f"BatchNorm{n}d"
        if self.chance(25):
            return {"GroupNorm": self.pick(1, {"num_groups": 1, "eps": 0.001})}
        return self.pick(name, {name: {"eps": 0.001}}, {name: {"affine": self.flag(scope)}})

    def flag(self, scope: Scope) -> Any:
        """A boolean argument."""
        return self.rng.choice(scope.bools) if scope.bools and self.chance(60) else self.pick(True, False)

    def attention(self, scope: Scope, state: State) -> Any:
        """Self-attention."""
        self.tag("attention")
        return {"MultiheadAttention": self.pick(1, {"num_heads": 1, "dropout": self.probability(scope)})}

    def setting(self, scope: Scope, state: State, out: Any) -> Any:
        """A layer with so many channels."""
        if state.kind in ("seq", "vec"):
            return {"Linear": self.pick(out, {"out_features": out, "bias": self.flag(scope)})}
        whole = out if not isinstance(out, str) or not out.isdigit() else int(out)
        n = 2 if state.kind == "map" else 1
        kernel = self.pick(1, 3, 3, 3)
        args: dict[str, Any] = {"out_channels": out, "kernel_size": kernel}
        if kernel == 3:
            args["padding"] = self.pick(1, 1, "same")
            if self.chance(10):
                args |= {"dilation": 2, "padding": 2}
        if scope.kernels and self.chance(60):
            self.tag("kernel parameter")
            kernel = self.rng.choice(scope.kernels)
            args |= {"kernel_size": kernel, "padding": f"{kernel} // 2", "dilation": 1}
        if self.chance(25):
            args["bias"] = self.flag(scope)
        if state.ch == out and self.chance(15):
            args["groups"] = whole
        return {f"Conv{n}d": args}

    # steps that change it

    def changes(self, scope: Scope, state: State) -> Any:
        """A step that sets the channels, or shrinks the places."""
        if state.kind in ("map", "wave") and state.shrinks > 0 and self.chance(35):
            state.shrinks -= 1
            state.sp += 1
            n = 2 if state.kind == "map" else 1
            if self.chance(50):
                op = self.pick(f"MaxPool{n}d", f"AvgPool{n}d", f"max_pool{n}d", f"avg_pool{n}d")
                return {op: self.pick(2, {"kernel_size": 3, "stride": 2, "padding": 1})}
            out = self.int(scope)
            state.ch = None if self.uses_loops(scope, out) else str(out)
            stride = self.rng.choice(scope.ints) if scope.ints and self.chance(15) else 2
            return {f"Conv{n}d": {"out_channels": out, "kernel_size": 3, "stride": stride, "padding": 1}}
        out = self.int(scope)
        if state.kind == "map" and self.chance(12) and state.shrinks < 2:
            state.ch, state.sp, state.shrinks = str(out), state.sp + 1, state.shrinks + 1
            if self.chance(50):
                return {"ConvTranspose2d": {"out_channels": out, "kernel_size": 2, "stride": 2}}
            state.ch = None
            return {"Upsample": {"scale_factor": 2, "mode": self.pick("nearest", "bilinear")}}
        if state.kind == "seq" and self.chance(30):
            self.tag("LSTM")
            both = self.chance(30)
            state.ch = f"2 * ({out})" if both else str(out)
            op = self.pick("LSTM", "GRU")
            return {op: {"hidden_size": out, "bidirectional": True} if both else out}
        step = self.setting(scope, state, out)
        state.ch = str(out)
        return step

    def uses_loops(self, scope: Scope, text: Any) -> bool:
        """Whether an expression holds in a loop alone."""
        return isinstance(text, str) and any(name in text for name in (*scope.loops, *scope.rows))

    # steps with structure

    def chain(self, scope: Scope, state: State, steps: int, *, keep: bool, depth: int, top: bool = False) -> list[Any]:
        """Steps one after the other."""
        found: list[Any] = []
        for _ in range(steps):
            found += self.steps(scope, state, keep=keep, depth=depth, top=top)
        return found

    def steps(self, scope: Scope, state: State, *, keep: bool, depth: int, top: bool) -> list[Any]:
        """One step, or a few that belong together."""
        forms: list[tuple[int, Callable[[], list[Any]]]] = [
            (6, lambda: [self.decorated(self.keeps(scope, state), scope, state, top)]),
            (3, lambda: [self.conditional(scope, state)]),
        ]
        if not keep:
            forms.append((7, lambda: [self.decorated(self.changes(scope, state), scope, state, top)]))
            forms.append((2, lambda: self.pieces(scope, state, top)))
        if depth > 0:
            forms += [
                (4, lambda: [self.fork(scope, state, depth)]), (4, lambda: [self.sequential(scope, state, keep, depth)]),
                (5 + 6 * bool(scope.loops or scope.rows), lambda: [self.repeated(scope, state, keep, depth, top)]),
                (2, lambda: [self.spliced(scope, state, keep, depth)]),
                (4, lambda: self.projected(scope, state, top)),
            ]  # fmt: skip
        calls = [each for each in self.callable if self.fits(each, state, keep)]
        if calls:
            forms.append((14, lambda: self.call(self.rng.choice(calls), scope, state, top)))
        if top:
            forms += [(3, lambda: self.named_merge(scope, state, depth)), (3, lambda: self.own(scope, state))]
            forms.append((2, lambda: self.reuse(scope, state)))
            if not keep and state.kind in ("map", "seq", "vec"):
                forms.append((2, lambda: self.regrouped(scope, state)))
            if not keep and state.kind == "seq":
                forms.append((7, lambda: self.products(scope, state)))
        weights = [weight for weight, _ in forms]
        return self.rng.choices([form for _, form in forms], weights)[0]()

    def decorated(self, step: Any, scope: Scope, state: State, top: bool) -> Any:
        """A step with a name, perhaps."""
        if not self.chance(45) or not top:
            return step
        name = self.name(state.taken, step=True)
        found = {**(step if isinstance(step, dict) else {step: {}}), "as": name}
        if state.ch is not None:
            state.named.append((name, state.sig))
        key = next(iter(found))
        if key in ("Linear", "Conv2d", "Conv1d") and state.ch is not None:
            state.modules.append((name, state.sig))
        return found

    def conditional(self, scope: Scope, state: State) -> Any:
        """A step that may not be there, and what is there then."""
        self.tag("when")
        step = self.keeps(scope, state)
        step = {**(step if isinstance(step, dict) else {step: {}}), "when": self.condition(scope)}
        if not self.today and self.chance(45):
            self.tag("else")
            form = self.pick("step", "step", "chain", "empty", "name")
            names = [name for name, sig in state.named if sig == state.sig]
            if form == "name" and names:
                self.tag("else name")
                step["else"] = self.rng.choice(names)
            elif form == "chain":
                self.tag("else chain")
                step["else"] = [self.keeps(scope, state) for _ in range(2)]
            elif form == "empty":
                step["else"] = []
            else:
                self.tag("else step")
                step["else"] = self.keeps(scope, state)
        return step

    def fork(self, scope: Scope, state: State, depth: int) -> Any:
        """A merge of chains from the current tensor."""
        self.tag("fork")
        op = self.pick("add", "add", "mul", "maximum", "cat")
        taken: set[str] = set()
        taken |= {*MERGE_OPTIONS}
        branches: dict[str, Any] = {self.name(taken, step=True): []} if self.chance(70) else {}
        while len(branches) < 2 or self.chance(20):
            name = self.name(taken, step=True)
            if name in state.taken or name in MERGE_OPTIONS:
                continue
            if self.chance(15):
                self.tag("fork of functions")
                branches[name] = [self.rng.choice(ACT_FUNCTIONS) for _ in range(self.rng.randint(1, 2))]
            elif self.chance(25):
                branches[name] = self.keeps(scope, state)
            else:
                inner = state.within()
                branches[name] = self.chain(scope, inner, self.rng.randint(1, 3), keep=True, depth=depth - 1)
        if op == "cat":
            if state.kind == "seq":
                return {"add": branches}
            state.ch = f"{len(branches)} * ({state.ch})" if state.ch is not None else None
        step: dict[str, Any] = {op: {"branches": branches} if self.chance(20) else branches}
        if op != "cat" and self.chance(15):
            self.tag("when", "conditional merge")
            step["when"] = self.condition(scope)
        return step

    def sequential(self, scope: Scope, state: State, keep: bool, depth: int) -> Any:
        """A group of its own."""
        self.tag("Sequential")
        inner = state.within()
        steps = self.chain(scope, inner, self.rng.randint(1, 4), keep=keep, depth=depth - 1)
        if self.chance(40):
            self.tag("conditional in a Sequential")
            steps.append(self.conditional(scope, inner))
        state.kind, state.ch, state.sp, state.shrinks = inner.kind, inner.ch, inner.sp, inner.shrinks
        step: dict[str, Any] = {"Sequential": steps}
        if self.chance(50):
            step["as"] = self.name(state.taken, step=True)
        if keep and self.chance(20):
            self.tag("when")
            step["when"] = self.condition(scope)
        return step

    def spliced(self, scope: Scope, state: State, keep: bool, depth: int) -> Any:
        """A group without a module."""
        self.tag("chain")
        inner = state.within()
        step: dict[str, Any] = {"chain": self.chain(scope, inner, self.rng.randint(1, 3), keep=True, depth=depth - 1)}
        if self.chance(60):
            self.tag("when")
            step["when"] = self.condition(scope)
            if not self.today and self.chance(40):
                self.tag("else", "else chain")
                step["else"] = self.chain(scope, inner, self.rng.randint(0, 2), keep=True, depth=depth - 1)
        return step

    def count(self, scope: Scope) -> tuple[Any, Scope]:
        """How often to repeat, and what the rounds know."""
        inner = scope.copy()
        forms: list[Any] = [self.rng.randint(1, 3)]
        forms += [f"{name} % 3" for name in scope.ints] + [f"len({name})" for name in (*scope.lists, *scope.tables)]
        forms += [f"{name}.n" for name in scope.rows] * 3 + [f"min({name}, 2)" for name in scope.ints]
        count = self.rng.choice(forms)
        if isinstance(count, str) and "%" in count:
            self.tag("repeat of none")
        if self.chance(45):
            return count, inner
        self.tag("repeat variable")
        taken = {*self.file, *vars(scope)["ints"], *scope.loops, *scope.rows, *scope.floats, *scope.bools, *scope.lists,
                 *scope.strs, *scope.kernels, *(name for name, _ in scope.enums), *(name for name, _ in scope.blocks), *scope.handed,
                 *scope.tables, "input"}  # fmt: skip
        variable = self.name(taken, expression=True)
        if scope.tables and self.chance(85):
            self.tag("rows of a table")
            inner.rows.append(variable)
            return {variable: self.rng.choice(scope.tables)}, inner
        inner.loops.append(variable)
        return {variable: count}, inner

    def repeated(self, scope: Scope, state: State, keep: bool, depth: int, top: bool) -> Any:
        """A step in rounds."""
        if self.today and not top:
            return self.keeps(scope, state)
        self.tag("repeat")
        count, inner = self.count(scope)
        if scope.loops or scope.rows:
            self.tag("nested repeat")
        within = state.within()
        grows = not keep and self.chance(50)
        form = self.pick("step", "step", "Sequential", "chain", "chain", "block", "block")
        calls = [
            each
            for each in self.callable
            if self.fits(each, state, keep=not grows) and each.inputs == 1 and not each.outputs
        ]
        if form == "block" and calls:
            (step,) = self.call(self.rng.choice(calls), inner, within, False)
        elif form == "chain":
            self.tag("repeated chain")
            steps = self.chain(inner, within, self.rng.randint(1, 3), keep=True, depth=depth - 1)
            step = {"chain": [*steps, self.setting(inner, state, self.int(inner))] if grows else steps}
        elif form == "Sequential":
            steps = self.chain(inner, within, self.rng.randint(1, 2), keep=True, depth=depth - 1)
            step = {"Sequential": [*steps, self.setting(inner, state, self.int(inner))] if grows else steps}
        else:
            step = self.setting(inner, state, self.int(inner)) if grows else self.keeps(inner, within)
        found: dict[str, Any] = step if isinstance(step, dict) else {step: {}}
        if grows:
            state.ch = None
        key = next(iter(found))
        variables = inner.loops[len(scope.loops) :]
        found = {**found, "repeat": count}
        outside = top
        if key != "chain" and outside:
            if variables and self.chance(50) and not (scope.loops or scope.rows):
                self.tag("template")
                found["as"] = f"{self.name(state.taken, step=True)}{{{variables[0]} + 1}}"
            elif self.today:
                return {"as": self.name(state.taken, step=True), "Sequential": [found]}
            elif self.chance(60) and key[0].isupper():
                self.tag("plain repeated name")
                found["as"] = self.name(state.taken, step=True)
            else:
                self.tag("unnamed repeat")
        elif outside and self.today:
            return {"as": self.name(state.taken, step=True), "Sequential": [found]}
        if self.chance(15) and not grows:
            self.tag("when")
            found["when"] = self.condition(inner)
        return found

    def projected(self, scope: Scope, state: State, top: bool) -> list[Any]:
        """A shortcut that is there where sizes differ, as in residual networks."""
        if not top or state.ch is None or state.kind not in ("map", "wave", "seq", "vec"):
            return [self.keeps(scope, state)]
        self.tag("when", "named merge")
        before, out = state.ch, self.int(scope)
        start = self.name(state.taken, step=True)
        main, short = self.name(state.taken, step=True), self.name(state.taken, step=True)
        condition = (
            self.condition(scope, about_input=f"({before}) != ({out})") if self.chance(55) else f"({before}) != ({out})"
        )
        first = self.keeps(scope, state)
        first = {**(first if isinstance(first, dict) else {first: {}}), "as": start}
        state.ch = str(out)
        step = {**self.setting(scope, state, out), "as": short, "from": start, "when": condition}
        if not self.today and self.chance(30):
            self.tag("else", "else name" if self.chance(50) else "else step")
            step["else"] = start if self.chance(50) else "Identity"
        state.named.append((main, state.sig))
        return [first, {**self.setting(scope, state, out), "as": main}, step, {"add": [main, short]}]

    def named_merge(self, scope: Scope, state: State, depth: int) -> list[Any]:
        """A merge of the current tensor with an earlier one, by name."""
        names = [name for name, sig in state.named if sig == state.sig]
        if not names:
            return [self.keeps(scope, state)]
        self.tag("named merge")
        mine = self.name(state.taken, step=True)
        step = self.keeps(scope, state)
        step = {**(step if isinstance(step, dict) else {step: {}}), "as": mine}
        op = self.pick("add", "mul", "maximum", "sub", "minimum")
        both = [mine, self.rng.choice(names)]
        self.rng.shuffle(both)
        merge: dict[str, Any] = {op: both} if self.chance(60) else {op: {}, "from": both}
        if self.chance(25):
            self.tag("conditional merge", "when")
            merge["when"] = self.condition(scope)
            if not self.today and self.chance(50):
                self.tag("else", "else name")
                merge["else"] = mine
        return [step, merge]

    def reuse(self, scope: Scope, state: State) -> list[Any]:
        """A module again."""
        names = [name for name, sig in state.modules if sig == state.sig]
        if state.ch is None:
            return ["Identity"]
        self.tag("reuse")
        if names and self.chance(60):
            return [{"reuse": self.rng.choice(names)}]
        name = self.name(state.taken, step=True)
        between = self.chain(scope, state.within(), self.rng.randint(0, 2), keep=True, depth=0)
        return [{**self.setting(scope, state, state.ch), "as": name}, *between, {"reuse": name}]

    def products(self, scope: Scope, state: State) -> list[Any]:
        """Attention written out, on a sequence."""
        self.tag("products", "results")
        a, b, c = (self.name(state.taken, step=True) for _ in range(3))
        form = self.pick("dot", "matmul", "einsum", "cross", "cross")
        if form == "cross":
            self.tag("cross attention")
            sources = self.pick({"query": a, "key": b}, {"key": a}, {"query": a, "key": b, "value": a}, [b, a])
            return [
                {**self.named(self.keeps(scope, state)), "as": a},
                {**self.named(self.keeps(scope, state)), "as": b},
                {"MultiheadAttention": 1, "from": sources, "as": c},
                {"add": [c, self.pick(a, b)]},
            ]
        if form == "dot":
            half = self.int(scope, simple=True)
            state.ch = str(half)
            whole = f"3 * {half}" if isinstance(half, str) else 3 * half
            return [
                {"Linear": whole},
                {"chunk": {"chunks": 3, "dim": 2}, "as": [a, b, c]},
                {"scaled_dot_product_attention": {"is_causal": self.flag(scope)}, "from": [a, b, c]},
            ]
        if form == "matmul":
            return [
                {**self.named(self.keeps(scope, state)), "as": a}, {"transpose": {"dim0": 1, "dim1": 2}, "as": b},
                {"matmul": [a, b]}, {"softmax": -1, "as": c}, {"matmul": [c, a]},
            ]  # fmt: skip
        return [
            {**self.named(self.keeps(scope, state)), "as": a},
            {**self.named(self.keeps(scope, state)), "as": b},
            {"einsum": {"equation": "ntc,nsc->nts"}, "from": [a, b]},
            {"mul": self.factor(scope), "as": c},
            {"einsum": {"equation": "nts,nsc->ntc"}, "from": [c, a]},
        ]

    def regrouped(self, scope: Scope, state: State) -> list[Any]:
        """A tensor in another shape, and back."""
        self.tag("reshape")
        half = self.int(scope, simple=True)
        double = f"2 * {half}" if isinstance(half, str) else 2 * half
        if state.kind == "map":
            state.kind, state.sp = "seq", state.sp + 1
            return [{"flatten": 2}, {"transpose": {"dim0": 1, "dim1": 2}}]
        state.ch = str(double)
        if state.kind == "vec":
            back = self.pick("flatten", {"reshape": [double]}, {"reshape": [-1]})
            apart = self.pick({"unflatten": {"dim": 1, "sizes": [2, half]}}, {"reshape": [half, -1]})
            return [{"Linear": double}, apart, self.pick("relu", {"softmax": 1}), back]
        axes = {"transpose": {"dim0": 1, "dim1": 2}} if self.chance(50) else {"permute": [0, 2, 1, 3]}
        return [
            {"Linear": double},
            {"unflatten": {"dim": 2, "sizes": [2, half]}},
            axes,
            "softplus",
            axes,
            {"flatten": 2},
        ]

    def named(self, step: Any) -> dict[str, Any]:
        """A step as a mapping."""
        return step if isinstance(step, dict) else {step: {}}

    def own(self, scope: Scope, state: State) -> list[Any]:
        """A tensor of the network's own, added or multiplied."""
        if state.ch is None:
            return ["Identity"]
        kind = self.pick("Parameter", "Parameter", "Buffer")
        self.tag(kind)
        after = {"map": [1, 1], "wave": [1], "seq": [], "vec": []}[state.kind]
        shape = [state.ch if not state.ch.isdigit() else int(state.ch), *after]
        args: dict[str, Any] = {"shape": shape}
        init = self.pick("ones", "constant", "zeros", "normal", "trunc_normal") if kind == "Parameter" else "constant"
        if kind == "Buffer" and not after and self.chance(50):
            args |= {"init": "arange", "dtype": "float32"}
        else:
            args["init"] = init
        if args["init"] == "constant":
            args["value"] = self.pick(0.5, *(scope.floats or [1.5]))
        if args["init"] in ("normal", "trunc_normal"):
            args["std"] = 0.02
        mine, before = self.name(state.taken, step=True), self.name(state.taken, step=True)
        step = self.keeps(scope, state)
        step = {**(step if isinstance(step, dict) else {step: {}}), "as": before}
        op = self.pick("add", "mul")
        return [step, {kind: args, "as": mine}, {op: {"broadcast": True}, "from": [before, mine]}]

    def pieces(self, scope: Scope, state: State, top: bool) -> list[Any]:
        """A tensor taken apart and put together."""
        if not top or state.kind == "wave":
            return [self.keeps(scope, state)]
        self.tag("results")
        axis = -1 if state.kind in ("seq", "vec") else 1
        left, right = self.name(state.taken, step=True), self.name(state.taken, step=True)
        half = self.int(scope, simple=True)
        state.ch = str(half)
        steps = [self.setting(scope, state, f"2 * {half}" if isinstance(half, str) else 2 * half)]
        form = self.pick("chunk", "split", "unbind")
        if form == "unbind" and state.kind == "vec":
            self.tag("reshape")
            return [*steps, {"reshape": [2, half]}, {"unbind": 1, "as": [left, right]}, {"mul": [left, right]}]
        cut = {"chunk": {"chunks": 2, "dim": axis}} if form != "split" else {"split": {"split_size": half, "dim": axis}}
        return [*steps, {**cut, "as": [left, right]}, {self.pick("add", "mul", "sub"): [left, right]}]

    # blocks

    def fits(self, block: Blocky, state: State, keep: bool) -> bool:
        """Whether a block can be called here."""
        if block.kind != state.kind and not (block.kind == "vec" and state.kind == "seq"):
            return False
        if block.inputs > 1 and state.ch is None:
            return False
        return not keep or not block.sets or state.ch is not None

    def call(self, block: Blocky, scope: Scope, state: State, top: bool) -> list[Any]:
        """A block as a step."""
        if block.kind != state.kind:
            self.tag("several ranks")
        args = {
            name: self.argument(how, scope, state)
            for name, how in block.params.items()
            if not has_default(how) or self.chance(50) or (is_row_act(how) and (scope.rows or scope.tables))
        }
        if block.sets:
            out = state.ch if state.ch is not None and self.chance(40) else self.int(scope)
            args[block.out] = out
        first = next(iter(block.params), None)
        given: Any = args
        if list(args) == [first] and not isinstance(args[first], list) and self.chance(50):
            given = args[first]
        step: dict[str, Any] = {block.name: given}
        steps: list[Any] = []
        if block.inputs > 1:
            if not top:
                return [self.keeps(scope, state)]
            self.tag("block with several inputs")
            start, mine = self.name(state.taken, step=True), self.name(state.taken, step=True)
            a, b = self.keeps(scope, state), self.keeps(scope, state)
            steps = [
                {**(a if isinstance(a, dict) else {a: {}}), "as": start},
                {**(b if isinstance(b, dict) else {b: {}}), "as": mine},
            ]
            step["from"] = {block.ports[1]: start} if self.chance(50) else [mine, start]
            if block.carries and self.chance(70):
                self.tag("carried", "repeat")
                step["repeat"] = self.rng.randint(1, 3)
                if self.chance(50) or self.today:
                    step["repeat"] = {"t0": step["repeat"]}
                    step["as"] = self.name(state.taken, step=True) + "{t0}"
        if block.sets:
            state.ch = str(args[block.out])
            if self.uses_loops(scope, state.ch):
                state.ch = None
        if block.outputs and top:
            self.tag("block with several outputs")
            name = step.setdefault("as", self.name(state.taken, step=True))
            if "{" not in name and not block.carries:
                steps = [*steps, step]
                kept = self.keeps(scope, state)
                kept = {**(kept if isinstance(kept, dict) else {kept: {}}), "as": self.name(state.taken, step=True)}
                return [*steps, kept, {"add": [f"{name}.{block.outputs[1]}", kept["as"]]}]
        elif top and self.chance(40) and "as" not in step:
            name = step["as"] = self.name(state.taken, step=True)
            if state.ch is not None:
                state.named.append((name, state.sig))
                if block.inputs == 1 and not block.sets:
                    state.modules.append((name, state.sig))
        return [*steps, step]

    def argument(self, how: Any, scope: Scope, state: State) -> Any:
        """An argument for a block's parameter."""
        type_ = type_of(how)
        if type_ == "int" and isinstance(how, dict) and how.get("choices"):
            return self.rng.choice([*how["choices"], *scope.kernels])
        if type_ == "int":
            return self.int(scope)
        if type_ == "float":
            return self.probability(scope)
        if type_ == "bool":
            return self.condition(scope) if self.chance(50) else self.pick(True, False)
        if type_ == "str":
            return self.pick("one", "two")
        if type_ in ("enum", "block"):
            handed = [name for name, choices in scope.enums if choices == how["choices"]]
            if type_ == "block":
                handed = [name for name in scope.handed if self.choices_of(name) == how["choices"]]
                if how["choices"] == ROW_ACTS and (scope.rows or scope.tables):
                    self.tag("row in an argument")
                    handed += [f"{row}.act" for row in scope.rows] + [f"{table}[0].act" for table in scope.tables]
            return self.rng.choice(handed) if handed and self.chance(75) else self.rng.choice(how["choices"])
        if type_ == "list[int]":
            return [self.int(scope) for _ in range(self.rng.randint(1, 3))]
        return [self.row() for _ in range(self.rng.randint(1, 2))]

    def choices_of(self, name: str) -> Any:
        """What a block-typed parameter of the definition being drawn may be."""
        declared = self.current_params.get(name, self.spec.get("params", {}).get(name))
        return declared["choices"] if isinstance(declared, dict) else None

    current_params: Mapping[str, Any] = {}

    def params(self, scope: Scope, taken: set[str], count: int, *, required: bool) -> dict[str, Any]:
        """Declarations, noted in a scope."""
        found: dict[str, Any] = {}
        for _ in range(count):
            name = self.name(taken, expression=True)
            kind = self.pick(
                "int", "int", "int", "int", "float", "bool", "enum", "str", "list", "table", "block", "block"
            )
            how: Any
            if kind == "int" and self.chance(20):
                scope.kernels.append(name)
                how = {"type": "int", "choices": [1, 3, 5], "default": self.pick(1, 3)}
            elif kind == "int":
                scope.ints.append(name)
                default = self.rng.randint(2, 9)
                how = self.pick(
                    default, {"type": "int", "default": default, "min": 1}, {"type": "int", "default": default}
                )
                how = "int" if required and self.chance(60) else how
            elif kind == "float":
                self.tag("float parameter")
                scope.floats.append(name)
                how = self.pick(
                    0.1, {"type": "float", "default": 0.25, "min": 0, "max": 0.5}, {"type": "float", "default": 0}
                )
                how = "float" if required and self.chance(50) else how
            elif kind == "bool":
                self.tag("bool parameter")
                scope.bools.append(name)
                how = self.pick(True, False, {"type": "bool", "default": True})
                how = "bool" if required and self.chance(40) else how
            elif kind == "enum":
                self.tag("enum")
                choices = self.pick(["mean", "max"], ["none", "tanh"])
                scope.enums.append((name, choices))
                how = {"type": "enum", "choices": choices, "default": self.rng.choice(choices)}
            elif kind == "str":
                self.tag("str")
                scope.strs.append(name)
                how = self.pick("one", {"type": "str", "default": "two"})
            elif kind == "list":
                self.tag("list parameter")
                scope.lists.append(name)
                how = [self.rng.randint(2, 6) for _ in range(self.rng.randint(1, 3))]
            elif kind == "table":
                self.tag("table")
                scope.tables.append(name)
                rows = [self.row() for _ in range(self.rng.randint(1, 3))]
                how = {"type": "table", "columns": COLUMNS, "default": rows}
            else:
                if (
                    name in OPS
                    or name in self.blocks
                    or name in ("len", "sum", "abs", "min", "max", "round", "ceil", "floor")
                ):
                    continue
                with_rows = scope.tables and self.chance(70)
                choices, over = (list(ROW_ACTS), "any") if with_rows else self.choice()
                self.choices.add(name)
                scope.blocks.append((name, over))
                scope.handed.append(name)
                how = {"type": "block", "choices": choices, "default": self.rng.choice(choices)}
                if required and self.chance(30):
                    del how["default"]
            found[name] = how
        return found

    def row(self) -> list[Any]:
        """A row of a table."""
        rate = self.pick(0.0, 0.1, 0.25)
        return [self.rng.randint(2, 8), self.rng.randint(0, 3), self.chance(50), rate, self.rng.choice(ROW_ACTS)]

    def choice(self) -> tuple[list[str], str]:
        """Ops or blocks that take each other's place, and the kind of tensor that they keep."""
        keeping = [each for each in self.callable if not each.sets and each.inputs == 1 and not each.outputs]
        keeping = [each for each in keeping if all(has_default(how) for how in each.params.values())]
        if keeping and self.chance(65):
            kind = self.rng.choice(keeping).kind
            names = [each.name for each in keeping if each.kind == kind][:2]
            more = {"map": ["BatchNorm2d"], "wave": ["BatchNorm1d"], "seq": ["LayerNorm"], "vec": ["LayerNorm"]}[kind]
            return self.pick(
                [*names, "ReLU"], [*names, *more], names * 1 if len(names) > 1 else [*names, "Identity"]
            ), kind
        if self.chance(60):
            return list(ROW_ACTS), "any"
        if self.chance(20):
            return list(self.rng.sample(ACT_FUNCTIONS[:6], 2)), "any"
        if self.chance(15):
            return [self.rng.choice(ACTS), self.rng.choice(ACT_FUNCTIONS)], "any"
        return list(self.rng.sample(ACTS, 2)), "any"

    def lets(self, scope: Scope, taken: set[str]) -> dict[str, Any]:
        """Named expressions, noted in a scope."""
        found: dict[str, Any] = {}
        for _ in range(self.rng.randint(1, 2)):
            before = scope.copy()
            name = self.name(taken, expression=True)
            if self.chance(65):
                found[name] = self.int(before)
                scope.ints.append(name)
            elif self.chance(50):
                found[name] = self.condition(before)
                scope.bools.append(name)
            else:
                found[name] = self.probability(before)
                scope.floats.append(name)
        return found

    def block(self, file: Scope) -> None:
        """One more block."""
        self.tag("block")
        taken_blocks = {*self.blocks, *OPS, *self.choices}
        name = ""
        while not name or name in taken_blocks:
            self.serial += 1
            name = self.rng.choice(BLOCK_WORDS) if self.chance(60) else f"unit{self.serial}"
        kind = self.pick("map", "map", "vec", "seq", "wave")
        scope = file.copy()
        if scope.ints or scope.floats:
            self.tag("file parameter in a block")
        scope.blocks, scope.handed = list(file.blocks), list(file.handed)
        if file.blocks:
            self.tag("file block choice")
        taken = {*self.file, "input"}
        params = self.params(scope, taken, self.rng.randint(0, 3), required=True)
        sets = self.chance(60)
        out = self.name(taken, expression=True)
        if sets:
            items = list(params.items())
            items.insert(self.rng.choice((0, 0, len(items))), (out, "int"))
            params = dict(items)
            scope.ints.append(out)
        self.current_params = params
        scope.inside = True
        given: dict[str, Any] = {"params": params} if params else {}
        if self.chance(45):
            self.tag("let", "let in a block")
            given["let"] = self.lets(scope, taken)
        state = State(kind, "input.channels" if kind in ("map", "wave") else "input.features", shrinks=0)
        state.taken.add("input")
        shape = self.pick(
            "plain", "plain", "plain", "numbered", "numbered", "inputs", "outputs", "outputs", "carry", "carry"
        )
        if shape == "carry":
            state.kind = kind = self.pick("seq", "vec")
            state.ch = "input.features"
        block = Blocky(name, kind, sets, out, params)
        if shape == "numbered":
            self.tag("numbered block")
            steps = self.numbered(scope, state)
            if sets:
                steps.insert(self.rng.randint(0, len(steps)), self.setting(scope, state, out))
                # what stands behind it knows its channels no more
            given["steps"] = {"Sequential": steps}
        elif shape == "carry" and kind in ("seq", "vec"):
            self.carrying(given, block, scope, state)
        else:
            self.plain(given, block, scope, state, shape)
        if self.chance(30):
            given["doc"] = "A block."
        if any(each.name in json.dumps(given["steps"]) for each in self.callable):
            self.tag("block in block")
        self.blocks[name] = given
        self.callable.append(block)
        self.current_params = {}

    def numbered(self, scope: Scope, state: State) -> list[Any]:
        """Steps of a block that is an `nn.Sequential`: they keep the shape, whatever it is."""
        anywhere = replace(state, ch=None)
        steps = [self.keeps(scope, anywhere) for _ in range(self.rng.randint(1, 3))]
        if self.chance(50):
            self.tag("conditional in a Sequential")
            steps.append(self.conditional(scope, anywhere))
        if self.chance(30):
            steps.append(self.repeated(scope, anywhere, True, 1, False))
        return steps

    def carrying(self, given: dict[str, Any], block: Blocky, scope: Scope, state: State) -> None:
        """A block that hands two tensors on from round to round."""
        taken: set[str] = {"input"}
        x, total = self.name(taken, step=True), self.name(taken, step=True)
        made, found = self.name(taken, step=True), self.name(taken, step=True)
        block.sets, block.inputs, block.ports, block.outputs, block.carries = False, 2, (x, total), (x, total), True
        given["inputs"], given["outputs"] = [x, total], {x: made, total: found}
        given["steps"] = [{"Linear": "input.features", "as": made}, {"add": [made, total], "as": found}]

    def plain(self, given: dict[str, Any], block: Blocky, scope: Scope, state: State, shape: str) -> None:
        """A block of steps."""
        steps: list[Any] = []
        if shape == "inputs":
            x, other = self.name(state.taken, step=True), self.name(state.taken, step=True)
            given["inputs"], block.inputs, block.ports = [x, other], 2, (x, other)
            steps.append({self.pick("add", "mul"): [x, other]})
        if self.chance(25) and block.kind == "map":
            self.tag("input.height")
            scope.ints.append(self.pick("input.height", "input.width"))
        if self.chance(20):
            self.tag("input.shape")
            scope.ints.append(self.pick("input.shape[0]", "input.shape[-1]", "len(input.shape)"))
        steps += self.chain(scope, state, self.rng.randint(1, 4), keep=not block.sets, depth=2, top=True)
        if block.sets:
            state.ch = block.out
            steps.append(self.setting(scope, state, block.out))
            if self.chance(40):
                steps += self.chain(scope, state, 1, keep=True, depth=1, top=True)
        if shape == "outputs":
            a, b = self.name(state.taken, step=True), self.name(state.taken, step=True)
            first = self.keeps(scope, state)
            steps += [{**(first if isinstance(first, dict) else {first: {}}), "as": a}, {"sigmoid": {}, "as": b}]
            taken: set[str] = set()
            names = self.name(taken), self.name(taken)
            given["outputs"], block.outputs = {names[0]: a, names[1]: b}, names
        given["steps"] = steps

    # the network

    def network(self) -> dict[str, Any]:
        """A whole spec."""
        scope = Scope()
        spec = self.spec
        spec.update(archc=1, name=self.pick("net", "demo", "block", "Module", "tensor", "x2", "stage"))
        if self.chance(30):
            spec["title"] = self.pick("MobileNetV3", "A net", "Net", "Tensor")
        for _ in range(self.rng.choice((0, 0, 1))):
            self.block(scope)
        taken: set[str] = {"input", *self.drawn}
        params = self.params(scope, taken, self.rng.randint(1, 4), required=False)
        spec["params"] = params
        self.file |= {*params}
        if self.chance(30):
            self.tag("let")
            spec["let"] = self.lets(scope, taken)
            self.file |= {*spec["let"]}
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            self.block(scope)
        self.inputs_and_steps(scope)
        if self.chance(85):
            self.forget_unused()
        if self.blocks:
            spec["blocks"] = self.blocks
        if self.chance(25) and params:
            self.tag("variants")
            names: set[str] = set()
            spec["variants"] = {self.name(names): self.setting_of(params) if at else {} for at in range(2)}
        if self.chance(20):
            self.tag("init")
            spec["init"] = self.rules()
        return spec

    def forget_unused(self) -> None:
        """Take out the blocks that nothing mentions."""
        used: set[str] = set()
        texts = [json.dumps([self.spec["steps"], self.spec["params"]])]
        while texts:
            text = texts.pop()
            for name in self.blocks.keys() - used:
                if f'"{name}"' in text:
                    used.add(name)
                    texts.append(json.dumps([self.blocks[name]["steps"], self.blocks[name].get("params")]))
        self.blocks = {name: block for name, block in self.blocks.items() if name in used}
        self.callable = [block for block in self.callable if block.name in used]

    def inputs_and_steps(self, scope: Scope) -> None:
        """Inputs, steps and outputs."""
        spec, state = self.spec, State("map", None)
        first = self.name(state.taken)
        kind = self.pick("map", "map", "map", "seq", "vec", "wave", "ids")
        if self.callable and kind != "ids" and self.chance(80):
            kind = self.rng.choice(self.callable).kind
        state.kind = "seq" if kind == "ids" else kind
        size = self.int(scope, simple=True) if self.chance(30) else self.rng.randint(2, 6)
        state.ch = None if kind == "ids" else str(size)
        shapes = {
            "map": [size, self.pick("H=8", 8, "H=6"), self.pick("W=8", 8)], "seq": [self.pick("T=5", 4), size],
            "vec": [size], "wave": [size, self.pick("L=8", 8)], "ids": {"shape": [self.pick("T=5", 4)], "dtype": "int64"},
        }  # fmt: skip
        spec["inputs"] = {first: shapes[kind]}
        steps: list[Any] = []
        if kind == "ids":
            self.tag("integers")
            out = self.int(scope)
            state.ch = str(out)
            steps.append({"Embedding": {"num_embeddings": self.rng.randint(2, 5), "embedding_dim": out}})
        two = self.chance(20) and kind != "ids" and state.ch is not None
        if two:
            self.tag("several inputs")
            second = self.name(state.taken)
            spec["inputs"][second] = shapes[kind]
            steps.append({self.pick("add", "mul", "sub"): [first, second]})
            if len(shapes[kind]) > 1 and self.chance(30):
                steps = [{"cat": [first, second]}]
                state.ch = None
        alone = not two and self.chance(15)
        if alone and kind != "ids":
            self.tag("network Sequential")
            steps += self.modules_alone(scope, state)
            spec["steps"] = steps
            return
        for block in self.rng.sample(self.callable, len(self.callable)):
            if self.fits(block, state, False) and self.chance(60):
                steps += self.call(block, scope, state, True)
        steps += self.chain(scope, state, self.rng.randint(2, 5), keep=False, depth=3, top=True)
        outputs: dict[str, Any] = {}
        if self.chance(25):
            steps += self.aside(scope, state, outputs)
        steps += self.ending(scope, state)
        spec["steps"] = steps
        names: set[str] = set(outputs)
        if outputs or self.chance(40):
            last = self.name(state.taken, step=True)
            steps.append({self.pick("tanh", "Identity", "sigmoid"): {}, "as": last})
            spec["outputs"] = {self.name(names): last, **outputs}
            if self.chance(30):
                self.tag("several outputs")
                more = self.name(state.taken, step=True)
                steps.append({"relu": {}, "as": more})
                spec["outputs"][self.name(names)] = more

    def modules_alone(self, scope: Scope, state: State) -> list[Any]:
        """Steps that are all modules, so that the network numbers them."""
        steps: list[Any] = []
        for _ in range(self.rng.randint(2, 5)):
            step = self.changes(scope, state) if self.chance(40) else self.keeps(scope, state)
            key = step if isinstance(step, str) else next(iter(step))
            if not key[0].isupper() or key in ("LSTM", "GRU", "MultiheadAttention"):
                step = "ReLU"
            if self.chance(25):
                kept = self.keeps(scope, replace(state, ch=None))
                key = kept if isinstance(kept, str) else next(iter(kept))
                if key[0].isupper() and not self.today:
                    self.tag("when")
                    steps.append({**(kept if isinstance(kept, dict) else {kept: {}}), "when": self.condition(scope)})
            steps.append(step)
        return steps

    def aside(self, scope: Scope, state: State, outputs: dict[str, Any]) -> list[Any]:
        """A side chain that is an output, perhaps for training alone."""
        self.tag("side")
        name = self.name(state.taken, step=True)
        inner = state.within()
        steps = self.chain(scope, inner, self.rng.randint(1, 3), keep=False, depth=1)
        step: dict[str, Any] = {"side": steps if self.chance(70) else self.keeps(scope, state), "as": name}
        if self.chance(25):
            self.tag("when")
            step["when"] = self.condition(scope)
        out = self.name(set(outputs))
        outputs[out] = name
        if self.chance(60):
            self.tag("training only")
            outputs[out] = {"from": name, "only": "train"}
        else:
            self.tag("several outputs")
        return [step]

    def ending(self, scope: Scope, state: State) -> list[Any]:
        """From maps and sequences to a vector, perhaps, and a layer at the end."""
        steps: list[Any] = []
        if state.kind == "map" and self.chance(70):
            form = self.pick("mean", "pool", "flatten", "flatten", "modules")
            if form == "mean":
                steps = [{"mean": [2, 3]}]
            elif form == "pool":
                steps = [{"adaptive_avg_pool2d": self.pick(1, 2)}, {"flatten": 1}]
            elif form == "modules":
                steps = [{"AdaptiveAvgPool2d": 1}, "Flatten"]
            else:
                self.tag("flatten")
                steps = ["flatten"]
            state.kind, state.ch = "vec", None
        elif state.kind == "seq" and self.chance(60):
            steps = [self.pick({"mean": 1}, {"getitem": -1}, {"amax": 1})]
            if self.chance(40):
                self.tag("results by name", "LSTM")
                name = self.name(state.taken, step=True)
                steps = [
                    {self.pick("LSTM", "GRU"): {"hidden_size": self.int(scope)}, "as": name},
                    {"mean": 1, "from": f"{name}.h_n"},
                ]
            state.kind = "vec"
        elif state.kind == "wave" and self.chance(60):
            steps = [
                self.pick({"mean": 2}, {"sum": -1}),
            ]
            state.kind = "vec"
        if state.kind == "vec" and self.chance(70):
            steps.append({"Linear": self.int(scope)})
        if self.today:
            steps.append("tanh")
        return steps

    def rules(self) -> dict[str, Any]:
        """Rules of `init` for what there is."""
        text = json.dumps(self.spec["steps"]) + json.dumps(self.blocks)
        found: dict[str, Any] = {}
        for op in ("Conv2d", "Linear", "LayerNorm", "BatchNorm2d"):
            if f'"{op}"' in text and self.chance(70):
                found[f"{op}.weight"] = self.pick("ones", 0.5, {"normal": {"std": 0.01}}, {"constant": {"val": 0.25}})
        return found or {"*": 0.5}

    # settings

    def setting_of(self, params: Mapping[str, Any], *, wild: bool = False) -> dict[str, Any]:
        """Other values for some parameters."""
        names = self.rng.sample(list(params), self.rng.randint(1, min(2, len(params))))
        return {name: self.value(params[name], wild=wild) for name in names}

    def value(self, how: Any, *, wild: bool = False) -> Any:
        """A value for a parameter, mostly one that it takes."""
        type_ = type_of(how)
        if isinstance(how, dict) and type_ == "int" and how.get("choices"):
            return self.rng.choice(how["choices"])
        if type_ == "int":
            return self.rng.randint(-1 if wild else 1, 12)
        if type_ == "float":
            return self.rng.choice((0.0, 0.1, 0.3, 0.5, 0, 0.9 if wild else 0.2))
        if type_ == "bool":
            return self.chance(50)
        if type_ in ("enum", "block"):
            return self.rng.choice(how["choices"])
        if type_ == "str":
            return self.pick("one", "two", "three")
        if type_ == "list[int]":
            return [self.rng.randint(1, 9) for _ in range(self.rng.randint(0 if wild else 1, 4))]
        return [self.row() for _ in range(self.rng.randint(0 if wild else 1, 3))]

    def probe(self, block: Blocky) -> Probe:
        """A block at other arguments, on an input of its kind."""
        args = {name: self.value(how) for name, how in block.params.items() if not has_default(how) or self.chance(50)}
        channels = self.rng.randint(1, 8)
        if block.sets and self.chance(30):
            args[block.out] = channels
        shape = {"map": (channels, 8, 8), "wave": (channels, 8), "seq": (4, channels), "vec": (channels,)}[block.kind]
        return Probe(block.name, args, (shape,) * block.inputs)


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, which specs do not have."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True


def is_row_act(how: Any) -> bool:
    """Whether a parameter takes what tables have in their rows."""
    return isinstance(how, dict) and how.get("choices") == ROW_ACTS


def draw(seed: int, *, today: bool = False) -> Drawn:
    """The spec of a seed; `today` leaves out what archc did not know before `else`."""
    for attempt in range(8):
        rng = Random(f"{seed}/{attempt}")
        drawing = Drawing(rng, today=today)
        spec = drawing.network()
        text = json.dumps(spec) if rng.random() < 0.5 else yaml.dump(spec, Dumper=_Dumper, sort_keys=False)
        if rng.random() < 0.1:
            break
        try:
            make(text)
        except Refused:
            continue
        break
    settings = (
        tuple(drawing.setting_of(spec["params"], wild=rng.random() < 0.15) for _ in range(10)) if spec["params"] else ()
    )
    probes = tuple(drawing.probe(block) for block in drawing.callable for _ in range(10))
    return Drawn(seed, text, settings, probes, frozenset(drawing.features))
