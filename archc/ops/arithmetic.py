"""Arithmetic between tensors, or of a tensor and a number: the ends of residual connections."""

from collections.abc import Sequence
from typing import ClassVar

from archc.dims import Dim, same_sizes
from archc.ops import lowering
from archc.ops.base import (
    DTYPE,
    MERGE,
    Aliases,
    Call,
    Domain,
    Example,
    Function,
    Inputs,
    Kernel,
    Saves,
    ShapeError,
    count,
)
from archc.ops.joins import (
    as_float,
    broadcast,
    broadcasts,
    can_hold,
    need_tensors,
    promote,
    promote_number,
    same_shape,
)
from archc.ops.kernels.program import Program
from archc.tensor import TensorType


class _Elementwise(Function):
    """Tensors joined element by element: equal shapes, unless `broadcast` is asked for."""

    is_pointwise = True
    saves = Saves("others", "others")
    family: ClassVar[str] = "merge"
    merges: ClassVar[bool] = True
    most: ClassVar[int | None] = None
    """How many tensors it can take; None for any number."""

    broadcast: bool = False
    """archc's own: whether sizes of 1 (and missing leading dimensions) stretch, as torch does unasked."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The common shape and the promoted dtype."""
        need_tensors(inputs, 2, self.most)
        return (TensorType(self._joined(inputs), promote(*(x.dtype for x in inputs))),)

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """Of more than two tensors the first is modified, and the rest is added to it anew."""
        return super().aliased(inputs, training=training) if len(inputs) < 3 else None

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """One for each tensor that is joined to those before."""
        ports = call.inputs.ports
        if len(ports) < 3:
            return super().kernels(call)
        program, joined = Program(call), ports[0]
        for at, port in enumerate(ports[1:]):
            joined = program.run(type(self), (joined, port), f"joined {at}", **self.__dict__)
        return program.finish(joined)

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """The gradients of what was stretched, before they are summed."""
        whole = outputs[0]
        stretched = [x for x in inputs if count(x.sample) < count(whole.sample)]
        return (whole,) * (len(stretched) if self.gradient == "own" else 0)

    def _joined(self, inputs: Inputs) -> tuple[Dim, ...]:
        if self.broadcast:
            return broadcast(inputs.types)
        for other in inputs.types[1:]:
            same_shape(inputs.first, other, cure=lambda: _cure(inputs))
        return inputs.first.shape


def _cure(inputs: Inputs) -> str:
    return "`broadcast: true` stretches sizes of 1" if broadcasts(inputs.types) else ""


class _Operator(_Elementwise):
    """An infix operator, between tensors or between one tensor and the number `other`."""

    primary: ClassVar[str | None] = "other"
    operator: ClassVar[str]

    other: int | float | None = None
    inplace: bool = False
    """Overwrites the first tensor: `x += y`."""

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The common shape; with a number, the tensor's own."""
        if self.other is None:
            need_tensors(inputs, 2, self.most)
            result = TensorType(self._joined(inputs), promote(*(x.dtype for x in inputs)))
        elif len(inputs) == 1:
            result = TensorType(inputs.first.shape, promote_number(inputs.first.dtype, self.other))
        else:
            raise ShapeError(f"takes one tensor and the number {self.other}, got {len(inputs)} tensors", code=MERGE)
        result = self._computed(result, inputs)
        return (self._overwritten(result, inputs.first) if self.inplace else result,)

    def _computed(self, result: TensorType, inputs: Inputs) -> TensorType:
        """The result where the operator has its own rule for dtypes."""
        return result

    def _overwritten(self, result: TensorType, first: TensorType) -> TensorType:
        if not same_sizes(result.shape, first.shape):
            raise ShapeError(f"cannot write a result of {result} into its first input, {first}", code=MERGE)
        if not can_hold(first.dtype, result.dtype):
            raise ShapeError(f"cannot write {result.dtype} into its first input, which is {first.dtype}", code=DTYPE)
        return first

    def as_torch(self) -> lowering.Node:
        """`a + b`, or `x + 1`."""
        if self.other is None:
            return lowering.Infix(self.operator, lowering.Unpacked())
        return lowering.Infix(self.operator, (lowering.Input(), lowering.Field("other")))

    def saved(self, inputs: Inputs) -> Saves:
        """Nothing for a number: it is no tensor."""
        return Saves() if self.other is not None else self.saves


