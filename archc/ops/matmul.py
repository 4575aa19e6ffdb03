"""Products of matrices, and attention as torch's one function for it."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from archc.dims import BATCH, equal, same_sizes, shown
from archc.ops import lowering
from archc.ops.base import (
    BATCH_AXIS,
    CHANNELS,
    DTYPE,
    RANK,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Order,
    Probability,
    Saves,
    ShapeError,
    concrete,
    count,
)
from archc.ops.joins import broadcast, is_float, listed, need_tensors
from archc.ops.kernels.attention import product_kernels
from archc.tensor import TensorType


class _Product(Function):
    """A product of two tensors, written first and second."""

    saves = Saves("others", "others")
    family: ClassVar[str] = "linear"
    merges: ClassVar[bool] = True
    min_inputs: ClassVar[int] = 2

    def as_torch(self) -> lowering.Node:
        """The call on both tensors."""
        return lowering.Call(self.target, (lowering.Unpacked(),))


class Matmul(_Product):
    """The matrix product over the last two dimensions; those before broadcast. A vector is a row, then a column."""

    name = "matmul"
    target = "torch.matmul"
    examples = (
        Example(((4, 5, 8), (4, 8, 6))),
        Example(((1, 5, 8), (4, 8, 6))),
    )
    domain = Domain(
        inputs=(((5, 8), (8, 6)), ((5, 8), (5, 8)), ((4, 5, 8), (8, 6)), ((3, 5, 8), (4, 8, 6)), ((8,), (8,)))
    )

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Rows of the first by columns of the second; the dimension between them must agree and goes."""
        need_tensors(inputs, 2, 2)
        left, right = inputs
        if not left.rank or not right.rank:
            raise ShapeError(f"wants vectors or matrices, got {left} and {right}", code=RANK)
        inner = left.shape[-1], right.shape[-2:][0]
        _need_same_dtype(inputs)
        if inner[0] is BATCH or inner[1] is BATCH:
            raise ShapeError(f"would sum over the batch: {listed(inputs.types)}", code=BATCH_AXIS)
        if not equal(*inner):
            raise ShapeError(
                f"wants as many columns as the second tensor has rows, got {shown(inner[0])} and {shown(inner[1])}",
                code=CHANNELS,
                help="`transpose` turns rows into columns",
            )
        batch = broadcast((left.with_shape(*left.shape[:-2]), right.with_shape(*right.shape[:-2])))
        rows, columns = left.shape[-2:-1], right.shape[-1:] if right.rank > 1 else ()
        shape = batch + rows + columns
        if any(size is BATCH for size in shape[1:]):
            raise ShapeError(f"would not leave the batch in front: {listed(inputs.types)}", code=BATCH_AXIS)
        return (left.with_shape(*shape),)

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """The product; tensors whose dimensions before the matrix stretch are written out first."""
        result, rank = call.outputs[0], call.outputs[0].rank
        if rank < 3 or any(x.rank < rank for x in call.inputs):
            return super().kernels(call)
        kernels: list[Kernel] = []
        taken = list(call.inputs.ports)
        for at, x in enumerate(call.inputs):
            whole = call.bytes(result.with_shape(*result.shape[:-2], *x.shape[-2:]))
            if whole > call.bytes(x):
                taken[at] = f"whole {taken[at]}"
                kernels.append(Kernel((call.inputs.ports[at],), ((taken[at], whole),)))
        product = (("output", call.bytes(result)),)
        return (*kernels, Kernel(tuple(taken), product, tuple(taken))) if kernels else super().kernels(call)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """The inner size for each output; like torch's counter, nothing for a product with a column vector."""
        left, right = inputs
        return count(outputs[0].sample) * int(left.shape[-1]) if right.rank > 1 else 0


