"""Own.

Written by hand, as `archc build` should write it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Row(NamedTuple):
    """A row of `rows`."""

    out: int
    n: int
    wide: bool


ROWS = (Row(8, 1, False), Row(12, 2, True))
Norm = Callable[[int], nn.Module]


def stochastic_depth(x: Tensor, p: float, training: bool) -> Tensor:
    """In training, zero whole samples with probability `p` and scale the others (Huang et al. 2016)."""
    return torch.feature_dropout(x[:, None], p, training)[:, 0]


class GroupNorm2(nn.Sequential):
    """The `group_norm2` block.

    Shape: (N, in_channels, ...) -> (N, in_channels, ...)
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__(nn.GroupNorm(2, in_channels))


class Plain(nn.Module):
    """The `plain` block.

    Shape: (N, in_channels, H, W) -> (N, out * scale / 2, H, W)
    """

    def __init__(self, in_channels: int, out: int, scale: int = 2, *, norm: Norm) -> None:
        super().__init__()
        if out * scale % 2:
            raise ValueError(f"out * scale ({out * scale}) must be divisible by 2")
        self.out_channels = out * scale // 2
        self.conv = nn.Conv2d(in_channels, out * scale // 2, kernel_size=3, padding=1)
        self.norm_1 = norm(out * scale // 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.norm_1(x)
        return F.relu(x)


class Gated(nn.Module):
    """Two convolutions, one of which gates the other.

    Shape: (N, in_channels, H, W) -> (N, out, H, W)
    """

    def __init__(self, in_channels: int, out: int, *, norm: Norm, rate: float) -> None:
        super().__init__()
        if out % 2:
            raise ValueError(f"out ({out}) must be divisible by 2")
        half = out // 2
        keep = in_channels == out
        self.rate = rate
        self.keep = keep
        self.out_channels = out
        self.value = nn.Sequential(
            OrderedDict([("conv", nn.Conv2d(in_channels, out, kernel_size=3, padding=1)), ("1", norm(out))])
        )
        channels = in_channels
        gate: list[nn.Module] = []
        if half > 4:
            gate.append(nn.Conv2d(channels, half, kernel_size=1))
            channels = half
        gate += [nn.Conv2d(channels, out, kernel_size=1), nn.Sigmoid()]
        self.gate = nn.Sequential(*gate)
        if keep:
            self.back = nn.Identity()
            self.bias = nn.Sequential(nn.Conv2d(out, out, kernel_size=1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.value(x) * self.gate(x)
        if self.keep and self.rate > 0:
            x = stochastic_depth(x, self.rate, self.training)
        if self.keep:
            x = x + self.back(x) + self.bias(x)
        return x


class PartsOf(nn.Module):
    """A map and its mean.

    Shape: (N, in_channels, H, W) -> (N, out, H, W), (N, out)
    """

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out, kernel_size=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.conv(x)
        act = F.relu(x)
        pooled = act.mean((2, 3))
        return act, pooled


class Rung(nn.Module):
    """The `rung` block.

    Shape: (N, width), (N, width) -> (N, width), (N, width)
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.made = nn.Linear(width, width)

    def forward(self, x: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
        made = self.made(x)
        sum = made + total
        return made, sum


class OwnOutput(NamedTuple):
    """What `Own` returns; `hint` is there in training alone."""

    logits: Tensor
    map: Tensor
    hint: Tensor | None = None


class Own(nn.Module):
    """Own.

    Shape: image (N, 3, H, W), prior (N, classes) -> logits (N, classes), map (N, width, H', W'), hint (N, classes)
    """

    places: Tensor

    def __init__(
        self,
        norm: Norm = nn.BatchNorm2d,
        unit: type[Plain] | type[Gated] = Gated,
        width: int = 16,
        depth: int = 2,
        rows: Sequence[Row] = ROWS,
        rate: float = 0.1,
        aux: bool = True,
        classes: int = 5,
    ) -> None:
        super().__init__()
        options = {"norm": norm, "rate": rate} if unit is Gated else {"norm": norm}
        self.width = width
        self.depth = depth
        self.stem = nn.Conv2d(3, width, kernel_size=3, padding=1)
        self.norm0 = norm(width)
        body: list[nn.Module] = []
        channels = width
        for i, row in enumerate(rows):
            for _ in range(row.n + i):
                layer = unit(channels, row.out, **options)
                body.append(layer)
                channels = layer.out_channels
            if row.wide:
                body.append(nn.MaxPool2d(2))
        self.body = nn.Sequential(*body)
        self.hint: nn.Module | None = None
        if aux:
            self.hint = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
        self.parts = PartsOf(channels, width)
        self.register_buffer("places", torch.empty(width))
        self.scale = nn.Parameter(torch.empty(width))
        self.first = nn.Linear(width, width)
        for i in range(depth):
            self.add_module(f"rung{i}", Rung(width))
        self.fc = nn.Linear(width, classes)
        self.reset_parameters()
        self._apply_init()

    def reset_parameters(self) -> None:
        """Fill the tensors that are this module's own."""
        torch.arange(self.width, out=self.places)
        nn.init.constant_(self.scale, 0.5)

    def _apply_init(self) -> None:
        """Initialise what the network initialises in a way of its own."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.fc.weight, std=0.01)

    def init_weights(self) -> None:
        """Initialise everything, as after `to_empty`."""
        for module in self.modules():
            if module is not self and hasattr(module, "reset_parameters"):
                module.reset_parameters()
        self.reset_parameters()
        self._apply_init()

    def forward(self, image: Tensor, prior: Tensor) -> OwnOutput:
        x = self.stem(image)
        x = self.norm0(x)
        x = self.body(x)
        hint = None
        if self.training and self.hint is not None:
            hint = self.hint(x)
        map, mean = self.parts(x)
        offset = self.places * self.scale
        start = mean + offset
        x, total = self.first(start), start
        for i in range(self.depth):
            x, total = self.get_submodule(f"rung{i}")(x, total)
        fc = self.fc(x)
        again = self.fc(mean)
        logits = fc + again + prior
        return OwnOutput(logits, map, hint)


def base() -> Own:
    """The variant `base`."""
    return Own()


def flat() -> Own:
    """The variant `flat`."""
    return Own(unit=Plain, aux=False, depth=1)


def deep() -> Own:
    """The variant `deep`."""
    return Own(norm=GroupNorm2, depth=3, rate=0.0)
