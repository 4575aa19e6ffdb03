"""What is written passes the tools that a reviewer would run: ruff's rules and layout, pyright's strict checks, mypy's."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

import archc
from archc.codegen.layout import lay_out
from archc.codegen.source import write_source

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted(
    [
        *ROOT.glob("specs/*.yaml"),
        *ROOT.glob("tests/networks/specs/*.yaml"),
        *Path(__file__).parent.glob("specs/**/*.yaml"),
    ]
)
RULES = "E,F,W,I,B,C4,SIM,RET,PIE,UP,N,RUF,PERF"
ALLOWED = "N803,N806,N812,RUF001,RUF002,RUF003"
"""`F` for `functional`, as everybody has it; names of authors, and those of a spec."""
STRICT = {"typeCheckingMode": "strict", "include": ["."], "pythonVersion": "3.11"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source of every spec."""
    folder = tmp_path_factory.mktemp("written")
    for at, spec in enumerate(SPECS):
        name = f"n{at}_{spec.stem.replace('.', '_')}.py"
        (folder / name).write_text(write_source(archc.load(spec)), encoding="utf-8")
    return folder


def run(*arguments: object) -> None:
    """Run a tool, which has nothing to say."""
    ran = subprocess.run([sys.executable, "-m", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


def test_ruff_has_nothing_to_say(files: Path) -> None:
    width = ["--isolated", "--line-length", 88, "--target-version", "py311", files]
    run("ruff", "check", "--select", RULES, "--ignore", ALLOWED, "--output-format", "concise", *width)
    run("ruff", "format", "--diff", *width)


def test_pyright_has_nothing_to_say(files: Path) -> None:
    (files / "pyrightconfig.json").write_text(json.dumps(STRICT), encoding="utf-8")
    run("pyright", "--project", files, "--pythonpath", sys.executable)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy_has_nothing_to_say(files: Path) -> None:
    run("mypy", "--strict", "--cache-dir", files / "cache", files)


# statements drawn at random, laid out as ruff lays them out

NAMES = ("x", "out", "channels", "in_channels", "expansion", "self.rounded", "widths", "padding")
CALLS = ("nn.Conv2d", "nn.Sequential", "Bottleneck", "make_divisible", "torch.cat", "self.branch3x3dbl_3a")
WORDS = ("channels", "must", "be", "({channels + 1})", "divisible", "by")


class Statements:
    """Draws statements on one line each."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, *options: str) -> str:
        """One of some."""
        return self.random.choice(options)

    def statement(self) -> str:
        """A statement of the kinds that files have."""
        value = self.value()
        words = " ".join(self.pick(*WORDS) for _ in range(self.random.randrange(3, 30)))
        return self.pick(
            f"x = {value}", f"self.inception3a = {value}", f'features["conv0"] = {value}', f"return {value}",
            f"layers.append({value})", f"layers += [{value}, {self.value()}]", f"height, width = {value}, {self.value()}",
            f"x = {{'first': {value}, 'second': {self.value()}}}".replace("'", '"'), f'raise ValueError(f"{words}")',
            f"x: list[nn.Module] = [{value}]",
        )  # fmt: skip

    def value(self) -> str:
        """An expression that brackets do not enclose as a whole."""
        found = self.sum(3) if self.random.random() < 0.8 else f"{self.sum(2)} if {self.condition()} else {self.sum(2)}"
        return self.value() if found.startswith("(") and found.endswith(")") else found

    def condition(self) -> str:
        """A comparison, or two."""
        test = f"{self.sum(1)} {self.pick('==', '!=', '<', '>=')} {self.sum(1)}"
        return test if self.random.random() < 0.7 else f"{test} {self.pick('and', 'or')} {self.sum(1)} != {self.sum(1)}"

    def sum(self, depth: int) -> str:
        """Products, added and subtracted."""
        found = self.product(depth)
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            found += f" {self.pick('+', '-')} {self.product(depth)}"
        return found

    def product(self, depth: int) -> str:
        """A value, sometimes multiplied."""
        return " * ".join(self.atom(depth) for _ in range(self.random.choice((1, 1, 1, 2))))

    def atom(self, depth: int) -> str:
        """A name, number, call, entry or sum in brackets."""
        kind = self.random.random()
        if depth <= 0 or kind < 0.45:
            return self.pick(*NAMES, str(self.random.randrange(1, 4096)))
        if kind < 0.8:
            values = [self.sum(depth - 1) for _ in range(self.random.randrange(1, 6))]
            plain = self.random.randrange(len(values) + 1)
            named = [
                f"{self.pick('stride', 'kernel_size', 'bias')}{at}={value}" for at, value in enumerate(values[plain:])
            ]
            return f"{self.pick(*CALLS)}({', '.join([*values[:plain], *named])})"
        if kind < 0.9:
            return f"widths[{self.sum(depth - 2)}]"
        return f"({self.sum(depth - 1)} + {self.product(depth - 1)}) // 2"


@pytest.mark.parametrize("seed", range(3))
def test_long_lines_are_split_as_ruff_splits_them(seed: int, tmp_path: Path) -> None:
    drawn = Statements(seed)
    long = [line for line in (drawn.statement() for _ in range(600)) if 70 < len(line) < 400]
    assert len(long) > 100
    text = "\n\n".join("\n".join(["def f():", *lay_out([line], 1), ""]) for line in long)
    (tmp_path / "long.py").write_text(text, encoding="utf-8")
    run("ruff", "format", "--isolated", "--line-length", 88, "--diff", tmp_path)
