"""Fractional max pooling (Graham, 2014): windows of one size, at random places a fraction of their size apart."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import Field

from archc.codes import BAD_ARGUMENT
from archc.dims import Dim, Sym, at_least, times
from archc.ops.base import (
    EMPTY,
    Domain,
    Example,
    Inputs,
    Module,
    ShapeError,
    Size2,
    Size3,
    need_dtype,
    need_rank,
    pair,
)
from archc.tensor import TensorType

LARGEST = 4096
"""The size up to which a ratio's formula is checked against torch's floating-point product."""

Ratio = Annotated[float, Field(gt=0, lt=1)]
Ratio2 = Ratio | tuple[Ratio, Ratio]
Ratio3 = Ratio | tuple[Ratio, Ratio, Ratio]


class _FractionalMaxPool(Module):
    """The `dims` dimensions behind the channels get a size of choice, or a fraction of theirs."""

    dims: ClassVar[int]
    spare: ClassVar[int]
    """How many elements an input must have beyond the windows set side by side."""
    family = "pool"
    primary = "kernel_size"
    positional = ("kernel_size",)

    kernel_size: Any
    output_size: Any = None
    output_ratio: Any = None

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`output_size`, or `floor(size * output_ratio)`, on each dimension."""
        x = inputs.first
        need_rank(x, self.dims + 2)
        need_dtype(x)
        sizes = self._sizes(x)
        kernels = pair(self.kernel_size, self.dims)
        for before, after, kernel in zip(x.shape[2:], sizes, kernels, strict=True):
            if not (at_least(after, 1) and at_least(before - kernel + 1 - self.spare, after)):
                raise ShapeError(
                    f"has no {times(sizes)} places for a window of {times(kernels)} in {times(x.shape[2:])}", code=EMPTY
                )
        return (x.with_shape(*x.shape[:2], *sizes),)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Where each largest element stands."""
        return (TensorType(outputs[0].shape, "int64"),)

    def scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """A random number for each channel and dimension."""
        x = inputs.first
        return (x.with_shape(*x.shape[:2], self.dims),)

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """None: the places are known by then."""
        return ()

    def _sizes(self, x: TensorType) -> tuple[Dim, ...]:
        if (self.output_size is None) == (self.output_ratio is None):
            raise ShapeError("wants either output_size or output_ratio", code=BAD_ARGUMENT)
        if self.output_ratio is None:
            return pair(self.output_size, self.dims)
        ratios: tuple[float, ...] = pair(self.output_ratio, self.dims)
        return tuple(_part(size, ratio) for size, ratio in zip(x.shape[2:], ratios, strict=True))


def _part(size: Dim, ratio: float) -> Dim:
    """`int(size * ratio)`; of a symbolic size the same as a formula, which must hold for every size."""
    if not isinstance(size, Sym):
        return int(size * ratio)
    uneven = _uneven(ratio)
    if uneven is not None:
        raise ShapeError(
            f"has output_ratio {ratio}, no even part of {size}: {uneven} * {ratio} rounds to {int(uneven * ratio)}",
            code=BAD_ARGUMENT,
            help="give output_size, or another ratio, or an input of fixed size",
        )
    above, below = Fraction(str(ratio)).as_integer_ratio()
    return size * above // below


@cache
def _uneven(ratio: float) -> int | None:
    """The first size up to `LARGEST` where torch's floating-point product and the ratio as written round apart."""
    above, below = Fraction(str(ratio)).as_integer_ratio()
    return next((size for size in range(LARGEST + 1) if int(size * ratio) != size * above // below), None)


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest element of each randomly placed window on an image."""

    dims = 2
    spare = 0
    examples = (
        Example(((4, 8, 9),), {"kernel_size": 2, "output_ratio": 0.6}),
        Example(((4, 8, 9),), {"kernel_size": (2, 3), "output_size": (5, 4)}),
    )
    domain = Domain(
        inputs=(((3, 7, 7),), ((3, 10, 8),), ((3, 2, 9),), ((3, 9),)),
        args={
            "kernel_size": (1, 2, 3, (3, 2)),
            "output_size": (None, 5, 6, (4, 3), (7, 5)),
            "output_ratio": (None, 0.1, 0.5, 0.7, (0.9, 0.8), 1.0),
        },
    )

    kernel_size: Size2
    output_size: Size2 | None = None
    output_ratio: Ratio2 | None = None


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest element of each randomly placed window on a volume."""

    dims = 3
    spare = 1
    examples = (Example(((4, 6, 8, 9),), {"kernel_size": 2, "output_ratio": 0.5}),)
    domain = Domain(
        inputs=(((3, 6, 7, 7),), ((3, 5, 10, 8),), ((3, 2, 9, 4),), ((3, 9, 9),)),
        args={
            "kernel_size": (1, 2, 3, (1, 3, 2)),
            "output_size": (None, 4, 5, (2, 4, 3)),
            "output_ratio": (None, 0.1, 0.5, (0.5, 0.9, 0.7), 1.0),
        },
    )

    kernel_size: Size3
    output_size: Size3 | None = None
    output_ratio: Ratio3 | None = None
