"""Max and average pooling, as modules and as functions."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from archc.ops.base import (
    FLOATING,
    INTEGERS,
    Domain,
    Example,
    Function,
    Inputs,
    Module,
    Op,
    Pad1,
    Pad2,
    Pad3,
    Size1,
    Size2,
    Size3,
    Window,
    need_dtype,
    need_rank,
    pair,
)
from archc.ops.window import covers, not_zero, pooled, reach
from archc.tensor import TensorType


class _Pool(Op):
    """A window that slides over the `dims` dimensions behind the channels."""

    dims: ClassVar[int]
    accepts: ClassVar[tuple[str, ...]] = FLOATING
    keeps_order = True
    family = "pool"
    primary = "kernel_size"
    positional: ClassVar[tuple[str, ...]] = ("kernel_size",)

    kernel_size: Any
    stride: Any = None
    padding: Any = 0

    def is_identity(self, inputs: Inputs) -> bool:
        """A window of one element at every place."""
        sizes = (getattr(self, name) for name in ("kernel_size", "stride"))
        windows = {side for size in sizes if size is not None for side in pair(size, self.dims)}
        return windows == {1} and not any(pair(getattr(self, "padding", 0), self.dims))

    def _input(self, inputs: Inputs) -> TensorType:
        need_rank(inputs.first, self.dims + 2)
        need_dtype(inputs.first, *self.accepts)
        return inputs.first

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """`kernel_size` places from `padding` before the first, `stride` apart; each channel by itself."""
        sizes = (self.kernel_size, self.stride or self.kernel_size, self.padding, getattr(self, "dilation", 1))
        slides = zip(*(pair(size, self.dims) for size in sizes), strict=True)
        seen = (Window(step, -pad, reach(kernel, gap) - 1 - pad) for kernel, step, pad, gap in slides)
        return (Window(), Window(), *seen)


class _MaxPool(_Pool):
    """The largest element of each window."""

    kernel_size: Any
    stride: Any = None
    padding: Any = 0
    dilation: Any = 1
    ceil_mode: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """As many places as the window has on each dimension."""
        x = self._input(inputs)
        sizes = (self.kernel_size, self.stride, self.padding)
        return (pooled(x, *sizes, dilation=self.dilation, ceil_mode=self.ceil_mode),)

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Where in its window each largest element stands."""
        return (TensorType(outputs[0].shape, "int64"),)


class _AvgPool(_Pool):
    """The mean of each window."""

    is_affine: ClassVar[bool] = True
    accepts = (*FLOATING, "int64")

    kernel_size: Any
    stride: Any = None
    padding: Any = 0
    ceil_mode: bool = False
    count_include_pad: bool = True

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """As many places as the window has on each dimension."""
        x = self._input(inputs)
        return (pooled(x, self.kernel_size, self.stride, self.padding, ceil_mode=self.ceil_mode),)


class _DividingAvgPool(_AvgPool):
    """The sum of each window by a divisor of choice."""

    divisor_override: Annotated[int, AfterValidator(not_zero)] | None = None


_CEIL: dict[str, tuple[Any, ...]] = {"ceil_mode": (True, False)}
_AVG = {**_CEIL, "count_include_pad": (True, False)}
_SIZES1 = (((3, 1),), ((3, 2),), ((3, 5),), ((3, 6),), ((3, 7),), ((3, 7, 7),))
_ARGS1 = {"kernel_size": (1, 2, 3, (3,), 0), "stride": (None, 1, 2, (3,), 4, 0), "padding": (0, 1, (1,), 2, -1)}
_SIZES2 = (((3, 2, 2),), ((3, 5, 4),), ((3, 7, 6),), ((3, 8, 7),), ((3, 8),))
_ARGS2 = {"kernel_size": (1, 2, 3, (3, 2)), "stride": (None, 1, 2, (2, 3), 4), "padding": (0, 1, (0, 1), 2)}
_SIZES3 = (((3, 2, 2, 2),), ((3, 5, 4, 3),), ((3, 6, 5, 5),), ((3, 8, 8),))
_ARGS3 = {"kernel_size": (1, 2, 3, (1, 3, 2)), "stride": (None, 1, 2, (2, 1, 3)), "padding": (0, 1, (0, 1, 1), 2)}


