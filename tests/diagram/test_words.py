"""What a card says of its op: the name that lectures use, kernel, channels and stride."""

from __future__ import annotations

import pytest

from archc import ops
from archc.diagram.words import Words, brief_shape, short_name, words_of
from archc.dims import BATCH
from archc.ops.base import Example, Inputs, Op
from archc.tensor import TensorType
from tests.diagram.pictures import IMAGE, network

SEQUENCE = "{x: [9, 4]}"
SAID = {
    "Conv2d: {out_channels: 16, kernel_size: 3}": Words("3×3 Conv", "16"),
    "Conv2d: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1}": Words("3×3 Conv", "16, /2"),
    "Conv2d: {out_channels: 16, kernel_size: [3, 1], stride: [2, 1]}": Words("3×1 Conv", "16, /2×1"),
    "Conv2d: {out_channels: 8, kernel_size: 3, groups: 8}": Words("3×3 depthwise Conv", "8"),
    "Conv2d: {out_channels: 16, kernel_size: 3, groups: 4}": Words("3×3 Conv", "16, 4 groups"),
    "Conv2d: {out_channels: 16, kernel_size: 3, groups: 8}": Words("3×3 Conv", "16, 8 groups"),
    "Conv2d: {out_channels: 16, kernel_size: 3, dilation: 2}": Words("3×3 Conv", "16, dilation 2"),
    "Conv2d: {out_channels: 16, kernel_size: 3, padding: same}": Words("3×3 Conv", "16"),
    "ConvTranspose2d: {out_channels: 4, kernel_size: 2, stride: 2}": Words("2×2 Up-conv", "4, ×2"),
    "MaxPool2d: 2": Words("2×2 MaxPool", "/2"),
    "max_pool2d: 2": Words("2×2 MaxPool", "/2"),
    "MaxPool2d: {kernel_size: 3, stride: 2, padding: 1}": Words("3×3 MaxPool", "/2"),
    "MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}": Words("3×3 MaxPool"),
    "avg_pool2d: {kernel_size: [3, 2], stride: 2}": Words("3×2 AvgPool", "/2"),
    "AdaptiveAvgPool2d: 1": Words("Global AvgPool"),
    "adaptive_max_pool2d: 1": Words("Global MaxPool"),
    "adaptive_avg_pool2d: [6, 6]": Words("AvgPool", "to 6"),
    "AdaptiveMaxPool2d: [2, 1]": Words("MaxPool", "to 2×1"),
    "BatchNorm2d": Words("BN"),
    "GroupNorm: 4": Words("GroupNorm", "4 groups"),
    "LayerNorm": Words("LayerNorm"),
    "local_response_norm: 5": Words("LRN"),
    "LocalResponseNorm: 5": Words("LRN"),
    "Dropout: 0.3": Words("Dropout", "0.3"),
    "relu": Words("ReLU"),
    "leaky_relu": Words("LeakyReLU"),
    "Softmax: 1": Words("Softmax"),
    "flatten": Words("Flatten"),
    "interpolate: {size: [7, 9]}": Words("interpolate", "7×9"),
    "reshape: [64, 128]": Words("reshape", "to 64 × 128"),
    "Linear: 5": Words("Linear", "5"),
}
OTHERS = {
    ("Linear: 5", "{x: [7]}"): Words("FC", "5"),
    ("Conv1d: {out_channels: 16, kernel_size: 3, stride: 2}", "{x: [8, 20]}"): Words("Conv k=3", "16, /2"),
    ("MaxPool1d: 2", "{x: [8, 20]}"): Words("MaxPool k=2", "/2"),
    ("AdaptiveAvgPool1d: 1", "{x: [8, 20]}"): Words("Global AvgPool"),
    ("Conv3d: {out_channels: 16, kernel_size: 3}", "{x: [8, 9, 9, 9]}"): Words("3×3×3 Conv", "16"),
    ("Conv3d: {out_channels: 16, kernel_size: [1, 3, 3]}", "{x: [8, 9, 9, 9]}"): Words("1×3×3 Conv", "16"),
    ("BatchNorm1d", "{x: [7]}"): Words("BN"),
    ("LSTM: {hidden_size: 12}", SEQUENCE): Words("LSTM", "12"),
    ("GRU: {hidden_size: 12, bidirectional: true}", SEQUENCE): Words("BiGRU", "12"),
    ("MultiheadAttention: {num_heads: 2}", SEQUENCE): Words("Attention", "2 heads"),
    ("TransformerEncoderLayer: 2", SEQUENCE): Words("Encoder layer", "2 heads"),
    ("Embedding: {num_embeddings: 9, embedding_dim: 16}", "{x: {shape: [5], dtype: int64}}"): Words("Embedding", "16"),
}


