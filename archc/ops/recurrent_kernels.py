"""The kernels of recurrent layers on CPU, as torch 2 runs them.

An LSTM without projection is a oneDNN primitive for each layer and direction, with a workspace of its own. All others
are written out: the product of the whole input, then a few small kernels for each step. Steps but for the last two are
counted together; those two stand alone because the gradients of the weights that they share are summed apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archc.ops.kernel import Call, Kernel

if TYPE_CHECKING:
    from archc.ops.recurrent import LSTM, Recurrent

PAGE = 4096
LINE = 16
"""Floats of a cache line."""
TIME_FIRST = (1, 0, 2)
"""The order of a result: torch computes (length, batch, features) and hands out a view."""


def recurrent_kernels(op: Recurrent, call: Call) -> list[Kernel]:
    """All kernels of a layer written out step by step."""
    return list(_Layers(op, call).run())


def fused_kernels(op: LSTM, call: Call) -> list[Kernel]:
    """All kernels of a layer that oneDNN computes."""
    return list(_Fused(op, call).run())


class _Layers:
    """Layer by layer, direction by direction; names carry both, as in `states.1.0`."""

    def __init__(self, op: Recurrent, call: Call) -> None:
        self.op = op
        self.call = call
        x = call.inputs.first
        self.length = int(x.shape[1])
        self.row = 4 * call.batch
        """Bytes of a feature of one step."""
        self.hidden, self.out = int(op.hidden_size), int(op.output_size())
        self.directions = 2 if op.bidirectional else 1
        self.keys = [f"{layer}.{d}" for layer in range(op.num_layers) for d in range(self.directions)]
        self.has_cells = "c_n" in op.results

    def run(self) -> Iterator[Kernel]:
        """The initial states, the layers, the last states, and the views of (batch, length, features)."""
        yield from self._initial("h_0", "h", self.out)
        if self.has_cells:
            yield from self._initial("c_0", "c", self.hidden)
        x = "input"
        for layer in range(self.op.num_layers):
            yield from self._layer(layer, x)
            if layer + 1 < self.op.num_layers and self.op.dropout and self.call.training:
                size = self._states_size()
                yield Kernel((f"y.{layer}",), ((f"dropped.{layer}", size),), beside=size)
                x = f"dropped.{layer}"
            else:
                x = f"y.{layer}"
        yield from self._last("h_n", self._ends("last"), self.out)
        if self.has_cells:
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
            yield from self._steps(layer, direction)
        halves = tuple(f"states.{layer}.{direction}" for direction in range(self.directions))
        if len(halves) == 1:
            yield Kernel(halves, ((f"y.{layer}", self._states_size()),), gradient="view", is_view=True)
        else:
            yield Kernel(halves, ((f"y.{layer}", self._states_size()),), gradient="view", holds=(f"gates.{layer}.1",))

    def _gates(self, layer: int, direction: int, x: str) -> Iterator[Kernel]:
        """What the input gives to the gates at all steps; an input in another order is copied, as in `Linear`."""
        key = f"{layer}.{direction}"
        weight, bias = self._weights(key, "ih")
        size = self.row * self.length * self.op.gates * self.hidden
        holds = (f"gates.{layer}.0",) if direction else ()
        gates = ((f"gates.{key}", size),)
        if layer or is_time_first(self.call):
            yield Kernel((x,), gates, (x,), weights=weight + bias, uses=f"ih.{key}", summed_apart=True, holds=holds)
            return
        copied = (f"copied.{key}", self.call.bytes(self.call.inputs.first))
        yield Kernel((x,), (copied,), gradient="view")
        product = ((f"product.{key}", size),) if bias else gates
        yield Kernel(
            copied[:1], product, copied[:1], weights=weight, uses=f"ih.{key}", summed_apart=True, holds=holds
        )
        if bias:
            name = (f"product.{key}",)
            yield Kernel(name, gates, gradient="view", weights=bias, uses=f"ih.{key}.bias", holds=holds)

    def _steps(self, layer: int, direction: int) -> Iterator[Kernel]:
        """The steps one after the other, and their states as one tensor."""
        key = f"{layer}.{direction}"
        runs = [n for n in (self.length - 2, 1, 1) if n > 0][-self.length :]
        part = self.row * self.op.gates * self.hidden
        yield Kernel((f"gates.{key}",), tuple((f"part.{key}.{at}", part * n) for at, n in enumerate(runs)), is_view=True)
        before, cell = f"h.{key}", f"c.{key}"
        for at, n in enumerate(runs):
            end = at == len(runs) - 1
            after = f"last.{key}" if end else f"last.{key}.{at}"
            cell_after = f"cell.{key}" if end else f"cell.{key}.{at}"
            yield from self._run(f"{key}.{at}", key, n, (before, cell), (after, cell_after))
            before, cell = after, cell_after
        states = [name for at in range(len(runs)) for name in (f"early.{key}.{at}", f"last.{key}.{at}")]
        states[-1] = f"last.{key}"
        size = self.row * self.length * self.out
        yield Kernel(tuple(states), ((f"states.{key}", size),), gradient="view", holds=(f"gates.{key}",))

    def _run(self, name: str, key: str, n: int, before: tuple[str, str], after: tuple[str, str]) -> Iterator[Kernel]:
        """`n` steps: from a state (and a cell state), the early states and the last."""
        weight, bias = self._weights(key, "hh")
        one = self.row * self.hidden
        kept = n if self.call.training else 1
        fed = ((f"fed.{name}", one * self.op.gates * kept),)
        yield Kernel(before[:1], fed, before[:1], weights=weight + bias, uses=f"hh.{key}", summed_apart=True)
        states = ((f"early.{name}", self.row * self.out * (n - 1)), (after[0], self.row * self.out))
        yield from self.op.step_kernels(self, name, key, n, before, after, states)

    def _weights(self, key: str, kind: str) -> tuple[int, int]:
        """Bytes of a matrix and of the bias that goes with it."""
        layer, direction = key.split(".")
        suffix = f"_{kind}_l{layer}{'_reverse' if direction == '1' else ''}"
        sizes = {w.name: w.shape for w in self.op.weights()}
        rows, columns = sizes[f"weight{suffix}"]
        return 4 * rows * columns, 4 * rows if f"bias{suffix}" in sizes else 0

    def projection(self, key: str) -> int:
        """Bytes of an LSTM's projection."""
        return 4 * self.hidden * self.out if self.op.output_size() != self.hidden else 0

    def _states_size(self) -> int:
        return self.row * self.length * self.out * self.directions

    def _ends(self, name: str) -> tuple[str, ...]:
        return tuple(f"{name}.{key}" for key in self.keys)

    def _last(self, result: str, ends: tuple[str, ...], size: int) -> Iterator[Kernel]:
        yield Kernel(ends, ((result, self.row * size * len(ends)),), gradient="view")

    def _held_to_end(self) -> tuple[str, ...]:
        return ("h", "c") if self.has_cells else ("h",)


