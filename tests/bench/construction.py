"""What it costs to make a module: from the spec, and from its compiled source, beside the same network written by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

import archc
from archc.torch.module import compiled
from tests.bench import peers
from tests.bench.measure import Row, compare, in_turn

SPEC = Path(__file__).resolve().parents[2] / "specs" / "resnet.yaml"


def rows(rounds: int) -> Iterator[Row]:
    """ResNet-152 without memory (meta), and with its weights drawn (CPU)."""
    network = archc.load(SPEC, variant="resnet152")
    made = type(network.module(device="meta"))
    for device in ("meta", "cpu"):

        def construct(factory: type[nn.Module] = made, device: str = device) -> None:
            with torch.device(device):
                factory()

        def by_hand(device: str = device) -> None:
            with torch.device(device):
                peers.resnet152()

        def from_spec(device: str = device) -> None:
            _forget()
            archc.build(SPEC, variant="resnet152", device=device)

        sides = {"construct": construct, "hand": by_hand, "build": from_spec}
        taken = in_turn(sides, rounds if device == "meta" else max(3, rounds // 3))
        yield compare(f"construct resnet152 on {device} / by hand", taken["construct"], taken["hand"], most=1.15)
        yield compare(
            f"archc.build resnet152 on {device}, spec to module / by hand",
            taken["build"],
            taken["hand"],
            most=1.15 if device == "cpu" else None,
        )

    def load() -> None:
        archc.load(SPEC, variant="resnet152")

    def write() -> None:
        network.source()

    def compile_text() -> None:
        _forget()
        compiled(network)

    taken = in_turn({"load": load, "source": write, "compile": compile_text}, rounds)
    yield compare("load resnet152 / write its source", taken["load"], taken["source"])
    yield compare(
        "compile the text of resnet152 (with writing it) / write its source", taken["compile"], taken["source"]
    )


def _forget() -> None:
    """Drop the modules that archc has compiled in this process, so that the next build starts afresh."""
    for name in [name for name in sys.modules if name.startswith("archc_")]:
        del sys.modules[name]
