"""How long a cold `archc check` takes, beside importing what it needs and beside importing torch."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Row, compare, in_turn

ROOT = Path(__file__).resolve().parents[2]
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

        def run(*words: str) -> None:
            subprocess.run([sys.executable, *words], check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

        taken = in_turn({name: lambda words=words: run(*words) for name, words in COMMANDS.items()}, rounds)
    yield compare(
        "cold check of resnet152 / import yaml, pydantic, networkx, click", taken["check"], taken["needs"], most=1.4
    )
    yield compare("cold check of resnet152 / import torch", taken["check"], taken["torch"], most=0.25)
    yield compare("bare python / cold check", taken["python"], taken["check"])
