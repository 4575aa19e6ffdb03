"""What a definition is translated to, before it is text: what its constructor makes, and what its `forward` calls.

Formulas name parameters, lets, loop variables and sizes by symbols, which no name of a spec can be:
`p:out` a parameter of the block, `f:width` one of the file, `l:half` a let, `i3:row` a loop variable,
`$0.1` dimension 1 of the first input, `v7:channels` a size that is worked out on the way, `m4` a module just made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count as counter
from typing import Generic, Literal, TypeVar

from archc.codegen.facts import Facts
from archc.expr import Expr, names
from archc.ops import lowering
from archc.ops.base import Op
from archc.ops.state import Buffer, Parameter
from archc.record import record
from archc.spec.arguments import Param
from archc.spec.model import Block, Chain, Scope, Spec
from archc.tensor import TensorType

T_co = TypeVar("T_co", covariant=True)
Text = tuple[str | Expr, ...]
"""A name with formulas in it, as `layer{i + 1}`."""


@dataclass(eq=False, slots=True)
class Tensor:
    """A tensor in `forward`; `name` is what the spec calls it, `by_function` whether a function made it."""

    type: TensorType
    name: str = ""
    by_function: bool = False


@record(eq=False, repr=False)
class Place:
    """Where a module stands: an attribute, an entry of a list of modules, or a child of a `Sequential`.

    `index` are the rounds that it is numbered by, `gaps` says that some rounds may have none.
    """

    kind: Literal["attribute", "list", "child"]
    name: Text
    index: tuple[Expr, ...] = ()
    gaps: bool = False

    @property
    def plain(self) -> str | None:
        """The name, where there is no formula in it."""
        return self.name[0] if len(self.name) == 1 and isinstance(self.name[0], str) else None


@record(eq=False, repr=False)
class Loop:
    """`for variable in range(count)`, or over the rows of a table; `variable` is a symbol."""

    variable: str
    shown: str
    count: Expr
    rows: Expr | None = None
    index: str = ""
    """The number of the round, as a symbol: the variable, unless that is a row."""


@record(eq=False, repr=False)
class Either(Generic[T_co]):
    """Two ways in which an op reads in PyTorch, by a condition on its arguments."""

    condition: Expr
    then: T_co | Either[T_co]
    other: T_co | Either[T_co]


Reading = lowering.Node | Either[lowering.Node]

# what the constructor makes


@record(eq=False, repr=False)
class OpMaker:
    """A module of torch's, or of a custom op; `wrapped` a function as a module."""

    op: Op
    node: Reading
    wrapped: bool = False


@record(eq=False, repr=False)
class UnitMaker:
    """An instance of a class of the file; `given` are the arguments that the spec gives, `sizes` its inputs'."""

    unit: Unit
    given: tuple[tuple[str, Expr | Text], ...]
    sizes: Mapping[str, Expr]
    by_place: bool


@record(eq=False, repr=False)
class ChoiceMaker:
    """An instance of whichever class a parameter stands for, all of which take the same arguments."""

    chosen: Expr
    options: tuple[tuple[str, OpMaker | UnitMaker], ...]


@record(eq=False, repr=False)
class SequentialMaker:
    """`nn.Sequential` of what its statements make."""

    body: tuple[Statement, ...]


Maker = OpMaker | UnitMaker | ChoiceMaker | SequentialMaker


@record(eq=False, repr=False)
class Make:
    """Make a module; `symbol` is what formulas call it."""

    place: Place
    maker: Maker
    symbol: str
    doc: str = ""


@record(eq=False, repr=False)
class MakeTensor:
    """Register a `Parameter` or a `Buffer`."""

    name: str
    op: Parameter | Buffer


@record(eq=False, repr=False)
class Assign:
    """Work out a size, or a let."""

    symbol: str
    value: Expr


@record(eq=False, repr=False)
class Guard:
    """Refuse arguments for which a condition does not hold."""

    condition: Expr
    about: str
    conditional: bool = False
    """Whether it stands under a condition or in a loop."""
    size: tuple[Unit, str] | None = None
    """The class whose size is asked about; there is nothing to ask where it does not take that."""
    of: tuple[Guard, ...] = ()
    """What the classes of an instance ask, of which this is what it comes to for their caller."""


@record(eq=False, repr=False)
class Phi:
    """A size with one value or another: by a condition, or at the start of each round and behind the loop."""

    symbol: str
    first: Expr
    """Where the condition holds; before the loop."""
    second: Expr
    """Where it does not; after a round."""


@record(eq=False, repr=False)
class If:
    """Make things where a condition holds, others where not."""

    condition: Expr
    then: tuple[Statement, ...]
    other: tuple[Statement, ...]
    phis: tuple[Phi, ...] = ()
    absent: str = ""
    """The attributes that are None where the condition does not hold."""

    @property
    def body(self) -> tuple[Statement, ...]:
        """What is made on either way."""
        return (*self.then, *self.other)


