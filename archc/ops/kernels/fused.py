"""The kernels of an LSTM on CPU: a oneDNN primitive for each layer and direction, with a workspace of its own."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.kernels import Kernel
from archc.ops.kernels.recurrent import Written, is_time_first

PAGE = 4096
"""Bytes."""
LINE = 16
"""Floats of a cache line."""


class Fused(Written):
    """A primitive for each layer and direction."""

    def _layer(self, layer: int, x: str) -> Iterator[Kernel]:
        if not layer and not is_time_first(self.call):
            yield Kernel((x,), (("copied", self.call.bytes(self.call.inputs.first)),), gradient="view")
            x = "copied"
        for direction in range(self.directions):
            yield self._primitive(layer, f"{layer}.{direction}", x)
        halves = tuple(f"states.{layer}.{direction}" for direction in range(self.directions))
        joined = ((f"y.{layer}", self._states_size()),)
        yield Kernel(halves, joined, gradient="view", is_view=len(halves) == 1, holds=(x,))

    def _primitive(self, layer: int, key: str, x: str) -> Kernel:
        """One layer in one direction; gradients of its initial states are made even where nobody wants them."""
        one = self.row * self.hidden
        takes = (x, f"h.{key}", f"c.{key}")
        makes = ((f"states.{key}", one * self.length), (f"last.{key}", one), (f"cell.{key}", one))
        features = int(self.call.inputs.first.shape[-1]) if not layer else self.out * self.directions
        space = workspace(self.length, self.call.batch, self.hidden, features) if self.call.training else 0
        weights = sum(self._weights(key, "ih")) + sum(self._weights(key, "hh"))
        unwanted = 0 if "h_0" in self.call.inputs.ports else 2 * one
        holds = (f"states.{layer - 1}.{key[-1]}",) if layer else ()
        return Kernel(
            takes, makes, (*takes, *(name for name, _ in makes)), space, backward=unwanted, weights=weights, uses=key,
            holds=holds,
        )  # fmt: skip

    def _held_to_end(self) -> tuple[str, ...]:
        last = tuple(f"states.{key}" for key in self.keys[-self.directions :])
        held = ("h", "c", *last, *self._ends("last"), *self._ends("cell"))
        return held if is_time_first(self.call) else (*held, "copied")


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
