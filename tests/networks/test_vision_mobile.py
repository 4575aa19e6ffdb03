"""Networks for small devices: MobileNetV2 and V3, ShuffleNetV2, EfficientNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.networks.vision import assert_same, load


def divisible(value: float, by: int = 8) -> int:
    rounded = max(by, int(value + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * value else rounded


class ConvNorm(nn.Sequential):
    def __init__(self, inp: int, out: int, kernel: int = 3, stride: int = 1, groups: int = 1, act: type[nn.Module] | None = nn.ReLU, eps: float = 1e-5):
        conv = nn.Conv2d(inp, out, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)
        norm = nn.BatchNorm2d(out, eps=eps)
        super().__init__(*([conv, norm] if act is None else [conv, norm, act()]))


class V2Block(nn.Module):
    def __init__(self, inp: int, out: int, stride: int, expand: int):
        super().__init__()
        hidden = inp * expand
        self.residual = stride == 1 and inp == out
        wide = [] if expand == 1 else [ConvNorm(inp, hidden, 1, act=nn.ReLU6)]
        self.conv = nn.Sequential(
            *wide,
            ConvNorm(hidden, hidden, 3, stride, groups=hidden, act=nn.ReLU6),
            nn.Conv2d(hidden, out, 1, bias=False),
            nn.BatchNorm2d(out),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    TABLE = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

    def __init__(self, width: float = 1.0, classes: int = 1000):
        super().__init__()
        channels = divisible(32 * width)
        layers: list[nn.Module] = [ConvNorm(3, channels, 3, 2, act=nn.ReLU6)]
        for expand, out, repeats, stride in self.TABLE:
            for i in range(repeats):
                layers.append(V2Block(channels, divisible(out * width), stride if i == 0 else 1, expand))
                channels = divisible(out * width)
        last = divisible(1280 * max(1.0, width))
        self.features = nn.Sequential(*layers, ConvNorm(channels, last, 1, act=nn.ReLU6))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(self.features(x), (1, 1)), 1))


def test_mobilenet_v2() -> None:
    assert_same(load("mobilenet_v2"), MobileNetV2())


def test_a_narrow_mobilenet_v2() -> None:
    assert_same(load("mobilenet_v2", width=0.35, classes=10), MobileNetV2(0.35, 10))
