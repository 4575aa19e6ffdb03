"""Networks of many paths over one input: SqueezeNet, Inception v3."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.networks.vision import assert_same, load


class Fire(nn.Module):
    def __init__(self, inp: int, squeeze: int, expand: int):
        super().__init__()
        self.squeeze = nn.Conv2d(inp, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, classes: int):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(64, 16, 64), Fire(128, 16, 64), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(128, 32, 128), Fire(256, 32, 128), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
        )  # fmt: skip
        final = nn.Conv2d(512, classes, 1)
        self.classifier = nn.Sequential(nn.Dropout(0.5), final, nn.ReLU(), nn.AdaptiveAvgPool2d(1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


class Conv(nn.Module):
    """Convolution, batch norm and ReLU; `narrow` divides the widths that the paper gives."""

    narrow = 8

    def __init__(self, inp: int, out: int, **kwargs: object):
        super().__init__()
        self.conv = nn.Conv2d(inp, out // self.narrow, bias=False, **kwargs)  # type: ignore[arg-type]
        self.bn = nn.BatchNorm2d(out // self.narrow, eps=0.001)
        self.out = out // self.narrow

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


def pooled(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, 1, 1)


class A(nn.Module):
    def __init__(self, inp: int, pool: int):
        super().__init__()
        self.branch1x1 = Conv(inp, 64, kernel_size=1)
        self.branch5x5_1 = Conv(inp, 48, kernel_size=1)
        self.branch5x5_2 = Conv(self.branch5x5_1.out, 64, kernel_size=5, padding=2)
        self.branch3x3dbl_1 = Conv(inp, 64, kernel_size=1)
        self.branch3x3dbl_2 = Conv(self.branch3x3dbl_1.out, 96, kernel_size=3, padding=1)
        self.branch3x3dbl_3 = Conv(self.branch3x3dbl_2.out, 96, kernel_size=3, padding=1)
        self.branch_pool = Conv(inp, pool, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat(
            [self.branch1x1(x), self.branch5x5_2(self.branch5x5_1(x)), double, self.branch_pool(pooled(x))], 1
        )


class B(nn.Module):
    def __init__(self, inp: int):
        super().__init__()
        self.branch3x3 = Conv(inp, 384, kernel_size=3, stride=2)
        self.branch3x3dbl_1 = Conv(inp, 64, kernel_size=1)
        self.branch3x3dbl_2 = Conv(self.branch3x3dbl_1.out, 96, kernel_size=3, padding=1)
        self.branch3x3dbl_3 = Conv(self.branch3x3dbl_2.out, 96, kernel_size=3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


class C(nn.Module):
    def __init__(self, inp: int, inner: int):
        super().__init__()
        row = {"kernel_size": (1, 7), "padding": (0, 3)}
        column = {"kernel_size": (7, 1), "padding": (3, 0)}
        self.branch1x1 = Conv(inp, 192, kernel_size=1)
        self.branch7x7_1 = Conv(inp, inner, kernel_size=1)
        thin = self.branch7x7_1.out
        self.branch7x7_2 = Conv(thin, inner, **row)
        self.branch7x7_3 = Conv(thin, 192, **column)
        self.branch7x7dbl_1 = Conv(inp, inner, kernel_size=1)
        self.branch7x7dbl_2 = Conv(thin, inner, **column)
        self.branch7x7dbl_3 = Conv(thin, inner, **row)
        self.branch7x7dbl_4 = Conv(thin, inner, **column)
        self.branch7x7dbl_5 = Conv(thin, 192, **row)
        self.branch_pool = Conv(inp, 192, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        single = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), single, double, self.branch_pool(pooled(x))], 1)


class D(nn.Module):
    def __init__(self, inp: int):
        super().__init__()
        self.branch3x3_1 = Conv(inp, 192, kernel_size=1)
        thin = self.branch3x3_1.out
        self.branch3x3_2 = Conv(thin, 320, kernel_size=3, stride=2)
        self.branch7x7x3_1 = Conv(inp, 192, kernel_size=1)
        self.branch7x7x3_2 = Conv(thin, 192, kernel_size=(1, 7), padding=(0, 3))
        self.branch7x7x3_3 = Conv(thin, 192, kernel_size=(7, 1), padding=(3, 0))
        self.branch7x7x3_4 = Conv(thin, 192, kernel_size=3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([self.branch3x3_2(self.branch3x3_1(x)), seven, F.max_pool2d(x, 3, 2)], 1)


class E(nn.Module):
    def __init__(self, inp: int):
        super().__init__()
        self.branch1x1 = Conv(inp, 320, kernel_size=1)
        self.branch3x3_1 = Conv(inp, 384, kernel_size=1)
        thin = self.branch3x3_1.out
        self.branch3x3_2a = Conv(thin, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch3x3_2b = Conv(thin, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = Conv(inp, 448, kernel_size=1)
        self.branch3x3dbl_2 = Conv(self.branch3x3dbl_1.out, 384, kernel_size=3, padding=1)
        self.branch3x3dbl_3a = Conv(thin, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = Conv(thin, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch_pool = Conv(inp, 192, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        single = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        return torch.cat([
            self.branch1x1(x), self.branch3x3_2a(single), self.branch3x3_2b(single),
            self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double), self.branch_pool(pooled(x)),
        ], 1)  # fmt: skip


class Aux(nn.Module):
    def __init__(self, inp: int, classes: int):
        super().__init__()
        self.conv0 = Conv(inp, 128, kernel_size=1)
        self.conv1 = Conv(self.conv0.out, 768, kernel_size=5)
        self.fc = nn.Linear(self.conv1.out, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(self.conv0(F.avg_pool2d(x, 5, 3)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class InceptionV3(nn.Module):
    def __init__(self, classes: int, aux: bool = True):
        super().__init__()
        n = Conv.narrow
        self.Conv2d_1a_3x3 = Conv(3, 32, kernel_size=3, stride=2)
        self.Conv2d_2a_3x3 = Conv(32 // n, 32, kernel_size=3)
        self.Conv2d_2b_3x3 = Conv(32 // n, 64, kernel_size=3, padding=1)
        self.Conv2d_3b_1x1 = Conv(64 // n, 80, kernel_size=1)
        self.Conv2d_4a_3x3 = Conv(80 // n, 192, kernel_size=3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = A(192 // n, 32), A(256 // n, 64), A(288 // n, 64)
        self.Mixed_6a = B(288 // n)
        self.Mixed_6b, self.Mixed_6c = C(768 // n, 128), C(768 // n, 160)
        self.Mixed_6d, self.Mixed_6e = C(768 // n, 160), C(768 // n, 192)
        if aux:
            self.AuxLogits = Aux(768 // n, classes)
        self.Mixed_7a, self.Mixed_7b, self.Mixed_7c = D(768 // n), E(1280 // n), E(2048 // n)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(2048 // n, classes)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(x, 3, 2))))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        aux = self.AuxLogits(x) if self.training and hasattr(self, "AuxLogits") else None
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        x = self.fc(torch.flatten(self.dropout(F.adaptive_avg_pool2d(x, (1, 1))), 1))
        return x if aux is None else (x, aux)


def test_squeezenet() -> None:
    assert_same(load("squeezenet", classes=7), SqueezeNet(7))


def test_inception_v3_with_its_head_for_training() -> None:
    assert_same(load("inception_v3", narrow=8, classes=5), InceptionV3(5))


def test_inception_v3_without_the_head() -> None:
    assert_same(load("inception_v3", narrow=8, classes=5, aux=False), InceptionV3(5, aux=False))
