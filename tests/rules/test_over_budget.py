"""Budgets of `check` that the network exceeds as it stands are warned of; all else is left to `archc test`."""

from __future__ import annotations

import pytest

from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.rules.select import choose

SPEC = """archc: 1
name: net
params: {width: 8}
variants: {narrow: {}, wide: {width: 64}}
inputs: {x: [16, L=4]}
steps:
  - {mean: 2}
  - {side: [Linear: 1000], as: aux}
  - {Linear: width, as: fc}
outputs: {y: fc, aux: {from: aux, only: train}}
check: [CASE]
"""


def found(case: str) -> list[tuple[str, str]]:
    loaded = load_text(SPEC.replace("CASE", case), "net.yaml")
    listed = survey(loaded, Settings(), choose(select=["over-budget"]).rules).found
    return [(each.diagnostic.severity, each.diagnostic.message) for each in listed]


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("{params: {max: 100}}", "`net_narrow` has 17,136 parameters, and a case allows 100"),
        ("{variant: wide, params: {max: 18087}}", "`net_wide` has 18,088 parameters, and a case allows 18,087"),
        ("{variant: wide, macs: {max: 1023}}", "`net_wide` has 1,024 MACs, and a case allows 1,023"),
    ],
)
def test_what_exceeds_its_budget_is_warned_of(case: str, says: str) -> None:
    assert found(case) == [("warning", says)]


@pytest.mark.parametrize(
    "case",
    [
        "{variant: wide, params: {max: 18088}, macs: {max: 1024}}",
        "{variant: wide, params: 3}",
        "{set: {width: 9}, params: {max: 3}}",
        "{sizes: {L: 5}, params: {max: 3}}",
        "{inference_memory: {max: 3}}",
    ],
)
def test_what_keeps_it_and_what_other_cases_say_is_not(case: str) -> None:
    assert found(case) == []
