"""Einstein summation: its equations, their shapes and what they cost."""

from collections.abc import Sequence
from itertools import chain
from typing import Annotated, NamedTuple

from pydantic import Field

from archc.dims import BATCH, Dim, equal, is_one, shown
from archc.ops import lowering
from archc.ops.base import (
    BATCH_AXIS,
    CHANNELS,
    DTYPE,
    RANK,
    Aliases,
    Domain,
    Example,
    Function,
    Inputs,
    Saves,
    ShapeError,
)
from archc.tensor import TensorType


class _Equation(NamedTuple):
    """The letters of each operand's dimensions, and of the result's."""

    operands: tuple[str, ...]
    result: str


class Einsum(Function):
    """Products summed over the letters that the result lacks, as in `bhqd,bhkd->bhqk`."""

    saves = Saves("others", "others")
    name = "einsum"
    family = "linear"
    merges = True
    primary = "equation"
    target = "torch.einsum"
    examples = (
        Example(((4, 5, 8), (4, 6, 8)), {"equation": "bhqd,bhkd->bhqk"}),
        Example(((4, 5), (5,), (4,)), {"equation": "bij, bj, bi -> b"}),
        Example(((4, 5, 5),), {"equation": "bijj->bji"}),
        Example(((4,), (5,)), {"equation": "bi,bj->bij"}),
    )
    domain = Domain(
        inputs=(((4, 5), (4, 6)), ((4, 5), (5, 6)), ((5, 5), (5, 5)), ((1, 5), (4, 5)), ((4, 5),), ((4,), (4, 5))),
        args={
            "equation": (
                "bij,bik->bjk",
                "bij,bjk->bik",
                "bij->bji",
                "bii->b",
                "bij,bij->b",
                "bi,bij->bj",
                "bij,bij->bx",
            )
        },
    )

    equation: Annotated[str, Field(max_length=256)]

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """One dimension for each letter of the result; the batch's letter stays in front."""
        equation = _parse(self.equation, len(inputs))
        if len({x.dtype for x in inputs}) > 1 or (len(inputs) > 1 and inputs.first.dtype == "bool"):
            raise ShapeError(f"wants numbers of one dtype, got {', '.join(x.dtype for x in inputs)}", code=DTYPE)
        sizes = _sizes(equation, inputs.types)
        _check_batch(equation, inputs.types)
        return (inputs.first.with_shape(*(sizes[letter] for letter in equation.result)),)

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """A view of one tensor, where nothing is summed."""
        equation = _parse(self.equation, len(inputs))
        is_view = len(inputs) == 1 and set(equation.result) == set(equation.operands[0])
        return Aliases("view") if is_view else None

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Those of the matrix products that torch makes of it, from left to right."""
        equation = _parse(self.equation, len(inputs))
        tensors = [
            {letter: 1 if size is BATCH else int(size) for letter, size in zip(letters, x.shape, strict=True)}
            for letters, x in zip(equation.operands, inputs, strict=True)
        ]
        total, left = 0, tensors[0]
        for at, right in enumerate(tensors[1:], start=1):
            kept = set(equation.result).union(*tensors[at + 1 :])
            cost, left = _contract(left, right, kept)
            total += cost
        return total

    def as_torch(self) -> lowering.Node:
        """`torch.einsum("bij,bjk->bik", a, b)`."""
        return lowering.Call(self.target, (lowering.Field("equation"), lowering.Unpacked()))


def _parse(text: str, count: int) -> _Equation:
    """The equation in letters; without `->` the result has those that occur once, in alphabetical order."""
    equation = text.replace(" ", "")
    if "..." in equation:
        raise ShapeError("does not take an ellipsis: give every dimension a letter")
    left, arrow, result = equation.partition("->")
    operands = tuple(left.split(","))
    used = "".join(operands)
    if not arrow:
        result = "".join(sorted(letter for letter in set(used) if used.count(letter) == 1))
    if not all(letter.isascii() and letter.isalpha() for letter in used + result):
        raise ShapeError(f"cannot read the equation {text!r}: dimensions are letters", help="such as 'bij,bjk->bik'")
    if len(operands) != count:
        raise ShapeError(f"has an equation for {len(operands)} tensors, {text!r}, but gets {count}")
    if len(set(result)) < len(result) or not set(result) <= set(used):
        raise ShapeError(f"wants each letter of the result {result!r} once, and in a tensor")
    return _Equation(operands, result)


def _sizes(equation: _Equation, types: Sequence[TensorType]) -> dict[str, Dim]:
    """The size of each letter; a size of 1 stretches, but not along a diagonal."""
    sizes: dict[str, Dim] = {}
    for letters, x in zip(equation.operands, types, strict=True):
        if len(letters) != x.rank:
            raise ShapeError(
                f"has {len(letters)} letters, {letters!r}, for a tensor of {x.rank} dimensions"
                f" {'(batch included)' if x.batched else '(it has no batch)'}",
                code=RANK,
            )
        own: dict[str, Dim] = {}
        for letter, size in zip(letters, x.shape, strict=True):
            if not equal(own.setdefault(letter, size), size):
                raise ShapeError(
                    f"wants a diagonal of `{letter}`, got {shown(own[letter])} by {shown(size)}", code=CHANNELS
                )
        for letter, size in own.items():
            known = sizes.setdefault(letter, size)
            if is_one(known):
                sizes[letter] = size
            elif not is_one(size) and not equal(size, known):
                raise ShapeError(f"has `{letter}` as {shown(known)} and as {shown(size)}", code=CHANNELS)
    return sizes


def _check_batch(equation: _Equation, types: Sequence[TensorType]) -> None:
    """Refuse an equation that does not carry the batch, under one letter, to the front of the result."""
    pairs = list(zip(equation.operands, types, strict=True))
    firsts = {letters[0] for letters, x in pairs if x.batched}
    if not firsts:
        return
    if len(firsts) > 1:
        names = " and ".join(f"`{letter}`" for letter in sorted(firsts))
        raise ShapeError(f"calls the batch {names}; it needs one letter", code=BATCH_AXIS)
    batch = firsts.pop()
    others = chain.from_iterable(letters[1:] if x.batched else letters for letters, x in pairs)
    if batch in others:
        raise ShapeError(f"uses the batch's letter `{batch}` for another dimension", code=BATCH_AXIS)
    if not equation.result.startswith(batch):
        raise ShapeError(f"must keep the batch, `{batch}`, first in its result", code=BATCH_AXIS)


def _contract(left: dict[str, int], right: dict[str, int], kept: set[str]) -> tuple[int, dict[str, int]]:
    """The multiply-adds of one pair, and the sizes left over; an outer product is no matrix product and costs none."""
    joint = {letter: max(left.get(letter, 1), right.get(letter, 1)) for letter in {**left, **right}}
    rest = {letter: size for letter, size in joint.items() if letter in kept}
    gone = [letter for letter in joint if letter not in kept]
    summed = [letter for letter in gone if left.get(letter, 1) > 1 and right.get(letter, 1) > 1]
    if not summed:
        return 0, rest
    cost = 1
    for letter in [*rest, *summed]:
        cost *= joint[letter]
    return cost, rest
