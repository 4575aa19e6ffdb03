"""Recurrent layers over a sequence.

torch puts the sequence first unless told `batch_first=True`, and puts the layers first in the states even then. Here
the batch is the first dimension of every tensor: `batch_first` is always true, and states go in and come out as
(N, layers * directions, size), which the lowering transposes to and from torch's own order.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from archc.dims import Dim, same_sizes
from archc.ops import lowering
from archc.ops.base import (
    CHANNELS,
    Call,
    Domain,
    Example,
    Inferred,
    Inputs,
    Kernel,
    Module,
    NonNegative,
    Order,
    Positive,
    Probability,
    Saves,
    ShapeError,
    Weight,
    concrete,
    need_dtype,
    need_rank,
)
from archc.ops.kernels.fused import Fused
from archc.ops.kernels.recurrent import TIME_FIRST, Layers, Written
from archc.ops.kernels.steps import Steps, gru_steps, lstm_steps, rnn_steps
from archc.tensor import TensorType

MOST_LAYERS = 1000
_BATCH_FIRST = (("batch_first", lowering.Literal(True)),)
_ZERO, _ONE = lowering.Literal(0), lowering.Literal(1)


class _Recurrent(Module):
    """`num_layers` layers over a sequence (N, L, features), each reading the outputs of the one before."""

    saves = Saves("always", "always")
    family = "recurrent"
    primary = "hidden_size"
    positional = ("input_size", "hidden_size")
    ports = ("input", "h_0")
    optional = ("h_0",)
    results = ("output", "h_n")
    gates: ClassVar[int] = 1
    """How many times `hidden_size` rows a weight has."""
    steps: ClassVar[Steps] = staticmethod(rnn_steps)
    """The kernels of its steps."""

    input_size: Inferred = None
    hidden_size: Positive
    num_layers: Annotated[Positive, Field(le=MOST_LAYERS)] = 1
    bias: bool = True
    batch_first: Literal[True] = True
    dropout: Probability = 0.0
    bidirectional: bool = False

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """`input_size` is the last dimension."""
        return {"input_size": concrete(inputs.first.shape[-1])}

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The outputs of the last layer, both directions side by side, and the last states of every layer."""
        x = inputs.first
        need_rank(x, 3)
        need_dtype(x)
        batch, size, states = x.shape[0], self.output_size(), self._states()
        check_state(inputs.get("h_0"), "h_0", (batch, states, size))
        output = x.with_dim(-1, 2 * size if self.bidirectional else size)
        return (output, x.with_shape(batch, states, size))

    def output_size(self) -> int:
        """The size of a layer's output in one direction."""
        return self.hidden_size

    def _states(self) -> int:
        return 2 * self.num_layers if self.bidirectional else self.num_layers

    def weights(self) -> Sequence[Weight]:
        """Those of each layer and direction: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`."""
        names = ("", "_reverse") if self.bidirectional else ("",)
        return tuple(
            weight
            for layer in range(self.num_layers)
            for direction in names
            for weight in self._cell(f"_l{layer}{direction}", self._layer_input(layer))
        )

    def _layer_input(self, layer: int) -> int:
        """How many features a layer reads."""
        if layer == 0:
            return self.input_size or 0
        return 2 * self.output_size() if self.bidirectional else self.output_size()

    def _cell(self, suffix: str, features: int) -> Sequence[Weight]:
        """The weights of one layer in one direction."""
        return cell_weights(suffix, self.gates, self.hidden_size, features, self.output_size(), self.bias)

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Every weight matrix once for each element of the sequence; written out, no fused kernel."""
        rows = (w.shape for w in self.weights() if len(w.shape) == 2)
        return int(inputs.first.shape[1]) * sum(int(out) * int(size) for out, size in rows)

    def as_torch(self) -> lowering.Node:
        """`nn.GRU(28, 64, num_layers=2, batch_first=True)`."""
        args = tuple(lowering.Field(name) for name in self.positional)
        return lowering.Call(f"nn.{self.name}", args, self.given(skip=self.positional) + _BATCH_FIRST)

    def apply(self) -> lowering.Call:
        """`self.gru(x)`, with a state `self.gru(x, h.transpose(0, 1).contiguous())`: cuDNN takes no other layout."""
        return lowering.Call("self", (lowering.Input("input"), _layers_first("h_0")))

    def unpack(self) -> tuple[lowering.Pattern, ...]:
        """`output, h_n`, then `h_n.transpose(0, 1)`."""
        return (lowering.Result("output"), _batch_first("h_n"))

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """A product of the whole input for each layer and direction, and small kernels for each step."""
        return tuple(Written(self.layers(), call).run())

    def layers(self) -> Layers:
        """The arguments that its kernels depend on."""
        return Layers(
            self.steps, self.gates, int(self.hidden_size), int(self.output_size()), int(self.num_layers),
            self.bidirectional, self.dropout, "c_n" in self.results, self.weights(),
        )  # fmt: skip

    def orders(self, call: Call) -> tuple[Order, ...]:
        """Time first, layers first."""
        return (TIME_FIRST,) * len(call.outputs)


class RNN(_Recurrent):
    """`h = tanh(W_ih x + b_ih + W_hh h + b_hh)` along a sequence."""

    examples = (
        Example(((5, 8),), {"hidden_size": 3}),
        Example(((5, 8), (4, 3)), {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "nonlinearity": "relu"}),
    )
    domain = Domain(
        inputs=(((5, 8),), ((5, 8), (2, 3)), ((1, 4), (1, 3))),
        args={
            "hidden_size": (1, 3),
            "num_layers": (1, 2),
            "bias": (True, False),
            "bidirectional": (True, False),
            "nonlinearity": ("tanh", "relu"),
        },
    )

    nonlinearity: Literal["tanh", "relu"] = "tanh"


class GRU(_Recurrent):
    """Gated recurrent units along a sequence."""

    gates = 3
    steps = staticmethod(gru_steps)
    examples = (
        Example(((5, 8),), {"hidden_size": 3}),
        Example(((5, 8), (4, 3)), {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "bias": False}),
    )
    domain = Domain(
        inputs=(((5, 8),), ((5, 8), (2, 3)), ((1, 4), (1, 3))),
        args={
            "hidden_size": (1, 3),
            "num_layers": (1, 2),
            "bias": (True, False),
            "bidirectional": (True, False),
            "dropout": (0.0, 0.5),
        },
    )


class LSTM(_Recurrent):
    """Long short-term memory along a sequence; with `proj_size` the outputs are projected to that size."""

    ports = ("input", "h_0", "c_0")
    optional = ("h_0", "c_0")
    results = ("output", "h_n", "c_n")
    gates = 4
    steps = staticmethod(lstm_steps)
    examples = (
        Example(((5, 8),), {"hidden_size": 3}),
        Example(((5, 8), (2, 2), (2, 3)), {"hidden_size": 3, "bidirectional": True, "proj_size": 2}),
        Example(((5, 8),), {"hidden_size": 3, "num_layers": 2, "bias": False, "proj_size": 2}),
    )
    domain = Domain(
        inputs=(((5, 8),), ((5, 8), (2, 3), (2, 3)), ((5, 8), (2, 2), (2, 3)), ((1, 4), (1, 3), (1, 2))),
        args={
            "hidden_size": (1, 3),
            "num_layers": (1, 2),
            "bias": (True, False),
            "bidirectional": (True, False),
            "proj_size": (0, 2, 3),
        },
    )

    proj_size: NonNegative = 0

    def saved(self, inputs: Inputs) -> Saves:
        """The outputs too, by the fused kernel, which does not project."""
        return self.saves if self.proj_size else Saves("always", "always", (0,))

    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """As for the other layers, and the last cell states, which are never projected."""
        if self.proj_size >= self.hidden_size:
            raise ShapeError(
                f"wants proj_size below hidden_size {self.hidden_size}, got {self.proj_size}", code=CHANNELS
            )
        h_0, c_0 = inputs.get("h_0"), inputs.get("c_0")
        if (h_0 is None) != (c_0 is None):
            raise ShapeError("wants both of h_0 and c_0, or neither")
        output, h_n = super().infer(inputs)
        c_n = h_n.with_dim(-1, self.hidden_size)
        check_state(c_0, "c_0", c_n.shape)
        return (output, h_n, c_n)

    def output_size(self) -> int:
        """That of the projection."""
        return self.proj_size or self.hidden_size

    def _cell(self, suffix: str, features: int) -> Sequence[Weight]:
        weights = super()._cell(suffix, features)
        if not self.proj_size:
            return weights
        return (*weights, Weight(f"weight_hr{suffix}", (self.proj_size, self.hidden_size)))

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """OneDNN's primitives; it has none with a projection."""
        kernels = Written if self.proj_size else Fused
        return tuple(kernels(self.layers(), call).run())

    def apply(self) -> lowering.Call:
        """`self.lstm(x)`, or with both states as a tuple behind it."""
        states = lowering.Tuple((_layers_first("h_0"), _layers_first("c_0")))
        return lowering.Call("self", (lowering.Input("input"), states))

    def unpack(self) -> tuple[lowering.Pattern, ...]:
        """`output, (h_n, c_n)`, then a transpose of each state."""
        return (lowering.Result("output"), (_batch_first("h_n"), _batch_first("c_n")))


