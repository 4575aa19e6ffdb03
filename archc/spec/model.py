"""The values that a spec is read into. Everything is frozen and knows where in its file it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from archc.diagnostics import Where
from archc.ops.base import Op
from archc.record import record
from archc.spec.arguments import Arg, Args, Formula, Param, Template

RESERVED = ("as", "from", "when", "else", "repeat", "expect", "view", "doc", "allow")
"""The keys that a step may have beside its op."""
STRUCTURE = frozenset({"Sequential", "side", "chain", "reuse"})
"""What stands in an op's place without being one."""


@record(eq=False, repr=False)
class OpCall:
    """An op with its arguments; `branches` are the chains of a fork that it joins, or the names of what it joins."""

    op: type[Op]
    args: Args
    branches: tuple[Branch, ...] | None = None


@record(eq=False, repr=False)
class Branch:
    """One chain of a fork."""

    name: str
    chain: Chain


@record(eq=False, repr=False)
class BlockCall:
    """A block by its name in the scope, with its arguments by parameter."""

    target: str
    args: Args


@record(eq=False, repr=False)
class Choice:
    """Whichever block or op the block-typed parameter names; the arguments are read for each alternative."""

    parameter: str
    options: tuple[tuple[str, OpCall | BlockCall], ...]


@record(eq=False, repr=False)
class Group:
    """A chain as one step: `Sequential: chain`, `side: chain` or `chain: chain`.

    The result of a side chain is not handed on. A spliced chain (`chain:`) is no submodule: its steps stand in the
    chain around it, so that several can be repeated together.
    """

    chain: Chain
    side: bool = False
    spliced: bool = False


@record(eq=False, repr=False)
class Reuse:
    """`reuse: name`: the instance made by an earlier step, applied again."""

    name: str


@record(eq=False, repr=False)
class Faulty:
    """What could not be read (the finding says why): its result is unknown, and nothing more is said of it."""

    mentions: tuple[str, ...] = ()
    """All text within it: names that it may have meant to use."""


Action = OpCall | BlockCall | Choice | Group | Reuse | Faulty


@record(eq=False, repr=False)
class Repeat:
    """How often a step is repeated: `count` times, or once for each row of the table `rows`."""

    variable: str | None
    count: Formula | None
    rows: str | None = None


@record(eq=False, repr=False)
class Source:
    """A name that a step takes a tensor from; `port` is empty where only the order counts."""

    port: str
    name: str
    where: Where


@record(eq=False, repr=False)
class Step:
    """One step of a chain."""

    key: str
    action: Action
    where: Where
    name: Template | None = None
    results: tuple[str, ...] = ()
    """`as: [a, b]`: names for the results of a function that has several."""
    sources: tuple[Source, ...] | None = None
    """`from`, or the names that a merge lists."""
    repeat: Repeat | None = None
    when: Formula | None = None
    otherwise: Chain | Source | None = None
    """`else`: what stands in its place where `when` drops it, a chain or a tensor's name.

    A lone step is as it would stand there itself: it has the name of this one, and what this one is fed unless it says
    otherwise. Several steps that own modules are one `Sequential`.
    """
    expect: tuple[Arg | None, ...] | None = None
    doc: str = ""
    view: Mapping[str, object] = field(default_factory=dict[str, object])
    allow: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def entry(self) -> Where | None:
        """The place of the whole step, where it is one of a list."""
        route = self.where.route[:-1] if self.where.on_key else self.where.route
        return Where(self.where.file, route) if route and isinstance(route[-1], int) else None

    @property
    def plain_name(self) -> str:
        """Its name, where it has one without formulas."""
        return (self.name.plain or "") if self.name is not None else ""

    @property
    def is_side(self) -> bool:
        """Whether it leaves the current tensor as it was."""
        return isinstance(self.action, Group) and self.action.side

    @property
    def is_spliced(self) -> bool:
        """Whether its chain's steps stand in the chain around it."""
        return isinstance(self.action, Group) and self.action.spliced


