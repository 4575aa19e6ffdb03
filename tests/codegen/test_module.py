"""A live module carries its source: it goes to other processes, and leaves nothing behind when it is dropped."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch
from torch import nn

import archc

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "specs" / "resnet.yaml"


def result(module: nn.Module) -> float:
    """The sum of what a module gives for certain images."""
    torch.manual_seed(0)
    with torch.no_grad():
        return float(module.eval()(torch.rand(2, 3, 32, 32)).sum())


def test_a_module_saved_whole_is_loaded_by_a_fresh_process(tmp_path: Path) -> None:
    module = archc.build(SPEC)
    torch.save(module, tmp_path / "module.pt")
    program = "import sys, torch; from tests.codegen.test_module import result; print(result(torch.load(sys.argv[1], weights_only=False)))"
    words = [sys.executable, "-c", program, str(tmp_path / "module.pt")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(result(module), rel=1e-5)


def test_a_module_is_sent_to_a_spawned_worker() -> None:
    module = archc.build(SPEC).eval()
    with get_context("spawn").Pool(1) as pool:
        assert pool.apply(result, (module,)) == pytest.approx(result(module), rel=1e-5)


def test_classes_go_with_the_last_module_of_them() -> None:
    """10,000 networks that are built and dropped take no more memory than one."""
    classes: list[weakref.ref[type]] = []
    for width in range(1, 41):
        text = f"archc: 1\nname: net\ninputs: {{x: [4]}}\nsteps: [{{Linear: {width}, as: fc}}]"
        classes.append(weakref.ref(type(archc.loads(text).module(device="meta"))))
    gc.collect()
    assert [each for each in classes if each() is not None] == []
