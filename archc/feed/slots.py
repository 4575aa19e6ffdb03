"""What a network takes of a feed: its inputs and targets, with sizes that are fixed, free or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from archc.contract import targets_of
from archc.network import Network
from archc.record import record
from archc.spec.model import SymbolDecl


@record
class Slot:
    """An input or a target; a size is a number, the name of a free dimension, or None where it cannot be told."""

    kind: Literal["input", "target"]
    name: str
    sizes: tuple[int | str | None, ...]
    dtype: str
    classes: int | None = None

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"the {self.kind} `{self.name}`"

    @property
    def shape(self) -> str:
        """Its shape with the batch, as messages show it."""
        return " x ".join(["N", *("?" if size is None else str(size) for size in self.sizes)])


def inputs(network: Network, fixed: Mapping[str, int]) -> tuple[Slot, ...]:
    """The inputs of a network; free dimensions are called by their names, save those with a `fixed` size."""
    slots: list[Slot] = []
    for declared, type_ in zip(network.spec.inputs, network.body.inputs, strict=True):
        sizes = tuple(
            dim.name if isinstance(dim, SymbolDecl) and dim.name not in fixed else int(size)
            for dim, size in zip(declared.dims, type_.sample, strict=True)
        )
        slots.append(Slot("input", declared.name, sizes, type_.dtype))
    return tuple(slots)


def targets(network: Network, *, sized: bool) -> tuple[Slot, ...]:
    """The targets of a network; without their sizes where those follow inputs whose sizes are not known."""
    found, _ = targets_of(network)
    return tuple(
        Slot(
            "target",
            name,
            tuple(int(size) if sized else None for size in target.type.sample),
            target.type.dtype,
            target.classes,
        )
        for name, target in found.items()
    )
