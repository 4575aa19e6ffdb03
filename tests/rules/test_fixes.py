"""Fixes that rules propose: made, the finding is gone and nothing is wrong; shapes stay as they were."""

import pytest

from archc.expand import Settings
from archc.findings import survey
from archc.fixes import apply_changes, resolve_edits
from archc.loading import load_text
from archc.network import check
from archc.rules import all_rules
from archc.rules.base import Rule
from archc.rules.select import choose
from tests.rules.test_pages import examples

FIXING = {"ARC403", "ARC405", "ARC415", "ARC416", "ARC417", "ARC418", "ARC419"}
HEAD = "archc: 1\nname: net\ninputs: {x: [3, 16, 16]}\n"


def fixed(text: str, code: str) -> tuple[str, bool]:
    """The text with the first fix for a finding of that code, and whether it is safe."""
    loaded = load_text(text, "net.yaml")
    found = survey(loaded, Settings(), choose().rules).found
    fix = next(fix for each in found if each.diagnostic.code == code for fix in each.diagnostic.fixes)
    changes = resolve_edits(loaded.documents, fix)
    assert changes
    return apply_changes(text, changes), fix.safe


@pytest.mark.parametrize("rule", [rule for rule in all_rules() if rule.code in FIXING], ids=lambda rule: rule.name)
def test_pages(rule: Rule) -> None:
    text = examples(rule)[0]
    after, _ = fixed(text, rule.code)
    left = [each.diagnostic for each in survey(load_text(after, "net.yaml"), Settings(), choose().rules).found]
    assert rule.code not in {each.code for each in left}
    assert "error" not in {each.severity for each in left}
    before, now = (check(load_text(each, "net.yaml"), Settings()).network for each in (text, after))
    assert before is not None
    assert now is not None
    assert [out.type.shape[1:] for out in before.body.outputs] == [out.type.shape[1:] for out in now.body.outputs]


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("- Conv2d: {out_channels: 8, kernel_size: 3}", "- Conv2d: {out_channels: 8, bias: false, kernel_size: 3}"),
        (
            "- Conv2d: {out_channels: 8, kernel_size: 3, bias: true}",
            "- Conv2d: {out_channels: 8, kernel_size: 3, bias: false}",
        ),
        (
            "- Conv2d:\n      out_channels: 8\n      kernel_size: 3",
            "- Conv2d:\n      out_channels: 8\n      bias: false\n      kernel_size: 3",
        ),
    ],
)
def test_a_bias_is_left_out_as_the_author_writes(step: str, wanted: str) -> None:
    text = f"{HEAD}steps:\n  {step}\n  - BatchNorm2d\n  - ReLU\n"
    assert fixed(text, "ARC403") == (text.replace(step, wanted), True)


def test_a_primary_argument_becomes_a_mapping() -> None:
    text = "archc: 1\nname: net\ninputs: {x: [64]}\nsteps: [Linear: 16 * 2, BatchNorm1d, ReLU, Linear: 8]\n"
    assert '[Linear: {out_features: "16 * 2", bias: false}, BatchNorm1d' in fixed(text, "ARC403")[0]


@pytest.mark.parametrize(
    "steps",
    [
        "params: {b: true}\nsteps: [{Conv2d: {out_channels: 8, kernel_size: 3, bias: b}}, BatchNorm2d, ReLU]",
        "blocks: {c: {steps: [{Conv2d: {out_channels: 3, kernel_size: 3}}]}}\nsteps: [c, BatchNorm2d, ReLU, c, ReLU]",
    ],
)
def test_no_fix_where_others_depend_on_it(steps: str) -> None:
    """A bias that a parameter decides, or that another use of the block needs."""
    found = survey(load_text(f"{HEAD}{steps}\n"), Settings(), choose().rules).found
    (bias,) = [each.diagnostic for each in found if each.diagnostic.code == "ARC403"]
    assert bias.fixes == ()


@pytest.mark.parametrize("more", ["check: [{params: 248}]\n", "variants: {a: {}}\n"])
def test_not_safe_where_weights_are_counted_or_the_norm_may_go(more: str) -> None:
    text = f"{HEAD}{more}steps: [{{Conv2d: {{out_channels: 8, kernel_size: 3}}}}, BatchNorm2d, ReLU]\n"
    assert not fixed(text, "ARC403")[1]
