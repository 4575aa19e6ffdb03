"""Residual and dense networks, over images, signals and videos: RegNet, DenseNet-BC, ConvNeXt, WaveNet, R(2+1)D."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.networks.vision import assert_same, load


def norm(inp: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, act: bool = True) -> nn.Sequential:
    conv = nn.Conv2d(inp, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), *([nn.ReLU()] if act else []))


class Squeeze(nn.Module):
    def __init__(self, channels: int, inner: int):
        super().__init__()
        narrow, wide = nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, channels, 1)
        self.scale = nn.Sequential(nn.AdaptiveAvgPool2d(1), narrow, nn.ReLU(), wide, nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale(x)


class RegBlock(nn.Module):
    def __init__(self, inp: int, out: int, stride: int, group: int, squeeze: bool):
        super().__init__()
        self.proj = norm(inp, out, 1, stride, act=False) if stride != 1 or inp != out else None
        parts = OrderedDict[str, nn.Module](a=norm(inp, out), b=norm(out, out, 3, stride, out // group))
        if squeeze:
            parts["se"] = Squeeze(out, round(0.25 * inp))
        self.f = nn.Sequential(OrderedDict(**parts, c=norm(out, out, act=False)))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu((x if self.proj is None else self.proj(x)) + self.f(x))


class RegNet(nn.Module):
    def __init__(self, depths: tuple[int, ...], widths: tuple[int, ...], group: int, squeeze: bool):
        super().__init__()
        self.stem = norm(3, 32, 3, 2)
        self.trunk_output = nn.Sequential()
        for i, (depth, inp, out) in enumerate(zip(depths, (32, *widths), widths, strict=False)):
            stage = nn.Sequential()
            for j in range(depth):
                block = RegBlock(inp if j == 0 else out, out, 2 if j == 0 else 1, group, squeeze)
                stage.add_module(f"block{i + 1}_{j}", block)
            self.trunk_output.add_module(f"block{i + 1}", stage)
        self.fc = nn.Linear(widths[-1], 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.adaptive_avg_pool2d(self.trunk_output(self.stem(x)), 1).flatten(1))


def test_regnet_y() -> None:
    assert_same(load("regnet", "regnet_y_400mf"), RegNet((1, 3, 6, 6), (48, 104, 208, 440), 8, True))


def test_regnet_x() -> None:
    assert_same(load("regnet", "regnet_x_400mf"), RegNet((1, 2, 7, 12), (32, 64, 160, 400), 16, False))


class DenseLayer(nn.Module):
    def __init__(self, inp: int, growth: int, drop: float):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inp), nn.Conv2d(inp, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)
        self.drop = drop

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))
        return F.dropout(x, self.drop, self.training) if self.drop > 0 else x


class DenseBlock(nn.ModuleDict):
    def __init__(self, count: int, inp: int, growth: int, drop: float):
        super().__init__({f"denselayer{i + 1}": DenseLayer(inp + i * growth, growth, drop) for i in range(count)})

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.values():
            x = torch.cat([x, layer(x)], 1)
        return x


class DenseNetBC(nn.Module):
    def __init__(self, depth: int, growth: int, drop: float):
        super().__init__()
        count, channels = (depth - 4) // 6, 2 * growth
        self.features = nn.Sequential(OrderedDict(conv0=nn.Conv2d(3, channels, 3, padding=1, bias=False)))
        for i in range(3):
            self.features.add_module(f"denseblock{i + 1}", DenseBlock(count, channels, growth, drop))
            channels += count * growth
            if i < 2:
                shrink = nn.Conv2d(channels, channels // 2, 1, bias=False)
                transition = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), shrink, nn.AvgPool2d(2))
                self.features.add_module(f"transition{i + 1}", transition)
                channels //= 2
        self.features.add_module("norm_final", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(F.relu(self.features(x)), 1).flatten(1))


@pytest.mark.parametrize(("depth", "growth", "drop"), [(40, 12, 0.0), (22, 8, 0.2)])
def test_densenet_bc(depth: int, growth: int, drop: float) -> None:
    assert_same(load("densenet_bc", depth=depth, growth=growth, drop=drop), DenseNetBC(depth, growth, drop))


class Norm2d(nn.LayerNorm):
    def __init__(self, channels: int):
        super().__init__(channels, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Permute(nn.Module):
    def __init__(self, *dims: int):
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)


class NextBlock(nn.Module):
    def __init__(self, dim: int, rate: float):
        super().__init__()
        self.layer_scale = nn.Parameter(torch.full((dim, 1, 1), 1e-6))
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, 7, padding=3, groups=dim), Permute(0, 2, 3, 1), nn.LayerNorm(dim, eps=1e-6),
            nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim), Permute(0, 3, 1, 2),
        )  # fmt: skip
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        y = self.layer_scale * self.block(x)
        if self.training and self.rate > 0:
            kept = y.new_empty((len(y), 1, 1, 1)).bernoulli_(1 - self.rate)
            y = y * kept / (1 - self.rate)
        return x + y


class ConvNeXt(nn.Module):
    def __init__(self, depths: tuple[int, ...], widths: tuple[int, ...]):
        super().__init__()
        parts: list[nn.Module] = [nn.Sequential(nn.Conv2d(3, widths[0], 4, 4), Norm2d(widths[0]))]
        for i, (depth, width) in enumerate(zip(depths, widths, strict=True)):
            if i:
                parts.append(nn.Sequential(Norm2d(widths[i - 1]), nn.Conv2d(widths[i - 1], width, 2, 2)))
            rates = [0.1 * (sum(depths[:i]) + j) / (sum(depths) - 1) for j in range(depth)]
            parts.append(nn.Sequential(*(NextBlock(width, rate) for rate in rates)))
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Sequential(Norm2d(widths[-1]), nn.Flatten(), nn.Linear(widths[-1], 1000))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1))


def test_convnext_tiny_with_narrow_layers() -> None:
    depths, widths = (3, 3, 9, 3), (24, 48, 96, 192)
    assert_same(load("convnext_tiny", widths=list(widths)), ConvNeXt(depths, widths))


class Causal(nn.Module):
    def __init__(self, inp: int, out: int, dilation: int = 1):
        super().__init__()
        self.conv = nn.Conv1d(inp, out, 2, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (self.conv.dilation[0], 0)))


class WaveLayer(nn.Module):
    def __init__(self, dilation: int):
        super().__init__()
        self.filter, self.gate = Causal(16, 16, dilation), Causal(16, 16, dilation)
        self.mix, self.skip = nn.Conv1d(16, 16, 1), nn.Conv1d(16, 24, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        gated = torch.tanh(self.filter(x)) * torch.sigmoid(self.gate(x))
        return x + self.mix(gated), self.skip(gated)


class WaveNet(nn.Module):
    def __init__(self, layers: int, stacks: int):
        super().__init__()
        self.embedding, self.start, self.start_skip = nn.Embedding(256, 16), Causal(16, 16), nn.Conv1d(16, 24, 1)
        self.count = layers * stacks
        for i in range(self.count):
            self.add_module(f"layer{i}", WaveLayer(2 ** (i % layers)))
        self.end1, self.end2 = nn.Conv1d(24, 24, 1), nn.Conv1d(24, 256, 1)

    def forward(self, signal: Tensor) -> Tensor:
        x = self.start(self.embedding(signal).transpose(1, 2))
        total = self.start_skip(x)
        for i in range(self.count):
            x, skip = getattr(self, f"layer{i}")(x)
            total = total + skip
        return self.end2(F.relu(self.end1(F.relu(total))))


def test_wavenet_sums_the_skips_of_all_layers() -> None:
    assert_same(load("wavenet"), WaveNet(5, 2))
    assert_same(load("wavenet", layers=3, stacks=1), WaveNet(3, 1))


class Split3d(nn.Sequential):
    def __init__(self, inp: int, out: int, mid: int, stride: int = 1):
        space = nn.Conv3d(inp, mid, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False)
        time = nn.Conv3d(mid, out, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False)
        super().__init__(space, nn.BatchNorm3d(mid), nn.ReLU(), time)


class VideoBlock(nn.Module):
    def __init__(self, inp: int, out: int, stride: int):
        super().__init__()
        mid = (inp * out * 27) // (inp * 9 + 3 * out)
        self.conv1 = nn.Sequential(Split3d(inp, out, mid, stride), nn.BatchNorm3d(out), nn.ReLU())
        self.conv2 = nn.Sequential(Split3d(out, out, mid), nn.BatchNorm3d(out))
        self.downsample = None
        if stride != 1 or inp != out:
            self.downsample = nn.Sequential(nn.Conv3d(inp, out, 1, stride, bias=False), nn.BatchNorm3d(out))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv2(self.conv1(x)) + (x if self.downsample is None else self.downsample(x)))


class R2Plus1D(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, 45, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False), nn.BatchNorm3d(45), nn.ReLU(),
            nn.Conv3d(45, width, (3, 1, 1), padding=(1, 0, 0), bias=False), nn.BatchNorm3d(width), nn.ReLU(),
        )  # fmt: skip
        inp = width
        for i in range(4):
            out, stride = width * 2**i, 2 if i else 1
            setattr(self, f"layer{i + 1}", nn.Sequential(VideoBlock(inp, out, stride), VideoBlock(out, out, 1)))
            inp = out
        self.fc = nn.Linear(inp, 400)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(x)))))
        return self.fc(F.adaptive_avg_pool3d(x, 1).flatten(1))


def test_r2plus1d() -> None:
    assert_same(load("r2plus1d", "r2plus1d_18", width=16), R2Plus1D(16))
