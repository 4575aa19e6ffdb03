"""Ops that trade channels for places: pixel shuffles, channel shuffles, and sliding blocks."""

from collections.abc import Sequence
from typing import ClassVar

from archc.dims import Dim, at_least, divides, equal, product, shown
from archc.ops.base import (
    CHANNELS,
    EMPTY,
    RANK,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Module,
    Op,
    Pad2,
    Positive,
    Saves,
    ShapeError,
    Size2,
    need_dtype,
    need_rank,
    pair,
)
from archc.tensor import TensorType


class _PixelShuffle(Op):
    saves = Saves()
    family = "reshape"
    primary = "upscale_factor"
    positional: ClassVar[tuple[str, ...]] = ("upscale_factor",)
    examples = (Example(((8, 3, 5),), {"upscale_factor": 2}),)
    domain = Domain(
        inputs=(((8, 3, 5),), ((9, 2, 2),), ((2, 8, 3, 2),), ((4, 4),)),
        args={"upscale_factor": (0, 1, 2, 3)},
    )

    upscale_factor: Positive

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """(C * r * r, H, W) becomes (C, H * r, W * r)."""
        channels, height, width = _image(inputs.first)
        r = self.upscale_factor
        if not divides(r * r, channels):
            raise ShapeError(f"makes squares of {r} x {r} from channels, got {shown(channels)} channels", code=CHANNELS)
        return (_with_image(inputs.first, channels // (r * r), height * r, width * r),)


class PixelShuffle(_PixelShuffle, Module):
    """Lays `upscale_factor` squared channels out as the pixels of a square (Shi et al. 2016)."""


class PixelShuffleFunction(_PixelShuffle, Function):
    """Lays `upscale_factor` squared channels out as the pixels of a square (Shi et al. 2016)."""

    name = "pixel_shuffle"


class _PixelUnshuffle(Op):
    saves = Saves()
    family = "reshape"
    primary = "downscale_factor"
    positional: ClassVar[tuple[str, ...]] = ("downscale_factor",)
    examples = (Example(((3, 4, 6),), {"downscale_factor": 2}),)
    domain = Domain(
        inputs=(((3, 4, 6),), ((3, 6, 9),), ((2, 3, 4, 2),), ((4, 4),)),
        args={"downscale_factor": (0, 1, 2, 3)},
    )

    downscale_factor: Positive

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """(C, H * r, W * r) becomes (C * r * r, H, W)."""
        channels, height, width = _image(inputs.first)
        r = self.downscale_factor
        if not divides(r, height) or not divides(r, width):
            raise ShapeError(f"wants height and width in multiples of {r}, got {shown(height)} x {shown(width)}")
        return (_with_image(inputs.first, channels * (r * r), height // r, width // r),)


class PixelUnshuffle(_PixelUnshuffle, Module):
    """Makes channels of the pixels of squares: the inverse of `PixelShuffle`."""


class PixelUnshuffleFunction(_PixelUnshuffle, Function):
    """Makes channels of the pixels of squares: the inverse of `pixel_shuffle`."""

    name = "pixel_unshuffle"


class _ChannelShuffle(Op):
    saves = Saves()
    family = "reshape"
    primary = "groups"
    positional: ClassVar[tuple[str, ...]] = ("groups",)
    examples = (Example(((6, 4, 4),), {"groups": 3}),)
    domain = Domain(inputs=(((6, 4, 4),), ((6, 4),), ((6,),), ((6, 2, 2, 2),)), args={"groups": (0, 1, 2, 4, 6)})

    groups: Positive

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type; the groups must divide its channels."""
        x = inputs.first
        if x.rank < 3:
            raise ShapeError(f"wants channels and places beside the batch, got {x}", code=RANK)
        if not divides(self.groups, x.shape[1]):
            raise ShapeError(f"cannot split {shown(x.shape[1])} channels into {self.groups} groups", code=CHANNELS)
        return (x,)


class ChannelShuffle(_ChannelShuffle, Module):
    """Deals channels out over `groups`, so that the next grouped convolution mixes them (ShuffleNet)."""


class ChannelShuffleFunction(_ChannelShuffle, Function):
    """Deals channels out over `groups`, so that the next grouped convolution mixes them (ShuffleNet)."""

    name = "channel_shuffle"


class _Unfold(Op):
    saves = Saves()
    family = "reshape"
    primary = "kernel_size"
    positional: ClassVar[tuple[str, ...]] = ("kernel_size",)
    examples = (
        Example(((3, 5, 6),), {"kernel_size": 3}),
        Example(((3, 8, 8),), {"kernel_size": (2, 3), "stride": 2, "padding": (1, 0)}),
    )
    domain = Domain(
        inputs=(((3, 4, 5),), ((3, 8, 8),), ((3, 4),)),
        args={
            "kernel_size": (1, 3, 6, (2, 3)),
            "dilation": (1, 2, (1, 3)),
            "padding": (0, 1, (2, 0)),
            "stride": (0, 1, 2, (3, 1)),
        },
    )

    kernel_size: Size2
    dilation: Size2 = 1
    padding: Pad2 = 0
    stride: Size2 = 1

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """(C, H, W) becomes (C * kernel, blocks)."""
        x = inputs.first
        need_dtype(x)
        need_rank(x, 4)
        blocks = _blocks(x.shape[2:], self.kernel_size, self.dilation, self.padding, self.stride)
        return (x.with_shape(x.shape[0], x.shape[1] * _area(self.kernel_size), product(blocks)),)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """Blocks and gradient are made in memory for the larger of both."""
        (port,), image, size = call.inputs.ports, call.bytes(call.inputs.first), call.bytes(call.outputs[0])
        return (
            Kernel((port,), (("blocks", max(image, size)),), backward=max(0, size - image)),
            Kernel(("blocks",), (("output", size),), gradient="view", is_view=True),
        )


class Unfold(_Unfold, Module):
    """Takes sliding blocks out of images and makes each a column."""


class UnfoldFunction(_Unfold, Function):
    """Takes sliding blocks out of images and makes each a column."""

    name = "unfold"


class _Fold(Op):
    saves = Saves()
    family = "reshape"
    positional: ClassVar[tuple[str, ...]] = ("output_size", "kernel_size")
    examples = (
        Example(((12, 20),), {"output_size": (5, 6), "kernel_size": 2}),
        Example(((18, 8),), {"output_size": (4, 8), "kernel_size": (2, 3), "stride": 2, "padding": (0, 1)}),
    )
    domain = Domain(
        inputs=(((12, 20),), ((12, 9),), ((12, 4),), ((11, 9),), ((12, 3, 3),)),
        args={
            "output_size": (4, 5, (5, 6), 1),
            "kernel_size": (2, (2, 3), 1),
            "dilation": (1, 2),
            "padding": (0, 1),
            "stride": (1, 2),
        },
    )

    output_size: Size2
    kernel_size: Size2
    dilation: Size2 = 1
    padding: Pad2 = 0
    stride: Size2 = 1

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """(C * kernel, blocks) becomes (C, height, width) of `output_size`."""
        x = inputs.first
        need_dtype(x)
        need_rank(x, 3)
        area = _area(self.kernel_size)
        if not divides(area, x.shape[1]):
            raise ShapeError(f"wants blocks of {area} in the channels, got {shown(x.shape[1])} channels", code=CHANNELS)
        size = pair(self.output_size, 2)
        down, across = _blocks(size, self.kernel_size, self.dilation, self.padding, self.stride)
        if not equal(x.shape[2], down * across):
            raise ShapeError(f"lays out {down} x {across} blocks in {size[0]} x {size[1]}, got {shown(x.shape[2])}")
        return (x.with_shape(x.shape[0], x.shape[1] // area, *size),)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """The sum is made in memory for all blocks, where these are more."""
        (port,), size = call.inputs.ports, call.bytes(call.outputs[0])
        whole = max(size, call.bytes(call.inputs.first))
        return (
            Kernel((port,), (("blocks", whole),)),
            Kernel(("blocks",), (("output", size),), gradient="view", is_view=True),
        )


class Fold(_Fold, Module):
    """Adds up columns as sliding blocks of images: `Unfold` backwards."""


class FoldFunction(_Fold, Function):
    """Adds up columns as sliding blocks of images: `unfold` backwards."""

    name = "fold"


def _image(x: TensorType) -> tuple[Dim, Dim, Dim]:
    """The last three dimensions: channels, height and width."""
    if x.rank < 4:
        raise ShapeError(f"wants channels, height and width beside the batch, got {x}", code=RANK)
    return x.shape[-3], x.shape[-2], x.shape[-1]


def _with_image(x: TensorType, channels: Dim, height: Dim, width: Dim) -> TensorType:
    return x.with_shape(*x.shape[:-3], channels, height, width)


def _area(kernel: Size2) -> int:
    height, width = pair(kernel, 2)
    return height * width


def _blocks(size: tuple[Dim, ...], kernel: Size2, dilation: Size2, padding: Pad2, stride: Size2) -> tuple[Dim, Dim]:
    """How many blocks fit below and beside each other, as a convolution's output has places."""
    windows = zip(size, pair(kernel, 2), pair(dilation, 2), pair(padding, 2), pair(stride, 2), strict=True)
    down, across = ((s + (2 * p - d * (k - 1) - 1)) // by + 1 for s, k, d, p, by in windows)
    if not at_least(down, 1) or not at_least(across, 1):
        room = " x ".join(str(shown(s)) for s in size)
        raise ShapeError(f"has blocks larger than {room} with its padding", code=EMPTY)
    return down, across
