"""The parameters that random blocks take, and the values that they are given."""

from __future__ import annotations

from typing import Any

ACTS = ["ReLU", "Hardswish", "Tanh"]
POOL: dict[str, Any] = {
    "out": "int",
    "kernel": 3,
    "ratio": {"type": "int", "default": 2, "min": 1, "doc": "how much wider the hidden layer is"},
    "times": {"type": "int", "default": 2, "min": 0, "max": 4},
    "bias": True,
    "shortcut": {"type": "bool", "default": False},
    "slope": 0.1,
    "momentum": {"type": "float", "default": 0.1, "min": 0, "max": 1},
    "mode": {"type": "enum", "choices": ["zeros", "replicate", "circular"], "default": "zeros"},
    "fill": {"type": "str", "default": "nearest"},
    "act": {"type": "block", "choices": ACTS, "default": "Tanh"},
    "widths": {"type": "list[int]", "default": [4, 6]},
    "pair": {"type": "list[int]", "length": 2, "default": [1, 1]},
}
"""Parameters that blocks take; the names say how bodies use them."""
VALUES: dict[str, Any] = {
    "out": (2, 4, 6, 12), "kernel": (1, 3, 5), "ratio": (1, 2, 3), "times": (0, 1, 2, 3), "bias": (True, False),
    "shortcut": (True, False), "slope": (0.1, 0.25, 1e-3), "momentum": (0.1, 0.5), "mode": ("zeros", "replicate", "circular"),
    "fill": ("nearest", "area"), "act": tuple(ACTS), "widths": ([4, 6], [6], [2, 2, 8]), "pair": ([1, 1], [2, 1], [1, 2]),
}  # fmt: skip