def cell_weights(suffix: str, gates: int, hidden: int, features: int, fed_back: int, bias: bool) -> Sequence[Weight]:
    """What reads the input and what reads the last output, a row for each gate and hidden feature."""
    rows = gates * hidden if gates != 1 else hidden
    weights = (Weight(f"weight_ih{suffix}", (rows, features)), Weight(f"weight_hh{suffix}", (rows, fed_back)))
    biases = (Weight(f"bias_ih{suffix}", (rows,)), Weight(f"bias_hh{suffix}", (rows,)))
    return (*weights, *biases) if bias else weights


def check_state(state: TensorType | None, port: str, wanted: tuple[Dim, ...]) -> None:
    """Refuse an initial state of another shape."""
    if state is None:
        return
    need_dtype(state)
    if not state.batched or not same_sizes(state.shape, wanted):
        raise ShapeError(f"wants {port} of {' x '.join(map(str, wanted[1:]))}, got {state}", code=CHANNELS)


def _layers_first(port: str) -> lowering.Node:
    """A state on a port in torch's order, in one piece as cuDNN demands."""
    return lowering.Method(lowering.Method(lowering.Input(port), "transpose", (_ZERO, _ONE)), "contiguous")


def _batch_first(name: str) -> lowering.Result:
    """A state that comes out, in archc's order."""
    return lowering.Result(name, lowering.Method(lowering.Input(0), "transpose", (_ZERO, _ONE)))
