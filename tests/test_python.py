"""The Python interface: what it takes from other libraries, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archc

SPEC = """\
archc: 1
name: net
params:
  wide: 8
  p: 0.5
  bias: true
  kernels: {type: "list[int]", default: [3, 3]}
  rows: {type: table, columns: {out: int, act: str}, default: [[4, ReLU]]}
inputs: {x: [3, L=16]}
steps:
  - {Conv1d: {out_channels: wide, kernel_size: "kernels[0]", bias: bias}}
  - Dropout: p
  - {Conv1d: {out_channels: row.out, kernel_size: 1}, repeat: {row: rows}}
"""


class Listed(Sequence[Any]):
    """A list of another library, as OmegaConf has one."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)


@pytest.mark.parametrize(
    ("name", "given", "plain"),
    [
        ("wide", np.int64(4), 4),
        ("p", np.float32(0.25), 0.25),
        ("p", np.float64(0.25), 0.25),
        ("bias", np.bool_(False), False),
        ("kernels", np.array([1, 5]), (1, 5)),
        ("kernels", range(1, 3), (1, 2)),
        ("kernels", Listed(np.int32(1), 2), (1, 2)),
        ("rows", Listed({"out": np.int8(2), "act": "GELU"}, Listed(3, "ReLU")), None),
    ],
)
def test_numbers_and_lists_of_other_libraries_are_plain_data(name: str, given: Any, plain: Any) -> None:
    network = archc.loads(SPEC, params={name: given})
    assert plain is None or network.given[name] == plain
    assert type(network.given[name]) is type(plain) or plain is None
    assert network.source() == archc.loads(SPEC, params={name: network.given[name]}).source()


def test_sizes_are_whole_numbers() -> None:
    assert archc.loads(SPEC, sizes={"L": np.int32(9)}).settled.sizes == {"L": 9}
    for size in (9.5, "9", True, None):
        with pytest.raises(archc.SpecError, match="size `L` must be a whole number from 1 to"):
            archc.loads(SPEC, sizes={"L": size})  # type: ignore[dict-item]


def test_equal_arguments_build_one_network(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(SPEC)
    modules = [archc.build(path, params={"wide": wide}) for path in (file, str(file)) for wide in (4, np.int64(4))]
    assert len({type(module) for module in modules}) == 1


@pytest.mark.parametrize("given", [None, b"archc: 1", {"archc": 1}, 3])
def test_a_spec_is_text(given: Any) -> None:
    with pytest.raises(TypeError, match=r"archc\.loads takes the text of a spec, a str, not"):
        archc.loads(given)


@pytest.mark.parametrize("given", [None, {"archc": 1}, 3])
def test_a_spec_is_named_by_a_path(given: Any) -> None:
    for call in (archc.load, archc.build):
        with pytest.raises(TypeError, match="a spec is named by a path or a str, not"):
            call(given)


def test_settings_are_mappings() -> None:
    with pytest.raises(TypeError, match="`params` takes a mapping from names to values, not list"):
        archc.loads(SPEC, params=[("wide", 4)])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`sizes` takes a mapping from names to values, not int"):
        archc.loads(SPEC, sizes=4)  # type: ignore[arg-type]
