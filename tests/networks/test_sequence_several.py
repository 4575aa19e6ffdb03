"""Networks of several inputs or outputs: shared towers, an autoencoder, tasks with heads of their own."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.networks.sequence_support import assert_same, image, layout, spec, tokens


class TextTower(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(40, 8)
        self.project = nn.Linear(8, 6)

    def forward(self, ids: Tensor) -> Tensor:
        return self.project(self.words(ids).mean(1))


class TwoTower(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode = TextTower()
        self.user_table = nn.Embedding(9, 6)

    def forward(self, query: Tensor, document: Tensor, user: Tensor) -> tuple[Tensor, Tensor]:
        asked = functional.normalize(self.encode(query) + self.user_table(user))
        found = functional.normalize(self.encode(document))
        return (asked * found).sum(1), found


class Up(nn.Module):
    def __init__(self, inner: int, out: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(inner, out, 3, stride=2, padding=1, output_padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.conv(x))


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 10, 1)
        )
        self.decoder = nn.Sequential(Up(10, 8), Up(8, 4), nn.Conv2d(4, 1, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        code = self.encoder(x)
        return torch.sigmoid(self.decoder(code)), code


class Head(nn.Module):
    def __init__(self, out: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(8, 2 * out)
        self.out = nn.Linear(2 * out, out)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.relu(self.hidden(x)))


class MultiTask(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.mask = nn.Sequential()
        self.mask.add_module("score", nn.Conv2d(8, 1, 1))
        self.digit = Head(10)
        self.age = Head(1)
        self.helper = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = self.trunk(x)
        mask, pooled = self.mask(x), x.mean((2, 3))
        results = self.digit(pooled), self.age(pooled).squeeze(1), mask
        return (*results, self.helper(pooled)) if self.training else results


def test_two_towers_share_one_text_encoder() -> None:
    network = spec("two_tower")
    query, document = tokens(3, 4, vocabulary=40), tokens(3, 11, vocabulary=40)
    module = assert_same(network, TwoTower(), query, document, tokens(3, vocabulary=9))
    assert list(layout(module)) == [
        "encode.words.weight",
        "encode.project.weight",
        "encode.project.bias",
        "user_table.weight",
    ]
    assert [node.reused for node in network.graph if node.path == "encode.project"] == [False, True]


def test_autoencoder_is_trained_against_its_input() -> None:
    network = spec("denoiser")
    assert_same(network, Autoencoder(), image(2, 1, 28, 28))
    assert [source.name for source in network.spec.losses[0].sources or ()] == ["image_again", "image"]


def test_autoencoder_names_its_outputs() -> None:
    result = spec("denoiser").module()(torch.zeros(1, 1, 28, 28))
    assert result.image_again.shape == (1, 1, 28, 28)
    assert result.code.shape == (1, 10, 7, 7)


def test_multi_task_heads() -> None:
    assert_same(spec("multi_task"), MultiTask(), image(3, 3, 16, 16))


def test_a_training_only_head_is_not_computed_in_inference() -> None:
    module = spec("multi_task").module()
    calls: list[int] = []
    module.helper.register_forward_hook(lambda *_: calls.append(1))
    assert module.eval()(torch.zeros(2, 3, 16, 16)).helper is None
    assert not calls
    assert module.train()(torch.zeros(2, 3, 16, 16)).helper.shape == (2, 2)
    assert len(calls) == 1
