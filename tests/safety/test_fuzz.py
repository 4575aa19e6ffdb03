"""A short run of the fuzzer: `python -m tests.safety.fuzz --minutes 30` is the long one."""

from __future__ import annotations

from tests.safety.fuzz.judge import guarded, judge
from tests.safety.fuzz.run import KINDS, fuzz


def test_a_few_of_every_kind_of_input_show_no_fault() -> None:
    report = fuzz(60, seed=5, most=4)
    assert report.found == {}
    assert set(report.ran) == set(KINDS)


def test_the_fuzzer_sees_exceptions_hangs_and_files_elsewhere(tmp_path) -> None:
    def spin() -> None:
        while True:
            pass

    def crash() -> None:
        raise KeyError("x")

    assert [fault.signature.split()[0] for fault in guarded(spin, 0.05)] == ["slow"]
    assert [fault.signature.split()[0] for fault in guarded(crash, 1)] == ["KeyError"]
    touched = list(guarded(lambda: (tmp_path / "x").write_text("x") and None, 1, str(tmp_path / "inside")))
    assert [fault.signature.split()[:2] for fault in touched] == [["touched", "open"]]
    assert not list(guarded(lambda: (tmp_path / "x").write_text("x") and None, 1, str(tmp_path)))
    assert not list(judge("archc: 1\nname: net\ninputs: {x: [8]}\nsteps: [{Linear: 2}]\n"))
