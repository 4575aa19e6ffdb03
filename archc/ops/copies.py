"""Ops that repeat a tensor's elements, also to give a parameter the batch dimension it lacks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from archc.dims import BATCH, Dim, equal, shown
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    RANK,
    Aliases,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Positive,
    Saves,
    ShapeError,
    axis,
)
from archc.ops.kernels import lone_kernel
from archc.tensor import TensorType


class Expand(Function):
    """Stretches sizes of 1 without copying; `shape` leaves the batch out, and -1 keeps a size.

    A parameter of shape (1, 1, 768) becomes one such tensor a sample: `expand: [-1, -1]` gives (N, 1, 768).
    """

    saves = Saves()
    name = "expand"
    aliases = Aliases("view")
    family = "reshape"
    primary = "shape"
    examples = (Example(((8, 1, 1),), {"shape": (8, 4, 4)}), Example(((8, 1),), {"shape": (-1, 3)}))
    domain = Domain(inputs=(((8, 1),), ((1, 3),), ((1,),)), args={"shape": ((8, 3), (-1, 3), (4,), (8, -1), (2, 8, 3))})

    shape: Annotated[tuple[Annotated[int, Field(ge=-1)], ...], Field(min_length=1)]

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`shape` behind the batch."""
        x = inputs.first
        missing = len(self.shape) + 1 - x.rank
        wanted = " x ".join(str(shown(size)) for size in self.shape)
        if missing < 0 or (x.batched and missing):
            raise ShapeError(f"wants a size for each dimension behind the batch, got {wanted} for {x}", code=RANK)
        own: tuple[Dim | None, ...] = (*(None,) * missing, *x.shape)
        if not x.batched and own[0] is not None and not equal(own[0], 1):
            raise ShapeError(
                f"wants a leading 1 to stretch to the batch, got {x}", code=RANK, help="`unsqueeze: 0` adds it"
            )
        return (x.with_shape(BATCH, *(_stretched(a, b, wanted) for a, b in zip(own[1:], self.shape, strict=True))),)

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """Plain where nothing is stretched; the batch, which may be 1, is taken to be."""
        stretched = inputs.first.shape != self.infer(inputs)[0].shape
        return Aliases("expanded" if stretched else "view")

    def as_torch(self) -> lowering.Node:
        """`x.expand(-1, 8, 4)`; of a parameter, `x.expand(batch, -1, -1)`."""
        batch = lowering.Batched(lowering.Literal(-1), lowering.Batch())
        return lowering.Method(lowering.Input(), "expand", (batch, lowering.Star("shape")))


def _stretched(own: Dim | None, size: int, wanted: str) -> Dim:
    if own is None and size == -1:
        raise ShapeError(f"has no size to keep for a new leading dimension of {wanted}", code=CHANNELS)
    if own is None:
        return size
    if size == -1:
        return own
    if not equal(own, 1) and not equal(own, size):
        raise ShapeError(f"cannot stretch a size of {shown(own)} to {shown(size)}, only a 1", code=CHANNELS)
    return size


class Repeat(Function):
    """Copies side by side, `repeats` of them along each dimension behind the batch."""

    saves = Saves()
    name = "repeat"
    family = "reshape"
    primary = "repeats"
    examples = (Example(((3, 4),), {"repeats": (1, 2)}), Example(((3,),), {"repeats": (4,)}))
    domain = Domain(inputs=(((3, 4),), ((3,),)), args={"repeats": ((2, 1), (3,), (1, 1, 2))})

    repeats: Annotated[tuple[Positive, ...], Field(min_length=1)]

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Each size times its number; a tensor without a batch dimension takes one for each dimension."""
        x = inputs.first
        missing = len(self.repeats) - len(x.sample)
        if missing < 0 or (x.batched and missing):
            raise ShapeError(f"wants a number for each dimension of {x}, got {list(self.repeats)}", code=RANK)
        own: tuple[Dim, ...] = (*(1,) * missing, *x.sample)
        sizes = tuple(size * times for size, times in zip(own, self.repeats, strict=True))
        return (x.with_shape(*x.shape[: int(x.batched)], *sizes),)

    def as_torch(self) -> lowering.Node:
        """`x.repeat(1, 2, 2)`."""
        once = lowering.Batched(lowering.Literal(1))
        return lowering.Method(lowering.Input(), "repeat", (once, lowering.Star("repeats")))


class RepeatInterleave(Function):
    """Each element `repeats` times in a row along `dim`."""

    saves = Saves()
    name = "repeat_interleave"
    family = "reshape"
    target = ".repeat_interleave"
    positional = ("repeats",)
    examples = (Example(((4, 6, 8),), {"repeats": 3, "dim": 1}),)
    domain = Domain(inputs=(((3, 4),), ((3,),)), args={"repeats": (1, 2), "dim": (0, 1, -1, 2)})

    repeats: Positive
    dim: int
    """Required, unlike torch's: without it samples would run into each other."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The size of `dim` times `repeats`."""
        x = inputs.first
        at = axis(x, self.dim)
        return (x.with_dim(at, x.shape[at] * self.repeats),)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """A copy; nothing is summed on the way back where each element is there once."""
        lone = lone_kernel(self, call)
        return (replace(lone, gradient="view") if self.repeats == 1 else lone,)
