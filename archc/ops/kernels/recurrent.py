"""The kernels of recurrent layers on CPU, written out: the product of the whole input, then small ones for the steps.

Steps but for the last two are counted together; those two stand alone because the gradients of the weights that they
share are summed apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.ops.kernels import Call, Kernel
from archc.ops.kernels.steps import Step, Steps
from archc.ops.parts import Weight
from archc.record import record

TIME_FIRST = (1, 0, 2)
"""The order of a result: torch computes (length, batch, features) and hands out a view."""


@record(eq=False)
class Layers:
    """A recurrent layer's arguments."""

    steps: Steps
    gates: int
    hidden: int
    out: int
    """The size of a layer's output in one direction."""
    num_layers: int
    bidirectional: bool
    dropout: float
    has_cells: bool
    weights: Sequence[Weight]


def is_time_first(call: Call, at: int = 0) -> bool:
    """Whether an input, seen as (length, batch, features), lies in torch's usual order."""
    x = call.inputs[at]
    sizes = (call.batch, int(x.shape[1]), int(x.shape[2]))
    seen = [{0: 1, 1: 0}.get(dim, dim) for dim in call.orders[at] or (0, 1, 2) if sizes[dim] > 1]
    return seen == sorted(seen)


class Written:
    """Layer by layer, direction by direction; names carry both, as in `states.1.0`."""

    def __init__(self, op: Layers, call: Call) -> None:
        self.op = op
        self.call = call
        self.length = int(call.inputs.first.shape[1])
        self.row = 4 * call.batch
        """Bytes of a feature of one step."""
        self.hidden, self.out = op.hidden, op.out
        self.directions = 2 if op.bidirectional else 1
        self.keys = [f"{layer}.{d}" for layer in range(op.num_layers) for d in range(self.directions)]
        self.runs = [n for n in (self.length - 2, 1, 1) if n > 0][-self.length :]
        """How many steps are counted together."""

    def run(self) -> Iterator[Kernel]:
        """The initial states, the layers, the last states, and the views of (batch, length, features)."""
        yield from self._initial("h_0", "h", self.out)
        if self.op.has_cells:
            yield from self._initial("c_0", "c", self.hidden)
        x = "input"
        for layer in range(self.op.num_layers):
            yield from self._layer(layer, x)
            x = f"y.{layer}"
            if layer + 1 < self.op.num_layers and self.op.dropout and self.call.training:
                size, dropped = self._states_size(), f"dropped.{layer}"
                yield Kernel((x,), ((dropped, size),), beside=size)
                x = dropped
        yield from self._last("h_n", self._ends("last"), self.out)
        if self.op.has_cells:
            yield from self._last("c_n", self._ends("cell"), self.hidden)
        yield Kernel((x,), (("output", self._states_size()),), gradient="view", is_view=True, holds=self._held_to_end())

    def _initial(self, port: str, name: str, size: int) -> Iterator[Kernel]:
        """Zeros, or the state given, in torch's order; then one for each layer and direction."""
        whole = self.row * size * len(self.keys)
        if port in self.call.inputs.ports:
            is_same = self.call.batch == 1 or len(self.keys) == 1
            yield Kernel((port,), ((name, whole),), gradient="view", is_view=is_same)
        else:
            yield Kernel((), ((name, whole),))
        each = tuple((f"{name}.{key}", self.row * size) for key in self.keys)
        yield Kernel((name,), each, is_view=True)

    def _layer(self, layer: int, x: str) -> Iterator[Kernel]:
        """Both directions over the same input, joined."""
        for direction in range(self.directions):
            yield from self._gates(layer, direction, x)
            yield from self._steps(layer, direction, x)
        halves = tuple(f"states.{layer}.{direction}" for direction in range(self.directions))
        joined = ((f"y.{layer}", self._states_size()),)
        if len(halves) == 1:
            yield Kernel(halves, joined, gradient="view", is_view=True)
            return
        steps = [name for direction in range(2) for name in self._states(f"{layer}.{direction}")]
        yield Kernel(halves, joined, gradient="view", holds=(x, f"gates.{layer}.1", *steps))

    def _gates(self, layer: int, direction: int, x: str) -> Iterator[Kernel]:
        """What the input gives to the gates at all steps; an input in another order is copied, as in `Linear`."""
        key = f"{layer}.{direction}"
        weight, bias = self._weights(key, "ih")
        size = self.row * self.length * self.op.gates * self.hidden
        holds = (f"gates.{layer}.0",) if direction else ()
        gates, uses = ((f"gates.{key}", size),), f"ih.{key}"
        if layer or is_time_first(self.call):
            yield Kernel((x,), gates, (x,), weights=weight + bias, uses=uses, summed_apart=True, holds=holds)
            return
        copied = f"copied.{key}"
        yield Kernel((x,), ((copied, self.call.bytes(self.call.inputs.first)),), gradient="view")
        product = ((f"product.{key}", size),) if bias else gates
        yield Kernel((copied,), product, (copied,), weights=weight, uses=uses, summed_apart=True, holds=holds)
        if bias:
            yield Kernel(
                (product[0][0],), gates, gradient="view", weights=bias, uses=f"{uses}.bias", summed_apart=True,
                holds=holds,
            )  # fmt: skip

    def _steps(self, layer: int, direction: int, x: str) -> Iterator[Kernel]:
        """The steps one after the other, and their states as one tensor."""
        key = f"{layer}.{direction}"
        part = self.row * self.op.gates * self.hidden
        parts = tuple((f"part.{key}.{at}", part * n) for at, n in enumerate(self.runs))
        yield Kernel((f"gates.{key}",), parts, is_view=True)
        before = f"h.{key}", f"c.{key}"
        for at, n in enumerate(self.runs):
            after = self._after(key, at)
            yield from self._run(f"{key}.{at}", key, n, before, after)
            before = after
        size = self.row * self.length * self.out
        yield Kernel(self._states(key), ((f"states.{key}", size),), gradient="view", holds=(x, f"gates.{key}"))

    def _run(self, name: str, key: str, n: int, before: tuple[str, str], after: tuple[str, str]) -> Iterator[Kernel]:
        """`n` steps: from a state (and a cell state), the early states and the last."""
        weight, bias = self._weights(key, "hh")
        one, training = self.row * self.hidden, self.call.training
        fed = ((f"fed.{name}", one * self.op.gates * (n if training else 1)),)
        yield Kernel(before[:1], fed, before[:1], weights=weight + bias, uses=f"hh.{key}", summed_apart=True)
        last = (after[0], self.row * self.out)
        states = ((f"early.{name}", self.row * self.out * (n - 1)), last) if n > 1 else (last,)
        projection = 4 * self.hidden * self.out if self.out != self.hidden else 0
        names = (name, f"part.{name}", f"fed.{name}", *before)
        yield from self.op.steps(Step(*names, states, after[1], one, n, training, projection, f"hh.{key}"))

    def _after(self, key: str, run: int) -> tuple[str, str]:
        """The state and the cell state behind a run of steps."""
        at = "" if run == len(self.runs) - 1 else f".{run}"
        return f"last.{key}{at}", f"cell.{key}{at}"

    def _states(self, key: str) -> tuple[str, ...]:
        """The states of all steps."""
        early = (f"early.{key}.{at}" for at, n in enumerate(self.runs) if n > 1)
        return (*early, *(self._after(key, at)[0] for at in range(len(self.runs))))

    def _weights(self, key: str, kind: str) -> tuple[int, int]:
        """Bytes of a matrix and of the bias that goes with it."""
        layer, direction = key.split(".")
        suffix = f"_{kind}_l{layer}{'_reverse' if direction == '1' else ''}"
        sizes = {w.name: w.shape for w in self.op.weights}
        rows, columns = sizes[f"weight{suffix}"]
        return 4 * rows * columns, 4 * rows if f"bias{suffix}" in sizes else 0

    def _states_size(self) -> int:
        return self.row * self.length * self.out * self.directions

    def _ends(self, name: str) -> tuple[str, ...]:
        return tuple(f"{name}.{key}" for key in self.keys)

    def _last(self, result: str, ends: tuple[str, ...], size: int) -> Iterator[Kernel]:
        yield Kernel(ends, ((result, self.row * size * len(ends)),), gradient="view")

    def _held_to_end(self) -> tuple[str, ...]:
        return ("h", "c") if self.op.has_cells else ("h",)
