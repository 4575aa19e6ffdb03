"""For exactly which sizes of its inputs a network works.

Shape rules compare sizes through `archc.dims`; the conditions noted while they run are solved for the sizes (`solve`),
and all ways through the rules are followed (`explore`). Sets of sizes recur from some size on (`SizeSet`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archc.record import record
from archc.sizes.explore import Validity, explore
from archc.sizes.paths import Mode
from archc.sizes.reads import reads_free_sizes

if TYPE_CHECKING:
    from archc.network import Network

__all__ = ["InputSizes", "Validity", "input_sizes"]


@record
class InputSizes:
    """The sizes that a network's inputs may have.

    `built` are those that the module takes as it is built, in training mode; `inference` those that it takes in
    inference, where outputs of training mode are left out. `buildable` are those that the spec can be built for,
    None where its formulas read a size, so that it may become another network at another size.
    """

    built: Validity
    inference: Validity
    buildable: Validity | None


def input_sizes(network: Network) -> InputSizes:
    """The sizes that a checked network takes."""
    body, sizes = network.body, network.settled.sizes
    has_training = any(output.train_only for output in body.outputs)
    built = explore(body, sizes, Mode(built=True, training=True))
    inference = explore(body, sizes, Mode(built=True, training=False)) if has_training else built
    buildable = None if reads_free_sizes(body) else explore(body, sizes, Mode(built=False, training=True))
    return InputSizes(built, inference, buildable)


def nearest_sizes(validity: Validity, wanted: Mapping[str, int], most: int = 2) -> tuple[Mapping[str, int], ...]:
    """The valid sizes nearest to those wanted, the nearest first."""
    points = [point for region in validity.regions for point in region.near(wanted)]

    def distance(point: Mapping[str, int]) -> tuple[int, ...]:
        return (sum(abs(point[name] - wanted[name]) for name in point), *point.values())

    return tuple(sorted(points, key=distance)[:most])
