"""The files whose proof is tried: written by hand, each with settings, probes and signatures."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import archc
from archc.codegen.probe import probes
from archc.codegen.signatures import compare_signatures
from tests.codegen.mutants import Subject
from tests.codegen.told import infos_of, network_info

HERE = Path(__file__).parent / "hand"
SPECS = Path(__file__).parent.parent.parent / "specs"
SETTINGS: dict[str, list[tuple[str | None, dict[str, object], str]]] = {
    "resnet": [
        (None, {}, "ResNet()"),
        ("resnet50", {}, "resnet50()"),
        ("resnext50_32x4d", {}, "resnext50_32x4d()"),
        ("lecture", {}, "lecture()"),
        (None, {"block": "bottleneck", "width": 128, "depths": [1, 2, 1, 1]}, "ResNet(Bottleneck, (1, 2, 1, 1), width=128)"),
        (None, {"depths": [3, 1, 1, 2], "bias": True, "channels": 4, "classes": 3}, "ResNet(depths=[3, 1, 1, 2], bias=True, channels=4, classes=3)"),
    ],
    "densenet": [
        (None, {}, "DenseNet()"),
        ("densenet121", {}, "DenseNet((6, 12, 24, 16), 32, 64, 'bottleneck_layer', False, 3, 1000)"),
        (None, {"growth": 12, "width": 20, "depths": [1, 2, 3, 1]}, "DenseNet((1, 2, 3, 1), 12, 20)"),
    ],
    "googlenet": [
        (None, {}, "GoogLeNet()"),
        ("torchvision", {}, "GoogLeNet(ConvBn, InceptionBn, 0, True, aux=True, drop=0.2, channels=3, size=224, classes=1000)"),
        ("paper", {}, "GoogLeNet(padding=0, original=True, aux=True, drop=0.4, channels=3, size=224, classes=1000)"),
        ("paper", {"size": 320, "padding": 1, "drop": 0, "narrow": True}, "GoogLeNet(padding=1, narrow=True, original=True, aux=True, channels=3, size=320, classes=1000)"),
    ],
    "own": [
        (None, {}, "Own()"),
        ("flat", {}, "flat()"),
        ("deep", {}, "deep()"),
        (None, {"depth": 0, "width": 12}, "Own(depth=0, width=12)"),
        (None, {"rows": [[16, 2, True], [6, 1, False], [20, 1, True]], "classes": 3, "rate": 0.5}, "Own(rows=[Row(16, 2, True), Row(6, 1, False), Row(20, 1, True)], classes=3, rate=0.5)"),
    ],
}  # fmt: skip


def spec_of(name: str) -> Path:
    """The spec that a file was written from."""
    return next(folder / f"{name}.yaml" for folder in (SPECS, HERE) if (folder / f"{name}.yaml").exists())


@cache
def subject(name: str) -> Subject:
    """A file and all that holds for it."""
    text = (HERE / f"{name}.py").read_text(encoding="utf-8")
    settings = [
        (archc.load(spec_of(name), variant=variant, params=params), call) for variant, params, call in SETTINGS[name]
    ]
    network = settings[0][0]
    infos, whole = infos_of(network, text), network_info(network, text)
    return Subject(
        name,
        text,
        settings,
        tuple(probes(network, [*infos, whole])),
        lambda text: compare_signatures(network, text, infos, whole),
    )


def subjects() -> list[Subject]:
    """All of them."""
    return [subject(name) for name in SETTINGS]
