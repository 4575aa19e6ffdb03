"""Weights that had another name in version 0.1.0: a warning says so, and the fix keeps the old one."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import codes
from archc.cli import main
from archc.expand import Settings
from archc.loading import load_file, load_text
from archc.network import check
from archc.tree import ops_in
from tests.language.support import HEAD, net

SPEC = "inputs: {{x: [8]}}\nsteps:\n{}\n"


def told(text: str, **settings: object) -> list[str]:
    """The warnings about names."""
    checked = check(load_text(HEAD + text), Settings(**settings))  # type: ignore[arg-type]
    assert checked.network is not None
    assert {finding.code for finding in checked.findings} <= {codes.RENAMED}
    assert {finding.severity for finding in checked.findings} <= {"warning"}
    return [finding.message for finding in checked.findings]


def fixed(text: str, folder: Path) -> list[str]:
    """The paths of all weighted modules once the fixes are made; nothing is left to warn of."""
    file = folder / "net.yaml"
    file.write_text(HEAD + text)
    with pytest.raises(SystemExit):
        main(["check", "--fix", str(file)])
    checked = check(load_file(str(file)), Settings())
    assert checked.network is not None
    assert not checked.findings, file.read_text()
    return [path for path, op in ops_in(checked.network.body) if op.weights()]


KEPT = [
    ("- {Linear: 8, repeat: 3}\n- relu\n- {Linear: 8}", "linear_1 linear_2 linear_3 linear_4"),
    ("- Linear: 8\n- Linear: 8\n  repeat: 2\n- relu\n- LayerNorm", "linear_1 linear_2 linear_3 layernorm_1"),
    ("- {LayerNorm: {}, repeat: 2}\n- relu\n- LayerNorm", "layernorm_1 layernorm_2 layernorm_3"),
    (
        "- {chain: [Linear: 8, relu: {}, Linear: 8], repeat: 2}\n- Linear: 8",
        "linear_1 linear_2 linear_3 linear_4 linear_5",
    ),
    (
        "- {chain: [Linear: 8, relu: {}, LayerNorm: {}], repeat: 2}\n- Linear: 8",
        "linear_1 layernorm_1 linear_2 layernorm_2 linear_3",
    ),
    (
        "- chain:\n  - {Linear: 8, repeat: 2}\n  - relu\n  repeat: {j: 2}\n- {Linear: 8}",
        "linear_1 linear_2 linear_3 linear_4 linear_5",
    ),
    ("- {Linear: 8, repeat: 0}\n- relu\n- Linear: 8", "linear_1"),
    ("- {Linear: 8, repeat: 1}\n- relu\n- Linear: 8", "linear_1 linear_2"),
    (
        "- chain:\n  - {chain: [{Linear: 8}, relu], repeat: 2}\n  repeat: 2\n- relu",
        "linear_1 linear_2 linear_3 linear_4",
    ),
]


@pytest.mark.parametrize(("steps", "paths"), KEPT)
def test_the_fix_keeps_the_names(steps: str, paths: str, tmp_path: Path) -> None:
    assert told(SPEC.format(steps))
    assert fixed(SPEC.format(steps), tmp_path) == paths.split()


def test_old_and_new_names_are_told_for_all_values() -> None:
    text = f"params: {{{{depth: 2}}}}\n{SPEC}"
    steps = "- {Linear: 8, repeat: depth}\n- relu\n- {Linear: 8, repeat: {j: 2}}\n- {Linear: 8}"
    assert told(text.format(steps)) == [
        "what was `linear_{i + 1}.weight` in the `state_dict` is now `linear_1.{i}.weight`",
        "what was `linear_{j + depth + 1}.weight` in the `state_dict` is now `linear_2.{j}.weight`",
        "what was `linear_{depth + 3}.weight` in the `state_dict` is now `linear_3.weight`",
    ]


def test_names_of_blocks_are_told_once(tmp_path: Path) -> None:
    text = """
inputs: {x: [8]}
blocks:
  unit: {params: {n: int}, steps: [{Linear: 8, repeat: n}, relu, {Linear: 8}]}
