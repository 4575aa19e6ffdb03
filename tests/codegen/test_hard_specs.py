"""Small specs that a search found the writer to fail at: those that are mended, and those that are not yet."""

from pathlib import Path

import pytest

import archc
from archc.codegen.classnames import network_class
from archc.codegen.replay import ProofError, prove

SPECS = Path(__file__).parent / "specs"
OPEN = {
    "parameter_called_nn": "parameters called `nn` and `super` hide torch's module from the constructor",
}
"""By spec: why its source is not proven. Nothing is written for these, as a file is proven before it is."""


@pytest.mark.parametrize("file", sorted(SPECS.glob("mended/*.yaml")), ids=lambda file: file.stem)
def test_source_is_proven(file: Path) -> None:
    assert archc.load(file).source()


@pytest.mark.parametrize("file", sorted(SPECS.glob("mended/*.yaml")), ids=lambda file: file.stem)
def test_source_is_proven_with_each_flag_the_other_way(file: Path) -> None:
    network = archc.load(file)
    name = network_class(network.spec)
    for param in network.spec.scope.params:
        if param.type == "bool":
            other = archc.load(file, params={param.name: not param.default})
            prove(other, network.source(), f"{name}({param.name}={not param.default})")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(raises=ProofError, strict=True, reason=why))
        for name, why in OPEN.items()
    ],
)
def test_source_is_to_be_proven(name: str) -> None:
    assert archc.load(SPECS / "open" / f"{name}.yaml").source()
