"""The memory of layers that are several kernels: recurrent layers, attention, Transformer layers, tensors out of order."""

from __future__ import annotations

import pytest
import torch

import archc
from archc.ops.kernels.fused import workspace
from tests.cost.test_memory import assert_agrees

SEQUENCES = {
    "rnn": "{Linear: 5, as: a}, {RNN: 17}",
    "rnn both ways": "{Linear: 5, as: a}, {RNN: {hidden_size: 9, bidirectional: true, num_layers: 2, dropout: 0.3}}",
    "gru": "{Linear: 5, as: a}, {GRU: {hidden_size: 7, num_layers: 2}}",
    "gru without bias": "{Linear: 5, as: a}, {GRU: {hidden_size: 7, bidirectional: true, bias: false}}",
    "wide gru": "{Linear: 5, as: a}, {GRU: 64}",
    "lstm": "{Linear: 5, as: a}, {LSTM: 33}",
    "lstm both ways": "{Linear: 5, as: a}, {LSTM: {hidden_size: 7, num_layers: 2, bidirectional: true, dropout: 0.2}}",
    "projection": "{Linear: 5, as: a}, {LSTM: {hidden_size: 13, proj_size: 5, num_layers: 2, bidirectional: true}}",
    "three in a row": "{GRU: 17}, {LSTM: 13}, {RNN: 20}",
    "self-attention": "{Linear: 8, as: a}, {MultiheadAttention: 2}",
    "one head": "{Linear: 8, as: a}, {MultiheadAttention: 1}",
    "attention without bias": "{Linear: 8, as: a}, {MultiheadAttention: {num_heads: 2, bias: false}}",
    "attention with dropout": "{Linear: 8, as: a}, {MultiheadAttention: {num_heads: 2, dropout: 0.1}}",
    "weights": "{Linear: 8, as: a}, {MultiheadAttention: {num_heads: 2, need_weights: true}, as: b}, {sin: {}, from: b}",
    "cross-attention": "{Linear: 8, as: q}, {Linear: 8, as: k}, {MultiheadAttention: 2, from: [q, k], as: b}",
    "three inputs": "{Linear: 8, as: q}, {Linear: 8, as: k}, {Linear: 6, as: v},"
    " {MultiheadAttention: 2, from: [q, k, v], as: b}",
    "fused product": "{Linear: 8, as: q}, {Linear: 8, as: k}, {unsqueeze: 1, from: q, as: q1}, {unsqueeze: 1, from: k, as: k1},"
    " {scaled_dot_product_attention: {}, from: [q1, k1, k1]}, {transpose: {dim0: 1, dim1: 2}}, {flatten: 2}",
    "product with dropout": "{Linear: 8, as: q}, {Linear: 8, as: k},"
    " {scaled_dot_product_attention: {dropout_p: 0.1}, from: [q, k, k]}",
    "weights of one head": "{Linear: 8, as: a}, {MultiheadAttention: {num_heads: 1, need_weights: true}, as: b},"
    " {sin: {}, from: b}",
    "encoder layer": "{Linear: 8, as: a}, {TransformerEncoderLayer: {nhead: 2, dim_feedforward: 12}}",
    "norm first": "{Linear: 8, as: a}, {TransformerEncoderLayer: {nhead: 2, dim_feedforward: 12, norm_first: true}}",
    "encoder layer of one head": "{Linear: 8, as: a}, {TransformerEncoderLayer: {nhead: 1, activation: gelu,"
    " dim_feedforward: 12, dropout: 0.0, bias: false}}",
    "decoder layer": "{Linear: 8, as: q}, {Linear: 8, as: k},"
    " {TransformerDecoderLayer: {nhead: 2, dim_feedforward: 20}, from: [q, k], as: b}",
    "decoder layer, norm first": "{Linear: 8, as: q}, {Linear: 8, as: k}, {TransformerDecoderLayer:"
    " {nhead: 1, dim_feedforward: 20, norm_first: true}, from: [q, k], as: b}",
    "transposed": "{Linear: 8, as: a}, {transpose: {dim0: 1, dim1: 2}}, {Linear: 20, as: b},"
    " {transpose: {dim0: 1, dim1: 2}}, GELU",
    "flattened in another order": "{Linear: 8, as: a}, {transpose: {dim0: 1, dim1: 2}}, Flatten",
    "functions": "{Linear: 30, as: a}, sin, cos, abs, square, Softsign, Tanhshrink, RMSNorm",
}


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("batch", [1, 3])
def test_small_networks_of_sequences(name: str, batch: int) -> None:
    steps = f"[{SEQUENCES[name]}, {{Linear: 3, as: last}}]"
    assert_agrees(archc.loads(f"{{archc: 1, name: n, inputs: {{x: [15, 5]}}, steps: {steps}}}"), batch)


@pytest.mark.parametrize("name", ["RNNCell", "GRUCell", "LSTMCell"])
@pytest.mark.parametrize("batch", [1, 3])
def test_small_networks_of_cells(name: str, batch: int) -> None:
    steps = f"[{{Linear: 40, as: a}}, {{{name}: 50, as: c}}, {{Linear: 3, from: c}}]"
    assert_agrees(archc.loads(f"{{archc: 1, name: n, inputs: {{x: [40]}}, steps: {steps}}}"), batch)


@pytest.mark.parametrize(
    ("length", "batch", "hidden", "features"),
    [(9, 2, 12, 8), (1, 1, 1, 1), (100, 1, 64, 256), (68, 3, 71, 71), (30, 4, 130, 50)],
)
def test_the_workspace_of_an_lstm_is_onednns(length: int, batch: int, hidden: int, features: int) -> None:
    weights = [
        torch.rand(size) for size in ((4 * hidden, features), (4 * hidden, hidden), (4 * hidden,), (4 * hidden,))
    ]
    states = torch.rand(batch, hidden), torch.rand(batch, hidden)
    made = torch.ops.aten.mkldnn_rnn_layer(
        torch.rand(length, batch, features), *weights, *states, False, [], 2, hidden, 1, True, False, True, True
    )
    assert workspace(length, batch, hidden, features) == made[3].nbytes
