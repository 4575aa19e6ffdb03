"""Faults as people make them between data, network and loss: each is found once, as an error at its place.

The files in the folder `contract` hold specs before and after the cure, as a diff: lines with `-` are the fault, lines
with `+` the cure, and a mark under a line of the faulty spec is where it is found.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.contract import targets_of
from archc.expand import Settings
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg
from archc.loading import load_text
from archc.network import Network, check
from archc.spec.model import OpCall
from archc.tensor import TensorType
from tests.language.support import HEAD

FOLDER = Path(__file__).parent / "contract"
MARK = re.compile(r"^( *)\^ (ARC\d{3})$")


def cases() -> dict[str, str]:
    """The diffs by file and title."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.txt")):
        for part in re.split(r"^# ", file.read_text(), flags=re.MULTILINE)[1:]:
            title, _, text = part.partition("\n")
            assert f"{file.stem}: {title}" not in found
            found[f"{file.stem}: {title}"] = text.strip("\n")
    return found


CASES = cases()


def side(text: str, sign: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The spec before (`-`) or after (`+`) the cure, and the marks in it: line, column and code."""
    lines: list[str] = []
    marks: list[tuple[int, int, str]] = []
    for line in text.split("\n"):
        mark = MARK.match(line)
        if mark:
            marks.append((len(lines), len(mark[1]), mark[2]))
        elif line[:1] in {" ", sign, ""}:
            lines.append(line[1:])
    return HEAD + "\n".join(lines), marks


def found_in(spec: str) -> list[tuple[int, int, str, str]]:
    """Line, column, code and severity of everything that is found."""
    loaded = load_text(spec)
    found: list[tuple[int, int, str, str]] = []
    for finding in check(loaded, Settings()).findings:
        place = loaded.documents[finding.where.file].place(finding.where)
        found.append((place.line - HEAD.count("\n"), place.column, finding.code, finding.severity))
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_found_once_at_its_place(case: str) -> None:
    spec, marks = side(CASES[case], "-")
    assert len(marks) == 1
    assert found_in(spec) == [(*marks[0], "error")]


@pytest.mark.parametrize("case", CASES)
def test_the_cure_leaves_nothing(case: str) -> None:
    spec, _ = side(CASES[case], "+")
    assert found_in(spec) == []


def sample(kind: TensorType, classes: int | None) -> torch.Tensor:
    """Two samples of a type: from 0 to 1, or indices."""
    shape = (2, *(int(size) for size in kind.sample))
    return torch.rand(shape) if kind.dtype == "float32" else torch.randint(0, classes or 2, shape)


def losses_of(network: Network) -> Iterator[torch.Tensor]:
    """The losses as PyTorch computes them, from the output of the network for random inputs and random targets."""
    torch.manual_seed(0)
    inputs = [sample(kind, None) for kind in network.body.inputs]
    results = network.module()(*inputs)
    outputs = results if isinstance(results, tuple) else (results,)
    named = dict(zip(network.body.input_names, inputs, strict=True))
    named |= dict(zip([output.name for output in network.body.outputs], outputs, strict=True))
    named |= {name: sample(target.type, target.classes) for name, target in targets_of(network)[0].items()}
    for step in network.spec.losses:
        assert isinstance(step.action, OpCall)
        assert step.sources is not None
        given = {name: evaluate_arg(arg, Env({})) for name, arg in step.action.args}
        tensors = {name: torch.tensor(value) for name, value in given.items() if isinstance(value, tuple)}
        loss: Any = getattr(torch.nn, step.key)(**{**given, **tensors})
        yield loss(*(named[source.name] for source in step.sources))


@pytest.mark.parametrize("case", [case for case, text in CASES.items() if "loss:" in text])
def test_the_cure_trains_in_torch(case: str) -> None:
    """Without a word of warning, such as of tensors stretched to each other's shape."""
    network = check(load_text(side(CASES[case], "+")[0]), Settings()).network
    assert network is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss in losses_of(network):
            assert loss.isfinite()
            loss.backward(retain_graph=True)
