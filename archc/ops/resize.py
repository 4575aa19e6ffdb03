"""Resizing by interpolation: upsampling and downsampling."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from archc.dims import Dim, Symbolic, at_least, is_known
from archc.ops import lowering
from archc.ops.base import (
    EMPTY,
    FLOATING,
    RANK,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Module,
    Op,
    Positive,
    Saves,
    ShapeError,
    Window,
    need_dtype,
    need_rank,
)
from archc.ops.kernels import lone_kernel
from archc.tensor import TensorType

Mode = Literal["nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact", "lanczos"]
Scale = Positive | Annotated[float, Field(gt=0, allow_inf_nan=False)]
Sizes = Positive | tuple[Positive, ...]
Scales = Scale | tuple[Scale, ...]

RANKS: dict[Mode, tuple[int, ...]] = {
    "nearest": (3, 4, 5),
    "nearest-exact": (3, 4, 5),
    "area": (3, 4, 5),
    "linear": (3,),
    "bilinear": (4,),
    "bicubic": (4,),
    "lanczos": (4,),
    "trilinear": (5,),
}
"""The ranks that each mode is for, batch and channels included."""


class _Interpolate(Op):
    """`size` says the result's size, or `scale_factor` how often it is the input's."""

    saves = Saves()
    family = "reshape"
    primary = "scale_factor"
    examples = (
        Example(((3, 4, 5),), {"scale_factor": 2}),
        Example(((3, 4, 5),), {"size": (7, 9), "mode": "bilinear", "align_corners": False}),
        Example(((3, 9),), {"scale_factor": 0.5, "mode": "linear"}),
    )
    domain = Domain(
        inputs=(((3, 4),), ((3, 4, 5),), ((2, 3, 4, 5),), ((3,),)),
        args={
            "size": (None, 6, (6, 7), (6,), (2, 3, 4)),
            "scale_factor": (None, 2, 1.5, 0.1, 0.7, (2, 1.3)),
            "mode": ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact", "cubic"),
            "align_corners": (None, False, True),
            "recompute_scale_factor": (None, False, True),
        },
    )

    size: Sizes | None = None
    scale_factor: Scales | None = None
    mode: Mode = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Spatial sizes become `size`, or are multiplied by `scale_factor` and rounded down."""
        x = inputs.first
        need_rank(x, *RANKS[self.mode])
        need_dtype(x, *FLOATING, *(() if self.mode in ("linear", "trilinear", "area") else ("uint8",)))
        if self.align_corners is not None and self.mode in ("nearest", "nearest-exact", "area"):
            raise ShapeError(f"takes align_corners in linear and cubic modes only, not in {self.mode} mode")
        if self.recompute_scale_factor and self.size is not None:
            raise ShapeError("takes recompute_scale_factor with scale_factor only, not with size")
        return (_resized(x, self.size, self.scale_factor),)

    def saved(self, inputs: Inputs) -> Saves:
        """The input where windows adapt to it."""
        return Saves("always") if self.mode == "area" else Saves()

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """One that takes the first input alone: of another it takes the size."""
        lone = lone_kernel(self, call)
        return (replace(lone, takes=lone.takes[:1]),)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """About the places that lie under it, and their neighbours where those are mixed in."""
        blends = self.mode not in ("nearest", "nearest-exact", "area")
        return (Window(), Window(), *_stretched(inputs.first, outputs[0], blends))


class Upsample(_Interpolate, Module):
    """Resizes sequences, images or volumes to a size or by a factor."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Spatial sizes become `size`, or are multiplied by `scale_factor` and rounded down."""
        if self.mode == "lanczos":
            raise ShapeError("cannot antialias, which lanczos mode needs", help="interpolate can")
        return super().infer(inputs)