class _MaxPool1d(_MaxPool):
    dims = 1
    examples = (Example(((4, 9),), {"kernel_size": 2}),)
    domain = Domain(_SIZES1, {**_ARGS1, **_CEIL, "dilation": (1, 2, 3)})

    kernel_size: Size1
    stride: Size1 | None = None
    padding: Pad1 = 0
    dilation: Size1 = 1

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """As for images; torch notes nothing in inference."""
        return super().beside(inputs, outputs, training=training) if training else ()


class MaxPool1d(_MaxPool1d, Module):
    """The largest element of each window on a sequence."""


class MaxPool1dFunction(_MaxPool1d, Function):
    """The largest element of each window on a sequence."""

    name = "max_pool1d"


class _MaxPool2d(_MaxPool):
    dims = 2
    accepts = (*FLOATING, *INTEGERS)
    examples = (
        Example(((4, 8, 8),), {"kernel_size": 2}),
        Example(((4, 9, 9),), {"kernel_size": 3, "stride": 2, "padding": 1}),
        Example(((4, 8, 6),), {"kernel_size": (3, 2), "ceil_mode": True}),
    )
    domain = Domain(_SIZES2, {**_ARGS2, **_CEIL, "dilation": (1, 2, (1, 2))})

    kernel_size: Size2
    stride: Size2 | None = None
    padding: Pad2 = 0
    dilation: Size2 = 1


class MaxPool2d(_MaxPool2d, Module):
    """The largest element of each window on an image."""


class MaxPool2dFunction(_MaxPool2d, Function):
    """The largest element of each window on an image."""

    name = "max_pool2d"


class _MaxPool3d(_MaxPool):
    dims = 3
    accepts = (*FLOATING, *INTEGERS)
    examples = (Example(((4, 6, 6, 6),), {"kernel_size": (1, 2, 2)}),)
    domain = Domain(_SIZES3, {**_ARGS3, **_CEIL, "dilation": (1, 2, (1, 2, 1))})

    kernel_size: Size3
    stride: Size3 | None = None
    padding: Pad3 = 0
    dilation: Size3 = 1


class MaxPool3d(_MaxPool3d, Module):
    """The largest element of each window on a volume."""


class MaxPool3dFunction(_MaxPool3d, Function):
    """The largest element of each window on a volume."""

    name = "max_pool3d"


class _AvgPool1d(_AvgPool):
    dims = 1
    examples = (Example(((4, 9),), {"kernel_size": 2}),)
    domain = Domain(_SIZES1, {**_ARGS1, **_AVG})

    kernel_size: Size1
    stride: Size1 | None = None
    padding: Pad1 = 0


class AvgPool1d(_AvgPool1d, Module):
    """The mean of each window on a sequence."""


class AvgPool1dFunction(_AvgPool1d, Function):
    """The mean of each window on a sequence."""

    name = "avg_pool1d"


class _AvgPool2d(_DividingAvgPool):
    dims = 2
    examples = (
        Example(((4, 8, 8),), {"kernel_size": 2}),
        Example(((4, 9, 9),), {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    )
    domain = Domain(_SIZES2, {**_ARGS2, **_AVG, "divisor_override": (None, 3, -1, 0)})

    kernel_size: Size2
    stride: Size2 | None = None
    padding: Pad2 = 0


class AvgPool2d(_AvgPool2d, Module):
    """The mean of each window on an image."""


class AvgPool2dFunction(_AvgPool2d, Function):
    """The mean of each window on an image."""

    name = "avg_pool2d"


class _AvgPool3d(_DividingAvgPool):
    dims = 3
    examples = (Example(((4, 6, 6, 6),), {"kernel_size": 2}),)
    domain = Domain(_SIZES3, {**_ARGS3, **_AVG, "divisor_override": (None, 3, -1, 0)})

    kernel_size: Size3
    stride: Size3 | None = None
    padding: Pad3 = 0

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """As many places as the window has; torch wants the input no smaller than it, padding aside."""
        covers(self._input(inputs), self.kernel_size)
        return super().infer(inputs)


class AvgPool3d(_AvgPool3d, Module):
    """The mean of each window on a volume."""


class AvgPool3dFunction(_AvgPool3d, Function):
    """The mean of each window on a volume."""

    name = "avg_pool3d"
