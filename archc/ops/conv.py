"""Convolutions, and the transposed ones that undo their strides."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal

from archc.codes import BAD_ARGUMENT
from archc.dims import Dim, at_least, times
from archc.ops.base import (
    CHANNELS,
    EMPTY,
    Call,
    Domain,
    Example,
    Inferred,
    Inputs,
    Kernel,
    Module,
    Order,
    Pad1,
    Pad2,
    Pad3,
    Positive,
    Saves,
    ShapeError,
    Size1,
    Size2,
    Size3,
    Slide,
    Weight,
    Window,
    concrete,
    count,
    need_dtype,
    need_rank,
    pair,
)
from archc.ops.kernels import is_channels_last
from archc.ops.window import need_places, places, reach, slides
from archc.tensor import TensorType


class _ConvNd(Module):
    """What the convolutions share: `dims` dimensions behind the channels, which are dimension 1."""

    dims: ClassVar[int]
    family = "conv"
    primary = "out_channels"
    positional = ("in_channels", "out_channels")

    in_channels: Inferred = None
    out_channels: Positive

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`in_channels` is dimension 1."""
        need_rank(inputs.first, self.dims + 2)
        return {"in_channels": concrete(inputs.first.shape[1])}

    def _divides(self, groups: int) -> None:
        if groups == 1:
            return
        for name, channels in (("in_channels", self.in_channels or 0), ("out_channels", self.out_channels)):
            if channels % groups:
                raise ShapeError(
                    f"has {name}={channels}, which groups={groups} does not divide", code=CHANNELS, by_torch=True
                )

    def orders(self, call: Call) -> tuple[Order, ...]:
        """Channels last where the input has them there."""
        return (call.orders[0] if is_channels_last(call) else (),)

    def relays(self, call: Call) -> bool:
        """With channels last the gradient of the weight has them there too."""
        _, first, *kernel = self.weights()[0].shape
        return is_channels_last(call) and first > 1 and any(size > 1 for size in kernel)


