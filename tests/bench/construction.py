"""What it costs to make a module, from a spec and from its compiled source, beside the same network written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch import nn

import archc
from archc.codegen.module import compiled
from tests.bench import peers
from tests.bench.measure import Row, compare, in_turn

SPEC = Path(__file__).resolve().parents[2] / "specs" / "resnet.yaml"
MOST = 1.15


def rows(rounds: int) -> Iterator[Row]:
    """ResNet-152 without memory (meta), and with its weights drawn (CPU)."""
    steps = in_turn({"load": _load, "source": _write, "compile": _compile}, rounds)
    for what, side in {"load": "load", "load, write source": "source", "load, write, compile": "compile"}.items():
        yield compare(f"resnet152: {what} / load", steps[side], steps["load"])
    made = type(_load().module(device="meta"))
    for device in ("meta", "cpu"):
        sides = {
            "construct": partial(_make, made, device),
            "hand": partial(_make, peers.resnet152, device),
            "again": partial(archc.build, SPEC, variant="resnet152", device=device),
            "first": partial(_first, device),
        }
        taken = in_turn(sides, rounds)
        yield compare(f"resnet152 on {device}: construct / by hand", taken["construct"], taken["hand"], most=MOST)
        yield compare(f"resnet152 on {device}: archc.build again / by hand", taken["again"], taken["hand"], most=MOST)
        yield compare(f"resnet152 on {device}: first archc.build / by hand", taken["first"], taken["hand"])


def _load() -> archc.Network:
    return archc.load(SPEC, variant="resnet152")


def _write() -> None:
    _load().source()


def _compile() -> None:
    compiled(_load().source(), "resnet")


def _first(device: str) -> None:
    """All of what `archc.build` does for a spec that it has not seen."""
    _load().module(device)


def _make(factory: Callable[[], nn.Module], device: str) -> None:
    with torch.device(device):
        factory()
