"""Faults planted in sound specs: each is found at its own line, and nothing else is."""

from __future__ import annotations

import random

import pytest

from tests.mutation.__main__ import told
from tests.mutation.judge import Verdict, judge
from tests.mutation.kinds import KINDS
from tests.mutation.measure import Tally, cases
from tests.mutation.plant import Planted
from tests.mutation.specimen import specimens

CASES = 150
"""How many specs with up to five faults are tried here; `python -m tests.mutation` tries more."""
DECIDABLE = 0.97
"""The least share of all faults found at once: some verdicts need a size that another fault leaves open."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_alone_is_one_finding_at_its_line(kind: str) -> None:
    tried = 0
    for at, specimen in enumerate(random.Random(kind).sample(specimens(), len(specimens()))):
        fault = KINDS[kind](specimen, random.Random(at))
        if fault is None:
            continue
        verdict = judge(Planted(specimen, (fault,)))
        assert verdict.is_right, "\n".join(told(verdict))
        tried += 1
        if tried == 3:
            break
    assert tried


def test_several_faults_cause_no_further_findings_and_hide_few() -> None:
    tally, surplus = Tally(), list[Verdict]()
    for verdict in cases(CASES, seed=1):
        tally.add(verdict)
        if verdict.surplus:
            surplus.append(verdict)
    assert not surplus, "\n".join(line for verdict in surplus for line in told(verdict))
    assert tally.recall() >= DECIDABLE
    assert tally.planted[""] > 2 * CASES
