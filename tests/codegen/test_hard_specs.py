"""Small specs that a search found an earlier writer to fail at."""

from pathlib import Path

import pytest

import archc
from archc.codegen.classnames import network_class
from archc.codegen.replay import ProofError, prove

SPECS = Path(__file__).parent / "specs"


@pytest.mark.parametrize("file", sorted(SPECS.glob("hard/*.yaml")), ids=lambda file: file.stem)
def test_source_is_proven(file: Path) -> None:
    assert archc.load(file).source()


@pytest.mark.parametrize("file", sorted(SPECS.glob("hard/*.yaml")), ids=lambda file: file.stem)
def test_source_is_proven_with_each_flag_the_other_way(file: Path) -> None:
    network = archc.load(file)
    name = network_class(network.spec)
    for param in network.spec.scope.params:
        if param.type == "bool":
            call = f"{name}({param.name}={not param.default})"
            try:
                other = archc.load(file, params={param.name: not param.default})
            except archc.SpecError:
                with pytest.raises(ProofError, match="ValueError"):
                    prove(network, network.source(), call)
            else:
                prove(other, network.source(), call)
