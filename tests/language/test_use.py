"""`use`: blocks from other files, relative to this one, namespaced, acyclic."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import codes
from tests.language.support import finding, findings, net, shape, state

LIBRARY = """
archc: 1
name: parts
params: {width: 6}
let: {twice: 2 * width}
blocks:
  layer: {params: {out: int}, steps: [{Linear: out, as: fc}, relu]}
  wide: {steps: [{layer: twice, as: inner}]}
"""
USER = "inputs: {x: [8]}\nuse: {p: parts.yaml}\nsteps: [p.layer: 4, {p.wide: {}, as: wide}]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts.yaml").write_text(LIBRARY)
    return tmp_path


def test_a_block_is_called_by_its_namespace(folder: Path) -> None:
    network = net(USER, folder=folder)
    assert shape(network) == (12,)
    assert list(state(network)) == ["0.fc.weight", "0.fc.bias", "wide.inner.fc.weight", "wide.inner.fc.bias"]


def test_a_list_of_paths_is_called_after_the_files(folder: Path) -> None:
    text = USER.replace("{p: parts.yaml}", "[parts.yaml]").replace("p.", "parts.").replace("parts.parts", "parts")
    assert shape(net(text.replace("[parts.yaml]", "[parts.yaml]"), folder=folder)) == (12,)


def test_a_block_sees_its_own_files_names_not_the_users(folder: Path) -> None:
    text = "params: {width: 100}\n" + USER
    assert shape(net(text, folder=folder)) == (12,)


def test_a_used_block_can_be_a_choice(folder: Path) -> None:
    text = "params: {kind: {type: block, choices: [p.layer, Linear], default: p.layer}}\n" + USER
    assert shape(net(text.replace("steps: [p.layer: 4", "steps: [kind: 4"), folder=folder)) == (12,)


def test_a_used_file_may_use_others(folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "deep.yaml").write_text(
        "archc: 1\nname: deep\nuse: {q: ../parts.yaml}\nblocks: {b: {steps: [q.layer: 5]}}"
    )
    assert shape(net("inputs: {x: [8]}\nuse: {d: more/deep.yaml}\nsteps: [d.b]", folder=folder)) == (5,)


def test_what_ships_with_archc_can_be_used() -> None:
    network = net("inputs: {x: [8, 6, 6]}\nuse: {c: 'archc:blocks/conv_relu.yaml'}\nsteps: [c.conv_relu: 4]")
    assert shape(network)[0] == 4


def test_an_unknown_block_of_it(folder: Path) -> None:
    wrong = finding(USER.replace("p.layer", "p.leyer"), folder=folder)
    assert (wrong.code, wrong.line, wrong.column) == (codes.UNKNOWN_OP, 3, 9)
    assert wrong.help == "did you mean `p.layer`?"


@pytest.mark.parametrize("path", ["prats.yaml", "../parts.yaml", "/etc/hostname", "", "nowhere/parts.yaml"])
def test_a_path_that_does_not_do(folder: Path, path: str) -> None:
    """One finding: what the file would have brought is not complained about."""
    wrong = finding(USER.replace("parts.yaml", f"'{path}'"), folder=folder)
    assert (wrong.code, wrong.line, wrong.column) == (codes.USE, 2, 10)


def test_files_do_not_use_each_other_in_a_circle(folder: Path) -> None:
    (folder / "a.yaml").write_text("archc: 1\nname: a\nuse: {b: b.yaml}\nblocks: {x: {steps: [b.y]}}")
    (folder / "b.yaml").write_text("archc: 1\nname: b\nuse: {a: a.yaml}\nblocks: {y: {steps: [ReLU]}}")
    found = findings("inputs: {x: [8]}\nuse: {a: a.yaml}\nsteps: [a.x]", folder=folder)
    assert codes.USE in {each.code for each in found}
    assert any("circle" in each.message for each in found)


def test_a_fault_in_a_used_file_is_shown_there(folder: Path) -> None:
    (folder / "parts.yaml").write_text(LIBRARY.replace("Linear", "Linaer"))
    found = findings(USER, folder=folder)
    assert [each.code for each in found] == [codes.UNKNOWN_OP, codes.USE]


def test_a_misspelt_path_is_one_finding_and_hides_nothing_of_what_it_leads_to(folder: Path) -> None:
    text = (
        USER.replace("parts.yaml", "prats.yaml")
        .replace("p.layer: 4", "p.layer: 4.5")
        .replace("wide: {}", "wide: {q: 1}")
    )
    found = findings(text, folder=folder)
    assert [(each.code, each.line) for each in found] == [
        (codes.USE, 2), (codes.BAD_ARGUMENT, 3), (codes.UNKNOWN_ARGUMENT, 3),
    ]  # fmt: skip