@record(eq=False, repr=False)
class For:
    """Make things in each round."""

    loop: Loop
    body: tuple[Statement, ...]
    phis: tuple[Phi, ...] = ()


Statement = Make | MakeTensor | Assign | Guard | If | For


def every(body: Iterable[Statement]) -> Iterator[Statement]:
    """Statements, each with those within it, under conditions, in loops and in a `Sequential`, behind it."""
    for statement in body:
        yield statement
        match statement:
            case If(body=inner) | For(body=inner) | Make(maker=SequentialMaker(body=inner)):
                yield from every(inner)
            case _:
                pass


def makers(body: Iterable[Statement]) -> Iterator[OpMaker | UnitMaker]:
    """What makes the modules of statements, those within others and the alternatives of choices too."""
    for statement in every(body):
        match statement:
            case Make(maker=ChoiceMaker(options=options)):
                yield from (maker for _, maker in options)
            case Make(maker=OpMaker() | UnitMaker() as maker):
                yield maker
            case _:
                pass


# what `forward` does


@record(eq=False, repr=False)
class Call:
    """Apply an op or a module to tensors."""

    inputs: tuple[Tensor, ...]
    ports: tuple[str, ...]
    results: tuple[Tensor | None, ...]
    node: Reading
    op: Op | None = None
    place: Place | None = None
    pattern: tuple[lowering.Pattern, ...] | None = None
    doc: str = ""


@record(eq=False, repr=False)
class Merge:
    """A tensor that is one of two: by a condition, or by whether there was a round before."""

    result: Tensor
    first: Tensor
    second: Tensor
    behind: Tensor | None = None
    """What a loop's last round hands on."""


@record(eq=False, repr=False)
class Branch:
    """Do things where a condition holds, others where not."""

    condition: Expr
    then: tuple[Action, ...]
    other: tuple[Action, ...]
    merges: tuple[Merge, ...]
    absent: str = ""
    """The attributes that are None where the condition does not hold."""
    label: str = ""

    @property
    def body(self) -> tuple[Action, ...]:
        """What is done on either way."""
        return (*self.then, *self.other)


@record(eq=False, repr=False)
class Rounds:
    """Do things in each round; `merges` carry tensors from one to the next."""

    loop: Loop
    body: tuple[Action, ...]
    merges: tuple[Merge, ...]
    place: Phi | None = None
    """The number of the next child, where rounds take different numbers of them."""


Action = Call | Branch | Rounds


def every_action(actions: Iterable[Action]) -> Iterator[Action]:
    """Actions, each with those within it behind it."""
    for action in actions:
        yield action
        if not isinstance(action, Call):
            yield from every_action(action.body)


NOTHING = Tensor(TensorType(()), "None")
"""What stands for the result of a side chain that is not there."""
MODULE = lowering.Call("self", (lowering.Unpacked(),))
"""The call of a module on all its inputs."""


@record(eq=False, repr=False)
class Output:
    """A result that a class hands out."""

    name: str
    tensor: Tensor
    train_only: bool = False


@dataclass(eq=False)
class Unit:
    """A class to be written: of a block, of the network, or of a chain that needs one of its own."""

    definition: Block | Spec | Chain
    stem: str
    scope: Scope
    params: tuple[Param, ...]
    inputs: tuple[Tensor, ...]
    sequential: bool = False
    lets: tuple[tuple[str, Expr], ...] = ()
    body: tuple[Statement, ...] = ()
    actions: tuple[Action, ...] = ()
    outputs: tuple[Output, ...] = ()
    facts: Facts = field(default_factory=Facts)
    facts_before: Facts = field(default_factory=Facts)
    """What is known before the first step."""
    types: dict[str, str] = field(default_factory=dict[str, str])
    """By symbol: the type of its values."""
    let_needs: dict[str, tuple[Guard, ...]] = field(default_factory=dict[str, tuple[Guard, ...]])
    """By let: the conditions under which it has a value."""
    asks: tuple[tuple[Guard, Expr], ...] = ()
    """What callers can see to, in terms of what they give."""
    unasked: set[int] = field(default_factory=set[int])
    """By `id`: the guards among these that some caller cannot see to."""
    frozen: Mapping[str, str] = field(default_factory=dict[str, str])
    """By parameter that is no argument: why. "" for the sizes of its inputs."""

    @property
    def results(self) -> tuple[TensorType, ...]:
        """The types of what it hands out."""
        return tuple(output.tensor.type for output in self.outputs)


_numbers = counter()


def symbol(kind: str, shown: str) -> str:
    """A new symbol."""
    return f"{kind}{next(_numbers)}:{shown}"


def symbols_of(tree: Sequence[Expr]) -> frozenset[str]:
    """The symbols in formulas."""
    return frozenset[str]().union(*map(names, tree))
