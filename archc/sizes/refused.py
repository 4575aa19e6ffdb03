"""What to say of sizes that were asked for and that a network cannot be built for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from archc import codes
from archc.diagnostics import Diagnostic, Note, Where
from archc.sizes import nearest_sizes
from archc.sizes.words import regions_text

if TYPE_CHECKING:
    from archc.network import Network


def refused_size(network: Network, wanted: Mapping[str, int], errors: Sequence[Diagnostic]) -> Diagnostic | None:
    """One finding in place of what ops say at sizes that do not work; `network` is the same at sizes that do.

    None where what else could be built is not known, or where the sizes are not what is wrong.
    """
    validity = network.input_sizes.buildable
    sizes = {**network.settled.sizes, **wanted}
    if validity is None or not validity.is_exact or sizes in validity:
        return None
    asked = ", ".join(f"{name}={sizes[name]}" for name in wanted)
    takes = regions_text(validity.regions, network.settled.sizes)
    message = f"`{network.spec.name}` cannot be built for {asked}: it takes {takes}"
    near = nearest_sizes(validity, sizes)
    changed = [
        ", ".join(f"{name}={size}" for name, size in point.items() if size != sizes[name] or name in wanted)
        for point in near.points
    ]
    help = f"{_that_work(len(changed), is_sure=near.is_sure)} {_listed(changed)}" if changed else ""
    notes = tuple(Note(error.message, error.where) for error in errors[:1])
    return Diagnostic(codes.SIZE, message, Where(network.spec.file, ("inputs",)), notes=notes, help=help)


def _that_work(count: int, *, is_sure: bool) -> str:
    """`the nearest sizes that work are`, as it is for so many."""
    told = "sizes that work are" if count > 1 else "size that works is"
    return f"the nearest {told}" if is_sure else f"{'' if count > 1 else 'a '}{told}"


def _listed(points: Sequence[str]) -> str:
    """Points joined by `and`; with `;` between them where they have commas themselves."""
    comma = "; " if any("," in point for point in points) else ", "
    before = comma.join(points[:-1])
    return f"{before}{';' if comma == '; ' else ''} and {points[-1]}" if before else points[-1]
