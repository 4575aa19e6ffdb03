"""`archc diff` as users run it: between files, variants, and commits of a repository."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import cli

BEFORE = """\
archc: 1
name: net
params: {width: 8, classes: 4}
variants: {small: {width: 4}, large: {width: 16}, old: {}}
use: {parts: parts/unit.yaml}
inputs: {image: [3, H=32, W=32]}
steps:
  - {Conv2d: {out_channels: width, kernel_size: 3, padding: 1}, as: stem}
  - {parts.unit: width, repeat: 3, as: body}
  - mean: [2, 3]
  - {Linear: classes, as: fc}
outputs: {logits: fc}
"""
AFTER = BEFORE.replace("old: {}", "huge: {width: 64}").replace("Linear: classes", "Linear: 2 * classes")
UNIT = """\
archc: 1
name: parts
blocks:
  unit:
    params: {out: int}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, padding: 1}, as: conv}
      - {BatchNorm2d: {}, as: norm}
      - add: [norm, input]
"""
ODD = "é 世 [x] it's.yaml"
FAULTY = BEFORE.replace("Linear: classes", "Linaer: classes")
LIBRARY = "archc: 1\nname: lib\nblocks: {b: {steps: [relu]}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two commits: `v1` has the specs as they were; the working tree lacks the file that they used."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("net.yaml", BEFORE), (ODD, BEFORE), ("parts/unit.yaml", UNIT), ("deep/net.yaml", LIBRARY)):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    Path("link.yaml").symlink_to("net.yaml")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("tag", "v1")
    Path("net.yaml").write_text(AFTER.replace("parts/unit.yaml", "parts/other.yaml"))
    Path("parts/unit.yaml").rename("parts/other.yaml")
    git("add", ".")
    git("commit", "-q", "-m", "second")
    return tmp_path


def git(*words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


def archc(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments])


def test_a_commit_is_read_with_the_files_that_it_used(folder: Path) -> None:
    assert not Path("parts/unit.yaml").exists()
    lines = archc("v1:net.yaml", "net.yaml").output.splitlines()
    assert lines[0] == "v1:net.yaml -> net.yaml"
    assert "removed  variants old" in lines
    assert "added  variants huge" in lines
    assert "changed  fc      Linear: out_features 4 -> 8" in lines
    assert "output   logits  shape 4 -> 8" in lines
    assert [line for line in lines if line.endswith(":")] == ["small:", "large:"]
    assert archc("HEAD:net.yaml", "net.yaml", "--exit-code").exit_code == 0
    assert archc("v1:net.yaml", "HEAD~1:net.yaml").output == "v1:net.yaml and HEAD~1:net.yaml are identical\n"


def test_a_block_file_that_changed_is_a_change(folder: Path) -> None:
    Path("parts/other.yaml").write_text(UNIT.replace("BatchNorm2d: {}", "BatchNorm2d: {eps: 0.5}"))
    lines = archc("HEAD:net.yaml:small", "net.yaml").output.splitlines()
    assert "changed  body.0.norm ... body.2.norm (3)  BatchNorm2d: eps 1e-05 -> 0.5" in lines


def test_paths_are_seen_from_the_working_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "deep")
    assert archc("HEAD:../net.yaml", "../net.yaml").output.endswith("are identical\n")
    assert archc(f"HEAD:{folder}/net.yaml:large", "HEAD:../net.yaml").output.endswith("are identical\n")
    monkeypatch.setenv("GIT_DIR", str(folder / "nowhere"))  # as a hook of another repository has it
    assert archc("HEAD:../net.yaml", "../net.yaml").output.endswith("are identical\n")


def test_names_may_be_odd(folder: Path) -> None:
    Path("parts/unit.yaml").write_text(UNIT)
    assert archc(f"v1:{ODD}", ODD).output == f"v1:{ODD} and {ODD} are identical\n"
    Path("a:b.yaml").write_text(UNIT)
    Path("HEAD:net.yaml").write_text(BEFORE)  # a file of that name goes before
    assert archc("HEAD:net.yaml", "v1:net.yaml").output.endswith("are identical\n")


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ("nope:net.yaml", "`nope` is no commit of the repository in"), ("--help:net.yaml", "no such option"),
        ("HEAD:nut.yaml", "there is no file `nut.yaml` in HEAD"), ("v1:link.yaml", "it is a link"),
        ("v1:deep/net.yaml", "is a library of blocks"), ("HEAD:/net.yaml", "not a git repository"),
        ("HEAD:net.yaml:tiny", "has no variant `tiny`"), ("HEAD:parts/../../net.yaml", "not a git repository"),
        ("HEAD:new/net.yaml", "there is no file `new/net.yaml` in HEAD"), ("\x1b[31m:net.yaml", "\\x1b[31m"),
        ("HEAD^{tree}:net.yaml", "is no commit"), ("v1:net.yaml\0.yaml", "\\x00"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_finding(folder: Path, one: str, said: str) -> None:
    done = archc(one, "net.yaml")
    assert said.lower() in done.output.lower()
    assert done.exit_code == (2 if one.startswith("--") else 1)
    assert "\x1b" not in done.output


def test_without_git_there_is_a_finding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    done = archc("HEAD:net.yaml", "net.yaml")
    assert (done.exit_code, "there is no git" in done.output) == (1, True)
    assert archc("net.yaml", "net.yaml").exit_code == 0


def test_errors_of_both_are_shown(folder: Path) -> None:
    Path("bad.yaml").write_text(FAULTY.replace("unit.yaml", "other.yaml"))
    done = archc("bad.yaml", "net.yaml")
    assert (done.exit_code, "Linaer" in done.output) == (1, True)
    git("add", ".")
    git("commit", "-q", "-m", "third")
    assert "HEAD:bad.yaml:11" in archc("net.yaml", "HEAD:bad.yaml").output
    assert archc("none.yaml", "nothing.yaml").output.count("error[ARC001]") == 2
    assert archc("-", "-").exit_code == 2
    assert archc("net.yaml").exit_code == 2


def test_settings_hold_for_both(folder: Path) -> None:
    assert archc("HEAD:net.yaml", "net.yaml", "--set", "classes=3", "--size", "H=64").exit_code == 0
    assert "out_features 3 -> 6" in archc("v1:net.yaml:small", "net.yaml", "--set", "classes=3").output
    assert archc("v1:net.yaml", "net.yaml", "--set", "klasses=3").exit_code == 1
    assert "small" not in archc("v1:net.yaml", "net.yaml", "--variant", "large").output
    assert archc("v1:net.yaml:small", "net.yaml:large", "--exit-code").exit_code == 1


def test_every_format_says_the_same(folder: Path) -> None:
    whole = json.loads(archc("v1:net.yaml", "net.yaml", "--format", "json").output)
    assert (whole["removed_variants"], whole["added_variants"], whole["identical"]) == (["old"], ["huge"], False)
    small, large = (each["difference"] for each in whole["compared"])
    assert [each["variant"] for each in whole["compared"]] == ["small", "large"]
    assert small["checkpoint"]["reshaped"] == [
        {"key": "fc.weight", "before": [4, 4], "after": [8, 4]}, {"key": "fc.bias", "before": [4], "after": [8]},
    ]  # fmt: skip
    assert large["sums"]["parameters"][1] - large["sums"]["parameters"][0] == 4 * 17
    changes = [each for each in small["changes"] if not each["follows"]]
    assert [(each["what"], each["path"], each["before"], each["after"]) for each in changes] == [
        ("argument", "fc", 4, 8), ("output", "logits", "4", "8"),
    ]  # fmt: skip
    told = archc("v1:net.yaml", "net.yaml", "--format", "md").output
    assert "- changed `fc`: Linear: out_features 4 -> 8" in told
    assert "| parameters | " in told
    assert archc("HEAD:net.yaml", "net.yaml", "--format", "md").output.endswith("are identical.\n")


def test_one_side_may_come_from_standard_input(folder: Path) -> None:
    done = CliRunner().invoke(
        cli, ["diff", "-", "lenet:lecture"], input="{archc: 1, name: n, inputs: {x: [4]}, steps: [Linear: 4]}"
    )
    assert (done.exit_code, done.output.startswith("- -> lenet:lecture")) == (0, True)


def test_files_that_cannot_be_read_are_findings(folder: Path) -> None:
    Path("raw.yaml").write_bytes(b"archc: 1\nname: \xff\n")
    Path("long.yaml").write_bytes(b"#" * 1_000_001)
    git("add", ".")
    git("commit", "-q", "-m", "third")
    assert "is not UTF-8 text" in archc("HEAD:raw.yaml", "net.yaml").output
    assert "at most 1000000 bytes" in archc("HEAD:long.yaml", "net.yaml").output
    if os.name == "posix":
        Path(os.fsdecode(b"\xe9.yaml")).write_text(BEFORE)
        assert archc(os.fsdecode(b"HEAD:\xe9.yaml"), "net.yaml").exit_code == 1
