"""The memory that archc predicts is the memory that torch's tensors really take."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archc
from archc import Network
from archc.cost import Memory, memory
from archc.cost.memory import kept_by_node
from tests.codegen.shipped import Shipped, every_variant, sample
from tests.cost.measuring import inference, training
from tests.cost.networks import at_sizes, feed

WITHIN = 0.05
SPECS = Path(__file__).parents[1] / "networks" / "specs"
OTHERS = tuple(sorted(path.stem for path in SPECS.glob("*.yaml")))
QUICK = {"bert", "char_rnn", "denoiser", "gpt", "gru_tagger", "lstm_classifier", "seq2seq", "text_cnn", "two_tower"}
"""Those of the others that are run on every change."""
LIGHT = frozenset(map(str, sample()))
"""The shipped networks that are run on every change; the others are slow."""


def assert_agrees(network: Network, batch: int) -> None:
    """Both peaks are within 5 % of what torch allocates."""
    module, inputs = network.module(), feed(network, batch)
    found = memory(network, batch)
    assert found.inference == pytest.approx(inference(module, inputs).peak(), rel=WITHIN)
    watched, gradients = training(module, inputs)
    assert found.training == pytest.approx(watched.peak(gradients), rel=WITHIN)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(
    "shipped", [pytest.param(s, marks=[] if str(s) in LIGHT else [pytest.mark.slow]) for s in every_variant()], ids=str
)
def test_shipped_networks(shipped: Shipped, batch: int) -> None:
    sizes = (64, 96, 128) if batch == 2 else (96, 128, 160)
    network = at_sizes(shipped, *sizes)
    if batch == 1 and any(node.kind == "BatchNorm1d" for node in network.graph):
        batch = 3  # torch refuses to normalise a batch of single values
    assert_agrees(network, batch)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.slow]) for n in OTHERS])
def test_other_networks(name: str) -> None:
    assert_agrees(archc.load(SPECS / f"{name}.yaml"), 2)


STEPS = {
    "chain": "[Linear: 64, ReLU, Linear: 32, Sigmoid, Linear: 8]",
    "in place": "[Linear: 64, ReLU: {inplace: true}, Linear: 64, SiLU: {inplace: false}, Linear: 8]",
    "skip": "[{Linear: 16, as: a}, {add: {skip: [], body: [ReLU, Linear: 16, GELU, Linear: 16]}}, relu, Linear: 3]",
    "shared gradient": "[{Linear: 16, as: a}, tanh, {as: b, Linear: 16}, {add: [b, a], as: c}, exp,"
    " {Linear: 16, as: d}, {add: [a, b], as: e}, {add: [d, e]}]",
    "dropout": "[Linear: 64, Dropout: 0.5, Linear: 64, {dropout: 0.0}, Linear: 8]",
    "join": "[{cat: {one: {Linear: 8}, two: [Linear: 8, relu]}}, Linear: 4]",
    "long names": "[{Linear: 50, as: first}, {relu: {}, as: second}, {Linear: 60, as: third}, {mul: [third, third]},"
    " {Linear: 50, as: fourth}, {add: [fourth, second]}]",
    "attention": "[Linear: 480, {reshape: [15, 32]}, {MultiheadAttention: 4, as: attention}, {mul: 2.0}, sin]",
    "norm": "[Linear: 64, LayerNorm, Linear: 64, {softmax: 1}, Linear: 64, {BatchNorm1d: {}}, neg]",
    "reused": "[{Linear: 16, as: a}, relu, {reuse: a, as: b}, relu, {reuse: a, as: c}, sigmoid]",
    "number": "[{Linear: 64}, {mul: 0.5}, {Linear: 64}, {div: 3.0}, {pow: 2}, {Linear: 8}]",
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("batch", [1, 3])
def test_small_networks(name: str, batch: int) -> None:
    if name == "norm" and batch == 1:
        pytest.skip("batch normalisation of single values cannot be trained")
    within = archc.loads(f"{{archc: 1, name: n, inputs: {{x: [16]}}, steps: {STEPS[name]}}}")
    assert_agrees(within, batch)


IMAGES = {
    "max": "[Conv2d: [8, 3], MaxPool2d: 2, relu, {Conv2d: {out_channels: 8, kernel_size: 1}}, {adaptive_avg_pool2d: 1}]",
    "average": "[{Conv2d: {out_channels: 8, kernel_size: 3}}, AvgPool2d: 2, {adaptive_avg_pool2d: 2}, flatten]",
    "up": "[{Conv2d: {out_channels: 8, kernel_size: 3}}, {interpolate: 2}, {Conv2d: {out_channels: 8, kernel_size: 3}}]",
    "pad": "[{Conv2d: {out_channels: 8, kernel_size: 3}}, {pad: [1, 1, 1, 1]}, {Conv2d: {out_channels: 4, kernel_size: 3}}]",
    "group": "[{Conv2d: {out_channels: 8, kernel_size: 3}}, {GroupNorm: 2}, {InstanceNorm2d: {}}, ReLU6, {Dropout2d: 0.2}]",
    "shuffle": "[{Conv2d: {out_channels: 8, kernel_size: 3}}, {pixel_shuffle: 2}, {Conv2d: {out_channels: 8, kernel_size: 3}}]",
    "parts": "[{Conv2d: {out_channels: 8, kernel_size: 3}}, {chunk: 2, as: [a, b]}, {mul: [a, b]}, {cat: [a, b], as: c}]",
}


@pytest.mark.parametrize("name", [name for name in IMAGES if name not in {"max", "parts"}])
def test_small_networks_of_images(name: str) -> None:
    assert_agrees(archc.loads(f"{{archc: 1, name: n, inputs: {{x: [3, 20, 20]}}, steps: {IMAGES[name]}}}"), 2)


def test_gradients_of_weights_with_channels_last_are_copied() -> None:
    steps = (
        "[{Conv2d: {out_channels: 8, kernel_size: 3}}, {permute: [0, 2, 3, 1]}, LayerNorm, {Linear: 12},"
        " {permute: [0, 3, 1, 2]}, relu, {Conv2d: {out_channels: 64, kernel_size: 3}}, {MaxPool2d: 2},"
        " {Conv2d: {out_channels: 200, kernel_size: 3}}, {adaptive_avg_pool2d: 1}, Flatten, {Linear: 10}]"
    )
    assert_agrees(archc.loads(f"{{archc: 1, name: n, inputs: {{x: [3, 16, 16]}}, steps: {steps}}}"), 2)


def test_memory_of_a_chain_by_hand() -> None:
    spec = "{archc: 1, name: n, inputs: {x: [10]}, steps: [Linear: 100, ReLU, Linear: 10]}"
    # inference: the input, what ReLU takes and what it gives; training: input, two, the result, and its gradients
    assert memory(archc.loads(spec)) == Memory(4 * 210, 4 * (10 + 200 + 100 + 10))


def test_memory_grows_with_the_batch() -> None:
    network = archc.load("lenet")
    one, eight = memory(network, 1), memory(network, 8)
    assert (eight.inference, eight.training) == (8 * one.inference, 8 * one.training)


def test_what_each_node_keeps_sums_up_to_what_autograd_keeps() -> None:
    network = archc.load("alexnet")
    module, inputs = network.module().train(), feed(network, 2)
    storages: dict[int, int] = {}
    own = {p.untyped_storage().data_ptr() for p in module.parameters()}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = module(*inputs)
    given = {tensor.untyped_storage().data_ptr() for tensor in inputs}
    kept = sum(size for at, size in storages.items() if at not in own | given)
    assert sum(kept_by_node(network, 2).values()) == kept
    assert result.requires_grad


def test_the_measure_sees_what_is_freed() -> None:
    class Two(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = x.exp()
            y = y.sin()
            return y.repeat(3)

    assert inference(Two(), [torch.rand(100)]).peak() == 4 * (100 + 100 + 300)
