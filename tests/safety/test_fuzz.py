"""A short run of the fuzzer: `python -m tests.safety.fuzz --minutes 30` is the long one."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


@pytest.mark.slow
def test_a_short_run_guided_by_coverage_shows_no_fault() -> None:
    pytest.importorskip("atheris", reason="the extra `fuzz` is not installed")
    command = [sys.executable, "-m", "tests.safety.fuzz", "--guided", "--minutes", "0.1", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert "stat::number_of_executed_units" in done.stderr, done.stderr[-2000:]
    assert "FAULT" not in done.stdout
    assert done.returncode == 0


def test_without_atheris_the_guided_run_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['atheris'] = None; import runpy; sys.argv[1:] = ['--guided']"
    run = f"{hidden}; runpy.run_module('tests.safety.fuzz', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install '.[test,fuzz]'" in done.stderr
