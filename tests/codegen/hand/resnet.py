"""Residual network (ResNet, ResNeXt, Wide ResNet).

He, Zhang, Ren, Sun (2016). Deep residual learning for image recognition. CVPR, 770-778.
Xie, Girshick, Dollár, Tu, He (2017). Aggregated residual transformations for deep neural networks. CVPR, 1492-1500.
Zagoruyko, Komodakis (2016). Wide residual networks. BMVC.

Written by hand, as `archc build` should write it.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F


class Basic(nn.Module):
    """Two 3x3 convolutions and a shortcut around them.

    Shape: (N, in_channels, H, W) -> (N, out, H', W')
    """

    def __init__(self, in_channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.out_channels = out
        self.conv1 = nn.Conv2d(in_channels, out, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out, inplace=True)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.downsample is not None:
            x = self.downsample(x)
        out = out + x
        return F.relu(out, inplace=True)


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1 ones.

    In groups it is ResNeXt's, with a larger width Wide ResNet's. The stride is in the 3x3 convolution, as in torchvision
    (in the paper, in the first).

    Shape: (N, in_channels, H, W) -> (N, expansion * out, H', W')
    """

    def __init__(
        self, in_channels: int, out: int, stride: int = 1, expansion: int = 4, *, groups: int, width: int
    ) -> None:
        super().__init__()
        inner = out * width // 64 * groups
        self.out_channels = expansion * out
        self.conv1 = nn.Conv2d(in_channels, inner, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, kernel_size=3, stride=stride, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, expansion * out, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(expansion * out)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != expansion * out:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, expansion * out, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(expansion * out),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out, inplace=True)
        out = self.conv2(out)
        out = self.bn2(out)
        out = F.relu(out, inplace=True)
        out = self.conv3(out)
        out = self.bn3(out)
        if self.downsample is not None:
            x = self.downsample(x)
        out = out + x
        return F.relu(out, inplace=True)


class LectureResidual(nn.Module):
    """Two 3x3 convolutions and a shortcut around them.

    Shape: (N, in_channels, H, W) -> (N, out, H', W')
    """

    def __init__(self, in_channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.out_channels = out
        self.conv1 = nn.Conv2d(in_channels, out, kernel_size=3, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(out)
        self.shortcut: nn.Module | None = None
        if stride != 1 or in_channels != out:
            self.shortcut = nn.Conv2d(in_channels, out, kernel_size=1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.shortcut is not None:
            x = self.shortcut(x)
        out = out + x
        return F.relu(out)


class ResNet(nn.Module):
    """Residual network (ResNet, ResNeXt, Wide ResNet).

    Shape: (N, channels, H, W) -> (N, classes)

    Args:
        depths: blocks of each stage
        groups: of the 3x3 convolution in a bottleneck
        width: channels of a group in the first stage's bottlenecks
        bias: of the first convolution
        channels: of the image
    """

    def __init__(
        self,
        block: type[Basic] | type[Bottleneck] | type[LectureResidual] = Basic,
        depths: Sequence[int] = (2, 2, 2, 2),
        groups: int = 1,
        width: int = 64,
        bias: bool = False,
        channels: int = 3,
        classes: int = 1000,
    ) -> None:
        super().__init__()
        options = {"groups": groups, "width": width} if block is Bottleneck else {}
        self.conv1 = nn.Conv2d(channels, 64, kernel_size=7, stride=2, padding=3, bias=bias)
        self.bn1 = nn.BatchNorm2d(64)
        current = 64
        for i in range(4):
            layer: list[nn.Module] = []
            for j in range(depths[i]):
                unit = block(current, 64 * 2**i, stride=2 if i > 0 and j == 0 else 1, **options)
                layer.append(unit)
                current = unit.out_channels
            self.add_module(f"layer{i + 1}", nn.Sequential(*layer))
        self.fc = nn.Linear(current, classes)
        self._apply_init()

    def _apply_init(self) -> None:
        """Initialise what the network initialises in a way of its own."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def init_weights(self) -> None:
        """Initialise everything, as after `to_empty`."""
        for module in self.modules():
            if module is not self and hasattr(module, "reset_parameters"):
                module.reset_parameters()
        self._apply_init()

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv1(image)
        x = self.bn1(x)
        x = F.relu(x, inplace=True)
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = F.adaptive_avg_pool2d(x, 1)
        x = x.flatten(1)
        return self.fc(x)


def resnet18() -> ResNet:
    """The variant `resnet18`."""
    return ResNet()


def resnet34() -> ResNet:
    """The variant `resnet34`."""
    return ResNet(depths=(3, 4, 6, 3))


def resnet50() -> ResNet:
    """The variant `resnet50`."""
    return ResNet(block=Bottleneck, depths=(3, 4, 6, 3))


def resnext50_32x4d() -> ResNet:
    """The variant `resnext50_32x4d`."""
    return ResNet(block=Bottleneck, depths=(3, 4, 6, 3), groups=32, width=4)


def lecture() -> ResNet:
    """The variant `lecture`."""
    return ResNet(block=LectureResidual, bias=True, channels=1, classes=10)
