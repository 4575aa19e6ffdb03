"""Instances of a block made after an earlier one: the same as if each had been expanded for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.expand import Settings, blocks
from archc.loading import Loaded, load_file, load_text
from archc.network import Checked, check
from archc.tensor import TensorType
from archc.tree import Body, Leaf


class Seen(NamedTuple):
    """An op in a network: where it is, with all its arguments, what it is fed and what it gives."""

    path: str
    op: object
    inputs: tuple[object, ...]
    types: tuple[TensorType, ...]


def seen(body: Body, prefix: str = "") -> Iterator[Seen]:
    for item in body.items:
        path = f"{prefix}{item.name}"
        if isinstance(item.content, Leaf):
            yield Seen(path, item.content.op, (item.inputs, item.ports, item.placed), item.types)
        else:
            assert item.types == tuple(output.type for output in item.content.outputs)
            yield Seen(path, item.content.definition, (item.inputs, item.content.inputs), item.types)
            yield from seen(item.content, f"{path}.")


def outcome(checked: Checked) -> tuple[Sequence[Seen], Sequence[object]]:
    network = checked.network
    return (list(seen(network.body)) if network is not None else [], checked.findings)


def both_ways(loaded: Loaded, patch: pytest.MonkeyPatch) -> int:
    """Holds the two outcomes to each other; gives how often an instance was made after another."""
    made = 0
    ordinary = blocks.made_again

    def counted(body: Body, inputs: tuple[TensorType, ...]) -> Body | None:
        nonlocal made
        again = ordinary(body, inputs)
        made += again is not None
        return again

    with patch.context() as here:
        here.setattr(blocks, "made_again", counted)
        quick = outcome(check(loaded, Settings()))
        here.setattr(blocks, "made_again", lambda body, inputs: None)
        assert quick == outcome(check(loaded, Settings()))
    return made


@pytest.mark.parametrize("name", ["densenet:densenet121", "densenet:lecture", "googlenet", "resnet:resnet50"])
def test_shipped_networks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = both_ways(load_file(name), monkeypatch)
    assert (made > 0) == (name != "resnet:resnet50")  # its blocks ask for their input's channels


STEPS = (
    "{Conv2d: {out_channels: 6, kernel_size: 3, padding: 1}}", "{Conv2d: {out_channels: 4, kernel_size: 1}}",
    "{BatchNorm2d: {}}", "{relu: {inplace: true}}", "{ReLU: {inplace: true}}", "{cat: [input, last]}",
    "{add: [input, last]}", "{max_pool2d: 2}", "{Conv2d: {in_channels: 4, out_channels: 6, kernel_size: 1}}",
    "{leaf: {}}", "{GroupNorm: 2}", "{flatten: 2}", "{Linear: 8}", "{Conv2d: {out_channels: 6, kernel_size: 5, groups: 2}}",
    "{as: side, side: [{Conv2d: {out_channels: 3, kernel_size: 1}}]}", "{Dropout: 0.1}",
)  # fmt: skip
LEAF = "leaf: {steps: [BatchNorm2d, {relu: {inplace: true}}, {Conv2d: {out_channels: 5, kernel_size: 1}}]}"


@settings(deadline=None)
@given(
    inner=st.lists(st.sampled_from(STEPS), min_size=1, max_size=6),
    rounds=st.integers(2, 4),
    between=st.sampled_from(["", ", {avg_pool2d: 2}", ", {Conv2d: {out_channels: 4, kernel_size: 1}}"]),
    formula=st.sampled_from(["", "", "", ", {Conv2d: {out_channels: input.channels, kernel_size: 1}}"]),
)
def test_blocks_of_any_steps(inner: list[str], rounds: int, between: str, formula: str) -> None:
    last = "{Identity: {}, as: last}"
    body = f"steps: [{{Conv2d: {{out_channels: 4, kernel_size: 1}}}}, {last}, {', '.join(inner)}{formula}]"
    steps = f"{{block: {{}}}}{between}, {{block: {{}}, repeat: {rounds}}}, {{block: {{}}}}"
    text = (
        f"{{archc: 1, name: n, inputs: {{x: [4, H=16, 16]}}, blocks: {{{LEAF}, block: {{{body}}}}}, steps: [{steps}]}}"
    )
    with pytest.MonkeyPatch.context() as patch:
        both_ways(load_text(text), patch)
