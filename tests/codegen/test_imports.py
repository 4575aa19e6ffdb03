"""The front end stays light: checking, summing up and drawing import neither torch nor numpy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "numpy")
SLOW = ("networkx",)
"""What checking alone can do without: it takes 90 ms of a cold start."""

REPORT = f"""
import sys
found = sorted({{name.partition(".")[0] for name in sys.modules}} & {set(HEAVY + SLOW)!r})
print("heavy:", *found, file=sys.stderr)
"""


def heavy_imports(code: str) -> list[str]:
    """Which heavy or slow packages a fresh Python has imported after running `code`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", f"try:\n    {code}\nfinally:\n    exec({REPORT!r})"],
        capture_output=True, text=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("heavy:"))
    return line.split()[1:]


def cli(*words: str) -> str:
    """Code that runs a command of archc in this very process."""
    return f"import runpy, sys; sys.argv = ['archc', *{words!r}]; runpy.run_module('archc', run_name='__main__')"


@pytest.mark.parametrize(
    "code",
    [
        "import archc",
        "from archc import Diagnostic, Network, SpecError, build, load, loads",
        "import archc; archc.load('specs/resnet.yaml', variant='resnet50').graph",
        "import archc; archc.load('specs/googlenet.yaml:paper').summary()",
        cli("check", "specs/resnet.yaml:resnet152"),
        cli("summary", "specs/resnet.yaml:resnet18", "--format", "json"),
        cli("test", "specs/lenet.yaml"),
        cli("ops", "Conv2d"),
        cli("expand", "specs/vgg.yaml:vgg11"),
    ],
    ids=["import", "names", "graph", "Network.summary", "check", "summary", "test", "ops", "expand"],
)
def test_the_front_end_imports_no_torch(code: str) -> None:
    assert not {*HEAVY} & {*heavy_imports(code)}


def test_checking_imports_no_networkx() -> None:
    assert heavy_imports(cli("check", "specs/resnet.yaml:resnet152")) == []
    assert heavy_imports("import archc; archc.load('specs/resnet.yaml:resnet18').graph") == ["networkx"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "code", ["import torch", "import archc; archc.load('specs/lenet.yaml:lecture').module()"], ids=["torch", "module"]
)
def test_the_guard_can_fail(code: str) -> None:
    assert "torch" in heavy_imports(code)
