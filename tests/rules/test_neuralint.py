"""Precision and recall on the faults that NeuraLint's authors published."""

from collections import Counter

import pytest

from archc.diagnostics import Diagnostic
from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.rules.select import choose
from tests.rules.neuralint import CASES, REAL, Case

MISMATCH = {"ARC104", "ARC301", "ARC302", "ARC304", "ARC305", "ARC307", "ARC312"}
"""What a shape that fits nothing can be told as."""


def found_in(text: str) -> list[Diagnostic]:
    found = survey(load_text(text), Settings(), choose().rules).found
    return [each.diagnostic for each in found]


def kinds_in(text: str) -> Counter[str]:
    """The kinds of fault found: remarks do not count, but for the bias, which NeuraLint holds for a fault."""
    told = [each for each in found_in(text) if each.severity != "info" or each.code == "ARC403"]
    return Counter("mismatch" if each.code in MISMATCH else each.code for each in told)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_fault_is_found_and_nothing_else(case: Case) -> None:
    assert kinds_in(case.faulty) == Counter(case.faults)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cure_leaves_nothing_to_say(case: Case) -> None:
    assert kinds_in(case.mended) == Counter()


def measured() -> tuple[float, float, float]:
    """Precision, recall of the faults, and recall if what is a matter of taste counts as a fault too."""
    right = told = there = 0
    for case in CASES:
        found, wanted = kinds_in(case.faulty), Counter(case.faults)
        right += (found & wanted).total()
        told += found.total() + kinds_in(case.mended).total()
        there += wanted.total()
    return right / told, right / there, right / (there + sum(case.taste for case in CASES))


def test_precision_and_recall() -> None:
    """NeuraLint itself: precision 100 %, recall 70.5 %."""
    precision, recall, with_taste = measured()
    assert len(CASES) >= 34
    assert len(REAL) >= 20
    assert precision == 1.0
    assert recall == 1.0
    assert with_taste > 0.7
