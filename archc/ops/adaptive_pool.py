"""Pooling to a size of choice: the windows adapt to the input, so its size may be anything."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar

from archc.ops.base import (
    Domain,
    Example,
    Function,
    Inputs,
    Module,
    Op,
    Positive,
    Saves,
    Size1,
    Window,
    need_dtype,
    need_rank,
    pair,
)
from archc.tensor import TensorType

Target2 = Positive | tuple[Positive | None, Positive | None]
Target3 = Positive | tuple[Positive | None, Positive | None, Positive | None]


class _AdaptivePool(Op):
    """Gives the `dims` dimensions behind the channels the size `output_size`; None keeps one as it is."""

    dims: ClassVar[int]
    family = "pool"
    keeps_order = True
    primary = "output_size"
    positional: ClassVar[tuple[str, ...]] = ("output_size",)

    output_size: Any

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Batch and channels, then `output_size`."""
        x = inputs.first
        need_rank(x, self.dims + 2)
        need_dtype(x)
        targets = zip(x.shape[2:], self._targets(), strict=True)
        sizes = (size if target is None else target for size, target in targets)
        return (x.with_shape(*x.shape[:2], *sizes),)

    def _targets(self) -> tuple[int | None, ...]:
        return pair(self.output_size, self.dims)

    def saved(self, inputs: Inputs) -> Saves:
        """Nothing for the mean of everything, which torch takes with `mean`."""
        return Saves() if all(target == 1 for target in self._targets()) else self.saves

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """Its share of the places, a little more where they do not divide; all for a single one."""
        pairs = zip(inputs.first.shape[2:], outputs[0].shape[2:], strict=True)
        return (Window(), Window(), *(_share(int(before), int(after)) for before, after in pairs))


def _share(before: int, after: int) -> Window | None:
    if after == 1 and before > 1:
        return None
    step, off = Fraction(before, after), Fraction((-before) % after and after - 1, after)
    return Window(step, -off, step - 1 + off)


class _AdaptivePool1d(_AdaptivePool):
    dims = 1
    examples = (Example(((4, 9),), {"output_size": 3}),)
    domain = Domain((((3, 1),), ((3, 7),), ((3, 7, 7),)), {"output_size": (1, 3, (3,), 9, -1, (2, 2), (None,), None)})

    output_size: Size1


class _AdaptivePool2d(_AdaptivePool):
    dims = 2
    examples = (Example(((4, 8, 8),), {"output_size": 1}), Example(((4, 8, 8),), {"output_size": (2, None)}))
    domain = Domain(
        (((3, 1, 2),), ((3, 7, 6),), ((3, 7),)), {"output_size": (1, 3, (3, 2), 9, (None, 2), (2,), (None, None), None)}
    )

    output_size: Target2


class _AdaptivePool3d(_AdaptivePool):
    dims = 3
    examples = (Example(((4, 6, 6, 6),), {"output_size": (1, 2, None)}),)
    domain = Domain(
        (((3, 1, 2, 1),), ((3, 5, 4, 6),), ((3, 7, 7),)),
        {"output_size": (1, 3, (3, 1, 2), 7, (None, 2, 1), (2, 2), (None, None, None), None)},
    )

    output_size: Target3


class AdaptiveAvgPool1d(_AdaptivePool1d, Module):
    """Means over a sequence, to a length of choice."""

    is_affine = True


class AdaptiveAvgPool1dFunction(_AdaptivePool1d, Function):
    """Means over a sequence, to a length of choice."""

    is_affine = True
    name = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptivePool2d, Module):
    """Means over an image, to a size of choice."""

    is_affine = True


class AdaptiveAvgPool2dFunction(_AdaptivePool2d, Function):
    """Means over an image, to a size of choice."""

    is_affine = True
    name = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptivePool3d, Module):
    """Means over a volume, to a size of choice."""

    is_affine = True


class AdaptiveAvgPool3dFunction(_AdaptivePool3d, Function):
    """Means over a volume, to a size of choice."""

    is_affine = True
    name = "adaptive_avg_pool3d"


class _Maxima(Op):
    """The largest element of each window."""

    def saved(self, inputs: Inputs) -> Saves:
        """The input, whatever the windows are."""
        return self.saves

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Where each largest element stands."""
        return (TensorType(outputs[0].shape, "int64"),)


class AdaptiveMaxPool1d(_Maxima, _AdaptivePool1d, Module):
    """Maxima over a sequence, to a length of choice."""


class AdaptiveMaxPool1dFunction(_Maxima, _AdaptivePool1d, Function):
    """Maxima over a sequence, to a length of choice."""

    name = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_Maxima, _AdaptivePool2d, Module):
    """Maxima over an image, to a size of choice."""


class AdaptiveMaxPool2dFunction(_Maxima, _AdaptivePool2d, Function):
    """Maxima over an image, to a size of choice."""

    name = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_Maxima, _AdaptivePool3d, Module):
    """Maxima over a volume, to a size of choice."""


class AdaptiveMaxPool3dFunction(_Maxima, _AdaptivePool3d, Function):
    """Maxima over a volume, to a size of choice."""

    name = "adaptive_max_pool3d"
