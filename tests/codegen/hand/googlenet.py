"""GoogLeNet.

Szegedy et al. (2015). Going deeper with convolutions. CVPR.

Written by hand, as `archc build` should write it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def windows(size: int, kernel: int, stride: int = 1, padding: int = 0, ceil_mode: bool = False) -> int:
    """How many places a window has on `size` pixels, as torch counts them."""
    span = size + 2 * padding - kernel
    if not ceil_mode:
        return span // stride + 1
    count = -(-span // stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


class ConvRelu(nn.Module):
    """A convolution and a ReLU. An odd kernel with stride 1 keeps height and width.

    Shape: (N, in_channels, H, W) -> (N, out, H', W')
    """

    def __init__(self, in_channels: int, out: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out, kernel_size=kernel, stride=stride, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return F.relu(x)


class Inception(nn.Module):
    """Four views of one input, joined on channels: 1x1, 3x3 and 5x5 convolutions and a pooling.

    The two large kernels see a reduced input (r3, r5 channels).

    Shape: (N, in_channels, H, W) -> (N, c1 + c3 + c5 + pool, H, W)
    """

    def __init__(self, in_channels: int, c1: int, r3: int, c3: int, r5: int, c5: int, pool: int) -> None:
        super().__init__()
        self.branch1 = ConvRelu(in_channels, c1)
        self.branch2 = nn.Sequential(ConvRelu(in_channels, r3), ConvRelu(r3, c3, 3))
        self.branch3 = nn.Sequential(ConvRelu(in_channels, r5), ConvRelu(r5, c5, 5))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvRelu(in_channels, pool))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class ConvBn(nn.Module):
    """A convolution, batch norm and ReLU.

    Shape: (N, in_channels, H, W) -> (N, out, H', W')
    """

    def __init__(self, in_channels: int, out: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out, kernel_size=kernel, stride=stride, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.bn(x)
        return F.relu(x)


class InceptionBn(nn.Module):
    """As torchvision has it, whose third branch has a 3x3 convolution where the paper's has a 5x5.

    Shape: (N, in_channels, H, W) -> (N, c1 + c3 + c5 + pool, H, W)
    """

    def __init__(self, in_channels: int, c1: int, r3: int, c3: int, r5: int, c5: int, pool: int) -> None:
        super().__init__()
        self.branch1 = ConvBn(in_channels, c1)
        self.branch2 = nn.Sequential(ConvBn(in_channels, r3), ConvBn(r3, c3, 3))
        self.branch3 = nn.Sequential(ConvBn(in_channels, r5), ConvBn(r5, c5, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBn(in_channels, pool))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class Head(nn.Module):
    """A classifier halfway, which brings gradients to the lower layers.

    Shape: (N, in_channels, side, side) -> (N, out)
    """

    def __init__(
        self,
        in_channels: int,
        side: int,
        out: int,
        *,
        conv: type[ConvRelu] | type[ConvBn],
        original: bool,
    ) -> None:
        super().__init__()
        self.original = original
        if not original:
            side = 4
        if original:
            side = windows(side, 5, 3)
        self.conv = conv(in_channels, 128)
        self.fc1 = nn.Linear(128 * side**2, 1024)
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, out)

    def forward(self, x: Tensor) -> Tensor:
        if not self.original:
            x = F.adaptive_avg_pool2d(x, 4)
        if self.original:
            x = F.avg_pool2d(x, 5, stride=3)
        x = self.conv(x)
        x = x.flatten(1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.dropout(x)
        return self.fc2(x)


class GoogLeNetOutput(NamedTuple):
    """What `GoogLeNet` returns in training, where it has auxiliary heads."""

    logits: Tensor
    aux1: Tensor
    aux2: Tensor


class GoogLeNet(nn.Module):
    """GoogLeNet.

    Shape: (N, channels, H, W) -> (N, classes)

    Args:
        padding: of the poolings; without it they round their sizes up
        narrow: a last pooling of 2 x 2 pixels
        original: local response norm in the stem, 5x5 average pooling in the heads
        aux: auxiliary heads, in training alone
        drop: dropout before the last layer
        channels: of the image
        size: of the image, which auxiliary heads that are `original` depend on
    """

    def __init__(
        self,
        conv: type[ConvRelu] | type[ConvBn] = ConvRelu,
        block: type[Inception] | type[InceptionBn] = Inception,
        padding: int = 1,
        narrow: bool = False,
        original: bool = False,
        aux: bool = False,
        drop: float = 0.0,
        channels: int = 1,
        size: int = 96,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.padding = padding
        self.narrow = narrow
        self.original = original
        self.drop = drop
        self.rounded = padding == 0
        self.conv1 = conv(channels, 64, 7, 2)
        self.conv2 = conv(64, 64)
        self.conv3 = conv(64, 192, 3)
        self.inception3a = block(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = block(256, 128, 128, 192, 32, 96, 64)
        self.inception4a = block(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = block(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = block(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = block(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = block(528, 256, 160, 320, 32, 128, 128)
        self.inception5a = block(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = block(832, 384, 192, 384, 48, 128, 128)
        self.aux1: nn.Module | None = None
        self.aux2: nn.Module | None = None
        if aux:
            side = windows(size, 7, 2, 3)
            for _ in range(3):
                side = windows(side, 3, 2, padding, self.rounded)
            self.aux1 = Head(512, side, classes, conv=conv, original=original)
            self.aux2 = Head(528, side, classes, conv=conv, original=original)
        self.fc = nn.Linear(1024, classes)

    def forward(self, image: Tensor) -> Tensor | GoogLeNetOutput:
        x = self.conv1(image)
        x = F.max_pool2d(x, 3, stride=2, padding=self.padding, ceil_mode=self.rounded)
        if self.original:
            x = F.local_response_norm(x, 5)
        x = self.conv2(x)
        x = self.conv3(x)
        if self.original:
            x = F.local_response_norm(x, 5)
        x = F.max_pool2d(x, 3, stride=2, padding=self.padding, ceil_mode=self.rounded)
        x = self.inception3a(x)
        x = self.inception3b(x)
        x = F.max_pool2d(x, 3, stride=2, padding=self.padding, ceil_mode=self.rounded)
        inception4a = self.inception4a(x)
        x = self.inception4b(inception4a)
        x = self.inception4c(x)
        inception4d = self.inception4d(x)
        x = self.inception4e(inception4d)
        x = F.max_pool2d(x, 2 if self.narrow else 3, stride=2, padding=self.padding, ceil_mode=self.rounded)
        x = self.inception5a(x)
        x = self.inception5b(x)
        aux1 = aux2 = None
        if self.training and self.aux1 is not None and self.aux2 is not None:
            aux1 = self.aux1(inception4a)
            aux2 = self.aux2(inception4d)
        x = F.adaptive_avg_pool2d(x, 1)
        x = x.flatten(1)
        if self.drop > 0:
            x = F.dropout(x, self.drop, training=self.training)
        logits = self.fc(x)
        if aux1 is not None and aux2 is not None:
            return GoogLeNetOutput(logits, aux1, aux2)
        return logits