class Bmm(_Product):
    """The matrix product of each pair of matrices in two batches, without broadcasting."""

    name = "bmm"
    target = "torch.bmm"
    examples = (Example(((5, 8), (8, 6))),)
    domain = Domain(inputs=(((5, 8), (8, 6)), ((5, 8), (5, 8)), ((5, 8), (3, 8, 6)), ((8,), (8,))))

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """Rows of the first by columns of the second; the dimension between them must agree and goes."""
        need_tensors(inputs, 2, 2)
        left, right = inputs
        if left.rank != 3 or right.rank != 3:
            raise ShapeError(f"wants two batches of matrices, got {listed(inputs.types)}", code=RANK)
        _need_same_dtype(inputs)
        if left.batched != right.batched:
            raise ShapeError(f"wants the same batch twice, got {listed(inputs.types)}", code=BATCH_AXIS)
        if not equal(left.shape[0], right.shape[0]):
            raise ShapeError(f"wants equally many matrices, got {left} and {right}", code=CHANNELS)
        if not equal(left.shape[2], right.shape[1]):
            raise ShapeError(
                f"wants as many columns as the second tensor has rows, got {left} and {right}", code=CHANNELS
            )
        return (left.with_dim(2, right.shape[2]),)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """The inner size for each output."""
        return count(outputs[0].sample) * int(inputs.first.shape[2])


class ScaledDotProductAttention(Function):
    """`softmax(q k^T / sqrt(E)) v` over (N, ..., length, features), in one fused call."""

    name = "scaled_dot_product_attention"
    family = "attention"
    ports = ("query", "key", "value", "attn_mask")
    optional = ("attn_mask",)
    examples = (
        Example(((4, 5, 8), (4, 6, 8), (4, 6, 8))),
        Example(((4, 5, 8), (4, 6, 8), (4, 6, 3)), {"dropout_p": 0.1}),
        Example(((4, 5, 8), (4, 6, 8), (4, 6, 8), (1, 5, 6)), dtypes=("float32", "float32", "float32", "bool")),
        Example(((5, 8), (5, 8), (5, 8)), {"is_causal": True, "scale": 1.0}),
        Example(((4, 5, 8), (2, 6, 8), (2, 6, 8)), {"enable_gqa": True}),
    )
    domain = Domain(
        inputs=(
            ((4, 5, 8), (4, 6, 8), (4, 6, 8)),
            ((4, 5, 8), (4, 6, 7), (4, 6, 8)),
            ((4, 5, 8), (1, 6, 8), (4, 6, 8)),
            ((4, 5, 8), (3, 6, 8), (3, 6, 8)),
            ((4, 5, 8), (2, 6, 8), (2, 6, 8)),
            ((5, 8), (6, 8), (6, 8)),
            ((4, 5, 8), (4, 6, 8), (4, 6, 8), (4, 5, 6)),
            ((4, 5, 8), (4, 6, 8), (4, 6, 8), (1, 1, 6)),
            ((4, 5, 8), (4, 6, 8), (4, 6, 8), (4, 6, 6)),
        ),
        args={"scale": (None, 0.5), "enable_gqa": (True, False)},
    )

    dropout_p: Probability = 0.0
    """Applied in training mode alone, unlike torch's, which drops whenever it is asked to."""
    is_causal: bool = False
    scale: Annotated[float | None, Field(gt=0)] = None
    enable_gqa: bool = False

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The query's shape with the value's features; heads and batch broadcast."""
        query, key, value = inputs.types[:3]
        _need_attention_operands(query, key, value)
        if self.enable_gqa:
            key, value = _repeat_heads(query, key), _repeat_heads(query, value)
        batch = broadcast([x.with_shape(*x.shape[:-2]) for x in (query, key, value)])
        self._check_mask(inputs, query.with_shape(*batch, query.shape[-2], key.shape[-2]))
        return (query.with_shape(*batch, query.shape[-2], value.shape[-1]),)

    def _check_mask(self, inputs: Inputs, scores: TensorType) -> None:
        mask = inputs.get("attn_mask")
        if mask is None:
            return
        if self.is_causal:
            raise ShapeError("takes `attn_mask` or `is_causal`, not both")
        if mask.dtype not in ("bool", scores.dtype):
            raise ShapeError(f"wants a mask of bool or {scores.dtype}, got {mask.dtype}", code=DTYPE)
        joint = broadcast((mask, scores)) if 2 <= mask.rank <= scores.rank else ()
        if not same_sizes(joint, scores.shape):
            raise ShapeError(f"wants a mask that broadcasts to {scores}, got {mask}", code=CHANNELS)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Both matrix products: the query's features and the output's, for each query and key."""
        query, key = inputs[0], inputs[1]
        pairs = count(outputs[0].sample[:-1]) * int(key.shape[-2])
        return pairs * (int(query.shape[-1]) + int(outputs[0].shape[-1]))

    def saved(self, inputs: Inputs) -> Saves:
        """All of the fused kernel's tensors; else the values alone, scaled copies being saved of the others."""
        query, value = inputs[0], inputs[2]
        may_fuse = query.rank == 4 and same_sizes(query.shape[-1:], value.shape[-1:])
        return Saves("always", "always", (0,)) if may_fuse else Saves("never", ("never", "others", "never"))

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """One kernel on CPU, or step by step with dropout and where the shapes are not those that it takes."""
        return product_kernels(call, call.training and bool(self.dropout_p), self.enable_gqa)[0]

    def orders(self, call: Call) -> tuple[Order, ...]:
        """The one kernel leaves the heads behind the places."""
        return (product_kernels(call, call.training and bool(self.dropout_p), self.enable_gqa)[1],)

    def as_torch(self) -> lowering.Node:
        """The call; dropout only while training."""
        kwargs: list[tuple[str, lowering.Node]] = [("attn_mask", lowering.Input("attn_mask"))]
        if self.dropout_p:
            dropout = (lowering.Field("dropout_p"), lowering.Literal(0.0))
            kwargs.append(("dropout_p", lowering.Infix("if self.training else", dropout)))
        tensors = tuple(lowering.Input(port) for port in self.ports[:3])
        return lowering.Call(f"F.{self.name}", tensors, (*kwargs, *self.given(skip=("dropout_p",))))


