"""Ops that regroup a tensor's elements in memory order; the batch dimension stays whole."""

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from archc.dims import Dim, divides, equal, product, shown
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    RANK,
    Aliases,
    Domain,
    Example,
    Function,
    Inputs,
    Module,
    Op,
    Saves,
    ShapeError,
    axis,
)
from archc.tensor import TensorType

Sizes = Annotated[tuple[Annotated[int, Field(ge=-1)], ...], Field(min_length=1)]
"""Sizes to give to dimensions, one of which may be -1: whatever is left."""

_FLATTEN = Domain(inputs=(((3, 4, 5),), ((6,),)), args={"start_dim": (0, 1, 2, -2, 4), "end_dim": (1, 2, -1, -2, 7)})


class _Flattening(Op):
    """What `Flatten` and `flatten` share."""

    gradient = "view"
    saves = Saves()
    aliases = Aliases("view")
    packs = True
    family: ClassVar[str] = "reshape"
    primary: ClassVar[str | None] = "start_dim"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(((16, 5, 5),)),
        Example(((8, 4, 4),), {"start_dim": 2}),
        Example(((8, 4, 4),), {"start_dim": 1, "end_dim": 2}),
    )
    domain: ClassVar[Domain | None] = _FLATTEN

    start_dim: int = 1
    end_dim: int = -1

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Dimensions `start_dim` to `end_dim` become one, of the product of their sizes."""
        x = inputs.first
        start, end = axis(x, self.start_dim), axis(x, self.end_dim)
        if start > end:
            raise ShapeError(f"wants start_dim up to end_dim, got {start} and {end}", code=RANK)
        merged = product(x.shape[start : end + 1])
        return (x.with_shape(*x.shape[:start], merged, *x.shape[end + 1 :]),)

    def is_identity(self, inputs: Inputs) -> bool:
        """Where there is one dimension to join."""
        return axis(inputs.first, self.start_dim) == axis(inputs.first, self.end_dim)


class Flatten(_Flattening, Module):
    """Joins the dimensions `start_dim` to `end_dim` into one: all but the batch, unless said."""


class FlattenFunction(_Flattening, Function):
    """Joins the dimensions `start_dim` to `end_dim` into one.

    torch's function starts at dimension 0 by default, which would join the batch; here it starts at 1, as the module.
    """

    name = "flatten"

    def as_torch(self) -> lowering.Node:
        """`x.flatten(1)`."""
        end = (lowering.Field("end_dim"),) if self.end_dim != -1 else ()
        return lowering.Method(lowering.Input(), "flatten", (lowering.Field("start_dim"), *end))


class Unflatten(Module):
    """Splits one dimension into several."""

    gradient = "view"
    saves = Saves()
    aliases = Aliases("view")
    family = "reshape"
    positional = ("dim", "unflattened_size")
    examples = (Example(((12, 4),), {"dim": 1, "unflattened_size": (3, 4)}),)
    domain = Domain(
        inputs=(((12, 4),), ((6,),)),
        args={"dim": (0, 1, -1, 5), "unflattened_size": ((2, 6), (3, -1), (-1, -1), (5, -1), (2, 3, 1), (0, -1))},
    )

    dim: int
    unflattened_size: Sizes

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`dim` is replaced by `unflattened_size`, whose product is its size."""
        return (_unflattened(inputs.first, self.dim, self.unflattened_size),)


class UnflattenFunction(Function):
    """Splits one dimension into several."""

    gradient = "view"
    saves = Saves()
    name = "unflatten"
    aliases = Aliases("view")
    family = "reshape"
    target = "torch.unflatten"
    positional = ("dim", "sizes")
    examples = (Example(((12, 4),), {"dim": 1, "sizes": (3, -1)}), Example(((4, 6),), {"dim": -1, "sizes": (2, 3)}))
    domain = Domain(
        inputs=(((12, 4),), ((6,),)),
        args={"dim": (0, 1, -1, 5), "sizes": ((2, 6), (3, -1), (-1, -1), (5, -1), (2, 3, 1), (0, -1))},
    )

    dim: int
    sizes: Sizes

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`dim` is replaced by `sizes`, whose product is its size."""
        return (_unflattened(inputs.first, self.dim, self.sizes),)


class Reshape(Function):
    """The same elements, in order, in another shape; `shape` leaves the batch out, and -1 is what is left over."""

    gradient = "view"
    saves = Saves()
    name = "reshape"
    aliases = Aliases("view")
    packs = True
    family = "reshape"
    primary = "shape"
    examples = (
        Example(((12, 4),), {"shape": (3, 4, 4)}),
        Example(((8, 4, 4),), {"shape": (8, -1)}),
        Example(((6,),), {"shape": (-1,)}),
    )
    domain = Domain(
        inputs=(((12, 4),), ((6,),), ((2, 3, 8),)),
        args={"shape": ((48,), (-1,), (6, -1), (-1, -1), (4, 3, 4), (5, -1), (3, 2), (0, -1), (7,))},
    )

    shape: Sizes

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`shape` behind the batch; an input without a batch dimension takes all of `shape`."""
        x = inputs.first
        return (x.with_shape(*x.shape[: int(x.batched)], *_solved(self.shape, x.sample)),)

    def as_torch(self) -> lowering.Node:
        """`x.reshape(x.shape[0], 8, -1)`."""
        sizes = (lowering.Batched(lowering.Batch()), lowering.Star("shape"))
        return lowering.Method(lowering.Input(), "reshape", sizes)


def _unflattened(x: TensorType, dim: int, sizes: Sequence[int]) -> TensorType:
    at = axis(x, dim)
    return x.with_shape(*x.shape[:at], *_solved(sizes, (x.shape[at],)), *x.shape[at + 1 :])


def _by(sizes: Sequence[Dim]) -> str:
    """Sizes in words, as `3 x 4`."""
    return " x ".join(str(shown(size)) for size in sizes)


def _solved(sizes: Sequence[int], given: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """`sizes` for the elements of the sizes `given`, with -1 worked out."""
    whole = product(given)
    open_sizes = [at for at, size in enumerate(sizes) if size == -1]
    if len(open_sizes) > 1:
        raise ShapeError(f"wants -1 once, got {_by(sizes)}", code=CHANNELS)
    known = math.prod(size for size in sizes if size != -1)
    if not open_sizes and equal(whole, known):
        return tuple(sizes)
    if not open_sizes or known == 0 or not divides(known, whole):
        elements = shown(whole)
        product_of = f"{_by(given)} = {elements}" if len(given) > 1 else str(elements)
        raise ShapeError(f"cannot give {product_of} elements the shape {_by(sizes)}", code=CHANNELS)
    at = open_sizes[0]
    return (*sizes[:at], whole if known == 1 else whole // known, *sizes[at + 1 :])
