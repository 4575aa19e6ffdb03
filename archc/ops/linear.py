"""Fully connected layers."""

from collections.abc import Mapping, Sequence
from typing import Any

from archc.dims import same_sizes
from archc.ops.base import (
    CHANNELS,
    RANK,
    Aliases,
    Call,
    Domain,
    Example,
    Inferred,
    Inputs,
    Kernel,
    Module,
    Positive,
    Saves,
    ShapeError,
    Weight,
    Window,
    concrete,
    count,
    need_dtype,
)
from archc.tensor import TensorType, volume


def _features(x: TensorType) -> int:
    if not x.sample:
        raise ShapeError(f"wants features beside the batch, got {x}", code=RANK)
    return concrete(x.shape[-1])


class Identity(Module):
    """Hands its input on unchanged."""

    is_pointwise = True
    gradient = "view"
    saves = Saves()
    aliases = Aliases("itself")
    examples = (Example(((3, 8, 8),)),)

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The input's type."""
        return (inputs.first,)


class Linear(Module):
    """`y = x W^T + b` over the last dimension."""

    family = "linear"
    summed_apart = True
    primary = "out_features"
    positional = ("in_features", "out_features")
    examples = (Example(((400,),), {"out_features": 120}), Example(((16, 32),), {"out_features": 8, "bias": False}))
    domain = Domain(
        inputs=(((12,),), ((5, 12),), ((3, 4, 7),), ((),)),
        args={"out_features": (1, 6), "bias": (True, False), "in_features": (None, 12, 7)},
    )

    in_features: Inferred = None
    out_features: Positive
    bias: bool = True

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`in_features` is the last dimension."""
        return {"in_features": _features(inputs.first)}

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The last dimension becomes `out_features`."""
        need_dtype(inputs.first, "float32")
        return (inputs.first.with_dim(-1, self.out_features),)

    def weights(self) -> Sequence[Weight]:
        """`weight` (out, in) and `bias` (out)."""
        weight = Weight("weight", (self.out_features, self.in_features or 0))
        return (weight, Weight("bias", (self.out_features,))) if self.bias else (weight,)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """One multiply-add for each output element and input feature."""
        return count(outputs[0].sample) * int(self.in_features or 0)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """A product; of three dimensions or more in another order a copy, the product, and the bias added to it."""
        (x,), size = call.inputs.ports, call.bytes(call.outputs[0])
        weight, *biases = (4 * volume(w.shape) for w in self.weights())
        is_flattened = call.inputs.first.rank > 2
        if call.is_packed(0) or not is_flattened:
            made, weights = (("output", size),), weight + sum(biases)
            reshapes, is_viewed = "rows" if is_flattened else "", is_flattened and self.bias
            return (
                Kernel((x,), made, (x,), weights=weights, summed_apart=True, is_viewed=is_viewed, reshapes=reshapes),
            )
        copied = Kernel((x,), (("copied", call.bytes(call.inputs.first)),), gradient="view")
        if not biases:
            return (
                copied,
                Kernel(
                    ("copied",), (("output", size),), ("copied",), weights=weight, summed_apart=True, reshapes="rows"
                ),
            )
        product = Kernel(
            ("copied",), (("product", size),), ("copied",), weights=weight, summed_apart=True, reshapes="rows"
        )
        added = Kernel(
            ("product",),
            (("output", size),),
            weights=biases[0],
            uses="bias",
            gradient="view",
            summed_apart=True,
            returns=None,
        )
        return (copied, product, added)

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """The same place, of all features."""
        return (*(Window() for _ in outputs[0].shape[:-1]), None)


class Bilinear(Module):
    """`y = x1^T A x2 + b` over the last dimensions of two tensors."""

    saves = Saves("always", "always")
    family = "linear"
    primary = "out_features"
    ports = ("input1", "input2")
    positional = ("in1_features", "in2_features", "out_features")
    examples = (Example(((5,), (7,)), {"out_features": 3}),)
    domain = Domain(
        inputs=(((5,), (7,)), ((4, 5), (4, 7)), ((4, 5), (3, 7)), ((4, 5), (7,)), ((3, 4, 5), (3, 4, 5))),
        args={"out_features": (1, 6), "bias": (True, False), "in1_features": (None, 5, 7)},
    )

    in1_features: Inferred = None
    in2_features: Inferred = None
    out_features: Positive
    bias: bool = True

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """Both feature counts are the last dimensions."""
        return {"in1_features": _features(inputs[0]), "in2_features": _features(inputs[1])}

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """All dimensions but the last must agree; the last becomes `out_features`."""
        left, right = inputs
        need_dtype(left, "float32")
        need_dtype(right, "float32")
        if left.batched != right.batched or not same_sizes(left.shape[:-1], right.shape[:-1]):
            raise ShapeError(
                f"wants inputs that differ in their last dimension only, got {left} and {right}", code=CHANNELS
            )
        return (left.with_dim(-1, self.out_features),)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """The product, and the bias added to it."""
        if not self.bias:
            return super().kernels(call)
        ports, size = call.inputs.ports, call.bytes(call.outputs[0])
        weight, bias = (4 * volume(w.shape) for w in self.weights())
        return (
            Kernel(ports, (("product", size),), ports, weights=weight),
            Kernel(("product",), (("output", size),), weights=bias, uses="bias", gradient="view", returns=None),
        )

    def weights(self) -> Sequence[Weight]:
        """`weight` (out, in1, in2) and `bias` (out)."""
        weight = Weight("weight", (self.out_features, self.in1_features or 0, self.in2_features or 0))
        return (weight, Weight("bias", (self.out_features,))) if self.bias else (weight,)
