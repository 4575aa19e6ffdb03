"""The sizes that a network takes, as a summary tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archc.sizes.refusals import Refusal, refusals
from archc.sizes.words import regions_text, set_text

if TYPE_CHECKING:
    from archc.network import Network
    from archc.sizes import Validity
    from archc.sizes.size_set import SizeSet

MOST = 4
"""How many of the ops that refuse sizes are listed."""
_RUNS = 64


def takes_text(network: Network) -> Iterator[str]:
    """Lines on the sizes that the inputs may have; none for a network whose sizes are all fixed."""
    sizes, near = network.input_sizes, network.settled.sizes
    if not sizes.built.names:
        return
    yield validity_text(sizes.built, near)
    if sizes.inference is not sizes.built and sizes.inference.regions != sizes.built.regions:
        yield f"in inference {validity_text(sizes.inference, near)}"
    if sizes.buildable is not None and sizes.buildable.regions != sizes.built.regions:
        yield f"the spec can be built, with --size, for {validity_text(sizes.buildable, near)}"
    found = refusals(sizes.built, near)
    for refusal in found[-MOST:]:
        yield f"`{refusal.met.path}` ({_place(network, refusal)}) refuses {_refused_text(refusal)}"


def takes_by_variant(networks: Sequence[Network]) -> Iterator[str]:
    """A line for each set of sizes that networks take as they are built, naming the variants that do."""
    told: dict[str, list[str]] = {}
    for network in networks:
        if network.input_sizes.built.names:
            text = validity_text(network.input_sizes.built, network.settled.sizes)
            told.setdefault(text, []).append(network.variant or network.name)
    whole = len(told) == 1 and len(networks) == len(next(iter(told.values())))
    for text, names in told.items():
        shown = networks[0].spec.name if whole else ", ".join(names)
        yield f"{shown} {'takes' if whole or len(names) == 1 else 'take'} {text}"


def validity_text(validity: Validity, near: Mapping[str, int]) -> str:
    """The sizes in words; where not all could be decided, at least those."""
    told = regions_text(validity.regions, near)
    return told if validity.is_exact else f"at least {told} (others are not decided)"


def sizes_record(network: Network) -> dict[str, Any]:
    """The public form: each set of sizes in words and as ranges."""
    sizes, near = network.input_sizes, network.settled.sizes
    found = {"built": sizes.built, "inference": sizes.inference, "buildable": sizes.buildable}
    return {name: _validity_record(each, near) for name, each in found.items() if each is not None}


def _validity_record(validity: Validity, near: Mapping[str, int]) -> dict[str, Any]:
    regions = [{name: _set_record(found) for name, found in region.box.items()} for region in validity.regions]
    return {"text": validity_text(validity, near), "exact": validity.is_exact, "regions": regions}


def _set_record(found: SizeSet) -> dict[str, Any]:
    """A set as ranges `[first, last]` (null for no last), else by blocks: which residues are in from which size on."""
    runs = found.runs(_RUNS)
    if runs is not None:
        return {"ranges": [list(run) for run in runs]}
    residues = [[residue for residue in range(found.period) if bits >> residue & 1] for _, bits in found.steps]
    starts = [block * found.period for block, _ in found.steps]
    blocks = [{"from": start, "residues": found} for start, found in zip(starts, residues, strict=True)]
    return {"modulus": found.period, "blocks": blocks}


def _refused_text(refusal: Refusal) -> str:
    groups: dict[str, list[str]] = {}
    for name in sorted(refusal.sets):
        groups.setdefault(set_text("x", refusal.sets[name]), []).append(name)
    return ", ".join(set_text(" or ".join(names), refusal.sets[names[0]]) for names in groups.values())


def _place(network: Network, refusal: Refusal) -> str:
    where = refusal.met.item.step.where
    line = network.loaded.documents[where.file].place(where).line
    return f"line {line}" if where.file == network.spec.file else f"{where.file}:{line}"
