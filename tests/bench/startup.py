"""How long a cold `archc check` takes, beside importing what it needs and beside importing torch."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from tests.bench.measure import Row, compare, sampled

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
        taken = sampled({name: partial(_seconds, words, environment) for name, words in COMMANDS.items()}, rounds)
    yield compare("cold check of resnet152 / import what it needs", taken["check"], taken["needs"], most=1.4)
    yield compare("cold check of resnet152 / import torch", taken["check"], taken["torch"], most=0.25)
    yield compare("cold check of resnet152 / bare python", taken["check"], taken["python"])


def _seconds(words: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """The processor time of a Python process of its own."""
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return usage.ru_utime + usage.ru_stime