class _Fused(_Layers):
    """A oneDNN primitive for each layer and direction."""

    def _layer(self, layer: int, x: str) -> Iterator[Kernel]:
        if not layer and not is_time_first(self.call):
            yield Kernel(("input",), (("copied", self.call.bytes(self.call.inputs.first)),), gradient="view")
        if not is_time_first(self.call) and not layer:
            x = "copied"
        for direction in range(self.directions):
            yield self._primitive(layer, f"{layer}.{direction}", x)
        halves = tuple(f"states.{layer}.{direction}" for direction in range(self.directions))
        yield Kernel(halves, ((f"y.{layer}", self._states_size()),), gradient="view", is_view=len(halves) == 1)

    def _primitive(self, layer: int, key: str, x: str) -> Kernel:
        """One layer in one direction; gradients of its initial states are made even where nobody wants them."""
        one = self.row * self.hidden
        takes = (x, f"h.{key}", f"c.{key}")
        makes = ((f"states.{key}", one * self.length), (f"last.{key}", one), (f"cell.{key}", one))
        features = self.op.layer_input(layer)
        space = workspace(self.length, self.call.batch, self.hidden, features) if self.call.training else 0
        weights = sum(self._weights(key, "ih")) + sum(self._weights(key, "hh"))
        unwanted = 0 if "h_0" in self.call.inputs.ports else 2 * one
        return Kernel(
            takes, makes, (*takes, *(name for name, _ in makes)), space, backward=unwanted, weights=weights, uses=key
        )

    def _held_to_end(self) -> tuple[str, ...]:
        return ("h", "c") if is_time_first(self.call) else ("h", "c", "copied")


def is_time_first(call: Call) -> bool:
    """Whether the input, seen as (length, batch, features), lies in torch's usual order."""
    x = call.inputs.first
    sizes = (call.batch, int(x.shape[1]), int(x.shape[2]))
    seen = [{0: 1, 1: 0}.get(dim, dim) for dim in call.orders[0] or (0, 1, 2) if sizes[dim] > 1]
    return seen == sorted(seen)


def workspace(length: int, batch: int, hidden: int, features: int) -> int:
    """What oneDNN keeps of an LSTM for the backward pass, as its `rnn_utils.hpp` lays it out, each part on new pages.

    The parts are the gates, the hidden states before projection, the states with their gradients by layer and by step,
    and the cell states with theirs. Rows are rounded up to cache lines, but for those of the cell states.
    """
    steps, states = length * batch, 2 * (length + 1) * batch
    wide = _padded(max(features, hidden))
    parts = (
        steps * _padded(4 * hidden), steps * _padded(hidden), states * wide, states * wide, states * wide,
        states * hidden, states * hidden,
    )  # fmt: skip
    return sum(-(-4 * part // PAGE) * PAGE for part in parts)


def _padded(row: int) -> int:
    """A row in whole cache lines; a line more where it would be a multiple of 256, which are slow to walk."""
    lines = -(-row // LINE) * LINE
    return lines + LINE if lines % 256 == 0 else lines


def cell_kernels(call: Call, gates: int, hidden: int, weights: Sequence[int], results: Sequence[str]) -> list[Kernel]:
    """One step by itself: zeros where no state is given, and the two products; `weights` are what they take."""
    one = 4 * call.batch * hidden
    state = next((port for port in ("hx", "h_0") if port in call.inputs.ports), "zeros")
    zeros = [Kernel((), (("zeros", one),))] if state == "zeros" else []
    products = [
        Kernel((port,), ((name, one * gates),), (port,), weights=size, uses=name, summed_apart=True)
        for port, name, size in (("input", "read", weights[0]), (state, "fed", weights[1]))
    ]
    return [*zeros, *products]