class _Conv(_ConvNd):
    """A kernel over each window of all channels, or of those of a group."""

    kernel_size: Any
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    groups: Positive = 1
    bias: bool = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`floor((size + padding - span) / stride) + 1` on each dimension, `padding` that of both ends."""
        x = inputs.first
        need_dtype(x, "float32")
        self._divides(self.groups)
        slides = self._slides()
        if self.padding == "same" and any(slide.step != 1 for slide in slides):
            raise ShapeError(
                f"has padding='same' and stride {times(slide.step for slide in slides)}",
                code=BAD_ARGUMENT,
                help="padding='same' is for stride 1: give the padding as a number",
            )
        if self.padding_mode != "zeros":
            self._wraps(x, slides)
        sizes = x.shape[2:]
        found = [places(size, slide.shift, slide.step) for size, slide in zip(sizes, slides, strict=True)]
        need_places(sizes, found, [slide.span for slide in slides])
        return (x.with_shape(x.shape[0], self.out_channels, *found),)

    def _slides(self) -> tuple[Slide, ...]:
        return slides(self.dims, self.kernel_size, self.stride, self.padding, self.dilation)

    def _wraps(self, x: TensorType, slides: Sequence[Slide]) -> None:
        """Refuse padding with more of the input than there is of it: its first element is not reflected."""
        spare = 1 if self.padding_mode == "reflect" else 0 if self.padding_mode == "circular" else None
        pads = [max(slide.before, slide.after) for slide in slides]
        if spare is None or all(at_least(size, pad + spare) for size, pad in zip(x.shape[2:], pads, strict=True)):
            return
        most = times(pads)
        raise ShapeError(f"pads {times(x.shape[2:])} by {most}, too much for {self.padding_mode!r}", code=EMPTY)

    def saved(self, inputs: Inputs) -> Saves:
        """Nothing where a copy is padded first, but what the border is made of."""
        if self.padding_mode in ("reflect", "replicate"):
            return self.saves
        is_copied = self.padding_mode == "circular" or any(slide.before != slide.after for slide in self._slides())
        return Saves() if is_copied else self.saves

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """The convolution, behind one that pads where it does not do so itself."""
        from archc.ops.kernels.convolution import padded_kernels

        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        return padded_kernels(self, call, self._slides(), mode)

    def weights(self) -> Sequence[Weight]:
        """`weight` (out, in / groups, kernel) and `bias` (out)."""
        kernel = pair(self.kernel_size, self.dims)
        weight = Weight("weight", (self.out_channels, (self.in_channels or 0) // self.groups, *kernel))
        return (weight, Weight("bias", (self.out_channels,))) if self.bias else (weight,)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """One multiply-add for each output element and element of its window."""
        window = int(self.in_channels or 0) // self.groups * count(pair(self.kernel_size, self.dims))
        return count(outputs[0].sample) * window

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """`span` places from `padding` before the first, `stride` apart; all channels."""
        return (Window(), None, *(Window(s.step, -s.before, s.span - 1 - s.before) for s in self._slides()))


class _ConvTranspose(_ConvNd):
    """The gradient of a convolution as a layer: each element spreads a kernel, `stride` apart."""

    kernel_size: Any
    stride: Any = 1
    padding: Any = 0
    output_padding: Any = 0
    groups: Positive = 1
    bias: bool = True
    dilation: Any = 1
    padding_mode: Literal["zeros"] = "zeros"

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`(size - 1) * stride - 2 * padding + span + output_padding` on each dimension."""
        x = inputs.first
        need_dtype(x, "float32")
        self._divides(self.groups)
        strides, dilations = pair(self.stride, self.dims), pair(self.dilation, self.dims)
        pads, extras = pair(self.padding, self.dims), pair(self.output_padding, self.dims)
        if any(extra >= max(step, gap) for extra, step, gap in zip(extras, strides, dilations, strict=True)):
            raise ShapeError(
                f"has output_padding {times(extras)}, not below stride {times(strides)} or dilation {times(dilations)}",
                code=BAD_ARGUMENT,
            )

        def spread(size: Dim, span: int, step: int, pad: int, extra: int) -> Dim:
            return (size - 1) * step + (span - 2 * pad + extra)

        spans = tuple(map(reach, pair(self.kernel_size, self.dims), dilations))
        sizes = tuple(map(spread, x.shape[2:], spans, strides, pads, extras))
        if not all(at_least(size, 1) for size in sizes):
            raise ShapeError(f"has padding {times(pads)}, which leaves nothing of {times(x.shape[2:])}", code=EMPTY)
        return (x.with_shape(x.shape[0], self.out_channels, *sizes),)

    def weights(self) -> Sequence[Weight]:
        """`weight` (in, out / groups, kernel) and `bias` (out)."""
        kernel = pair(self.kernel_size, self.dims)
        weight = Weight("weight", (self.in_channels or 0, self.out_channels // self.groups, *kernel))
        return (weight, Weight("bias", (self.out_channels,))) if self.bias else (weight,)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """One multiply-add for each input element and element that it spreads to."""
        spread = int(self.out_channels) // self.groups * count(pair(self.kernel_size, self.dims))
        return count(inputs.first.sample) * spread

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """Those from which a kernel reaches it."""
        spans = map(reach, pair(self.kernel_size, self.dims), pair(self.dilation, self.dims))
        slides = zip(spans, pair(self.stride, self.dims), pair(self.padding, self.dims), strict=True)
        seen = (Window(Fraction(1, s), Fraction(pad - span + 1, s), Fraction(pad, s)) for span, s, pad in slides)
        return (Window(), None, *seen)


_CONV: dict[str, tuple[Any, ...]] = {
    "in_channels": (None, 4), "out_channels": (4, 6, 0), "groups": (1, 2, 3, 0), "bias": (True, False),
    "padding_mode": ("zeros", "reflect", "replicate", "circular", "wrap"),
}  # fmt: skip
_TRANSPOSE: dict[str, tuple[Any, ...]] = {**_CONV, "padding_mode": ("zeros", "reflect")}


class Conv1d(_Conv):
    """A convolution over sequences."""

    dims = 1
    examples = (Example(((4, 9),), {"out_channels": 6, "kernel_size": 3, "padding": "same"}),)
    domain = Domain(
        inputs=(((4, 1),), ((4, 5),), ((4, 8),), ((4, 5, 5),)),
        args={
            "kernel_size": (1, 2, 3, (3,), 0), "stride": (1, 2, (3,)), "dilation": (1, 2),
            "padding": (0, 1, (2,), 5, "same", "valid"), **_CONV,
        },
    )  # fmt: skip

    kernel_size: Size1
    stride: Size1 = 1
    padding: Literal["same", "valid"] | Pad1 = 0
    dilation: Size1 = 1


class Conv2d(_Conv):
    """A convolution over images."""

    dims = 2
    examples = (
        Example(((3, 16, 16),), {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1, "bias": False}),
        Example(((8, 9, 9),), {"out_channels": 8, "kernel_size": (1, 3), "padding": (0, 1), "groups": 8}),
        Example(((4, 9, 9),), {"out_channels": 2, "kernel_size": 4, "padding": "same", "padding_mode": "reflect"}),
    )
    domain = Domain(
        inputs=(((4, 2, 2),), ((4, 5, 3),), ((4, 8, 9),), ((4, 8),)),
        args={
            "kernel_size": (1, 2, 3, (3, 2), (3,)), "stride": (1, 2, (3, 1)), "dilation": (1, 2, (1, 2)),
            "padding": (0, 1, (2, 0), 4, "same", "valid", "full"), **_CONV,
        },
    )  # fmt: skip

    kernel_size: Size2
    stride: Size2 = 1
    padding: Literal["same", "valid"] | Pad2 = 0
    dilation: Size2 = 1


class Conv3d(_Conv):
    """A convolution over volumes."""

    dims = 3
    examples = (Example(((3, 4, 8, 8),), {"out_channels": 4, "kernel_size": (1, 3, 3), "padding": (0, 1, 1)}),)
    domain = Domain(
        inputs=(((4, 2, 2, 2),), ((4, 3, 5, 4),), ((4, 8, 8),)),
        args={
            "kernel_size": (1, 2, 3, (3, 1, 2)), "stride": (1, 2, (2, 1, 3)), "dilation": (1, 2, (1, 2, 1)),
            "padding": (0, 1, (2, 0, 1), "same", "valid"), **_CONV,
        },
    )  # fmt: skip

    kernel_size: Size3
    stride: Size3 = 1
    padding: Literal["same", "valid"] | Pad3 = 0
    dilation: Size3 = 1


class ConvTranspose1d(_ConvTranspose):
    """A transposed convolution over sequences."""

    dims = 1
    examples = (Example(((4, 9),), {"out_channels": 6, "kernel_size": 2, "stride": 2}),)
    domain = Domain(
        inputs=(((4, 1),), ((4, 5),), ((4, 5, 5),)),
        args={
            "kernel_size": (1, 2, (3,)), "stride": (1, 2, (3,)), "dilation": (1, 2),
            "padding": (0, 1, (2,)), "output_padding": (0, 1, (2,)), **_TRANSPOSE,
        },
    )  # fmt: skip

    kernel_size: Size1
    stride: Size1 = 1
    padding: Pad1 = 0
    output_padding: Pad1 = 0
    dilation: Size1 = 1


class ConvTranspose2d(_ConvTranspose):
    """A transposed convolution over images."""

    dims = 2
    examples = (
        Example(((8, 7, 7),), {"out_channels": 4, "kernel_size": 2, "stride": 2}),
        Example(
            ((4, 5, 6),),
            {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1, "groups": 2},
        ),
    )
    domain = Domain(
        inputs=(((4, 2, 1),), ((4, 5, 3),), ((4, 8),)),
        args={
            "kernel_size": (1, 2, (3, 2)), "stride": (1, 2, (3, 1)), "dilation": (1, 2, (1, 2)),
            "padding": (0, 1, (2, 0)), "output_padding": (0, 1, (0, 2)), **_TRANSPOSE,
        },
    )  # fmt: skip

    kernel_size: Size2
    stride: Size2 = 1
    padding: Pad2 = 0
    output_padding: Pad2 = 0
    dilation: Size2 = 1


class ConvTranspose3d(_ConvTranspose):
    """A transposed convolution over volumes."""

    dims = 3
    examples = (Example(((4, 2, 5, 5),), {"out_channels": 3, "kernel_size": (1, 2, 2), "stride": (1, 2, 2)}),)
    domain = Domain(
        inputs=(((4, 2, 2, 1),), ((4, 3, 4, 2),), ((4, 8, 8),)),
        args={
            "kernel_size": (1, 2, (3, 1, 2)), "stride": (1, 2, (2, 1, 3)), "dilation": (1, 2, (1, 2, 1)),
            "padding": (0, 1, (1, 0, 2)), "output_padding": (0, 1, (0, 0, 2)), **_TRANSPOSE,
        },
    )  # fmt: skip

    kernel_size: Size3
    stride: Size3 = 1
    padding: Pad3 = 0
    output_padding: Pad3 = 0
    dilation: Size3 = 1
