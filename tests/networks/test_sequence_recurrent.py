"""Recurrent networks: results by name, states in and out, two directions, two inputs of different length."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import archc
from tests.networks.sequence_support import assert_same, image, spec, tokens


class LSTMClassifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.rnn = nn.LSTM(8, 12, num_layers=2, batch_first=True)
        self.fc = nn.Linear(24, 4)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        outputs, (h_n, c_n) = self.rnn(self.embedding(ids))
        return self.fc(torch.cat([outputs[:, -1], h_n[-1]], dim=1)), c_n[-1]


class GRUTagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.gru = nn.GRU(8, 6, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(12, 5)

    def forward(self, ids: Tensor) -> Tensor:
        return self.tag(self.gru(self.embedding(ids))[0]).transpose(1, 2)


class CharRNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Linear(11, 7)
        self.rnn = nn.RNN(7, 7, nonlinearity="relu", batch_first=True)
        self.decode = nn.Linear(7, 11)

    def forward(self, ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        x = self.encode(nn.functional.one_hot(ids, 11).float())
        x, last = self.rnn(x, state.transpose(0, 1))
        return self.decode(x), last.transpose(0, 1)


class FeedForward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(8, 16)
        self.relu_1 = nn.ReLU()
        self.linear_2 = nn.Linear(16, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_2(self.relu_1(self.linear_1(x)))


class SelfAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.self_attn(x, x, x)[0]


class Encode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = SelfAttention()
        self.norm1 = nn.LayerNorm(8)
        self.forward_ = nn.Sequential()
        self.forward_.add_module("ff", FeedForward())
        self.norm2 = nn.LayerNorm(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.forward_(x))


class Decode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm1 = nn.LayerNorm(8)
        self.cross_attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm2 = nn.LayerNorm(8)
        self.ff = FeedForward()

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        x = self.norm1(x + self.self_attn(x, x, x)[0])
        x = self.norm2(x + self.cross_attn(x, memory, memory)[0])
        return x + self.ff(x)


class Seq2Seq(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.source_embedding = nn.Embedding(20, 8)
        self.encoder0, self.encoder1 = Encode(), Encode()
        self.memory = nn.LayerNorm(8)
        self.target_embedding = nn.Embedding(25, 8)
        self.decoder0, self.decoder1 = Decode(), Decode()
        self.generator = nn.Linear(8, 25)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory = self.memory(self.encoder1(self.encoder0(self.source_embedding(source))))
        x = self.target_embedding(target)
        return self.generator(self.decoder1(self.decoder0(x, memory), memory))


def shapes(network: archc.Network) -> dict[str, tuple[str, ...]]:
    return {out.name: tuple(map(str, out.type.sample)) for out in network.graph.graph["outputs"]}


def test_lstm_classifier() -> None:
    module = assert_same(spec("lstm_classifier"), LSTMClassifier(), tokens(3, 9, vocabulary=30))
    assert module(tokens(2, 4, vocabulary=30))[0].shape == (2, 4)


def test_gru_tagger_reads_both_ways() -> None:
    network = spec("gru_tagger")
    assert_same(network, GRUTagger(), tokens(3, 9, vocabulary=30))
    assert shapes(network) == {"scores": ("5", "T")}


def test_char_rnn_hands_its_state_on() -> None:
    """`to: float32` keeps the text in single precision, so this one is compared as it is."""
    network = spec("char_rnn")
    module, peer = network.module(), CharRNN()
    peer.load_state_dict(module.state_dict())
    ids, state = tokens(2, 6, vocabulary=11), image(2, 1, 7).float()
    for ours, theirs in zip(module(ids, state), peer(ids, state), strict=True):
        torch.testing.assert_close(ours, theirs)
    halves = module(ids[:, :3], state)
    torch.testing.assert_close(module(ids[:, 3:], halves.state).state, module(ids, state).state)


def test_seq2seq_feeds_the_memory_to_every_layer() -> None:
    network = spec("seq2seq")
    module = assert_same(network, Seq2Seq(), tokens(2, 7, vocabulary=20), tokens(2, 5, vocabulary=25))
    assert shapes(network) == {"logits": ("T", "25")}
    assert module(tokens(2, 3, vocabulary=20), tokens(2, 9, vocabulary=25)).shape == (2, 9, 25)