@record(eq=False, repr=False)
class Chain:
    """Steps, each fed by the one before; `lone` where a single step stood in place of a list."""

    steps: tuple[Step, ...]
    where: Where
    lone: bool = False


@record(eq=False, repr=False)
class OutputDecl:
    """A declared output: the name of a step, and whether it exists in training mode alone."""

    name: str
    source: str
    where: Where
    train_only: bool = False


@record(eq=False, repr=False)
class Block:
    """A block's definition, shared by all its instances. Compared by identity."""

    name: str
    params: tuple[Param, ...]
    lets: tuple[tuple[str, Formula], ...]
    inputs: tuple[str, ...]
    outputs: tuple[OutputDecl, ...]
    chain: Chain
    where: Where
    scope: Scope
    doc: str = ""
    cite: str = ""
    numbered: bool = False
    """Whether it is itself a `Sequential`, which numbers its children."""


@record(eq=False, repr=False)
class Scope:
    """What the blocks of one file see beside their own parameters: the file's parameters, lets and blocks."""

    file: str
    params: tuple[Param, ...]
    lets: list[tuple[str, Formula]]
    """There once the whole file is read: what `/` means in them depends on their uses."""
    blocks: Mapping[str, Block]
    """By name; those of a used file as `namespace.name`."""


@record(eq=False, repr=False)
class InputDecl:
    """A declared input: a dimension is a formula, or a symbol with the size to use when none is given."""

    name: str
    dims: tuple[Formula | SymbolDecl, ...]
    dtype: str
    where: Where
    doc: str = ""


@record(eq=False, repr=False)
class SymbolDecl:
    """A free dimension: `H=224`."""

    name: str
    default: Formula | None
    where: Where


@record(eq=False, repr=False)
class Initialiser:
    """One `init` rule: which parameters, and the function of `torch.nn.init` with its arguments."""

    pattern: str
    function: str
    args: Args
    where: Where


@record(eq=False, repr=False)
class TargetDecl:
    """What an output is trained against."""

    name: str
    shape: tuple[Arg, ...]
    dtype: str
    classes: Arg | None
    where: Where
    doc: str = ""
    dtype_where: Where | None = None
    """Where its dtype stands, if it is written."""
    is_faulty: bool = False
    """Whether its declaration could not be read, so that only its name is known."""


@record
class Budget:
    """What a number may not exceed."""

    maximum: int


@record(eq=False, repr=False)
class Check:
    """One `check` case: parameters and sizes to set, and what must then hold."""

    where: Where
    variant: str | None = None
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    batch: int = 1
    """How many samples memory is counted for."""
    amounts: Mapping[str, int | Budget] = field(default_factory=dict[str, "int | Budget"])
    """Numbers that must be met or not exceeded, by the key they stand under (`params`, `macs`, `training_memory`)."""
    expect_shapes: tuple[tuple[str, tuple[Arg | None, ...]], ...] = ()
    """By path; a size is None where any will do."""
    doc: str = ""


@record(eq=False, repr=False)
class Variant:
    """A named set of parameter values."""

    name: str
    values: Mapping[str, object]
    where: Where
    doc: str = ""


@record(eq=False, repr=False)
class Spec:
    """A whole file: a network, or a library of blocks (then `chain` is None)."""

    file: str
    name: str
    title: str
    cite: str
    doc: str
    scope: Scope
    variants: tuple[Variant, ...]
    inputs: tuple[InputDecl, ...]
    chain: Chain | None
    outputs: tuple[OutputDecl, ...]
    targets: tuple[TargetDecl, ...]
    losses: tuple[Step, ...]
    init: tuple[Initialiser, ...]
    checks: tuple[Check, ...]
    uses: tuple[tuple[str, str], ...] = ()
    """The used files: namespace and path, as written."""
    allow: Mapping[str, object] = field(default_factory=dict[str, object])
    """The rules of practice that the file allows everywhere, each with its reason."""

    def variant(self, name: str) -> Variant | None:
        """The variant of that name."""
        return next((v for v in self.variants if v.name == name), None)
