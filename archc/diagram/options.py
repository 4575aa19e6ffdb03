"""What can be asked of a picture, and the names by which it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["overview", "stages", "full"]
Direction = Literal["TB", "LR"]
Style = Literal["columns", "overview", "flow", "volumes"]
Told = Literal["shapes", "params", "kernel"]
LEVELS: tuple[Level, ...] = ("overview", "stages", "full")
STYLES: tuple[Style, ...] = ("columns", "overview", "flow", "volumes")
DIRECTIONS: tuple[Direction, ...] = ("TB", "LR")
TOLD: tuple[Told, ...] = ("shapes", "params", "kernel")


@dataclass(frozen=True, slots=True)
class Options:
    """What is drawn of a network, and how. What is not asked for is chosen so that the picture can be read."""

    block: str | None = None
    """A block's name, or the place of one of its instances: `bottleneck`, `layer2.0`."""
    level: Level | None = None
    """`overview` closes blocks, `stages` opens them as far as they can be read, `full` leaves out nothing."""
    direction: Direction | None = None
    """From top to bottom, or from left to right."""
    theme: str = "light"
    fit: str = "16:9"
    labels: frozenset[Told] = frozenset({"shapes", "kernel"})
    """What the cards and arrows tell besides the ops: shapes, parameters, kernels with channels and strides."""
    style: Style | None = None
    """`columns` has one for each stage, `overview` a row of stages, `flow` no stages; in `volumes` the cards of a chain
    are as high as their resolution."""


DEFAULT = Options()
"""Nothing asked for."""
