"""Padding: adds places at the borders, or crops them where a number is negative."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

from archc.dims import Dim, at_least, shown
from archc.ops.base import (
    BATCH_AXIS,
    EMPTY,
    FLOATING,
    INTEGERS,
    RANK,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Module,
    Saves,
    ShapeError,
    Window,
    need_dtype,
    pair,
)
from archc.ops.kernels.wrapping import wrapped_kernel
from archc.tensor import TensorType

Mode = Literal["constant", "reflect", "replicate", "circular"]
Edges1 = int | tuple[int, int]
Edges2 = int | tuple[int, int, int, int]
Edges3 = int | tuple[int, int, int, int, int, int]


class _Pad(Module):
    """Padding of the last dimensions; `padding` counts from the last one: (left, right, top, bottom, front, back)."""

    family = "reshape"
    is_affine = True
    primary = "padding"
    positional = ("padding",)
    mode: ClassVar[Mode] = "constant"

    @abstractmethod
    def edges(self) -> tuple[int, ...]:
        """What is added before and after, last dimension first."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Each padded size grows by what is added at both ends."""
        return (_padded(inputs.first, self.edges(), self.mode),)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The place that was there before the padding."""
        return _shifted(outputs[0].rank, self.edges())

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """One, or what goes round written in edge by edge."""
        return (wrapped_kernel(self, call, self.edges()),) if self.mode == "circular" else super().kernels(call)

    def saved(self, inputs: Inputs) -> Saves:
        """Nothing but where the border is made of the input."""
        return self.saves if self.mode in ("reflect", "replicate") else Saves()


class _Pad1d(_Pad):
    examples = (Example(((3, 5),), {"padding": 2}), Example(((3, 5),), {"padding": (1, -1)}))
    domain = Domain(
        inputs=(((5,),), ((3, 5),), ((3, 5, 5),), ((2, 3, 5, 5),)),
        args={"padding": (0, 1, -1, 4, 5, 6, (0, 1), (2, -1), (0, -5), (-3, -4))},
    )

    padding: Edges1

    def edges(self) -> tuple[int, ...]:
        """Left and right."""
        return pair(self.padding, 2)


class _Pad2d(_Pad):
    examples = (Example(((3, 5, 6),), {"padding": 2}), Example(((3, 5, 6),), {"padding": (1, 0, 2, -1)}))
    domain = Domain(
        inputs=(((3, 4),), ((3, 4, 5),), ((2, 3, 4, 5),)),
        args={"padding": (0, 1, -1, 3, 4, 5, (0, 1, 1, 0), (2, -1, 0, 3), (0, 0, 2, -7))},
    )

    padding: Edges2

    def edges(self) -> tuple[int, ...]:
        """Left, right, top and bottom."""
        return pair(self.padding, 4)


class _Pad3d(_Pad):
    examples = (Example(((3, 3, 4, 5),), {"padding": 2}), Example(((3, 3, 4, 5),), {"padding": (1, 0, 2, -1, 0, 1)}))
    domain = Domain(
        inputs=(((3, 4, 5),), ((2, 3, 4, 5),)),
        args={"padding": (0, 1, -1, 2, 3, 4, (0, 1, 1, 0, 2, 1), (2, -1, 0, 3, -1, 2), (0, 0, 0, 0, -3, -1))},
    )

    padding: Edges3

    def edges(self) -> tuple[int, ...]:
        """Left, right, top, bottom, front and back."""
        return pair(self.padding, 6)


class ZeroPad1d(_Pad1d):
    """Adds zeros at both ends of sequences."""


class ZeroPad2d(_Pad2d):
    """Adds zeros around images."""


class ZeroPad3d(_Pad3d):
    """Adds zeros around volumes."""


class ConstantPad1d(_Pad1d):
    """Adds a constant at both ends of sequences."""

    positional = ("padding", "value")
    examples = (Example(((3, 5),), {"padding": 2, "value": 0.5}),)
    domain = Domain(inputs=(((3, 5),),), args={"padding": (1, (2, -1)), "value": (0.0, -1.5)})

    value: float


class ConstantPad2d(_Pad2d):
    """Adds a constant around images."""

    positional = ("padding", "value")
    examples = (Example(((3, 5, 6),), {"padding": 2, "value": 0.5}),)
    domain = Domain(inputs=(((3, 5, 6),),), args={"padding": (1, (2, -1, 0, 3)), "value": (0.0, -1.5)})

    value: float


class ConstantPad3d(_Pad3d):
    """Adds a constant around volumes."""

    positional = ("padding", "value")
    examples = (Example(((3, 3, 4, 5),), {"padding": 2, "value": 0.5}),)
    domain = Domain(inputs=(((3, 3, 4, 5),),), args={"padding": (1, (2, -1, 0, 3, -1, 2)), "value": (0.0, -1.5)})

    value: float


class ReflectionPad1d(_Pad1d):
    """Mirrors sequences at both ends, without repeating the end itself."""

    mode = "reflect"


class ReflectionPad2d(_Pad2d):
    """Mirrors images at their borders, without repeating the border itself."""

    mode = "reflect"


class ReflectionPad3d(_Pad3d):
    """Mirrors volumes at their borders, without repeating the border itself."""

    mode = "reflect"


class ReplicationPad1d(_Pad1d):
    """Repeats the ends of sequences."""

    mode = "replicate"


class ReplicationPad2d(_Pad2d):
    """Repeats the borders of images."""

    mode = "replicate"


class ReplicationPad3d(_Pad3d):
    """Repeats the borders of volumes."""

    mode = "replicate"


class CircularPad1d(_Pad1d):
    """Continues sequences with their other end."""

    mode = "circular"


class CircularPad2d(_Pad2d):
    """Continues images with their opposite side."""

    mode = "circular"


class CircularPad3d(_Pad3d):
    """Continues volumes with their opposite side."""

    mode = "circular"


class Pad(Function):
    """Pads or crops the last dimensions; `pad` counts from the last one: (left, right, top, bottom, front, back)."""

    name = "pad"
    family = "reshape"
    is_affine = True
    primary = "pad"
    positional = ("pad",)
    examples = (
        Example(((3, 5, 6),), {"pad": (1, 1, 2, 2)}),
        Example(((3, 5, 6),), {"pad": (0, 0, 0, 0, 1, 2), "value": 1.0}),
        Example(((3, 5),), {"pad": (2, 1), "mode": "reflect"}),
    )
    domain = Domain(
        inputs=(((5,),), ((3, 5),), ((2, 4, 5),)),
        args={
            "pad": ((1, 1), (-1, 2), (1, 2, 3), (1, 0, 0, 1), (0, 0, 0, 0, 1, 1), (0, 1, 0, 0, 0, 0), (), (1,) * 8),
            "mode": ("constant", "reflect", "replicate", "circular"),
            "value": (None, 0.0, 1.5),
        },
    )

    pad: tuple[int, ...]
    mode: Mode = "constant"
    value: float | None = None

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Each padded size grows by what is added at both ends."""
        if len(self.pad) % 2:
            raise ShapeError(f"wants two numbers a dimension in pad, got {len(self.pad)} numbers")
        if self.mode != "constant" and self.value:
            raise ShapeError(f"takes a value in constant mode only, not in {self.mode} mode")
        return (_padded(inputs.first, self.pad, self.mode),)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The place that was there before the padding."""
        return _shifted(outputs[0].rank, self.pad)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """One, or what goes round written in edge by edge."""
        return (wrapped_kernel(self, call, self.pad),) if self.mode == "circular" else super().kernels(call)

    def saved(self, inputs: Inputs) -> Saves:
        """Nothing but where the border is made of the input."""
        return self.saves if self.mode in ("reflect", "replicate") else Saves()


def _padded(x: TensorType, edges: tuple[int, ...], mode: Mode) -> TensorType:
    """`x` with its last dimensions padded; `edges` holds two numbers a dimension, last dimension first."""
    _need_dimensions(x, edges, mode)
    if mode in ("reflect", "replicate"):
        need_dtype(x, *FLOATING, *INTEGERS)
    for back, (low, high) in enumerate(zip(edges[::2], edges[1::2], strict=True), start=1):
        x = x.with_dim(-back, _padded_size(x.shape[-back], low, high, mode))
    return x


def _need_dimensions(x: TensorType, edges: tuple[int, ...], mode: Mode) -> None:
    """Refuse padding of the batch; other modes than the constant one pad all dimensions but channels and batch."""
    over = len(edges) // 2
    if over > x.rank or (over == x.rank and any(edges[-2:])):
        raise ShapeError(f"pads the last {over} dimensions, which reaches the batch, got {x}", code=BATCH_AXIS)
    if mode == "constant":
        return
    if over not in (1, 2, 3):
        raise ShapeError(f"pads one to three dimensions in {mode} mode, not {over}")
    if x.rank not in (over + 1, over + 2):
        message = f"pads the last {over} dimensions of a sample, with channels before them or not, got {x}"
        raise ShapeError(message, code=RANK)


def _padded_size(size: Dim, low: int, high: int, mode: Mode) -> Dim:
    if not at_least(size, 1 - low - high):
        raise ShapeError(f"crops {-low - high} of {shown(size)} places, which leaves none", code=EMPTY)
    left = size + (min(low, 0) + min(high, 0))
    widest = max(low, high)
    if mode == "constant" and not at_least(left, 0):
        raise ShapeError(f"crops {shown(size - left)} of {shown(size)} places")
    if mode == "reflect" and not at_least(size, widest + 1):
        raise ShapeError(f"cannot mirror {widest} of {shown(size)} places", help=f"{shown(size - 1)} at most")
    if mode == "circular" and not at_least(left, widest):
        raise ShapeError(f"cannot continue {shown(left)} places with {widest} of them", help=f"{shown(left)} at most")
    return size + (low + high)


def _shifted(rank: int, edges: Sequence[int]) -> tuple[Window, ...]:
    """A window for each dimension: places have moved by what is added before them, which is told last one first."""
    before = {rank - 1 - at: added for at, added in enumerate(edges[::2])}
    return tuple(Window(1, -before.get(dim, 0), -before.get(dim, 0)) for dim in range(rank))
