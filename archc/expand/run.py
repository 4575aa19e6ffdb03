"""One run of expansion: what it knows, what it has made, and what it has found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from archc import codes
from archc.diagnostics import Diagnostic, Fix, Note, Where
from archc.dims import Sym
from archc.expand.frame import Site
from archc.expand.leaf import Made
from archc.expand.scope import Env, Names, Value
from archc.expand.settings import Settled
from archc.expand.values import evaluate_arg, expr_finding
from archc.expr import UNKNOWN, ExprError
from archc.spec.arguments import Arg
from archc.spec.model import Block, Chain, Spec, Step
from archc.spec.walk import names_in_step
from archc.tensor import TensorType
from archc.tree import Body

MAX_NODES = 100_000
"""The most ops a network may have."""
MAX_STEPS = 200_000
"""How many steps are looked at, dropped ones among them, before a network counts as too large."""
MAX_TERMS = 100_000
"""How many terms the formulas of sizes may have together, short ones not counted."""
_SHORT = 100
MAX_FINDINGS = 200
"""How many faults are told before the rest of a network is not looked at: no report shows as many."""

Key = tuple[object, ...]
Types = tuple[TensorType | None, ...]


class LimitError(Exception):
    """The network is larger than archc takes on; the finding is already reported."""


class Run(ABC):
    """The state of one run, and the three ways in which steps lead to further steps.

    Bodies and leaves, once made, never change: equal ones are made once.
    """

    def __init__(self, spec: Spec, settled: Settled) -> None:
        self.spec = spec
        self.settled = settled
        self.findings: dict[tuple[str, Where], Diagnostic] = {}
        self.terms = 0
        """How many terms the long ones among the formulas of sizes have together."""
        self.steps = 0
        """How many steps were looked at."""
        self.faults = 0
        """How often anything was found, what is known already included."""
        self.bodies: dict[Key, Body | None] = {}
        self.samples: dict[Key, Body] = {}
        """By block and arguments, an instance that serves for inputs of other sizes too."""
        self.plain: dict[int, bool] = {}
        """By the `id` of a definition, whether its formulas leave the shape of its input alone."""
        self.leaves: dict[Key, Made] = {}
        self.rounds: dict[int, Chain] = {}
        """By the `id` of a step whose rounds are a `Sequential`, that one's chain."""
        self.blocks: Mapping[str, Block] = spec.scope.blocks
        """The blocks that steps see where the run stands."""
        self.stack: tuple[Note, ...] = ()
        """The uses of blocks that led there."""
        self.depth = 0
        """How many bodies around it are unfinished."""
        self._names: dict[int, tuple[str, ...]] = {}

    @abstractmethod
    def chain(self, chain: Chain, site: Site, current: Value) -> Value:
        """Expand a chain in place, starting from a tensor; gives its result."""

    @abstractmethod
    def group(self, chain: Chain, env: Env, names: Names, types: Types, input_names: tuple[str, ...]) -> Body | None:
        """Expand a chain as a body of its own; None where a fault left something unknown."""

    @abstractmethod
    def block(self, block: Block, args: Mapping[str, object], types: Types) -> Body | None:
        """Expand the instance of a block; None where a fault left something unknown."""

    def report(self, code: str, message: str, where: Where, help: str = "", fixes: tuple[Fix, ...] = ()) -> None:
        """Add a finding."""
        self.add(Diagnostic(code, message, where, help=help, fixes=fixes))

    def add(self, finding: Diagnostic) -> None:
        """Add a finding, once for its place and kind: equal faults of several instances are one fault.

        Beyond a limit, or where too much is wrong, nothing further is looked at.
        """
        self.faults += 1
        self.findings.setdefault((finding.code, finding.where), replace(finding, stack=self.stack))
        if len(self.findings) >= MAX_FINDINGS or finding.code == codes.LIMIT:
            raise LimitError

    def count(self, step: Step) -> None:
        """Note that a step is looked at; of too many this is the last."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            self.refuse_size(step)

    def withdraw(self, before: Collection[tuple[str, Where]]) -> None:
        """Take back what was found wrong with shapes since then, in a step that may not be there."""
        for key in [key for key in self.findings if key not in before and key[0].startswith("ARC3")]:
            del self.findings[key]

    def refuse_size(self, step: Step) -> None:
        """Stop at a step that would make the network too large."""
        self.report(codes.LIMIT, f"the network would have more than {MAX_NODES:,} ops", step.where)

    def weigh(self, step: Step, types: Sequence[TensorType | None]) -> None:
        """Note how long the formulas of results are; of too many long ones this is the last."""
        for type_ in types:
            for size in type_.shape if type_ is not None else ():
                if isinstance(size, Sym) and len(size.key) > _SHORT:
                    self.terms += len(size.key) - _SHORT
        if self.terms > MAX_TERMS:
            message = "the sizes that the network's tensors have are too long as formulas of its input's"
            self.report(codes.LIMIT, message, step.where, "fix some of the input's sizes")

    def evaluate(self, arg: Arg, env: Env) -> object:
        """The value of an argument; UNKNOWN, with a finding, where it has none."""
        try:
            return evaluate_arg(arg, env)
        except ExprError as error:
            self.add(expr_finding(error, arg.where))
            return UNKNOWN

    def key(self, chain: Chain, env: Env, types: Sequence[object], *more: str) -> Key:
        """All that the expansion of a chain depends on."""
        names = self._names.get(id(chain))
        if names is None:
            found = {name for step in chain.steps for name in names_in_step(step)}
            names = self._names[id(chain)] = tuple(sorted(found))
        return (id(chain), tuple([env.values.get(name) for name in names]), tuple(types), *more)
