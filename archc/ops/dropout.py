"""Dropout: parts of a tensor are zeroed at random in training; in inference nothing happens."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from archc.ops import lowering
from archc.ops.base import (
    Aliases,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Module,
    Op,
    Probability,
    Saves,
    need_dtype,
    need_rank,
)
from archc.ops.kernels import lone_kernel
from archc.tensor import TensorType

_ROWS = '''
def stochastic_depth(x: Tensor, p: float, training: bool) -> Tensor:
    """In training, zero whole samples with probability `p`; scale the others."""
    return torch.feature_dropout(x[:, None], p, training)[:, 0]
'''
_BATCH = '''
def stochastic_batch(x: Tensor, p: float, training: bool) -> Tensor:
    """In training, zero the whole batch with probability `p`, or scale it."""
    return torch.feature_dropout(x[None, None], p, training)[0, 0]
'''
_TRAINING = ("training", lowering.Raw("self.training"))


class _Dropout(Op):
    """Keeps the type; `ranks` are those it is for, batch included, any where there are none."""

    is_pointwise = True
    saves = Saves()
    is_affine: ClassVar[bool] = True
    ranks: ClassVar[tuple[int, ...]] = ()
    primary = "p"
    numbers = "kept"
    positional: ClassVar[tuple[str, ...]] = ("p",)
    shifts_variance: ClassVar[bool] = True
    examples = (Example(((8, 4),), {"p": 0.2}),)
    domain = Domain(
        inputs=(((4,),), ((3, 4),), ((3, 4, 4),), ((3, 4, 4, 4),)),
        args={"p": (-0.1, 0.0, 0.2, 1.0, 1.1), "inplace": (True, False)},
    )

    p: Probability = 0.5
    inplace: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first)
        if self.ranks:
            need_rank(inputs.first, *self.ranks)
        return (inputs.first,)

    def is_identity(self, inputs: Inputs) -> bool:
        """Where nothing is dropped."""
        return self.p == 0

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """Without anything to drop it is its input."""
        return Aliases("itself") if not training or self.p == 0 or self.changes_input() else None

    def changes_input(self, *, training: bool = True) -> bool:
        """Only where there is something to drop."""
        return self.inplace and training and self.p > 0

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """The factor for each element, each channel or all: numbers on CPU, where CUDA's dropout keeps bools."""
        if self.aliased(inputs, training=training) and not (training and self.p):
            return ()
        return (TensorType((1,), outputs[0].dtype) if self.p == 1 else self._factors(outputs[0]),)

    def _factors(self, x: TensorType) -> TensorType:
        return x.with_shape(*x.shape[:2]) if self.ranks else x


class _DropoutFunction(_Dropout, Function):
    """Told by `self.training` whether to act."""

    def as_torch(self) -> lowering.Node:
        """`F.dropout(x, 0.5, training=self.training)`."""
        kwargs = (_TRAINING, *self.given(skip=self.positional))
        return lowering.Call(f"F.{self.name}", (lowering.Input(), lowering.Field("p")), kwargs)


class Dropout(_Dropout, Module):
    """Zeroes elements with probability `p` and scales the others by `1 / (1 - p)`."""


class DropoutFunction(_DropoutFunction):
    """Zeroes elements with probability `p` and scales the others by `1 / (1 - p)`."""

    name = "dropout"


class Dropout1d(_Dropout, Module):
    """Zeroes whole channels of sequences with probability `p`."""

    ranks = (3,)


class Dropout1dFunction(_DropoutFunction):
    """Zeroes whole channels of sequences with probability `p`."""

    name = "dropout1d"
    ranks = (3,)


class Dropout2d(_Dropout, Module):
    """Zeroes whole channels of images with probability `p`."""

    ranks = (4,)
    examples = (Example(((8, 4, 4),), {"p": 0.2}),)


class Dropout2dFunction(_DropoutFunction):
    """Zeroes whole channels of images with probability `p`."""

    name = "dropout2d"
    ranks = (4,)
    examples = (Example(((8, 4, 4),), {"p": 0.2}),)


class Dropout3d(_Dropout, Module):
    """Zeroes whole channels of volumes with probability `p`."""

    ranks = (5,)
    examples = (Example(((8, 4, 4, 4),), {"p": 0.2}),)


class Dropout3dFunction(_DropoutFunction):
    """Zeroes whole channels of volumes with probability `p`."""

    name = "dropout3d"
    ranks = (5,)
    examples = (Example(((8, 4, 4, 4),), {"p": 0.2}),)


class _AlphaDropout(_Dropout, Module):
    """One whose module takes `inplace` and overwrites nothing all the same."""

    def changes_input(self, *, training: bool = True) -> bool:
        """Never."""
        return False


class AlphaDropout(_AlphaDropout):
    """Dropout that keeps mean and variance, for SELU networks (Klambauer et al. 2017)."""

    shifts_variance = False


class AlphaDropoutFunction(_DropoutFunction):
    """Dropout that keeps mean and variance, for SELU networks (Klambauer et al. 2017)."""

    name = "alpha_dropout"
    shifts_variance = False


class FeatureAlphaDropout(_AlphaDropout):
    """Alpha dropout of whole channels."""

    shifts_variance = False

    ranks = (2, 3, 4, 5)


class FeatureAlphaDropoutFunction(_DropoutFunction):
    """Alpha dropout of whole channels."""

    name = "feature_alpha_dropout"
    shifts_variance = False
    ranks = (2, 3, 4, 5)


class StochasticDepth(Function):
    """Skips the branch it ends: zeroes whole samples, or the whole batch, with probability `p` (Huang et al. 2016).

    As torchvision's function of that name, it scales what it keeps by `1 / (1 - p)`.
    """

    is_pointwise = True
    saves = Saves()
    name = "stochastic_depth"
    is_affine = True
    primary = "p"
    examples = (Example(((8, 4, 4),), {"p": 0.2}), Example(((5, 8),), {"p": 0.2, "mode": "batch"}))
    domain = Domain(
        inputs=(((),), ((4,),), ((3, 4, 4),)),
        args={"p": (-0.1, 0.0, 0.2, 1.0, 1.1), "mode": ("row", "batch")},
    )

    p: Probability
    mode: Literal["row", "batch"] = "row"

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        need_dtype(inputs.first)
        return (inputs.first,)

    def is_identity(self, inputs: Inputs) -> bool:
        """Where nothing is dropped."""
        return self.p == 0

    def as_torch(self) -> lowering.Node:
        """Dropout of channels, with each sample as the one channel of its own, or the batch as one channel of one."""
        new, whole = lowering.Literal(None), lowering.Slice()
        rows = self.mode == "row"
        x = lowering.Index(lowering.Input(), (whole, new) if rows else (new, new))
        dropped = lowering.Call("torch.feature_dropout", (x, lowering.Field("p"), lowering.Raw("self.training")))
        first = lowering.Literal(0)
        body = lowering.Index(dropped, (whole, first) if rows else (first, first))
        name = "stochastic_depth" if rows else "stochastic_batch"
        call = lowering.Call(name, (lowering.Input(), lowering.Field("p"), lowering.Raw("self.training")))
        return lowering.Helper(call, body, _ROWS if rows else _BATCH)

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """Without anything to drop it is its input, behind an index that takes all of it."""
        return Aliases("itself") if not training or self.p == 0 else None

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """One, whose gradient is always made anew: it is that of a part."""
        return (replace(lone_kernel(self, call), gradient="own"),)
