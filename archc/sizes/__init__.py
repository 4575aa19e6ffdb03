"""For exactly which sizes of its inputs a network works.

Shape rules compare sizes through `archc.dims`; the conditions noted while they run are solved for the sizes (`solve`),
and all ways through the rules are followed (`explore`). Sets of sizes recur from some size on (`SizeSet`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from archc.sizes.explore import Validity, explore
from archc.sizes.nearest import Nearest, nearest
from archc.sizes.paths import Mode
from archc.sizes.reads import reads_free_sizes

if TYPE_CHECKING:
    from archc.network import Network

__all__ = ["InputSizes", "Nearest", "Validity", "input_sizes", "nearest_sizes"]


class InputSizes:
    """The sizes that the inputs of a checked network may have, each set worked out when it is asked for."""

    def __init__(self, network: Network) -> None:
        self._body, self._sizes = network.body, network.settled.sizes

    @cached_property
    def built(self) -> Validity:
        """What the module takes as it is built, in training mode."""
        return explore(self._body, self._sizes, Mode(built=True, training=True))

    @cached_property
    def inference(self) -> Validity:
        """What it takes in inference, where outputs of training mode are left out."""
        if not any(output.train_only for output in self._body.outputs):
            return self.built
        return explore(self._body, self._sizes, Mode(built=True, training=False))

    @cached_property
    def buildable(self) -> Validity | None:
        """What the spec can be built for; None where its formulas read a size and may make another network of it."""
        if reads_free_sizes(self._body):
            return None
        return explore(self._body, self._sizes, Mode(built=False, training=True))


def input_sizes(network: Network) -> InputSizes:
    """The sizes that a checked network takes."""
    return InputSizes(network)


def nearest_sizes(validity: Validity, wanted: Mapping[str, int]) -> Nearest:
    """The valid sizes nearest to those wanted."""
    return nearest(validity.regions, wanted)
