"""Receptive fields against gradients of torch, and against published ones."""

from __future__ import annotations

from math import floor

import pytest
import torch

import archc
from archc.cost.receptive import Along, receptive_fields, widest_field

CONV = "{Conv2d: {out_channels: 4, kernel_size: %s, stride: %s, padding: %s, dilation: %s}}"
NETWORKS = {
    "chain": f"[{CONV % (3, 1, 1, 1)}, Tanh, {CONV % (5, 2, 2, 1)}, {CONV % (3, 1, 2, 2)}]",
    "pools": f"[{CONV % (3, 2, 1, 1)}, AvgPool2d: 2, {CONV % (2, 1, 0, 1)}, {{AvgPool2d: [3, 2, 1]}}]".replace(
        "{AvgPool2d: [3, 2, 1]}", "{AvgPool2d: {kernel_size: 3, stride: 2, padding: 1}}"
    ),
    "branches": f"[{{cat: {{one: {CONV % (1, 1, 0, 1)}, two: [{CONV % (3, 1, 1, 1)}, {CONV % (5, 1, 2, 1)}]}}}}, tanh]",
    "skip": f"[{CONV % (4, 2, 1, 1)}, {{add: {{skip: [], body: [{CONV % (3, 1, 1, 1)}, Sigmoid]}}}}]",
    "uneven": "[{Conv2d: {out_channels: 4, kernel_size: [3, 5], stride: [1, 2], padding: [0, 2]}}, {pad: [2, 0, 1, 0]}]",
    "transposed": f"[{CONV % (3, 2, 1, 1)}, {{ConvTranspose2d: {{out_channels: 4, kernel_size: 4, stride: 2, padding: 1}}}}]",
    "shares": f"[{CONV % (3, 1, 1, 1)}, {{adaptive_avg_pool2d: 8}}]",
}


def seen(network: archc.Network, place: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first and last row and column of the input that one place of the output depends on."""
    torch.manual_seed(0)
    module = network.module(dtype="float64")
    image = torch.rand(1, 3, 64, 64, dtype=torch.float64, requires_grad=True)
    module(image)[0, :, place[0], place[1]].sum().backward()
    assert image.grad is not None
    touched = image.grad[0].abs().sum(0) > 0
    rows, columns = touched.any(1).nonzero(), touched.any(0).nonzero()
    return (int(rows.min()), int(rows.max())), (int(columns.min()), int(columns.max()))


@pytest.mark.parametrize("name", NETWORKS)
def test_fields_are_where_gradients_are(name: str) -> None:
    network = archc.loads(f"{{archc: 1, name: n, inputs: {{x: [3, 64, 64]}}, steps: {NETWORKS[name]}}}")
    output = network.graph.graph["outputs"][0]
    field = receptive_fields(network)[output.node]
    middle = tuple(int(size) // 2 for size in output.type.shape[2:])
    for axis, place, (first, last) in zip((2, 3), middle, seen(network, (middle[0], middle[1])), strict=True):
        along = field[axis]
        assert along is not None
        start = place * along.stride + along.start
        exact = name != "transposed"  # which sees now one place more, now one less
        assert start <= first <= last <= start + along.size - 1
        assert not exact or (floor(start), last - first + 1) == (first, along.size)


@pytest.mark.parametrize(
    ("name", "size", "stride"),
    [("alexnet:torchvision", 195, 32), ("vgg:vgg16", 212, 32)],
)
def test_published_fields(name: str, size: int, stride: int) -> None:
    """Those of the table in Araujo et al. (2019)."""
    found = widest_field(archc.load(name))
    assert found is not None
    assert {(along.size, along.stride) for along in found.along} == {(size, stride)}


def test_the_field_of_a_global_pool_is_everything() -> None:
    network = archc.load("resnet18")
    fields = {node.path: field for node, field in receptive_fields(network).items()}
    assert fields["layer4.1.relu_2"][2] == Along(435, 32, -217, 2)
    assert fields["fc"][2] is None


def test_attention_over_channels_sees_everything() -> None:
    steps = "[{Conv2d: [4, 3], as: a}, {mean: [2, 3], keepdim: true}]".replace(
        "{mean: [2, 3], keepdim: true}",
        "{mean: {dim: [2, 3], keepdim: true}, as: m}, {mul: {broadcast: true}, from: [a, m]}",
    ).replace("Conv2d: [4, 3]", "Conv2d: {out_channels: 4, kernel_size: 3}")
    network = archc.loads(f"{{archc: 1, name: n, inputs: {{x: [3, 16, 16]}}, steps: {steps}}}")
    found = widest_field(network)
    assert found is not None
    assert (found.path, found.along[0].size) == ("a", 3)


def test_sequences_and_words() -> None:
    steps = "[{Embedding: {num_embeddings: 9, embedding_dim: 4}}, {transpose: {dim0: 1, dim1: 2}}, {Conv1d: {out_channels: 4, kernel_size: 5, dilation: 2}}]"
    network = archc.loads(f"{{archc: 1, name: n, inputs: {{x: {{shape: [20], dtype: int64}}}}, steps: {steps}}}")
    found = widest_field(network)
    assert found is not None
    assert found.along == (Along(9, 1, 0, 2),)
