"""Colours as people see them: contrast by WCAG, colour blindness by Machado et al. (2009), distance by CIE 1976."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import combinations

Rgb = tuple[float, float, float]
"""Linear light, each from 0 to 1."""

_SIGHT: Mapping[str, tuple[Rgb, Rgb, Rgb]] = {
    "full colour vision": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_WHITE = (0.95047, 1.0, 1.08883)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted(_luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def least_distance(colours: Collection[str]) -> float:
    """The least CIE 1976 distance between any two of the colours, for any colour vision; infinite for fewer."""
    return min((distance(a, b, sight) for a, b in combinations(colours, 2) for sight in _SIGHT), default=math.inf)


def distance(one: str, other: str, sight: str = "full colour vision") -> float:
    """The CIE 1976 distance of two colours as one kind of colour vision has them."""
    return math.dist(_lab(one, sight), _lab(other, sight))


def _linear(colour: str) -> Rgb:
    values = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lab(colour: str, sight: str) -> Rgb:
    seen = [min(1.0, max(0.0, value)) for value in _times(_SIGHT[sight], _linear(colour))]
    ratios = (value / white for value, white in zip(_times(_XYZ, seen), _WHITE, strict=True))
    x, y, z = (r ** (1 / 3) if r > (6 / 29) ** 3 else r / (3 * (6 / 29) ** 2) + 4 / 29 for r in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _times(matrix: tuple[Rgb, Rgb, Rgb], vector: Collection[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]