class Interpolate(_Interpolate, Function):
    """Resizes sequences, images or volumes to a size, by a factor, or to the spatial size of the tensor on port `like`.

    With `like` the result follows that tensor at every input size, as `size=other.shape[-2:]` does in PyTorch.
    """

    name = "interpolate"
    ports = ("input", "like")
    optional = ("like",)
    examples = (
        *_Interpolate.examples,
        Example(((3, 4, 5), (8, 7, 9)), {"mode": "bilinear"}, ports=("input", "like")),
    )
    domain = Domain(
        inputs=(((3, 4),), ((3, 4, 5),), ((2, 3, 4, 5),)),
        args={
            "size": (None, 6, (6, 7)),
            "scale_factor": (None, 2, 0.7),
            "mode": ("nearest", "linear", "bilinear", "bicubic", "area", "lanczos"),
            "align_corners": (None, True),
            "antialias": (False, True),
        },
    )

    antialias: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Spatial sizes become `size`, or are multiplied by `scale_factor` and rounded down."""
        if self.mode == "lanczos" and (self.align_corners or not self.antialias):
            raise ShapeError("wants antialias: true in lanczos mode, and no align_corners")
        if self.antialias and self.mode not in ("bilinear", "bicubic", "lanczos"):
            raise ShapeError(f"takes antialias in bilinear, bicubic and lanczos mode only, not in {self.mode} mode")
        like = inputs.get("like") if any(inputs.ports) else None
        if like is None:
            return super().infer(inputs)
        if self.size is not None or self.scale_factor is not None:
            raise ShapeError("takes size, scale_factor or the port like, not two of them")
        (same,) = self.filled({"scale_factor": 1}).infer(Inputs(inputs.types[:1]))
        if like.rank != same.rank:
            message = f"wants a tensor of as many dimensions on port like, got {inputs.first} and {like}"
            raise ShapeError(message, code=RANK)
        return (same.with_shape(*same.shape[:2], *like.shape[2:]),)

    def as_torch(self) -> lowering.Node:
        """`F.interpolate(x, scale_factor=2)`, or `F.interpolate(x, size=other.shape[2:])`."""
        size = lowering.Attribute(lowering.Input("like"), "shape[2:]")
        return lowering.Call("F.interpolate", (lowering.Input(0),), (("size", size), *self.given()))


class _Upsampling2d(Module):
    saves = Saves()
    family = "reshape"
    primary = "scale_factor"
    examples = (Example(((3, 4, 5),), {"scale_factor": 2}), Example(((3, 4, 5),), {"size": (7, 9)}))
    domain = Domain(
        inputs=(((3, 4),), ((3, 4, 5),)),
        args={"size": (None, 6, (6, 7)), "scale_factor": (None, 2, 1.5, 0.1, (2, 1.3))},
    )

    size: Positive | tuple[Positive, Positive] | None = None
    scale_factor: Scale | tuple[Scale, Scale] | None = None

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Height and width become `size`, or are multiplied by `scale_factor` and rounded down."""
        x = inputs.first
        need_rank(x, 4)
        need_dtype(x, *FLOATING, "uint8")
        return (_resized(x, self.size, self.scale_factor),)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """About the places that lie under it, and their neighbours where those are mixed in."""
        blends = self.name == "UpsamplingBilinear2d"
        return (Window(), Window(), *_stretched(inputs.first, outputs[0], blends))


class UpsamplingNearest2d(_Upsampling2d):
    """Resizes images, each pixel taking the value of the nearest one."""


class UpsamplingBilinear2d(_Upsampling2d):
    """Resizes images by bilinear interpolation with aligned corners."""


def _resized(x: TensorType, size: Sizes | None, scale: Scales | None) -> TensorType:
    """`x` with the spatial sizes that `size` or `scale` gives: one number for all, or one each."""
    if (size is None) == (scale is None):
        raise ShapeError(f"wants size or scale_factor, got {'neither' if size is None else 'both'}")
    spatial = x.shape[2:]
    given = size if size is not None else scale
    if isinstance(given, tuple) and len(given) != len(spatial):
        raise ShapeError(f"wants {len(spatial)} numbers, one for each spatial dimension of {x}, got {len(given)}")
    if size is not None:
        sizes: tuple[Dim, ...] = size if isinstance(size, tuple) else (size,) * len(spatial)
    else:
        scales = scale if isinstance(scale, tuple) else (scale or 1,) * len(spatial)
        sizes = tuple(_scaled(before, by) for before, by in zip(spatial, scales, strict=True))
    if not all(at_least(after, 1) for after in sizes):
        raise ShapeError(f"leaves no places of {x}", code=EMPTY)
    return x.with_shape(*x.shape[:2], *sizes)


def _scaled(size: Dim, by: float | Symbolic) -> Dim:
    """`floor(size * by)` as torch computes it, in double precision.

    The formula takes the scale as the decimal number it is written as. Where rounding lets torch fall one short of
    that (750 * 0.036 is 26.99...), torch's value holds at the sizes in force.
    """
    if isinstance(by, Symbolic):
        return math.floor(size * by)
    exact = Fraction(str(by))
    formula = size * exact.numerator // exact.denominator
    if not is_known(size):
        return formula
    return formula + (math.floor(int(size) * by) - int(formula))


def _stretched(before: TensorType, after: TensorType, blends: bool) -> Iterator[Window]:
    for old, new in zip(before.shape[2:], after.shape[2:], strict=True):
        step = Fraction(int(old), int(new))
        around = 1 if blends else 0
        yield Window(step, min(step - 1, 0) - around, max(step - 1, 0) + around)
