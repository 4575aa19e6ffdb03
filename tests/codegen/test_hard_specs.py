"""Small specs that a search found the writer to fail at: those that are mended, and those that are not yet."""

from pathlib import Path

import pytest

import archc
from archc.codegen.replay import ProofError

SPECS = Path(__file__).parent / "specs"
OPEN = {
    "dropped_side_of_training": "one dropped output of training takes the others along",
    "fork_of_later_rounds": "branches that the first round lacks are called as if it had them",
    "parameter_called_nn": "parameters called `nn` and `super` hide torch's module from the constructor",
    "repeated_fork_in_branch": "the branches of all rounds have one name",
    "repeated_fork_in_sequential": "the branches of all rounds have one name",
    "training_alone_under_a_condition": "a step under a condition is not held back for training",
}
"""By spec: why its source is not proven. Nothing is written for these, as a file is proven before it is."""


@pytest.mark.parametrize("file", sorted(SPECS.glob("mended/*.yaml")), ids=lambda file: file.stem)
def test_source_is_proven(file: Path) -> None:
    assert archc.load(file).source()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(raises=ProofError, strict=True, reason=why))
        for name, why in OPEN.items()
    ],
)
def test_source_is_to_be_proven(name: str) -> None:
    assert archc.load(SPECS / "open" / f"{name}.yaml").source()
