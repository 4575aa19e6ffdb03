"""Transformers and mixers on images: a class token, a table of positions, attention given and by hand."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn

from tests.networks.sequence_support import assert_same, image, spec


class EncoderLayer(nn.Module):
    def __init__(self, dim: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(0.0), nn.Linear(hidden, dim), nn.Dropout(0.0)
        )

    def forward(self, x: Tensor) -> Tensor:
        normed = self.ln_1(x)
        attended, _ = self.self_attention(normed, normed, normed, need_weights=False)
        x = x + attended
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    def __init__(self, length: int, depth: int, dim: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, length, dim).normal_(std=0.02))
        layers = [(f"encoder_layer_{i}", EncoderLayer(dim, heads, hidden)) for i in range(depth)]
        self.layers = nn.Sequential(OrderedDict(layers))
        self.ln = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        return self.ln(self.layers(x + self.pos_embedding))


class VisionTransformer(nn.Module):
    """Laid out as torchvision's, whose checkpoints therefore load."""

    def __init__(self, size: int, patch: int, depth: int, dim: int, heads: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.conv_proj = nn.Conv2d(3, dim, patch, patch)
        self.encoder = Encoder((size // patch) ** 2 + 1, depth, dim, heads, hidden)
        self.heads = nn.Sequential(OrderedDict([("head", nn.Linear(dim, classes))]))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_proj(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], dim=1)
        return self.heads(self.encoder(x)[:, 0])


class Attention(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        n, length, dim = x.shape
        q, k, v = self.qkv(x).reshape(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (dim // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).flatten(2))


class AttentionBlock(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.attended = nn.Sequential(OrderedDict(norm=nn.LayerNorm(dim), attn=Attention(dim, heads)))
        self.mlp = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attended(x)
        return x + self.mlp(x)


class VitByHand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 24, 8, 8)
        self.position = nn.Parameter(torch.zeros(1, 16, 24))
        self.block0 = AttentionBlock(24, 3)
        self.block1 = AttentionBlock(24, 3)
        self.norm = nn.LayerNorm(24)
        self.head = nn.Linear(24, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2) + self.position
        return self.head(self.norm(self.block1(self.block0(x))).mean(1))


class Mlp(nn.Module):
    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, features)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class Mixer(nn.Module):
    def __init__(self, tokens: int, dim: int, tokens_hidden: int, channels_hidden: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.mlp_tokens = Mlp(tokens, tokens_hidden)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp_channels = Mlp(dim, channels_hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.mlp_channels(self.norm2(x))


class MlpMixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 20, 8, 8)
        self.blocks = nn.Sequential(Mixer(16, 20, 12, 28), Mixer(16, 20, 12, 28))
        self.norm = nn.LayerNorm(20)
        self.head = nn.Linear(20, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.blocks(self.stem(x).flatten(2).transpose(1, 2))).mean(1))


def test_vit_is_torchvisions() -> None:
    peer = VisionTransformer(size=32, patch=8, depth=2, dim=24, heads=3, hidden=40, classes=7)
    module = assert_same(spec("vit", variant="tiny"), peer, image(2, 3, 32, 32))
    names = set(module.state_dict())
    assert "encoder.layers.encoder_layer_0.self_attention.in_proj_weight" in names
    assert "encoder.layers.encoder_layer_1.mlp.3.bias" in names
    assert "heads.head.weight" in names


@pytest.mark.parametrize(
    ("variant", "params"), [("vit_b_16", 86567656), ("vit_b_32", 88224232), ("vit_l_16", 304326632)]
)
def test_vit_has_the_published_number_of_parameters(variant: str, params: int) -> None:
    assert sum(node.params for node in spec("vit", variant=variant).graph) == params


def test_vit_follows_its_parameters() -> None:
    peer = VisionTransformer(size=48, patch=16, depth=3, dim=20, heads=2, hidden=12, classes=4)
    params = {"size": 48, "patch": 16, "depth": 3, "dim": 20, "heads": 2, "hidden": 12, "classes": 4}
    assert_same(spec("vit", params=params), peer, image(3, 3, 48, 48))


def test_vit_with_attention_by_hand() -> None:
    assert_same(spec("vit_by_hand"), VitByHand(), image(2, 3, 32, 32))


def test_mlp_mixer() -> None:
    assert_same(spec("mlp_mixer"), MlpMixer(), image(2, 3, 32, 32))
