"""Dropout: parts of a tensor are zeroed at random in training; in inference nothing happens."""

from typing import ClassVar, Literal

from archc.ops import lowering
from archc.ops.base import Domain, Example, Function, Inputs, Module, Op, Probability, need_dtype, need_rank
from archc.tensor import TensorType

_TRAINING = ("training", lowering.Raw("self.training"))


class _Dropout(Op):
    """Keeps the type; `ranks` are those it is for, batch included, any where there are none."""

    ranks: ClassVar[tuple[int, ...]] = ()
    primary = "p"
    positional: ClassVar[tuple[str, ...]] = ("p",)
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


class AlphaDropout(_Dropout, Module):
    """Dropout that keeps mean and variance, for SELU networks (Klambauer et al. 2017)."""


class AlphaDropoutFunction(_DropoutFunction):
    """Dropout that keeps mean and variance, for SELU networks (Klambauer et al. 2017)."""

    name = "alpha_dropout"


class FeatureAlphaDropout(_Dropout, Module):
    """Alpha dropout of whole channels."""

    ranks = (2, 3, 4, 5)


class FeatureAlphaDropoutFunction(_DropoutFunction):
    """Alpha dropout of whole channels."""

    name = "feature_alpha_dropout"
    ranks = (2, 3, 4, 5)


class StochasticDepth(Function):
    """Skips the branch it ends: zeroes whole samples, or the whole batch, with probability `p` (Huang et al. 2016).

    As torchvision's function of that name, it scales what it keeps by `1 / (1 - p)`.
    """

    name = "stochastic_depth"
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

    def as_torch(self) -> lowering.Node:
        """Dropout of channels, with each sample as the one channel of its own, or the batch as one channel of one."""
        new, whole = lowering.Literal(None), lowering.Slice()
        rows = self.mode == "row"
        x = lowering.Index(lowering.Input(), (whole, new) if rows else (new, new))
        dropped = lowering.Call("torch.feature_dropout", (x, lowering.Field("p"), lowering.Raw("self.training")))
        first = lowering.Literal(0)
        return lowering.Index(dropped, (whole, first) if rows else (first, first))