steps: [{unit: 2, as: a}, {unit: 1, as: b}, relu]
"""
    assert told(text) == [
        "what was `linear_{i + 1}.weight` in the `state_dict` is now `linear_1.{i}.weight`",
        "what was `linear_{n + 1}.weight` in the `state_dict` is now `linear_2.weight`",
    ]
    assert fixed(text, tmp_path) == ["a.linear_1", "a.linear_2", "a.linear_3", "b.linear_1", "b.linear_2"]


def test_where_no_template_keeps_a_name_it_says_so() -> None:
    rows = "params: {t: {type: table, columns: {n: int}, default: [[8], [8]]}}\n"
    steps = ["- {Linear: row.n, repeat: {row: t}}\n- relu", "- {add: {body: {Linear: 8}, skip: []}, repeat: 2}"]
    for step in steps:
        checked = check(load_text(HEAD + rows + SPEC.format(f"{step}\n- relu")), Settings())
        (finding,) = [finding for finding in checked.findings if finding.code == codes.RENAMED]
        assert (finding.help, finding.fixes) == ("no `as` keeps the old name", ())
    assert told(SPEC.format(steps[1])) == [
        "what was `body_{i + 1}.weight` in the `state_dict` is now `body.{i}.weight`"
    ]


@pytest.mark.parametrize(
    "steps",
    [
        "- {Linear: 8, repeat: 3, as: h}\n- relu",
        '- {Linear: 8, repeat: {i: 3}, as: "h{i}"}\n- relu',
        "- {Linear: 8, repeat: 3}\n- ReLU",
        "- {Sequential: [{Linear: 8, repeat: 3}], as: s}\n- relu",
        "- {ReLU: {}, repeat: 3}\n- relu",
        "- {relu: {}, repeat: 3}\n- {Linear: 8}",
        '- {add: {skip: [], body: {Linear: 8, as: "body{i}"}}, repeat: {i: 2}}',
        "- {Linear: 8, when: false, else: Identity}\n- {Linear: 8, repeat: 2}\n- relu",
    ],
)
def test_nothing_is_said_where_no_key_changes_or_the_text_is_new(steps: str) -> None:
    assert told(SPEC.format(steps)) == []


def test_a_network_that_was_modules_alone_at_these_values() -> None:
    text = f"params: {{{{p: false}}}}\n{SPEC}".format("- {Linear: 8}\n- {relu: {}, when: p}\n- {Linear: 8}")
    assert told(text) == ["what was `0.weight` in the `state_dict` is now `linear_1.weight`"]
    assert told(text, params={"p": True}) == []
    assert told(SPEC.format("- {Linear: 8, from: x}\n- {Linear: 8}")) == []


def test_two_initialisers_of_one_tensor() -> None:
    text = """
inputs: {x: [8]}
steps:
  - {Linear: 8, as: fc}
  - {Parameter: {shape: [8]%s}, as: scale}
  - {mul: {broadcast: true}, from: [fc, scale]}
init: {"%s": {normal: {std: 0.02}}}
"""
    (finding,) = check(load_text(HEAD + text % (", init: ones", "sc*")), Settings()).findings
    assert (finding.code, finding.severity) == (codes.INIT_TWICE, "warning")
    assert finding.message == "`scale` has an `init` of its own, over which this rule wins"
    assert not net(text % ("", "scale")).diagnostics
    assert not net(text % (", init: ones", "fc.*")).diagnostics


@pytest.mark.parametrize(
    ("steps", "was", "now"),
    [
        ("- {Linear: 8, repeat: 1, as: h}\n- relu", "h", "h.0"),
        ("- {Linear: 8, repeat: 1, as: h}\n- ReLU", "h", "h.0"),
        ("- {chain: [{Linear: 8, as: h}, relu], repeat: 1}", "h", "h.0"),
        ("- {Sequential: [{Linear: 8, repeat: 1, as: h}], as: s}\n- relu", "h", "h.0"),
    ],
)
def test_a_name_of_one_round_was_that_of_the_module(steps: str, was: str, now: str) -> None:
    assert told(SPEC.format(steps)) == [f"what was `{was}.weight` in the `state_dict` is now `{now}.weight`"]
    assert told(SPEC.format(steps.replace("repeat: 1", "repeat: 2"))) == []


def test_branches_that_a_sequential_repeats_have_one_name() -> None:
    steps = "- {as: body, Sequential: [{repeat: %s, add: {skip: [], inner: {Linear: 8}}}]}\n- relu"
    message = "what was `inner.weight` in the `state_dict` is now `inner.0.weight`"
    assert told(SPEC.format(steps % 2)) == [message]
    assert told(SPEC.format(steps.replace("repeat: %s, ", ""))) == []
