"""Windows that slide over the dimensions behind the channels: how many places there are for them."""

from collections.abc import Sequence

from archc.codes import BAD_ARGUMENT
from archc.dims import Dim, at_least, ceil_div, times
from archc.ops.base import EMPTY, ShapeError, Slide, pair
from archc.tensor import TensorType

Size = int | tuple[int, ...]
"""A size given once or per dimension."""


def reach(kernel: int, dilation: int) -> int:
    """How many elements a dilated window spans."""
    return dilation * (kernel - 1) + 1


def slides(dims: int, kernel_size: Size, stride: Size, padding: Size | str, dilation: Size) -> tuple[Slide, ...]:
    """The windows of a convolution; 'same' puts the larger half of an odd padding after the input."""
    pads, halved = 0 if isinstance(padding, str) else padding, padding == "same"

    def slide(kernel: int, step: int, pad: int, gap: int) -> Slide:
        span = reach(kernel, gap)
        return Slide(span, step, (span - 1) // 2, span // 2) if halved else Slide(span, step, pad, pad)

    if isinstance(kernel_size, int) and isinstance(stride, int) and isinstance(pads, int) and isinstance(dilation, int):
        return (slide(kernel_size, stride, pads, dilation),) * dims
    sizes = (pair(each, dims) for each in (kernel_size, stride, pads, dilation))
    return tuple(map(slide, *sizes))


def places(size: Dim, shift: int, step: int) -> Dim:
    """How many windows there are, `step` apart: `shift` is the padding of both ends less what a window spans."""
    if shift == -1 and step == 1:
        return size
    return (size + shift) // step + 1


def need_places(sizes: Sequence[Dim], found: Sequence[Dim], windows: Sequence[int]) -> None:
    """Refuse sizes among which a window found no place."""
    for number in found:
        if not at_least(number, 1):
            raise ShapeError(
                f"has no place for a window of {times(windows)} in {times(sizes)}",
                code=EMPTY,
                help="make the window smaller, add padding, or stride less before",
            )


def covers(x: TensorType, kernel_size: Size) -> None:
    """Refuse an input smaller than the window, padding aside, as torch's `avg_pool3d` alone does."""
    kernels, sizes = pair(kernel_size, x.rank - 2), x.shape[2:]
    if not all(at_least(size, kernel) for size, kernel in zip(sizes, kernels, strict=True)):
        raise ShapeError(f"has a window of {times(kernels)}, larger than its input of {times(sizes)}", code=EMPTY)


def pooled(
    x: TensorType,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    *,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> TensorType:
    """What pooling makes of `x`: as torch's `Pool.h`, the stride being the kernel's size where none is given.

    With `ceil_mode` torch rounds up, and drops a last window that would start in the padding behind the input: one
    that starts at or behind `size + padding`. So `ceil((size + 2 * padding - span) / stride) + 1` windows fit, at
    most `ceil((size + padding) / stride)` of them start early enough, and the smaller number is the answer. Both are
    `size + a constant` over the same stride, hence one formula for every size.
    """
    dims = x.rank - 2
    kernels, strides = pair(kernel_size, dims), pair(kernel_size if stride is None else stride, dims)
    pads, spans = pair(padding, dims), tuple(map(reach, kernels, pair(dilation, dims)))
    if any(2 * pad > kernel for pad, kernel in zip(pads, kernels, strict=True)):
        raise ShapeError(f"has padding {times(pads)}, more than half its window of {times(kernels)}", code=BAD_ARGUMENT)

    def fitting(size: Dim, span: int, step: int, pad: int) -> Dim:
        if ceil_mode:
            return ceil_div(size + (pad + min(0, pad + step - span)), step)
        return places(size, 2 * pad - span, step)

    sizes = x.shape[2:]
    found = list(map(fitting, sizes, spans, strides, pads))
    need_places(sizes, found, spans)
    return x.with_shape(*x.shape[:2], *found)


def not_zero(value: float) -> float:
    """Refuse 0 as a field's value."""
    if value == 0:
        raise ValueError("must not be 0")
    return value
