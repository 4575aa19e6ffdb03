"""An op of another package, registered through an entry point: checked, counted, written and run as archc's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LAYERS = '''
"""The layers themselves: PyTorch alone."""

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """Multiplies each feature by a learned number."""

    def __init__(self, features: int, initial: float = 1e-6) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((features,), initial))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


def halve(x: Tensor) -> Tensor:
    """Half of everything."""
    return x / 2
'''

OPS = '''
"""What archc must know of the layers: no import of torch."""

from archc.ops import lowering
from archc.ops.base import Function, Inferred, Module, ShapeError, Weight


class LayerScale(Module):
    """Multiplies each feature by a learned number."""

    family = "norm"
    primary = "initial"

    features: Inferred = None
    initial: float = 1e-6

    def inferred(self, inputs):
        return {"features": inputs.first.shape[-1]}

    def infer(self, inputs):
        if int(inputs.first.shape[-1]) < 2:
            raise ShapeError("wants at least 2 features", help="a single one needs no scale of its own")
        return (inputs.first,)

    def weights(self):
        return (Weight("gamma", (self.features,)),)

    def as_torch(self):
        return lowering.Call("scaled.layers.LayerScale", (lowering.Field("features"),), self.given(skip=("features",)))


class Halve(Function):
    """Half of everything."""

    name = "halve"
    target = "scaled.layers.halve"

    def infer(self, inputs):
        return (inputs.first,)
'''

SPEC = """\
archc: 1
name: net
inputs: {x: [5, 8]}
steps:
  - {Linear: 6, as: fc}
  - {LayerScale: 0.5, as: scale}
  - halve
check: [{params: 60, shapes: {scale: [5, 6]}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an installed package `scaled-layers` and a spec that names its ops."""
    package, metadata = tmp_path / "scaled", tmp_path / "scaled_layers-1.0.dist-info"
    package.mkdir()
    metadata.mkdir()
    (package / "__init__.py").write_text("")
    (package / "layers.py").write_text(LAYERS)
    (package / "ops.py").write_text(OPS)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: scaled-layers\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[archc.ops]\nLayerScale = scaled.ops:LayerScale\nhalve = scaled.ops:Halve\n"
    )
    (tmp_path / "net.yaml").write_text(SPEC)
    return tmp_path


def python(folder: Path, *arguments: str, fails: bool = False) -> str:
    """What a Python that has the package says."""
    path = os.pathsep.join((str(folder), str(ROOT)))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout


def test_it_is_checked_and_counted(folder: Path) -> None:
    summary = json.loads(python(folder, "-m", "archc", "summary", "net.yaml", "--format", "json"))
    rows = {row["path"]: row for row in summary["nodes"]}
    assert (rows["scale"]["op"], rows["scale"]["shape"], rows["scale"]["params"]) == ("LayerScale", [5, 6], 6)
    assert "1 case passed" in python(folder, "-m", "archc", "test", "net.yaml")


def test_it_may_stand_under_a_condition_that_does_not_hold(folder: Path) -> None:
    text = SPEC.replace("inputs:", "params: {deep: false}\ninputs:")
    text = text.replace("{LayerScale: 0.5, as: scale}", "{LayerScale: 0.5, as: scale, when: deep}").replace(
        "- halve", "- {halve: , when: deep}"
    )
    (folder / "net.yaml").write_text(text.replace("params: 60, shapes: {scale: [5, 6]}", "params: 54"))
    assert "1 case passed" in python(folder, "-m", "archc", "test", "net.yaml")
    assert "scaled.layers.halve(" in python(folder, "-c", "import archc; print(archc.load('net.yaml').source())")


def test_its_own_shape_rule_speaks(folder: Path) -> None:
    (folder / "net.yaml").write_text(SPEC.replace("Linear: 6", "Linear: 1"))
    told = python(folder, "-m", "archc", "check", "net.yaml", fails=True)
    assert "`LayerScale` wants at least 2 features" in told
    assert "net.yaml:6:6" in told


def test_its_arguments_are_held_to_its_fields(folder: Path) -> None:
    (folder / "net.yaml").write_text(SPEC.replace("LayerScale: 0.5", "LayerScale: {inital: 0.5}"))
    assert "did you mean `initial`?" in python(folder, "-m", "archc", "check", "net.yaml", fails=True)


def test_it_is_in_the_reference(folder: Path) -> None:
    assert "initial" in python(folder, "-m", "archc", "ops", "LayerScale")


def test_the_source_imports_the_package(folder: Path) -> None:
    source = python(folder, "-c", "import archc; print(archc.load('net.yaml').source())")
    assert "import scaled.layers\n" in source
    assert "self.scale = scaled.layers.LayerScale(6, initial=0.5)" in source
    assert "scaled.layers.halve(" in source
    assert "archc" not in source.split('"""')[2]


def test_the_module_runs(folder: Path) -> None:
    program = """if True:
        import torch, archc
        module = archc.build("net.yaml").eval()
        x = torch.ones(3, 5, 8)
        assert [*module.state_dict()] == ["fc.weight", "fc.bias", "scale.gamma"]
        torch.testing.assert_close(module(x), module.fc(x) * 0.25)
        print("ran")
    """
    assert python(folder, "-c", program) == "ran\n"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("archc.ops.base:Module", "does not define `infer`"),
        ("scaled.nowhere:Op", "cannot be loaded: ModuleNotFoundError"),
        ("json:dumps", "is no class derived from `archc.ops.base.Op`"),
    ],
)
def test_one_that_cannot_be_used_is_a_finding(folder: Path, value: str, said: str) -> None:
    (folder / "scaled_layers-1.0.dist-info" / "entry_points.txt").write_text(f"[archc.ops]\nLayerScale = {value}\n")
    told = python(folder, "-m", "archc", "check", "net.yaml", fails=True)
    assert f"the op `LayerScale` is registered, but `{value}` {said}" in told
