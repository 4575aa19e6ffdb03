"""Transformers and convolutions on text: positions from a buffer, masks, a causal decoder, parallel filters."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.networks.sequence_support import assert_same, spec, tokens


class Bert(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(50, 16, padding_idx=0)
        self.register_buffer("position_ids", torch.arange(12))
        self.position = nn.Embedding(12, 16)
        self.segment = nn.Embedding(2, 16)
        self.norm = nn.LayerNorm(16, eps=1e-12)
        for i in range(2):
            layer = nn.TransformerEncoderLayer(16, 4, 64, dropout=0.0, activation="gelu", batch_first=True)
            self.add_module(f"layer{i}", layer)
        self.pooler = nn.Linear(16, 16)
        self.classifier = nn.Linear(16, 3)

    def forward(self, ids: Tensor, segments: Tensor, padding: Tensor) -> tuple[Tensor, Tensor]:
        x = self.norm(self.word(ids) + self.position(self.position_ids) + self.segment(segments))
        x = self.layer0(x, src_key_padding_mask=padding)
        x = self.layer1(x, src_key_padding_mask=padding)
        return self.classifier(torch.tanh(self.pooler(x[:, 0]))), x


class CausalAttention(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(dim, 3 * dim)
        self.c_proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        parts = self.c_attn(x).chunk(3, dim=2)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in parts)
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(attended.transpose(1, 2).flatten(2))


class GptLayer(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.attn = CausalAttention(dim, heads)
        self.ln_2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(dim, 4 * dim))
        self.mlp.add_module("act", nn.GELU(approximate="tanh"))
        self.mlp.add_module("c_proj", nn.Linear(4 * dim, dim))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wpe = nn.Parameter(torch.zeros(10, 16))
        self.wte = nn.Embedding(40, 16)
        self.h0, self.h1, self.h2 = (GptLayer(16, 2) for _ in range(3))
        self.ln_f = nn.LayerNorm(16)
        self.lm_head = nn.Linear(16, 40, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.wte(ids) + self.wpe
        return self.lm_head(self.ln_f(self.h2(self.h1(self.h0(x)))))


class Filters(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(10, 6, size)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.conv(x)).amax(2)


class TextCNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(60, 10, padding_idx=0)
        self.three, self.four, self.five = Filters(3), Filters(4), Filters(5)
        self.dropout = nn.Dropout(0.0)
        self.fc = nn.Linear(18, 2)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids).transpose(1, 2)
        return self.fc(self.dropout(torch.cat([self.three(x), self.four(x), self.five(x)], dim=1)))


def test_bert_adds_three_embeddings_and_hides_padding() -> None:
    padding = torch.zeros(2, 12, dtype=torch.bool)
    padding[1, 7:] = True
    assert_same(spec("bert"), Bert(), tokens(2, 12, vocabulary=50), tokens(2, 12, vocabulary=2), padding)


def test_bert_keeps_its_position_ids_in_the_state() -> None:
    assert spec("bert").module().state_dict()["position_ids"].tolist() == list(range(12))


def test_gpt() -> None:
    assert_same(spec("gpt"), Gpt(), tokens(2, 10, vocabulary=40))


def test_gpt_sees_no_later_token() -> None:
    module = spec("gpt").module().eval()
    ids = tokens(1, 10, vocabulary=40)
    changed = ids.clone()
    changed[0, 6:] = (changed[0, 6:] + 1) % 40
    torch.testing.assert_close(module(ids)[:, :6], module(changed)[:, :6])


def test_text_cnn_takes_sentences_of_any_length() -> None:
    module = assert_same(spec("text_cnn"), TextCNN(), tokens(3, 15, vocabulary=60))
    assert module(tokens(2, 31, vocabulary=60)).shape == (2, 2)