def said(step: str, inputs: str = IMAGE, *, brief: bool = True, symbols: dict[str, str] | None = None) -> Words:
    """What the card of a single step says."""
    node = list(network(f"- {step}", inputs=inputs).graph)[-1]
    assert node.op is not None
    return words_of(node.op, node.inputs, node.outputs, symbols or {}, brief=brief)


@pytest.mark.parametrize("step", SAID)
def test_ops_on_images(step: str) -> None:
    assert said(step) == SAID[step]


@pytest.mark.parametrize(("step", "inputs"), OTHERS)
def test_ops_on_other_tensors(step: str, inputs: str) -> None:
    assert said(step, inputs) == OTHERS[step, inputs]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            "Conv2d: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1}",
            Words("3×3 Conv", "16, stride 2, pad 1"),
        ),
        ("Conv2d: {out_channels: 16, kernel_size: 3, padding: same}", Words("3×3 Conv", "16, pad same")),
        ("MaxPool2d: 2", Words("2×2 MaxPool", "stride 2")),
        ("ConvTranspose2d: {out_channels: 4, kernel_size: 2, stride: 2}", Words("2×2 Up-conv", "4, stride 2")),
    ],
)
def test_close_ups_tell_stride_and_padding_in_words(step: str, words: Words) -> None:
    assert said(step, brief=False) == words


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        ({"out_channels": "4 * growth"}, Words("3×3 Conv", "4 * growth, /2")),
        ({"stride": "stride"}, Words("3×3 Conv", "16, /stride")),
        ({"kernel_size": "k"}, Words("k×k Conv", "16, /2")),
        ({"kernel_size": "2 * radius + 1"}, Words("Conv", "16, /2")),
        ({"padding": "k // 2"}, Words("3×3 Conv", "16, /2")),
    ],
)
def test_formulas_stand_in_place_of_values(symbols: dict[str, str], words: Words) -> None:
    assert said("Conv2d: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1}", symbols=symbols) == words


def test_a_stride_of_one_is_told_as_a_formula_all_the_same() -> None:
    step = "Conv2d: {out_channels: 16, kernel_size: 3}"
    assert said(step, symbols={"stride": "stride"}).detail == "16, /stride"
    assert said(step, symbols={"stride": "stride", "padding": "p"}, brief=False).detail == "16, stride stride, pad p"


def test_a_pooling_with_a_kernel_that_is_no_square_has_such_a_stride() -> None:
    assert said("MaxPool2d: [3, 2]") == Words("3×2 MaxPool", "/3×2")


def test_a_size_that_an_adaptive_pooling_leaves() -> None:
    assert "None" not in said("AdaptiveAvgPool2d: [2, null]").detail


def carried_out(cls: type[Op], example: Example) -> tuple[Op, Inputs]:
    """An example's op, with what its inputs tell."""
    dtypes = (*example.dtypes, *["float32"] * len(example.inputs))
    types = [TensorType((BATCH, *shape), dtype) for shape, dtype in zip(example.inputs, dtypes, strict=False)]
    ports = () if cls.merges else example.ports or cls.ports[: len(types)]
    given = Inputs(tuple(types), ports)
    op = cls.model_validate(dict(example.args))
    return op.model_copy(update=dict(op.inferred(given))), given


@pytest.mark.parametrize("name", ops.names())
def test_every_op_has_short_words_for_its_examples(name: str) -> None:
    cls = ops.find(name)
    assert cls is not None and 0 < len(short_name(name)) <= 24
    for example in cls.examples:
        op, given = carried_out(cls, example)
        for brief in (True, False):
            words = words_of(op, given.types, (), {}, brief=brief)
            assert 0 < len(words.title) <= 32, words
            assert len(words.detail) <= 48, words
            assert (words.title + words.detail).isprintable()


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ("[64, 56, 56]", "64 × 56²"), ("[64, 56, 48]", "64 × 56 × 48"), ("[2, 8, 8, 8]", "2 × 8³"),
        ("[2, 8, 8, 4]", "2 × 8 × 8 × 4"), ("[197, 768]", "197 × 768"), ("[10]", "10"), ("[]", "scalar"),
    ],
)  # fmt: skip
def test_shapes_in_brief(inputs: str, text: str) -> None:
    net = network("- relu", inputs=f"{{x: {inputs}}}")
    assert brief_shape(next(iter(net.graph)).outputs[0]) == text
