"""Tensors that a network owns: learned ones and fixed ones."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from archc.ops import lowering
from archc.ops.base import DTYPE, INTEGERS, RANK, Domain, Example, Inputs, Module, Positive, ShapeError, Weight
from archc.tensor import TensorType

_Dtype = Literal["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
_NEEDS_RANK_2 = ("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal")


class _State(Module):
    """A tensor registered on the module around it, under the step's name; its shape is whole, without a batch."""

    primary = "shape"
    ports = ()
    is_source = True

    shape: tuple[Positive, ...]

    def _sizes(self) -> tuple[lowering.Node, ...]:
        """`2, 3`, or `()` for a scalar."""
        return (lowering.Star("shape"),) if self.shape else (lowering.Tuple(()),)


class Parameter(_State):
    """A learned tensor, such as a class token or a table of positions: `self.token = nn.Parameter(...)`.

    The kinds of `init` are torch's; `normal` and `trunc_normal` take `std`, `constant` takes `value`.
    """

    examples = (
        Example((), {"shape": (1, 1, 8)}),
        Example((), {"shape": (1, 5, 8), "init": "trunc_normal", "std": 0.02}),
        Example((), {"shape": (8,), "init": "constant", "value": 1e-6}),
    )
    domain = Domain(
        inputs=((),),
        args={
            "shape": ((), (3,), (2, 3), (1, 4, 3)),
            "init": (
                "zeros", "ones", "constant", "normal", "trunc_normal", "uniform", "xavier_uniform", "xavier_normal",
                "kaiming_uniform", "kaiming_normal",
            ),
            "requires_grad": (True, False),
        },
    )  # fmt: skip

    init: Literal[
        "zeros", "ones", "constant", "normal", "trunc_normal", "uniform",
        "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
    ] = "zeros"  # fmt: skip
    std: Annotated[float, Field(ge=0.0)] | None = None
    """1 where it is left out."""
    value: float | None = None
    requires_grad: bool = True

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`shape`, as float32."""
        _check_value(self.init, self.value)
        if self.std is not None and self.init not in ("normal", "trunc_normal"):
            raise ShapeError(f"has no use for std with init {self.init}", help="leave it out, or say `init: normal`")
        if self.init in _NEEDS_RANK_2 and len(self.shape) < 2:
            raise ShapeError(f"wants 2 dimensions or more for init {self.init}, got {len(self.shape)}", code=RANK)
        return (TensorType(self.shape),)

    def weights(self) -> Sequence[Weight]:
        """The tensor itself, under the step's own name."""
        return (Weight("", self.shape),)

    def as_torch(self) -> lowering.Node:
        """`nn.Parameter(torch.zeros(1, 1, 768))`."""
        frozen = () if self.requires_grad else (("requires_grad", lowering.Literal(False)),)
        return lowering.Call("nn.Parameter", (self._start(),), frozen)

    def _start(self) -> lowering.Node:
        """The expression of the tensor at the start of training."""
        sizes = self._sizes()
        match self.init:
            case "zeros" | "ones":
                return lowering.Call(f"torch.{self.init}", sizes)
            case "constant":
                return lowering.Call("torch.full", (lowering.Field("shape"), lowering.Field("value")))
            case "uniform":
                return lowering.Call("torch.rand", sizes)
            case "normal":
                noise = lowering.Call("torch.randn", sizes)
                return noise if self.std is None else lowering.Infix("*", (noise, lowering.Field("std")))
            case _:
                std = (("std", lowering.Field("std")),) if self.init == "trunc_normal" and self.std is not None else ()
                return lowering.Call(f"nn.init.{self.init}_", (lowering.Call("torch.empty", sizes),), std)


class Buffer(_State):
    """A fixed tensor, such as a mask or the numbers of positions: `self.register_buffer("mask", ...)`.

    `arange` counts from 0 in one dimension. `causal_mask` is minus infinity above the diagonal of the last two
    dimensions and 0 elsewhere: added to attention scores it hides what comes later. As bool it is True there, which
    hides in `MultiheadAttention` (and shows in `scaled_dot_product_attention`).
    """

    examples = (
        Example((), {"shape": (4,)}),
        Example((), {"shape": (6,), "init": "arange"}),
        Example((), {"shape": (6, 6), "init": "causal_mask"}),
    )
    domain = Domain(
        inputs=((),),
        args={
            "shape": ((), (3,), (2, 3), (3, 3)),
            "init": ("zeros", "ones", "constant", "arange", "causal_mask"),
            "dtype": ("float32", "int64", "bool", "float16"),
        },
    )

    init: Literal["zeros", "ones", "constant", "arange", "causal_mask"] = "zeros"
    value: float | None = None
    dtype: _Dtype | None = None
    """Left out: int64 for `arange`, as in torch, and float32 for everything else."""
    persistent: bool = True
    """Whether it is part of the `state_dict`."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """`shape` and the dtype."""
        _check_value(self.init, self.value)
        if self.init == "arange" and len(self.shape) != 1:
            raise ShapeError(f"wants 1 dimension for init arange, got {len(self.shape)}", code=RANK)
        if self.init == "arange" and self.dtype == "bool":
            raise ShapeError("counts with init arange, which bool cannot", code=DTYPE)
        if self.init == "causal_mask" and len(self.shape) < 2:
            raise ShapeError(f"wants 2 dimensions or more for init causal_mask, got {len(self.shape)}", code=RANK)
        if self.init == "causal_mask" and self._dtype() in INTEGERS:
            raise ShapeError(f"holds minus infinity with init causal_mask, which {self.dtype} cannot", code=DTYPE)
        return (TensorType(self.shape, self._dtype()),)

    def weights(self) -> Sequence[Weight]:
        """The tensor itself, under the step's own name."""
        return (Weight("", self.shape, buffer=True, dtype=self._dtype(), persistent=self.persistent),)

    def as_torch(self) -> lowering.Node:
        """The tensor: `torch.arange(77)`."""
        dtype = (("dtype", lowering.Raw(f"torch.{self._dtype()}")),) if self._dtype() != self._own_dtype() else ()
        match self.init:
            case "constant":
                return lowering.Call("torch.full", (lowering.Field("shape"), lowering.Field("value")), dtype)
            case "causal_mask":
                return lowering.Method(self._hidden(dtype), "triu", (lowering.Literal(1),))
            case _:
                return lowering.Call(f"torch.{self.init}", self._sizes(), dtype)

    def _hidden(self, dtype: tuple[tuple[str, lowering.Node], ...]) -> lowering.Node:
        """What a causal mask holds above the diagonal, everywhere."""
        if self.dtype == "bool":
            return lowering.Call("torch.ones", self._sizes(), dtype)
        return lowering.Call("torch.full", (lowering.Field("shape"), lowering.Raw('float("-inf")')), dtype)

    def _own_dtype(self) -> str:
        """The dtype that torch chooses."""
        return "int64" if self.init == "arange" else "float32"

    def _dtype(self) -> str:
        return self.dtype or self._own_dtype()


def _check_value(init: str, value: float | None) -> None:
    """Refuse a constant without its value, and a value that nothing uses."""
    if init == "constant" and value is None:
        raise ShapeError("wants a value for init constant", help="say `value: 0.5`")
    if init != "constant" and value is not None:
        raise ShapeError(f"has no use for value with init {init}", help="leave it out, or say `init: constant`")
