"""How an op reads in PyTorch, as data: nothing here imports torch, `archc.codegen` prints it."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from archc.record import record


@record
class Input:
    """The tensor on a port: by position, or by name for ops with named ports.

    Where nothing is connected to a named port it stands for `otherwise`; without that the argument it is part of is
    left out of its call, together with its keyword.
    """

    port: int | str = 0
    otherwise: Input | None = None


@record
class Inputs:
    """All tensors as a Python list, for `torch.cat([a, b])`."""


@record
class Unpacked:
    """All tensors as separate positional arguments, for `torch.einsum(equation, a, b)`."""


@record
class Field:
    """The op's argument of that name: printed as the formula the spec gives, or as its value."""

    name: str


@record
class Star:
    """The op's argument of that name, spread over positional arguments: `x.permute(0, 2, 1)`."""

    name: str


@record
class Entries:
    """The op's argument of that name as a list: `torch.split(x, [2, 6])`."""

    name: str


@record
class Batch:
    """The batch size, `x.shape[0]`, of a batched tensor at hand."""


@record
class Batched:
    """`then` where the first input has a batch dimension; else `otherwise`, or no argument at all."""

    then: Node
    otherwise: Node | None = None


@record
class Fold:
    """A function of two tensors over all of them: `torch.maximum(torch.maximum(a, b), c)`."""

    target: str


@record
class Literal:
    """A Python value, printed with `repr`."""

    value: bool | int | float | str | None


@record
class Raw:
    """Python text that holds no user's text: `torch.float32`, `...`, `self.training`."""

    text: str


@record
class Call:
    """A call of a dotted name: `nn.Conv2d`, `F.relu`, `torch.cat`, or a custom op's `package.module.Name`."""

    target: str
    args: tuple[Node, ...] = ()
    kwargs: tuple[tuple[str, Node], ...] = field(default=())


@record
class Method:
    """A method call on a value: `x.flatten(1)`."""

    obj: Node
    name: str
    args: tuple[Node, ...] = ()
    kwargs: tuple[tuple[str, Node], ...] = field(default=())


@record
class Attribute:
    """An attribute of a value, with any subscript: `x.shape[2:]`."""

    obj: Node
    name: str


@record
class Helper:
    """A call of a small function that the file defines, by its `text`; `body` is what it computes."""

    call: Call
    body: Node
    text: str


@record
class Infix:
    """An operator between values, left to right: `a + b + c`; `-` alone before a single one."""

    operator: str
    operands: tuple[Node, ...] | Unpacked


@record
class Tuple:
    """A parenthesised tuple."""

    items: tuple[Node, ...]


@record
class Index:
    """A subscript: `x[:, 0]`; each item is a node, or a slice of nodes."""

    obj: Node
    items: tuple[Node | Slice, ...]


@record
class Slice:
    """`start:stop:step` within an `Index`."""

    start: Node | None = None
    stop: Node | None = None
    step: Node | None = None


Node = (
    Input
    | Inputs
    | Unpacked
    | Field
    | Star
    | Entries
    | Batch
    | Batched
    | Fold
    | Literal
    | Raw
    | Call
    | Method
    | Attribute
    | Helper
    | Infix
    | Tuple
    | Index
)


@record
class Result:
    """The place of one result in what a module's call returns.

    `then` makes the result what the op's shape rule says, where torch puts the batch elsewhere: a node over `Input(0)`.
    """

    name: str
    then: Node | None = None


Pattern: TypeAlias = "Result | tuple[Pattern, ...]"
"""What a module's call returns: `(output, (h_n, c_n))`."""
