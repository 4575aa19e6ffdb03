"""Holding what archc finds in a faulty spec against what was planted in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archc.expand import Settings
from archc.findings import Found, survey
from archc.loading import load_text
from tests.mutation.masking import masking
from tests.mutation.plant import Planted
from tests.mutation.specimen import Fault


@dataclass(frozen=True)
class Verdict:
    """The faults that were not found, and what was found beside the faults.

    `masked` are those faults not found that no text can tell; see `tests.mutation.masking`.
    """

    planted: Planted
    missed: tuple[Fault, ...]
    masked: tuple[Fault, ...]
    surplus: tuple[Found, ...]
    found: tuple[Found, ...]

    @property
    def is_right(self) -> bool:
        """Whether every fault is one finding, and every finding a fault."""
        return not self.missed and not self.surplus


def judge(planted: Planted, *, masks: bool = True) -> Verdict:
    """Check the faulty spec in every variant. Warnings are advice, which a fault may well call for.

    Without `masks`, which take long to find, all faults that were not found count as missed.
    """
    loaded = load_text(planted.text, "<text>", planted.specimen.folder)
    found = tuple(each for each in survey(loaded, Settings()).found if each.diagnostic.severity == "error")
    left = list(found)
    missed: list[Fault] = []
    for fault, line in zip(planted.faults, planted.lines, strict=True):
        match = next((each for each in left if _is(each, fault, line)), None)
        if match is None:
            missed.append(fault)
        else:
            left.remove(match)
    masked = tuple(fault for fault in missed if masks and masking(planted, fault) is not None)
    return Verdict(planted, tuple(fault for fault in missed if fault not in masked), masked, tuple(left), found)


def _is(found: Found, fault: Fault, line: int) -> bool:
    place = found.place
    in_file = place is not None and place.file == "<text>" and place.line == line
    return in_file and found.diagnostic.code in fault.codes


def minimised(verdict: Verdict) -> Verdict:
    """The same failure with as few faults as show one."""
    for at in range(len(verdict.planted.faults)):
        fewer: Sequence[Fault] = (*verdict.planted.faults[:at], *verdict.planted.faults[at + 1 :])
        again = judge(Planted(verdict.planted.specimen, tuple(fewer)))
        if not again.is_right:
            return minimised(again)
    return verdict
