"""Specs as tests: what pytest collects, how it fails, and that it costs nothing where there are none."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from archc.cli import main

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
NET = """\
archc: 1
name: net
params: {wide: 8, classes: 10}
variants:
  small: {}
  large: {wide: 16}
inputs: {image: [3, H=32, W=32]}
steps:
  - {Conv2d: {out_channels: wide, kernel_size: 3}, as: conv}
  - ReLU
  - {mean: [2, 3]}
  - {Linear: classes, as: fc}
check:
  - {variant: small, params: 314, shapes: {conv: [8, 30, 30]}}
  - {variant: large, set: {classes: 3}, sizes: {H: 64}, params: 499}
  - {params: {max: 400}}
"""
PLAIN = "archc: 1\nname: plain\ninputs: {x: [8]}\nsteps: [{Linear: 2}]\n"
ITEMS = [
    "net.yaml::check-net_small",
    "net.yaml::check-net_large",
    "net.yaml::case-net_small",
    "net.yaml::case-net_large-classes=3-H=64",
    "net.yaml::case-net_small-2",
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What installing archc leaves for pytest to find: the entry points that `pyproject.toml` declares."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = tmp_path_factory.mktemp("site")
    info = folder / "archc_as_declared-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: archc-as-declared\nVersion: 0\n")
    points = "".join(f"{name} = {value}\n" for name, value in project["entry-points"]["pytest11"].items())
    (info / "entry_points.txt").write_text(f"[pytest11]\n{points}")
    return folder


@pytest.fixture(scope="module", autouse=True)
def imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All that a run needs, before the first: pytester forgets what a run imports, and the next would do it again."""
    path = tmp_path_factory.mktemp("spec") / "net.yaml"
    path.write_text(NET)
    for command in ("check", "test"):
        with pytest.raises(SystemExit, match="0"):
            main([command, str(path)])


@pytest.fixture(autouse=True)
def found_by_pytest(installed: Path, monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester) -> None:
    monkeypatch.syspath_prepend(installed)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(installed), str(ROOT)]))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")  # it would import hypothesis anew for every run


def write(pytester: pytest.Pytester, **files: str) -> None:
    for name, text in files.items():
        (pytester.path / f"{name}.yaml").write_text(text, encoding="utf-8")