def _need_same_dtype(inputs: Inputs) -> None:
    dtypes = {x.dtype for x in inputs}
    if len(dtypes) > 1 or "bool" in dtypes:
        raise ShapeError(f"wants numbers of one dtype, got {' and '.join(x.dtype for x in inputs)}", code=DTYPE)


def _need_attention_operands(query: TensorType, key: TensorType, value: TensorType) -> None:
    three = (query, key, value)
    if any(x.rank < 2 + x.batched for x in three):
        raise ShapeError(f"wants (..., length, features) three times, got {listed(three)}", code=RANK)
    if len({x.dtype for x in three}) > 1 or not is_float(query.dtype):
        raise ShapeError(f"wants floats of one dtype, got {', '.join(x.dtype for x in three)}", code=DTYPE)
    if not equal(query.shape[-1], key.shape[-1]):
        sizes = f"{shown(query.shape[-1])} and {shown(key.shape[-1])}"
        raise ShapeError(f"wants a query and a key of equally many features, got {sizes}", code=CHANNELS)
    if not equal(key.shape[-2], value.shape[-2]):
        sizes = f"{shown(key.shape[-2])} and {shown(value.shape[-2])}"
        raise ShapeError(f"wants a key and a value of equal length, got {sizes}", code=CHANNELS)


def _repeat_heads(query: TensorType, x: TensorType) -> TensorType:
    """A key or value whose heads are shared by groups of the query's, as `enable_gqa` does."""
    if query.rank < 3 + query.batched or x.rank < 3 + x.batched:
        raise ShapeError("wants heads, in dim -3, for `enable_gqa`", code=RANK)
    heads, wanted = concrete(x.shape[-3]), concrete(query.shape[-3])
    if wanted % heads:
        raise ShapeError(f"cannot share {heads} heads among the query's {wanted}", code=CHANNELS)
    return x.with_dim(-3, query.shape[-3])
