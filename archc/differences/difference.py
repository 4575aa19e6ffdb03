"""What `archc.diff` gives: everything that differs between two networks, as one value."""

from __future__ import annotations

import json
from dataclasses import asdict

from archc.differences.changes import changes
from archc.differences.checkpoint import checkpoint
from archc.differences.description import describe, skeletons
from archc.differences.matching import Side
from archc.differences.records import Change, Checkpoint, Sum
from archc.network import Network
from archc.quiet import quiet
from archc.record import record


@record
class Difference:
    """What differs between two networks, in the order in which the second runs."""

    one: str
    other: str
    identical: bool
    """Whether both are the same graph, with the same weights under the same keys, starting alike."""
    changes: tuple[Change, ...]
    checkpoint: Checkpoint
    sums: tuple[Sum, ...]
    """Parameters, buffer elements, MACs and bytes of activations, as the summary has them."""

    def as_text(self, *, color: bool = False) -> str:
        """The differences for people, equal ones said once."""
        from archc.differences.text import as_text

        return f"{self.one} -> {self.other}\n\n{as_text(self, color=color)}"

    def as_markdown(self) -> str:
        """The same for a comment on a change."""
        from archc.differences.text import as_markdown

        return f"### `{self.one}` -> `{self.other}`\n\n{as_markdown(self)}"

    def as_json(self) -> str:
        """Every difference by itself, a line each."""
        changes = ",\n".join(f"    {json.dumps(asdict(change))}" for change in self.changes)
        head = {
            "one": self.one, "other": self.other, "identical": self.identical,
            "checkpoint": {"loads": self.checkpoint.loads, **asdict(self.checkpoint)},
            "sums": {each.name: [each.before, each.after] for each in self.sums},
        }  # fmt: skip
        lines = "".join(f"  {json.dumps(name)}: {json.dumps(value)},\n" for name, value in head.items())
        return f'{{\n{lines}  "changes": [\n{changes}\n  ]\n}}\n'

    def __str__(self) -> str:
        return self.as_text()


@quiet()
def diff(one: Network, other: Network) -> Difference:
    """Return what changed from one network to the other. Raises `TypeError` where either is no network."""
    for each in (one, other):
        if not isinstance(each, Network):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"archc.diff takes two networks, as archc.load gives them, not {type(each).__name__}")
    descriptions = describe(one), describe(other)
    identical = descriptions[0] == descriptions[1]
    sides = [
        Side(description, tuple(description.steps), tuple(skeletons(network.body)))
        for description, network in zip(descriptions, (one, other), strict=True)
    ]
    found = () if identical else changes(*sides)
    before = _figures(one)
    after = before if identical else _figures(other)
    sums = tuple(map(Sum, ("parameters", "buffers", "MACs", "inference_memory", "training_memory"), before, after))
    return Difference(one.name, other.name, identical, found, checkpoint(*descriptions), sums)


def _figures(network: Network) -> tuple[int, ...]:
    summary = network.summary()
    return summary.params, summary.buffers, summary.macs, *summary.memory
