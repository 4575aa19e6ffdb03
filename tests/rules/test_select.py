"""Which rules run: `--select`, `--ignore`, and a project's settings."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from archc.cli import cli
from archc.rules import all_rules, project
from archc.rules.select import choose, named

SPEC = "archc: 1\nname: net\ninputs: {x: [64]}\nsteps: [Linear: 60, Linear: 64, ReLU, ReLU, Linear: 10]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    project._nearest.cache_clear()
    (tmp_path / "net.yaml").write_text(SPEC)
    return tmp_path


def check(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["check", "net.yaml", *options])
    return result.exit_code, result.output


def codes(output: str) -> set[str]:
    return {code for rule in all_rules() for code in [rule.code] if f"[{code}]" in output}


def test_names() -> None:
    assert [rule.code for rule in named("ARC401")] == ["ARC401"]
    assert [rule.code for rule in named("arc401")] == ["ARC401"]
    assert [rule.name for rule in named("missing-nonlinearity")] == ["missing-nonlinearity"]
    assert named("ARC4") == named("ARC") == all_rules()
    assert named("ARC3") == named("nonsense") == ()


def test_what_is_off_runs_when_selected() -> None:
    off = {rule.code for rule in all_rules() if not rule.on}
    assert off == {"ARC423", "ARC424"}
    assert not off & {rule.code for rule in choose().rules}
    assert {rule.code for rule in choose(["ARC423"]).rules} == {"ARC423"}
    assert choose(["ARC4"], ["ARC401"]).rules == tuple(rule for rule in all_rules() if rule.code != "ARC401")


def test_options(folder: Path) -> None:
    assert codes(check()[1]) == {"ARC401", "ARC402", "ARC414"}
    assert codes(check("--select", "ARC402")[1]) == {"ARC402"}
    assert codes(check("--select", "ARC401,redundant-activation")[1]) == {"ARC401", "ARC402"}
    assert codes(check("--select", "ARC401", "--select", "ARC414")[1]) == {"ARC401", "ARC414"}
    assert codes(check("--ignore", "ARC41, ARC402")[1]) == {"ARC401"}
    assert check("--strict")[0] == 1
    assert check("--strict", "--select", "ARC414")[0] == 0
    assert check()[0] == 0


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_unknown_names(folder: Path, option: str) -> None:
    status, output = check(option, "redundant-activaton")
    assert status == 2
    assert "did you mean `redundant-activation`?" in output
    assert check(option, "ARC499")[0] == check(option, "")[0] == check(option, "ARC301")[0] == 2


def test_project(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.archc]\nignore = ['ARC401']\nstrict = true\n")
    assert check()[0] == 1
    assert codes(check()[1]) == {"ARC402", "ARC414"}
    assert codes(check("--ignore", "ARC402")[1]) == {"ARC414"}
    assert codes(check("--select", "ARC401")[1]) == {"ARC401"}, "the command line has the last word"


def test_the_nearest_project_counts(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.archc]\nselect = ['ARC401']\n")
    inner = folder / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[tool.other]\n")
    (inner / "net.yaml").write_text(SPEC)
    result = CliRunner().invoke(cli, ["check", "inner/net.yaml"])
    assert codes(result.output) == {"ARC401"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.archc]\nselct = []\n", "`tool.archc` has no setting `selct`"),
        ("[tool.archc]\nselect = 'ARC401'\n", "`tool.archc.select` takes a list of codes or names of rules"),
        ("[tool.archc]\nignore = [1]\n", "`tool.archc.ignore` takes a list of codes or names of rules"),
        ("[tool.archc]\nignore = ['ARC301']\n", "`tool.archc.ignore` names no rule: `ARC301`"),
        ("[tool.archc]\nstrict = 1\n", "`tool.archc.strict` takes true or false, not a number"),
        ("[tool]\narchc = 1\n", "`tool.archc` is a table, not a number"),
        ("[tool.archc\n", "`pyproject.toml` cannot be read"),
        ("tool = 'archc'\n", ""),
        ("[tool.archc]\nselect = []\n", ""),
    ],
)
def test_bad_settings(folder: Path, text: str, message: str) -> None:
    (folder / "pyproject.toml").write_text(text)
    status, output = check()
    assert message in output
    assert (status == 1) == ("[ARC016]" in output) == bool(message)
    assert "[ARC402]" in output, "what is right still counts"


def test_a_settings_file_that_is_no_text(folder: Path) -> None:
    (folder / "pyproject.toml").write_bytes(b"\xff[tool.archc]")
    status, output = check()
    assert status == 1
    assert "`pyproject.toml` cannot be read: it is not UTF-8 text: byte 0xff at offset 0" in output


def test_standard_input(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.archc]\nselect = ['ARC402']\n")
    result = CliRunner().invoke(cli, ["check", "-"], input=SPEC)
    assert codes(result.output) == {"ARC402"}