def collected(pytester: pytest.Pytester, *options: str) -> list[str]:
    lines = pytester.runpytest_inprocess("--collect-only", "-q", *options).outlines
    return [line for line in lines if "::" in line]


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command of archc prints, without its last line, which counts."""
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(arguments)
    return capsys.readouterr().out.rstrip().rpartition("\n")[0].rstrip()


# what is collected


def test_a_spec_is_a_test_for_each_variant_and_each_case(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET)
    assert collected(pytester) == ITEMS
    pytester.runpytest_inprocess().assert_outcomes(passed=5)


def test_a_spec_without_variants_or_cases_is_one_test(pytester: pytest.Pytester) -> None:
    write(pytester, other_name=PLAIN, library="archc: 1\nname: lib\nblocks: {b: {steps: [relu]}}\n")
    assert collected(pytester) == ["library.yaml::check-lib", "other_name.yaml::check-plain"]
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("wanted", "picked"),
    [
        ("net and large", [1, 3]),
        ("small", [0, 2, 4]),
        ("case and small", [2, 4]),
        ("check", [0, 1]),
        ("net_large and not check", [3]),
        ("nothing", []),
    ],
)
def test_tests_are_picked_by_network_and_variant(pytester: pytest.Pytester, wanted: str, picked: list[int]) -> None:
    write(pytester, net=NET)
    assert collected(pytester, "-k", wanted) == [ITEMS[at] for at in picked]


def test_the_shipped_networks_are_picked_by_their_names(pytester: pytest.Pytester) -> None:
    shutil.copytree(ROOT / "specs", pytester.path / "specs")
    names = [line.rpartition("::")[2] for line in collected(pytester, "-k", "googlenet and paper")]
    assert names == ["check-googlenet_paper", "case-googlenet_paper"]
    names = [line.rpartition("::")[2] for line in collected(pytester, "-k", "resnet50 and not wide")]
    assert names == ["check-resnet50", "case-resnet50"]


@pytest.mark.parametrize("at", range(len(ITEMS)))
def test_each_test_runs_by_its_id(pytester: pytest.Pytester, at: int) -> None:
    write(pytester, net=NET)
    assert collected(pytester, ITEMS[at]) == [ITEMS[at]]
    assert collected(pytester, str(pytester.path / ITEMS[at])) == [ITEMS[at]]


def test_names_are_safe_to_print_and_not_without_end(pytester: pytest.Pytester) -> None:
    text = PLAIN.replace("inputs", 'params: {s: "x", ns: [1]}\ninputs')
    many = ", ".join(map(str, range(200)))
    write(pytester, odd=f'{text}check: [{{set: {{s: "a\\nb [0m::c"}}}}, {{set: {{ns: [{many}]}}}}]\n')
    _, odd, long = collected(pytester)
    assert odd == r"odd.yaml::case-plain-s=a\nb 0m:c"
    assert long.startswith("odd.yaml::case-plain-ns=0,1,2,")
    assert len(long) < 150
    pytester.runpytest_inprocess().assert_outcomes(passed=3)


def test_other_yaml_is_left_alone(pytester: pytest.Pytester) -> None:
    write(pytester, compose="services: {archc: 1}\n", broken="a: [\n", empty="", text="- archc: 1\n")
    (pytester.path / "binary.yaml").write_bytes(bytes(range(256)) * 20_000)
    (pytester.path / "big.yml").write_bytes(b"x: 1\n" * 1_000_000)
    (pytester.path / "net.txt").write_text(NET)
    (pytester.path / "gone.yaml").symlink_to("nowhere")
    (pytester.path / "folder.yaml").mkdir()
    os.mkfifo(pytester.path / "pipe.yaml")
    assert collected(pytester) == []
    assert pytester.runpytest_inprocess("compose.yaml").ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("head", ["# a comment\n" * 5_000, "\ufeff", '"archc" : 1\n'])
def test_a_spec_is_known_wherever_its_key_stands(pytester: pytest.Pytester, head: str) -> None:
    write(pytester, net=head + (NET.partition("\n")[2] if "archc" in head else NET))
    assert collected(pytester) == ITEMS


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("", []),
        ("n*.yaml", ["nets/net.yaml"]),
        ("nets/*", ["nets/deep/plain.yaml", "nets/net.yaml", "nets/quaint.yml"]),
        ("*/deep/*", ["nets/deep/plain.yaml"]),
        ("deep/*", []),
        ("*.yml q*", ["nets/quaint.yml"]),
    ],
)
def test_a_setting_says_which_files_are_tested(pytester: pytest.Pytester, setting: str, wanted: list[str]) -> None:
    folder = pytester.mkdir("nets")
    (folder / "deep").mkdir()
    (folder / "net.yaml").write_text(NET)
    (folder / "quaint.yml").write_text(PLAIN)
    (folder / "deep" / "plain.yaml").write_text(PLAIN)
    pytester.makeini(f"[pytest]\narchc_specs = {setting}\n")
    files = {line.partition("::")[0] for line in collected(pytester)}
    assert files == {*wanted}
    assert collected(pytester, "nets/deep/plain.yaml") == ["nets/deep/plain.yaml::check-plain"]
    assert len(collected(pytester, "-o", "archc_specs=*.y*ml")) == len(ITEMS) + 2


def test_it_can_be_turned_off(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET)
    assert collected(pytester, "-p", "no:archc") == []
    assert collected(pytester, "-o", "archc_specs=") == []


# how it fails


def test_a_case_fails_with_what_was_expected_and_where(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET.replace("params: 314", "params: 315").replace("max: 400", "max: 300"))
    ran = pytester.runpytest_inprocess("-rf")
    ran.assert_outcomes(passed=3, failed=2)
    ran.stdout.fnmatch_lines(
        [
            "*case-net_small*",
            "error[[]ARC309[]]: `params` is 314, not the expected 315",
            "  --> net.yaml:14:30",
            "14 |   - {variant: small, params: 315, shapes: {conv: [[]8, 30, 30[]]}}",
            "   |                              ^^^",
            "*case-net_small-2*",
            "error[[]ARC309[]]: `params` is 314, over its budget of 300 by 14 (4.7%)",
            "*FAILED net.yaml::case-net_small - *`params` is 314*",
        ]
    )
    assert "Traceback" not in str(ran.stdout)
    assert "pytest_plugin.py" not in str(ran.stdout)


@pytest.mark.parametrize(
    "text",
    [
        NET.replace("Linear", "Linaer").replace("wide: 16", "wdie: 16"),
        NET.replace("name: net\n", ""),
        "archc: 1\nname: [\n",
        "archc: 1\n\tname: net\n",
        "archc: 2\n",
        "archc: 1\nname: net\nuse: {b: nowhere.yaml}\ninputs: {x: [8]}\nsteps: [b.block]\n",
        "archc: 1\nname: \xe9\x00\n",
    ],
    ids=["typos", "nameless", "open", "tab", "newer", "use", "control"],
)
def test_a_spec_that_cannot_be_read_is_one_failure(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """It says what `archc check` says."""
    write(pytester, net=text)
    ran = pytester.runpytest_inprocess()
    ran.assert_outcomes(failed=1)
    said = checked(capsys, "check", "net.yaml")
    assert "error[" in said
    assert said in "\n".join(line.rstrip() for line in ran.outlines)
    assert "Traceback" not in str(ran.stdout)


def test_bytes_that_are_no_text_are_one_failure(pytester: pytest.Pytester) -> None:
    (pytester.path / "net.yaml").write_bytes(b"archc: 1\nname: \xff\n")
    ran = pytester.runpytest_inprocess()
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["error[[]ARC001[]]: `net.yaml` is not UTF-8 text*"])


def test_only_the_variants_with_errors_fail(pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]) -> None:
    text = NET.replace("wide: 16", "wide: 10").replace("kernel_size: 3", 'kernel_size: "3 if wide == 8 else 40"')
    write(pytester, net=text)
    ran = pytester.runpytest_inprocess("-k", "check", "-rA")
    ran.assert_outcomes(passed=1, failed=1, deselected=3)
    ran.stdout.fnmatch_lines(["FAILED net.yaml::check-net_large*"])
    printed = "\n".join(line.rstrip() for line in ran.outlines)
    errors = [each for each in checked(capsys, "check", "net.yaml").split("\n\n") if each.startswith("error")]
    assert errors
    assert all(each in printed for each in errors)
    assert "variant small" not in printed


def test_the_project_decides_whether_warnings_fail(pytester: pytest.Pytester) -> None:
    twice = PLAIN.replace("[{Linear: 2}]", "[{Linear: 4}, {Linear: 2}]")  # no nonlinearity between them
    folder = pytester.mkdir("strict")
    (folder / "pyproject.toml").write_text("[tool.archc]\nstrict = true\n")
    (folder / "plain.yaml").write_text(twice)
    write(pytester, plain=twice)
    ran = pytester.runpytest_inprocess("-rA")
    ran.assert_outcomes(passed=1, failed=1)
    ran.stdout.fnmatch_lines(["warning[[]ARC4*", "PASSED plain.yaml::*", "FAILED strict/plain.yaml::*"])


def test_the_place_of_a_test_is_the_line_of_its_case(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET)
    items, _ = pytester.inline_genitems()
    assert [item.location[:2] for item in items] == [("net.yaml", line - 1) for line in (5, 6, 14, 15, 16)]


# with the rest of pytest


def test_stopping_and_running_the_failed_again(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET.replace("params: 499", "params: 498"), plain=PLAIN)
    pytester.runpytest_inprocess("-x").assert_outcomes(passed=3, failed=1)
    again = pytester.runpytest_inprocess("--lf")
    again.assert_outcomes(failed=1)
    write(pytester, net=NET)
    pytester.runpytest_inprocess("--lf").assert_outcomes(passed=1)


def test_beside_python_tests_under_any_import_mode(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET)
    pytester.makepyfile("def test_it(): pass")
    for mode in ("prepend", "importlib"):
        pytester.runpytest_inprocess("--import-mode", mode, "--strict-markers", "--strict-config").assert_outcomes(
            passed=6
        )


def test_a_spec_that_uses_others_from_another_folder(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("specs")
    (folder / "blocks.yaml").write_text("archc: 1\nname: blocks\nblocks: {twice: {steps: [ReLU, {Linear: 2}]}}\n")
    (folder / "net.yaml").write_text(
        PLAIN.replace("inputs", "use: [blocks.yaml]\ninputs").replace("{Linear: 2}", "blocks.twice")
    )
    pytester.runpytest_inprocess("specs").assert_outcomes(passed=2)
    pytester.runpytest_inprocess(str(folder / "net.yaml")).assert_outcomes(passed=1)
    pytester.mkdir("elsewhere")
    os.chdir(pytester.path / "elsewhere")
    pytester.runpytest_inprocess("../specs").assert_outcomes(passed=2)


@pytest.mark.slow
def test_spread_over_workers(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET.replace("params: 314", "params: 315"), plain=PLAIN)
    ran = pytester.runpytest_subprocess("-n", "2", "-rf")
    ran.assert_outcomes(passed=5, failed=1)
    ran.stdout.fnmatch_lines(["error[[]ARC309[]]: *", "FAILED net.yaml::case-net_small - *`params` is 314*"])


def test_the_report_for_machines_has_the_message(pytester: pytest.Pytester) -> None:
    write(pytester, net=NET.replace("params: 314", "params: 315"))
    pytester.runpytest_inprocess("--junit-xml=report.xml")
    report = (pytester.path / "report.xml").read_text()
    assert "not the expected 315" in report
    assert 'name="case-net_large-classes=3-H=64"' in report


LOADED = """
import json, sys
def pytest_unconfigure():
    found = sorted(name for name in sys.modules if name.split(".")[0] in {"archc", "torch", "numpy", "networkx"})
    open("loaded.json", "w").write(json.dumps(found))
"""


@pytest.mark.parametrize("spec", [False, True])
def test_nothing_is_imported_for_a_run_without_specs(pytester: pytest.Pytester, *, spec: bool) -> None:
    pytester.makeconftest(LOADED)
    pytester.makepyfile("def test_it(): pass")
    write(pytester, foreign="services: {archc: 1}\n", **({"net": NET} if spec else {}))
    ran = pytester.run(sys.executable, "-m", "pytest", "-q")
    assert ran.ret == 0
    loaded = json.loads((pytester.path / "loaded.json").read_text())
    if spec:
        assert {"archc.network", "networkx"} <= {*loaded}
        assert not {"torch", "numpy"} & {*loaded}
    else:
        assert loaded == ["archc", "archc.pytest_plugin", "archc.specfiles"]
