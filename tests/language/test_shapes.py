"""Shapes never list the batch, axes count it: N is dimension 0 and channels are 1."""

from __future__ import annotations

import pytest
import torch

from archc import codes
from tests.language.support import finding, net, run, shape


def test_an_input_leaves_the_batch_out() -> None:
    network = net("inputs: {x: [3, 4]}\nsteps: [ReLU]")
    assert run(network, torch.ones(5, 3, 4)).shape == (5, 3, 4)


def test_an_input_may_be_one_number_a_sample() -> None:
    network = net("inputs: {x: []}\nsteps: [{unsqueeze: 1}, Linear: 3]")
    assert run(network, torch.ones(5)).shape == (5, 3)


def test_axes_count_it() -> None:
    network = net("inputs: {x: [3, 4]}\nsteps: [{cat: {branches: {a: [], b: []}, dim: 1}}, {softmax: 2}]")
    assert shape(network) == (6, 4)


def test_axes_count_from_the_end_too() -> None:
    assert shape(net("inputs: {x: [3, 4]}\nsteps: [{mean: -1}]")) == (3,)


@pytest.mark.parametrize(
    "step",
    [
        "softmax: 0", "flatten: 0", "mean: 0", "transpose: {dim0: 0, dim1: 1}", "permute: [1, 0, 2]", "squeeze: -3",
        "unbind: 0", "cat: {branches: {a: [], b: []}, dim: 0}",
    ],
)  # fmt: skip
def test_no_op_moves_elements_into_or_out_of_it(step: str) -> None:
    wrong = finding(f"inputs: {{x: [3, 4]}}\nsteps:\n  - {step}")
    assert (wrong.code, wrong.line) in {(codes.BATCH_AXIS, 3), (codes.RANK, 3)}
    assert "batch" in wrong.message


def test_reshape_leaves_it_out_and_takes_minus_one_once() -> None:
    assert shape(net("inputs: {x: [8, 6]}\nsteps: [reshape: [4, -1]]")) == (4, 12)
    wrong = finding("inputs: {x: [8, 6]}\nsteps: [reshape: [-1, -1]]")
    assert (wrong.code, wrong.message) == (codes.CHANNELS, "`reshape` wants -1 once, got -1 x -1")


def test_expect_leaves_it_out() -> None:
    assert shape(net("inputs: {x: [8]}\nsteps: [{Linear: 4, expect: [4]}]")) == (4,)


def test_a_dimension_may_be_a_symbol_with_a_size_to_use() -> None:
    text = "inputs: {x: [3, H=32, W=24]}\nsteps: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: 2}}]"
    assert shape(net(text)) == (4, 15, 11)
    assert shape(net(text, sizes={"H": 9})) == (4, 4, 11)


def test_a_module_takes_every_size_that_a_symbol_can_have() -> None:
    network = net("inputs: {x: [3, H=32, W=24]}\nsteps: [{Conv2d: {out_channels: 4, kernel_size: 3}}, ReLU]")
    assert run(network, torch.ones(2, 3, 17, 50)).shape == (2, 4, 15, 48)


def test_a_symbol_without_a_size_gets_one_that_works() -> None:
    network = net("inputs: {x: [3, H, W]}\nsteps: [{Conv2d: {out_channels: 4, kernel_size: 3}}]")
    assert network.settled.guessed == ("H", "W")
    assert shape(network)[0] == 4


def test_equal_symbols_are_equal_sizes() -> None:
    text = "inputs: {a: [T=5, 8], b: [S=5, 8]}\nsteps: [{add: [a, b]}]"
    wrong = finding(text, sizes={"S": 6})
    assert (wrong.code, wrong.message) == (codes.SIZE, "`net` cannot be built for S=6: it takes S = T")
    same = net(text.replace("S=5", "T"), sizes={"T": 7})
    assert shape(same) == (7, 8)


def test_an_input_has_a_dtype() -> None:
    text = "inputs: {ids: {shape: [T=6], dtype: DTYPE}}\nsteps: [{Embedding: {num_embeddings: 9, embedding_dim: 4}}]"
    assert shape(net(text.replace("DTYPE", "int64"))) == (6, 4)
    wrong = finding(text.replace("DTYPE", "float32"))
    assert (wrong.code, wrong.line) == (codes.DTYPE, 2)


def test_the_dtype_is_float32_unless_said() -> None:
    network = net("inputs: {x: {shape: [4]}}\nsteps: [ReLU]")
    assert network.body.inputs[0].dtype == "float32"


def test_n_is_no_symbol() -> None:
    wrong = finding("inputs: {x: [N, 4]}\nsteps: [ReLU]")
    assert (wrong.code, wrong.line, wrong.column) == (codes.BAD_NAME, 1, 14)


def test_the_usual_size_with_the_fewest_faults_is_taken_where_nobody_gave_one() -> None:
    wrong = finding("""
        inputs: {image: [1, H, W]}
        steps:
          - Conv2d: {out_channels: 6, kernel_size: 5}
          - MaxPool2d: 2
          - Conv2d: {out_channels: 16, kernel_size: 5}
          - MaxPool2d: 2
          - Flatten
          - Linear: {in_features: 400, out_features: 10}
          - Linear: 0
    """)
    assert wrong.code == codes.BAD_ARGUMENT
