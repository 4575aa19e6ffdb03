"""The generated source of random specs that are heavy in blocks: its text, its parameters and its results."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from torch.testing import assert_close

import archc
from archc.graph import ops_of
from tests.property.draw_block_networks import block_specs
from tests.property.profile import examples
from tests.property.running import run_graph

torch.set_num_threads(1)

SOURCES: dict[str, str] = {}
"""The source of every spec that was drawn, by its text."""
HASHER = """
import hashlib, json, sys, archc
for text in json.load(sys.stdin):
    print(hashlib.sha256(archc.loads(text).source().encode()).hexdigest())
"""


def network_of(spec: dict[str, Any]) -> archc.Network | None:
    """The network, or None for a spec with findings."""
    try:
        return archc.loads(json.dumps(spec))
    except archc.SpecError:
        return None


@pytest.mark.slow
@examples(40)
@given(spec=block_specs())
def test_source_says_what_the_graph_says(spec: dict[str, Any]) -> None:
    network = network_of(spec)
    if network is None:
        return
    source = network.source()
    SOURCES[json.dumps(spec)] = source
    ast.parse(source)
    check_module(network)


def check_module(network: archc.Network) -> None:
    """The state dict has the graph's names, shapes and order, and forward gives what the nodes give one by one."""
    torch.manual_seed(0)
    module = network.module()
    expected = [
        (f"{node.path}.{weight.name}", tuple(map(int, weight.shape)))
        for node in ops_of(network.graph)
        for weight in (() if node.op is None or node.reused else node.op.weights())
    ]
    assert [(name, tuple(value.shape)) for name, value in module.state_dict().items()] == expected
    x = torch.rand(2, 3, 8, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_close((module(x),), run_graph(network, module, [x]), equal_nan=True)


def sources() -> dict[str, str]:
    """What the test above drew; drawn now if it has not run."""
    if not SOURCES:
        test_source_says_what_the_graph_says()
    return SOURCES


@pytest.mark.slow
def test_sources_are_clean(tmp_path: Path) -> None:
    for at, source in enumerate(sources().values()):
        (tmp_path / f"net{at}.py").write_text(source)
    ruff = [sys.executable, "-m", "ruff"]
    width = ["--isolated", "--line-length", "88", str(tmp_path)]
    for command in (["check", "--select", "E,F,I,UP,B"], ["format", "--check", "--diff"]):
        ran = subprocess.run([*ruff, *command, *width], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


@pytest.mark.slow
def test_sources_are_the_same_in_another_process() -> None:
    """Generated again, with another order of sets and other addresses."""
    texts = list(sources())
    ran = subprocess.run(
        [sys.executable, "-c", HASHER], input=json.dumps(texts), capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": "271828", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    expected = [hashlib.sha256(source.encode()).hexdigest() for source in sources().values()]
    assert ran.stdout.split() == expected
