"""Faults planted in sound specs: each is found at its own line, and nothing else is."""

from __future__ import annotations

import random

import pytest

from tests.mutation.__main__ import told
from tests.mutation.judge import Verdict, judge
from tests.mutation.kinds import KINDS
from tests.mutation.masking import masking
from tests.mutation.measure import Tally, cases
from tests.mutation.plant import Planted
from tests.mutation.specimen import FOLDERS, Fault, Specimen, specimen, specimens
from tests.mutation.text import Change

CASES = 150
"""How many specs with up to five faults are tried here; `python -m tests.mutation` tries more."""
DECIDABLE = 0.98
"""The least share of all faults found at once: some cannot be told beside others, see `tests.mutation.masking`."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_alone_is_one_finding_at_its_line(kind: str) -> None:
    tried = 0
    for at, sound in enumerate(random.Random(kind).sample(specimens(), len(specimens()))):
        fault = KINDS[kind](sound, random.Random(at))
        if fault is None:
            continue
        verdict = judge(Planted(sound, (fault,)))
        assert verdict.is_right, "\n".join(told(verdict))
        tried += 1
        if tried == 3:
            break
    assert tried


def test_several_faults_cause_no_further_findings_and_hide_few() -> None:
    tally, surplus = Tally(), list[Verdict]()
    for verdict in cases(CASES, seed=1, masks=False):
        tally.add(verdict)
        if verdict.surplus:
            surplus.append(verdict)
    assert not surplus, "\n".join(line for verdict in surplus for line in told(verdict))
    assert tally.recall() >= DECIDABLE
    assert tally.planted[""] > 2 * CASES


def test_a_fault_is_masked_only_where_a_sound_spec_has_it() -> None:
    lenet = specimen(FOLDERS[0] / "lenet.yaml")
    features = _replaced(lenet, "told_wrong", "Linear: 84", "Linear: {out_features: 84, in_features: 7919}")
    open_ = _replaced(lenet, "text_for_number", "120", "sixty four")
    window = _replaced(lenet, "large_window", "kernel_size: 5}", "kernel_size: 7919}")
    assert "7919\n" in (masking(Planted(lenet, (open_, features)), features) or "")
    assert masking(Planted(lenet, (open_, window)), window) is None


def _replaced(of: Specimen, kind: str, before: str, after: str) -> Fault:
    start = of.page.text.index(before)
    return Fault(kind, (Change(start, start + len(before), after),), start, frozenset())
