"""One step of a recurrent layer at a time."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from archc.ops import lowering
from archc.ops.base import (
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
    concrete,
    need_dtype,
    need_rank,
)
from archc.ops.kernels.steps import Steps, cell_kernels, gru_steps, lstm_steps, rnn_steps
from archc.ops.recurrent import cell_weights, check_state
from archc.tensor import TensorType


class _Cell(Module):
    """One step of a recurrent layer, for features (N, input_size) and a state (N, hidden_size), zero where left out."""

    saves = Saves("always", "always")
    family = "recurrent"
    primary = "hidden_size"
    positional = ("input_size", "hidden_size")
    ports = ("input", "hx")
    optional = ("hx",)
    gates: ClassVar[int] = 1
    steps: ClassVar[Steps] = staticmethod(rnn_steps)
    """The kernels of its step."""

    input_size: Inferred = None
    hidden_size: Positive
    bias: bool = True

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`input_size` is the last dimension."""
        return {"input_size": concrete(inputs.first.shape[-1])}

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The next state."""
        x = inputs.first
        need_rank(x, 2)
        need_dtype(x)
        state = x.with_shape(x.shape[0], self.hidden_size)
        for port, given in zip(inputs.ports, inputs, strict=True):
            if port != "input":
                check_state(given, port, state.shape)
        return (state,)

    def weights(self) -> Sequence[Weight]:
        """`weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`."""
        size = self.hidden_size
        return cell_weights("", self.gates, size, self.input_size or 0, size, self.bias)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Every weight matrix once."""
        return self.gates * int(self.hidden_size) * (int(self.input_size or 0) + int(self.hidden_size))

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """Two products, and what they come to."""
        return cell_kernels(call, self.steps, self.gates, int(self.hidden_size), self.weights())

    def apply(self) -> lowering.Call:
        """`self.cell(x, h)`."""
        return lowering.Call("self", (lowering.Input("input"), lowering.Input("hx")))


class RNNCell(_Cell):
    """`h' = tanh(W_ih x + b_ih + W_hh h + b_hh)`: one step of an `RNN`."""

    saves = Saves("always", "always", (0,))
    examples = (
        Example(((8,),), {"hidden_size": 3}),
        Example(((8,), (3,)), {"hidden_size": 3, "bias": False, "nonlinearity": "relu"}),
    )
    domain = Domain(inputs=(((8,),), ((8,), (3,))), args={"hidden_size": (1, 3), "bias": (True, False)})

    nonlinearity: Literal["tanh", "relu"] = "tanh"


class GRUCell(_Cell):
    """One step of a `GRU`."""

    gates = 3
    steps = staticmethod(gru_steps)
    examples = (Example(((8,),), {"hidden_size": 3}), Example(((8,), (3,)), {"hidden_size": 3, "bias": False}))
    domain = Domain(inputs=(((8,),), ((8,), (3,))), args={"hidden_size": (1, 3), "bias": (True, False)})


class LSTMCell(_Cell):
    """One step of an `LSTM`: gives the hidden state and the cell state."""

    ports = ("input", "h_0", "c_0")
    optional = ("h_0", "c_0")
    results = ("h_1", "c_1")
    gates = 4
    steps = staticmethod(lstm_steps)
    examples = (Example(((8,),), {"hidden_size": 3}), Example(((8,), (3,), (3,)), {"hidden_size": 3, "bias": False}))
    domain = Domain(
        inputs=(((8,),), ((8,), (3,), (3,)), ((8,), (3,), (4,))),
        args={"hidden_size": (1, 3), "bias": (True, False)},
    )

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The next hidden and cell states."""
        if len(inputs) == 2:
            raise ShapeError("wants both of h_0 and c_0, or neither")
        (state,) = super().infer(inputs)
        return (state, state)

    def apply(self) -> lowering.Call:
        """`self.cell(x, (h, c))`."""
        states = lowering.Tuple((lowering.Input("h_0"), lowering.Input("c_0")))
        return lowering.Call("self", (lowering.Input("input"), states))

    def unpack(self) -> tuple[lowering.Pattern, ...]:
        """`h_1, c_1`."""
        return (lowering.Result("h_1"), lowering.Result("c_1"))
