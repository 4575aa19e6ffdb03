"""Each rule's page is its test: what triggers it is found, by it alone, and the mended spec is clean."""

import re

import pytest

from archc.expand import Settings
from archc.findings import Found, survey
from archc.loading import load_text
from archc.rules import all_rules
from archc.rules.base import Rule
from archc.rules.select import choose

SECTIONS = ["What", "Why", "Triggers it", "Mended"]


def examples(rule: Rule) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", rule.page, re.DOTALL)


def found_by(rule: Rule, text: str) -> tuple[Found, ...]:
    rules = (*choose().rules, *(() if rule.on else (rule,)))
    return survey(load_text(text, "net.yaml"), Settings(), rules).found


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_page(rule: Rule) -> None:
    faulty, mended = examples(rule)
    assert {found.diagnostic.code for found in found_by(rule, faulty)} == {rule.code}
    assert found_by(rule, mended) == ()
    assert rule.page.startswith(f"# {rule.code} {rule.name}: ")
    assert re.findall(r"^## (.*)$", rule.page, re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_findings_are_whole(rule: Rule) -> None:
    for found in found_by(rule, examples(rule)[0]):
        finding = found.diagnostic
        assert found.place is not None
        assert found.place.line > 1
        assert finding.severity == rule.severity
        assert finding.confidence == rule.confidence
        assert finding.help
        assert finding.message[0] in "`abcdefghijklmnopqrstuvwxyz" or finding.message[0].isdigit()
        assert not finding.message.endswith(".")
        assert "\n" not in finding.message


def test_codes_and_names_are_told_apart() -> None:
    rules = all_rules()
    assert len({rule.code for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
    assert len(rules) >= 26
    assert all(rule.code.startswith("ARC4") for rule in rules)