_TWO = Domain(inputs=(((3, 4), (3, 4)), ((3, 4), (3, 5)), ((2, 3), (4,)), ((4,), (4,))))


class Add(_Operator):
    """Sums tensors, or adds a number: `a + b`."""

    gradient = "same"
    saves = Saves()
    name = "add"
    is_sum_or_join = True
    operator = "+"
    examples = (
        Example(((8, 4, 4), (8, 4, 4))),
        Example(((8, 4), (8, 4), (8, 4))),
        Example(((8, 4, 4), (8, 1, 1)), {"broadcast": True}),
        Example(((8,),), {"other": 1}),
        Example(((8,), (8,)), dtypes=("int64", "float32")),
    )
    domain = Domain(inputs=(((3, 4), (3, 4)), ((3, 4), (3, 5)), ((3,), (3,), (3,))), args={"inplace": (True, False)})


class Sub(_Operator):
    """The difference of two tensors, or of a tensor and a number: `a - b`."""

    gradient = "same"
    saves = Saves()
    name = "sub"
    operator = "-"
    most = 2
    examples = (Example(((8, 4), (8, 4))), Example(((8, 4),), {"other": 0.5}))
    domain = _TWO

    def _computed(self, result: TensorType, inputs: Inputs) -> TensorType:
        if "bool" in {x.dtype for x in inputs}:
            raise ShapeError("cannot subtract bool tensors", code=DTYPE)
        return result


class Mul(_Operator):
    """The product of tensors element by element, or scaling by a number: `a * b`."""

    name = "mul"
    operator = "*"
    examples = (
        Example(((8, 4, 4), (8, 4, 4))),
        Example(((8, 4, 4), (8, 1, 1)), {"broadcast": True}),
        Example(((8, 4),), {"other": 0.1}),
    )
    domain = _TWO


class Div(_Operator):
    """The quotient of two tensors, or of a tensor and a number: `a / b`."""

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """Two on the way to the divisor's."""
        more = (outputs[0],) * (2 if len(inputs) > 1 else 0)
        return (*super().gradient_scratch(inputs, outputs), *more)

    saves = Saves("others", "always")
    name = "div"
    operator = "/"
    most = 2
    examples = (
        Example(((8, 4), (8, 4))),
        Example(((8, 4),), {"other": 2}),
        Example(((8,), (8,)), dtypes=("int64", "int64")),
    )
    domain = _TWO

    def _computed(self, result: TensorType, inputs: Inputs) -> TensorType:
        return TensorType(result.shape, as_float(result.dtype))


class _Extreme(_Elementwise):
    """The larger or smaller of tensors, by a function of two."""

    saves = Saves("always", "always")
    min_inputs: ClassVar[int] = 2

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """Half of the gradient for where both are equal, and where each is the result."""
        mask = TensorType(outputs[0].shape, "bool")
        return (*super().gradient_scratch(inputs, outputs), outputs[0], mask, mask)

    def as_torch(self) -> lowering.Node:
        """`torch.maximum(a, b)`, nested for more than two."""
        return lowering.Fold(self.target)


class Maximum(_Extreme):
    """The largest of tensors, element by element."""

    name = "maximum"
    target = "torch.maximum"
    examples = (Example(((8, 4), (8, 4))), Example(((8, 4), (8, 4), (8, 4))))
    domain = _TWO


class Minimum(_Extreme):
    """The smallest of tensors, element by element."""

    name = "minimum"
    target = "torch.minimum"
    examples = (Example(((8, 4), (8, 4))), Example(((8, 4), (8, 1)), {"broadcast": True}))
    domain = _TWO
