"""Networks for small devices: MobileNetV2 and V3, ShuffleNetV2, EfficientNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.networks.vision import assert_same, load

Activation = type[nn.Module] | None


def divisible(value: float, by: int = 8) -> int:
    rounded = max(by, int(value + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * value else rounded


class ConvNorm(nn.Sequential):
    def __init__(
        self,
        inp: int,
        out: int,
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        act: type[nn.Module] | None = nn.ReLU,
        eps: float = 1e-5,
    ):
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


class Squeeze(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, channels: int, squeeze: int, act: type[nn.Module], gate: type[nn.Module]):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, squeeze, 1)
        self.fc2 = nn.Conv2d(squeeze, channels, 1)
        self.act, self.gate = act(), gate()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.act(self.fc1(F.adaptive_avg_pool2d(x, 1)))
        return self.gate(self.fc2(scale)) * x


class V3Norm(ConvNorm):
    def __init__(self, *args: object, act: Activation, **kwargs: object):
        super().__init__(*args, act=act, **kwargs)  # type: ignore[arg-type]
        self[1].eps, self[1].momentum = 0.001, 0.01


class V3Block(nn.Module):
    def __init__(self, inp: int, kernel: int, wide: int, out: int, squeeze: bool, act: type[nn.Module], stride: int):
        super().__init__()
        layers: list[nn.Module] = [] if wide == inp else [V3Norm(inp, wide, 1, act=act)]
        layers.append(V3Norm(wide, wide, kernel, stride, wide, act=act))
        if squeeze:
            layers.append(Squeeze(wide, divisible(wide // 4), nn.ReLU, nn.Hardsigmoid))
        self.block = nn.Sequential(*layers, V3Norm(wide, out, 1, act=None))
        self.residual = stride == 1 and inp == out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.residual else self.block(x)


RE, HS = nn.ReLU, nn.Hardswish
SMALL = (
    (3, 16, 16, True, RE, 2), (3, 72, 24, False, RE, 2), (3, 88, 24, False, RE, 1), (5, 96, 40, True, HS, 2),
    (5, 240, 40, True, HS, 1), (5, 240, 40, True, HS, 1), (5, 120, 48, True, HS, 1), (5, 144, 48, True, HS, 1),
    (5, 288, 96, True, HS, 2), (5, 576, 96, True, HS, 1), (5, 576, 96, True, HS, 1),
)  # fmt: skip


class MobileNetV3Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        inputs = (16, *(row[2] for row in SMALL))
        blocks = [V3Block(inp, *row) for inp, row in zip(inputs, SMALL, strict=False)]
        self.features = nn.Sequential(V3Norm(3, 16, 3, 2, act=HS), *blocks, V3Norm(96, 576, 1, act=HS))
        self.classifier = nn.Sequential(nn.Linear(576, 1024), HS(), nn.Dropout(0.2), nn.Linear(1024, 1000))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def shuffled(x: Tensor) -> Tensor:
    n, c, h, w = x.shape
    return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


class ShuffleBlock(nn.Module):
    def __init__(self, inp: int, out: int, stride: int):
        super().__init__()
        half = out // 2
        if stride > 1:
            self.branch1 = nn.Sequential(
                nn.Conv2d(inp, inp, 3, stride, 1, groups=inp, bias=False), nn.BatchNorm2d(inp),
                nn.Conv2d(inp, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
            )  # fmt: skip
        self.branch2 = nn.Sequential(
            nn.Conv2d(inp if stride > 1 else half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
            nn.Conv2d(half, half, 3, stride, 1, groups=half, bias=False), nn.BatchNorm2d(half),
            nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
        )  # fmt: skip
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        if self.stride > 1:
            return shuffled(torch.cat((self.branch1(x), self.branch2(x)), 1))
        kept, changed = x.chunk(2, 1)
        return shuffled(torch.cat((kept, self.branch2(changed)), 1))


class ShuffleNetV2(nn.Module):
    def __init__(self, repeats: tuple[int, ...], widths: tuple[int, ...]):
        super().__init__()
        self.conv1 = ConvNorm(3, widths[0], 3, 2)
        for i, (count, inp, out) in enumerate(zip(repeats, widths, widths[1:], strict=False)):
            stage = [ShuffleBlock(inp, out, 2), *(ShuffleBlock(out, out, 1) for _ in range(count - 1))]
            setattr(self, f"stage{i + 2}", nn.Sequential(*stage))
        self.conv5 = ConvNorm(widths[3], widths[4], 1)
        self.fc = nn.Linear(widths[4], 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv1(x), 3, 2, 1)
        x = self.conv5(self.stage4(self.stage3(self.stage2(x))))
        return self.fc(x.mean([2, 3]))


class MBConv(nn.Module):
    def __init__(self, inp: int, out: int, expand: int, kernel: int, stride: int, rate: float):
        super().__init__()
        wide = divisible(inp * expand)
        layers = [] if wide == inp else [ConvNorm(inp, wide, 1, act=nn.SiLU)]
        self.block = nn.Sequential(
            *layers,
            ConvNorm(wide, wide, kernel, stride, wide, act=nn.SiLU),
            Squeeze(wide, max(1, inp // 4), nn.SiLU, nn.Sigmoid),
            ConvNorm(wide, out, 1, act=None),
        )
        self.residual, self.rate = stride == 1 and inp == out, rate

    def forward(self, x: Tensor) -> Tensor:
        y = self.block(x)
        if not self.residual:
            return y
        if self.training and self.rate > 0:
            kept = y.new_empty((len(y), 1, 1, 1)).bernoulli_(1 - self.rate)
            y = y * kept / (1 - self.rate)
        return x + y


class EfficientNetB0(nn.Module):
    STAGES = (
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        parts: list[nn.Module] = [ConvNorm(3, 32, 3, 2, act=nn.SiLU)]
        inp, done, total = 32, 0, sum(stage[-1] for stage in self.STAGES)
        for expand, kernel, stride, out, count in self.STAGES:
            stage = []
            for j in range(count):
                stage.append(MBConv(inp, out, expand, kernel, stride if j == 0 else 1, 0.2 * done / total))
                inp, done = out, done + 1
            parts.append(nn.Sequential(*stage))
        self.features = nn.Sequential(*parts, ConvNorm(320, 1280, 1, act=nn.SiLU))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def test_mobilenet_v3_small() -> None:
    assert_same(load("mobilenet_v3", "small"), MobileNetV3Small())


def test_shufflenet_v2() -> None:
    assert_same(load("shufflenet_v2", "x0_5"), ShuffleNetV2((4, 8, 4), (24, 48, 96, 192, 1024)))


def test_efficientnet_b0() -> None:
    assert_same(load("efficientnet_b0"), EfficientNetB0())
