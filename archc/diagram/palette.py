"""Colours and marks: constants by op family, so that a colour means the same in every picture.

The fills are Paul Tol's light scheme, which stays distinct with any colour vision; every text on them is the ink.
"""

from __future__ import annotations

from collections.abc import Mapping

INK = "#1B2733"
FAINT = "#50606E"
EDGE = "#33424F"
SKIP = "#AA3377"
FRAME = "#8A99A8"
GROUPS = ("#F3F6F9", "#E8EDF2")
"""The grounds of frames, by turns where they are nested."""

FILLS: Mapping[str, str] = {
    "conv": "#77AADD",
    "linear": "#EE8866",
    "pool": "#44BB99",
    "norm": "#DDDDDD",
    "activation": "#EEDD88",
    "merge": "#FFAABB",
    "attention": "#AAAA00",
    "recurrent": "#BBCC33",
    "block": "#99DDFF",
    "tensor": "#FFFFFF",
}
OTHER = "#FFFFFF"
"""The fill of every other family."""

LEGEND: Mapping[str, str] = {
    "conv": "convolution",
    "norm": "normalisation",
    "recurrent": "recurrent",
}
"""What the legend calls a family where not by its own name."""

SYMBOLS: Mapping[str, str] = {"add": "+", "mul": "×"}
"""Merges drawn as a circle with their sign."""


def fill(family: str) -> str:
    """The fill of an op's card."""
    return FILLS.get(family, OTHER)
