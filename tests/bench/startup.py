"""How long a cold `archc check` takes, rules of practice and valid sizes included, beside importing what it may need
and beside importing torch.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import partial

from tests.bench.measure import ROOT, Row, cold, compare, sampled

COMMANDS = {
    "check": ("-m", "archc", "check", "specs/resnet.yaml:resnet152"),
    "needs": ("-c", "import yaml, pydantic, networkx, click"),
    "torch": ("-c", "import torch"),
    "python": ("-c", "pass"),
}


def rows(rounds: int) -> Iterator[Row]:
    """A row for each comparison; bytecode is cached, as for an installed package."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": str(ROOT)}
        taken = sampled({name: partial(cold, words, environment) for name, words in COMMANDS.items()}, rounds)
    yield compare("cold check of resnet152 / import what it needs", taken["check"], taken["needs"], most=2.0)
    yield compare("cold check of resnet152 / import torch", taken["check"], taken["torch"], most=0.25)
    yield compare("cold check of resnet152 / bare python", taken["check"], taken["python"])
