"""Generated files are standalone Python: they need torch alone, are tidy and typed, and the same every time."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archc.codegen.classnames import instance_call
from tests.codegen.shipped import Shipped, every_variant, sample

ROOT = Path(__file__).resolve().parents[2]
VARIANTS = every_variant()
ALLOWED = {"__future__", "collections", "dataclasses", "fnmatch", "math", "torch", "typing"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source of every variant, each in a file of its own."""
    folder = tmp_path_factory.mktemp("generated")
    written: dict[str, Path] = {}
    for shipped in VARIANTS:
        path = folder / f"{shipped.network.name}.py"
        path.write_text(shipped.source, encoding="utf-8")
        written[str(shipped)] = path
    assert len(set(written.values())) == len(VARIANTS), "two variants have one file name"
    return written


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("shipped", VARIANTS, ids=str)
def test_imports_torch_and_a_little_of_the_standard_library(shipped: Shipped) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(shipped.source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert "torch" in imported
    assert imported <= ALLOWED


@pytest.mark.slow
def test_runs_where_archc_is_not_installed(files: dict[str, Path], tmp_path: Path) -> None:
    jobs = [_job(shipped, files[str(shipped)]) for shipped in VARIANTS]
    (tmp_path / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    assert run("-I", Path(__file__).with_name("alone.py"), tmp_path / "jobs.json").strip() == str(len(jobs))


def _job(shipped: Shipped, file: Path) -> dict[str, object]:
    graph = shipped.network.graph
    outputs = [result for result in graph.graph["outputs"] if not result.train_only]
    return {
        "file": str(file),
        "call": instance_call(shipped.network),
        "inputs": [
            ([3, *map(int, node.outputs[0].sample)], node.outputs[0].dtype) for node in graph.graph["inputs"]
        ],
        "outputs": [[3, *map(int, result.type.sample)] for result in outputs],
        "params": sum(node.params for node in graph),
    }  # fmt: skip


@pytest.mark.slow
def test_is_tidy(files: dict[str, Path]) -> None:
    folder = next(iter(files.values())).parent
    common = ["--isolated", "--line-length", "88", "--target-version", "py311"]
    run("-m", "ruff", "check", *common, "--select", "E,F,I,UP,B", folder)
    run("-m", "ruff", "format", "--check", *common[:3], folder)


@pytest.mark.slow
def test_is_typed(files: dict[str, Path], tmp_path: Path) -> None:
    pytest.importorskip("pyright")
    names = {"resnet-resnet50", "googlenet-paper"}
    config = {"include": [str(files[name]) for name in sorted(names & set(files))], "typeCheckingMode": "basic"}
    assert len(config["include"]) == 2
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    run("-m", "pyright", "--project", tmp_path, "--pythonpath", sys.executable)


DIGESTS = """
import hashlib, sys, archc
for name in sys.argv[1:]:
    print(name, hashlib.sha256(archc.load(name).source().encode()).hexdigest())
"""


@pytest.mark.slow
def test_is_the_same_to_the_byte_in_every_process() -> None:
    chosen = {
        f"{shipped.file}:{shipped.variant}" if shipped.variant else str(shipped.file): shipped for shipped in sample()
    }
    expected = [f"{name} {hashlib.sha256(shipped.source.encode()).hexdigest()}" for name, shipped in chosen.items()]
    for seed in ("1", "2"):
        printed = run("-c", DIGESTS, *chosen, PYTHONHASHSEED=seed, PYTHONPATH=str(ROOT))
        assert printed.splitlines() == expected
