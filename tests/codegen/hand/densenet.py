"""DenseNet.

Huang, Liu, van der Maaten, Weinberger (2017). Densely connected convolutional networks. CVPR, 4700-4708.

Written by hand, as `archc build` should write it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DenseLayer(nn.Module):
    """Adds `growth` channels to its input, made from all that came before.

    Shape: (N, in_channels, H, W) -> (N, in_channels + growth, H, W)
    """

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.conv = nn.Conv2d(in_channels, growth, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out = self.norm(x)
        out = F.relu(out, inplace=True)
        out = self.conv(out)
        return torch.cat([x, out], dim=1)


class BottleneckLayer(nn.Module):
    """The same with a 1x1 convolution first, so that the 3x3 one has a narrow input however deep it stands.

    Shape: (N, in_channels, H, W) -> (N, in_channels + growth, H, W)
    """

    def __init__(self, in_channels: int, growth: int, expansion: int = 4) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, expansion * growth, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(expansion * growth)
        self.conv2 = nn.Conv2d(expansion * growth, growth, kernel_size=3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out = self.norm1(x)
        out = F.relu(out, inplace=True)
        out = self.conv1(out)
        out = self.norm2(out)
        out = F.relu(out, inplace=True)
        out = self.conv2(out)
        return torch.cat([x, out], dim=1)


LAYERS = {"dense_layer": DenseLayer, "bottleneck_layer": BottleneckLayer}


class DenseBlock(nn.Sequential):
    """Layers that each see the results of all layers before them.

    Shape: (N, in_channels, H, W) -> (N, in_channels + layers * growth, H, W)
    """

    def __init__(
        self,
        in_channels: int,
        layers: int,
        growth: int,
        layer: type[DenseLayer] | type[BottleneckLayer] = DenseLayer,
    ) -> None:
        super().__init__()
        channels = in_channels
        for i in range(layers):
            self.add_module(f"denselayer{i + 1}", layer(channels, growth))
            channels += growth


class Transition(nn.Module):
    """Halves the channels, then height and width.

    Shape: (N, in_channels, H, W) -> (N, in_channels // 2, H', W')
    """

    def __init__(self, in_channels: int, bias: bool = True) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.conv = nn.Conv2d(in_channels, in_channels // 2, kernel_size=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x)
        x = F.relu(x, inplace=True)
        x = self.conv(x)
        return F.avg_pool2d(x, 2)


class DenseNet(nn.Module):
    """DenseNet.

    Shape: (N, channels, H, W) -> (N, classes)

    Args:
        depths: layers of each dense block
        growth: channels that a layer adds
        width: channels before the first dense block
        layer: `dense_layer` or `bottleneck_layer`
        bias: of the stem and the transitions
        channels: of the image
    """

    def __init__(
        self,
        depths: Sequence[int] = (4, 4, 4, 4),
        growth: int = 32,
        width: int = 64,
        layer: str = "dense_layer",
        bias: bool = True,
        channels: int = 1,
        classes: int = 10,
    ) -> None:
        super().__init__()
        features: dict[str, nn.Module] = {
            "conv0": nn.Conv2d(channels, width, kernel_size=7, stride=2, padding=3, bias=bias),
            "norm0": nn.BatchNorm2d(width),
            "relu0": nn.ReLU(inplace=True),
            "pool0": nn.MaxPool2d(3, stride=2, padding=1),
        }
        current = width
        features["denseblock1"] = DenseBlock(current, depths[0], growth, LAYERS[layer])
        current += depths[0] * growth
        features["transition1"] = Transition(current, bias)
        current //= 2
        features["denseblock2"] = DenseBlock(current, depths[1], growth, LAYERS[layer])
        current += depths[1] * growth
        features["transition2"] = Transition(current, bias)
        current //= 2
        features["denseblock3"] = DenseBlock(current, depths[2], growth, LAYERS[layer])
        current += depths[2] * growth
        features["transition3"] = Transition(current, bias)
        current //= 2
        features["denseblock4"] = DenseBlock(current, depths[3], growth, LAYERS[layer])
        current += depths[3] * growth
        features["norm5"] = nn.BatchNorm2d(current)
        self.features = nn.Sequential(OrderedDict(features))
        self.classifier = nn.Linear(current, classes)
        self._apply_init()

    def _apply_init(self) -> None:
        """Initialise what the network initialises in a way of its own."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
            elif isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def init_weights(self) -> None:
        """Initialise everything, as after `to_empty`."""
        for module in self.modules():
            if module is not self and hasattr(module, "reset_parameters"):
                module.reset_parameters()
        self._apply_init()

    def forward(self, image: Tensor) -> Tensor:
        x = self.features(image)
        x = F.relu(x, inplace=True)
        x = F.adaptive_avg_pool2d(x, 1)
        x = x.flatten(1)
        return self.classifier(x)
