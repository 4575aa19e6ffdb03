"""What hostile specs cost: the time to the diagnostic and the memory beyond start-up, each in a process of its own.

`python -m tests.bench safety` runs `python -m tests.bench.safety KIND NAME` for each, which prints two numbers. The time
is that of reading, checking with all rules and reporting, what has to be imported for it included.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from archc.cli import check as command  # noqa: F401 - start-up
from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.report.formats import formatted
from archc.report.takes import takes_by_variant
from archc.rules import all_rules
from tests.bench.measure import ROOT, Row, limit
from tests.safety.attacks import ATTACKS

MOST_MS, MOST_MB = 100.0, 200.0
LONG_MS, HARD_MS = 3000.0, 2000.0


def _attacks() -> Mapping[str, Callable[[], str]]:
    return {f"{attack.threat}: {attack.name}": attack.write for attack in ATTACKS}


def _long() -> Mapping[str, Callable[[], str]]:
    from tests.safety.test_refused import LONG

    return {f"a megabyte: {name}": lambda text=text: text for name, text in LONG.items()}


def _hard() -> Mapping[str, Callable[[], str]]:
    from tests.safety.test_sizes import HARD

    return {f"sizes of: {name}": lambda text=text: text for name, text in HARD.items()}


KINDS: Mapping[str, tuple[Callable[[], Mapping[str, Callable[[], str]]], float]] = {
    "attack": (_attacks, MOST_MS), "long": (_long, LONG_MS), "hard": (_hard, HARD_MS),
}  # fmt: skip


def rows(rounds: int) -> Iterator[Row]:
    """Milliseconds for each, the least of a few runs, and the most memory that any took."""
    most = 0.0
    for kind, (named, limit_ms) in KINDS.items():
        for name in named():
            runs = [_run(kind, name) for _ in range(min(rounds, 3 if kind == "attack" else 1))]
            peak = max(each[1] for each in runs)
            most = max(most, peak)
            yield limit(f"{name} ({peak:.0f} MB)", min(each[0] for each in runs), limit_ms, "ms")
    yield limit("hostile specs: the most memory beyond start-up", most, MOST_MB, "MB")


def _run(kind: str, name: str) -> tuple[float, float]:
    words = [sys.executable, "-m", "tests.bench.safety", kind, name]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    took, peak = done.stdout.split()
    return float(took), float(peak)


def _measure(text: str) -> tuple[float, float]:
    """The milliseconds of processor time, and the megabytes beyond what the process had before."""
    rules, before = all_rules(), _peak()
    started = time.process_time()
    found = survey(load_text(text, "attack.yaml"), Settings(), rules)
    formatted(found.found, "text", columns=100)
    list(takes_by_variant(found.sound))
    took = time.process_time() - started
    return took * 1e3, _peak() - before


def _peak() -> float:
    """The most megabytes of this process; `getrusage` would tell those of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) / 1024


if __name__ == "__main__":
    print(*_measure(KINDS[sys.argv[1]][0]()[sys.argv[2]]()))
