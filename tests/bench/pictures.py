"""How long a picture of DenseNet-121 takes from its spec to SVG, in a cold process, beside other tools' of that network.

The others start from the network written by hand. Where no `dot` is installed they are timed up to the DOT text alone,
without their drawing, and their rows say so; archc always draws.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from tests.bench.measure import ROOT, Row, cold, compare, sampled

SPEC = "specs/densenet.yaml:densenet121"
LEVELS = ("overview", "stages", "full")
TORCHVIEW = """\
import sys
import torch
from torchview import draw_graph
from tests.bench.peers import densenet121
with torch.device("meta"):
    network = densenet121()
picture = draw_graph(network, input_size=(1, 3, 224, 224), device="meta", depth=3).visual_graph
if sys.argv[2] == "svg":
    picture.render(outfile=sys.argv[1])
else:
    picture.save(sys.argv[1])
"""
TORCHLENS = """\
import sys
import torch
import torchlens
from tests.bench.peers import densenet121
trace = torchlens.trace(densenet121().eval(), torch.rand(1, 3, 224, 224), save=lambda context: False)
try:
    trace.draw(vis_outpath=sys.argv[1].removesuffix(".svg"), vis_fileformat="svg", vis_save_only=True)
except Exception:
    if sys.argv[2] == "svg":
        raise
"""
"""It writes the DOT text to a file before it looks for `dot`."""
PEERS = {"torchview": ("torchview, depth 3", TORCHVIEW), "torchlens": ("torchlens", TORCHLENS)}


def rows(rounds: int) -> Iterator[Row]:
    """A row for each level and tool; bytecode is cached, as for installed packages, and torch has one thread."""
    drawn = "svg" if shutil.which("dot") and shutil.which("neato") else "dot"
    peers = {name: script for name, (_, script) in PEERS.items() if find_spec(name) is not None}
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": f"{folder}/cache", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        ours = {level: _ours(level, Path(folder)) for level in LEVELS}
        theirs = {name: ("-W", "ignore", "-c", text, f"{folder}/{name}.svg", drawn) for name, text in peers.items()}
        sides = {name: partial(cold, words, environment) for name, words in {**ours, **theirs}.items()}
        taken = sampled(sides, rounds)
        assert all(any(Path(folder).glob(f"{name}.*")) for name in sides), "a side has drawn nothing"
    for level in LEVELS:
        for name, (said, _) in PEERS.items():
            what = f"densenet121: cold picture, {level} / {said}"
            if name not in peers:
                yield Row(f"{what}: not installed", min(taken[level]) * 1e3, math.nan, math.nan, math.nan, "ms")
                continue
            part = "" if drawn == "svg" else " up to DOT: no `dot` here"
            yield compare(what + part, taken[level], taken[name], most=1.0)


def _ours(level: str, folder: Path) -> tuple[str, ...]:
    return ("-m", "archc", "diagram", SPEC, "--level", level, "-o", str(folder / f"{level}.svg"))
