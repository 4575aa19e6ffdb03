"""The commands, as users run them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archc.cli import BUG, COMMANDS, main

NET = """\
archc: 1
name: net
params: {wide: {type: int, default: 8, min: 1}, kernels: {type: "list[int]", default: [3, 3]}}
variants: {small: {}, large: {wide: 16}}
inputs: {image: [3, H=32, W=32]}
steps:
  - Conv2d: {out_channels: wide, kernel_size: "kernels[0]"}
  - ReLU
  - {Conv2d: {out_channels: wide, kernel_size: "kernels[1]"}, as: last}
check:
  - {variant: small, params: 808, shapes: {last: [8, 28, 28]}}
"""
LIBRARY = "archc: 1\nname: lib\nblocks: {b: {steps: [relu]}}\n"


class Run:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def archc(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)

    def run(*arguments: str, stdin: str | bytes | None = None) -> Run:
        if stdin is not None:
            raw = stdin.encode() if isinstance(stdin, str) else stdin
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        code = ended.value.code
        return Run(int(code or 0), printed.out, printed.err)

    return run


def test_help_tells_every_command_and_shows_examples(archc) -> None:
    told = archc("--help")
    assert told.code == 0
    for name in COMMANDS:
        assert f"  {name} " in told.out
        page = archc(name, "--help")
        assert page.code == 0
        assert f"archc {name}" in page.out.split("Examples:")[1]


def test_version(archc) -> None:
    from archc import __version__

    assert archc("--version").out == f"archc, version {__version__}\n"


def test_a_mistyped_command_or_option_is_misuse_with_a_suggestion(archc) -> None:
    wrong = archc("chekc", "net.yaml")
    assert wrong.code == 2
    assert "did you mean `check`?" in wrong.err
    assert archc("check", "net.yaml", "--strickt").code == 2
    assert archc("check").code == 2


# check


def test_check_says_that_all_is_well(archc) -> None:
    good = archc("check", "net.yaml")
    assert (good.code, good.out, good.err) == (
        0,
        "Checked 1 file (2 networks): no findings.\nnet takes H, W >= 5\n",
        "",
    )


def test_check_prints_what_it_finds_on_standard_output(archc) -> None:
    Path("bad.yaml").write_text(NET.replace("ReLU", "ReLUU"))
    bad = archc("check", "net.yaml", "bad.yaml")
    assert bad.code == 1
    assert "error[ARC101]: unknown op or block `ReLUU`\n --> bad.yaml:8:5\n" in bad.out
    assert bad.out.endswith("Checked 2 files (4 networks): 1 error in 1 file.\n")


def test_check_as_json(archc) -> None:
    Path("bad.yaml").write_text(NET.replace("ReLU", "ReLUU"))
    (found,) = json.loads(archc("check", "bad.yaml", "--format", "json").out)
    assert (found["code"], found["name"], found["file"]) == ("ARC101", "unknown-op", "bad.yaml")
    assert (found["line"], found["column"], found["end_column"]) == (8, 5, 10)
    assert json.loads(archc("check", "net.yaml", "--format", "json").out) == []


def test_check_strict_fails_on_warnings(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc import findings
    from archc.diagnostics import Diagnostic, Where

    warning = findings.Found(Diagnostic("ARC400", "odd", Where("net.yaml"), "warning"), None, None)
    monkeypatch.setattr(findings, "survey", lambda *asked: findings.Survey((warning,), 1))
    assert archc("check", "net.yaml").code == 0
    assert archc("check", "net.yaml", "--strict").code == 1


def test_check_takes_one_variant(archc) -> None:
    Path("bad.yaml").write_text(NET.replace("large: {wide: 16}", "large: {kernels: [99, 3]}"))
    assert archc("check", "bad.yaml").code == 1
    assert archc("check", "bad.yaml:small").code == 0
    assert archc("check", "bad.yaml", "--variant", "small").code == 0
    assert archc("check", "bad.yaml:large").code == 1
    assert "did you mean `large`?" in archc("check", "bad.yaml:lareg").out
    assert "did you mean `large`?" in archc("check", "net.yaml", "--variant", "lareg").out
    twice = archc("check", "bad.yaml:small", "--variant", "large")
    assert twice.code == 2
    assert "the variant is given twice" in twice.err


def test_check_takes_folders_and_libraries(archc) -> None:
    Path("deep/er").mkdir(parents=True)
    Path("deep/er/lib.yaml").write_text(LIBRARY)
    Path("deep/other.yaml").write_text("name: not a spec\n")
    Path("deep/.hidden.yaml").write_text("archc: 1\n")
    assert archc("check", "deep").out == "Checked 1 file (0 networks): no findings.\n"
    assert archc("check", ".").out == "Checked 2 files (2 networks): no findings.\n"
    Path("empty").mkdir()
    assert archc("check", "empty").code == 2


def test_missing_files_are_findings_with_a_suggestion(archc) -> None:
    missing = archc("check", "nte.yaml")
    assert missing.code == 1
    assert "error[ARC001]: there is no file `nte.yaml`" in missing.out
    assert "did you mean `net.yaml`?" in missing.out
    assert archc("check", "a" * 5000).code == 1
    assert archc("check", "nul\0.yaml").code == 1
    assert archc("summary", "no_such_network_anywhere").code == 1


def test_a_library_is_checked_with_the_specs_that_use_it(archc) -> None:
    Path("proj/blocks").mkdir(parents=True)
    Path("proj/pyproject.toml").touch()
    library = Path("proj/blocks/lib.yaml")
    library.write_text("archc: 1\nname: lib\nblocks: {b: {params: {c: int}, steps: [{Linear: c}]}}\n")
    middle = "archc: 1\nname: mid\nuse: {l: lib.yaml}\nblocks: {m: {steps: [{l.b: {c: 4}}]}}\n"
    Path("proj/blocks/mid.yaml").write_text(middle)
    head = "archc: 1\nname: net\ninputs: {x: [4]}\n"
    Path("proj/one.yaml").write_text(f"{head}use: {{l: blocks/lib.yaml}}\nsteps: [{{l.b: {{c: 3}}}}]\n")
    Path("proj/two.yaml").write_text(f"{head}use: {{l: blocks/mid.yaml}}\nsteps: [{{l.m: {{}}}}]\n")
    Path("proj/other.yaml").write_text(f"{head}steps: [{{Linear: 3}}]\n")
    assert "Checked 3 files (2 networks): no findings" in archc("check", "proj/blocks/lib.yaml").out
    library.write_text(library.read_text().replace("c: int", "k: int").replace("Linear: c", "Linear: k"))
    found = archc("check", "proj/blocks/lib.yaml")
    assert found.code == 1
    assert "proj/one.yaml:5:" in found.out
    assert "proj/blocks/mid.yaml:4:" in found.out
    assert "block `l.b` has no parameter `c`" in found.out


def test_standard_input(archc) -> None:
    assert archc("check", "-", stdin=NET).code == 0
    bad = archc("check", "-", stdin=NET.replace("ReLU", "ReLUU"))
    assert bad.code == 1
    assert "<stdin>:8:5" in bad.out
    assert archc("check", "-", stdin=b"\xff\xfe").code == 1
    assert archc("check", "-", stdin="").code == 1


def test_standard_input_may_be_closed(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    closed = archc("check", "-")
    assert closed.code == 1
    assert "`<stdin>` cannot be read: standard input is closed" in closed.out


# settings


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--set", "wide"), "`--set classes=10`"),
        (("--set", "=3"), "`--set classes=10`"),
        (("--set", "wide="), "`--set classes=10`"),
        (("--set", "wide={a: 1}"), "takes a number"),
        (("--set", "wide=[1"), "cannot be read"),
        (("--set", "wide=1\nother: 2"), "cannot be read"),
        (("--set", "wide=&a 1"), "cannot be read"),
        (("--set", "wide=1", "--set", "wide=2"), "given twice"),
        (("--size", "H"), "`--size H=96`"),
        (("--size", "H=big"), "whole number"),
        (("--size", "H=-3"), "whole number"),
    ],
)
def test_settings_that_cannot_be_read_are_misuse(archc, arguments: tuple[str, ...], told: str) -> None:
    wrong = archc("summary", "net.yaml", *arguments)
    assert wrong.code == 2
    assert told in wrong.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--set", "wdie=3"), "ARC112"),
        (("--set", "wide=x"), "ARC113"),
        (("--set", "wide=0"), "ARC113"),
        (("--size", "Q=3"), "ARC118"),
        (("--size", "H=0"), "ARC013"),
        (("--variant", "huge"), "ARC111"),
    ],
)
def test_settings_that_do_not_fit_the_spec_are_findings(archc, arguments: tuple[str, ...], code: str) -> None:
    for command in ("summary", "check", "expand"):
        wrong = archc(command, "net.yaml", *arguments)
        assert wrong.code == 1
        assert f"error[{code}]" in wrong.err + wrong.out


def test_settings_reach_the_network(archc) -> None:
    settings = ("--set", "wide=4", "--set", "kernels=[1, 5]", "--size", "H=16")
    told = json.loads(archc("summary", "net.yaml:large", *settings, "--format", "json").out)
    assert told["inputs"] == {"image": [3, 16, 32]}
    assert told["outputs"] == {"output": [4, 12, 28]}
    assert (told["variant"], told["name"]) == ("large", "net_large")


# summary


def test_summary_formats(archc) -> None:
    assert "808" in archc("summary", "net.yaml").out
    assert archc("summary", "net.yaml", "--format", "csv").out.startswith(
        "path,op,input_shapes,shape,params,macs,line\n"
    )
    assert "| `last` | `Conv2d` |" in archc("summary", "net.yaml", "--format", "md").out
    assert json.loads(archc("summary", "net.yaml", "--format", "json").out)["params"] == 808
    assert archc("summary", "net.yaml", "--depth", "0").code == 2


def test_findings_of_other_commands_go_to_standard_error(archc) -> None:
    Path("bad.yaml").write_text(NET.replace("ReLU", "ReLUU"))
    for command in ("summary", "build", "expand"):
        bad = archc(command, "bad.yaml")
        assert (bad.code, bad.out) == (1, "")
        assert "unknown op or block `ReLUU`" in bad.err
        assert bad.err.endswith("archc: 1 error in 1 file\n")
    library = archc("summary", "-", stdin=LIBRARY)
    assert library.code == 1
    assert "is a library of blocks" in library.err


# build and diagram


def test_build_writes_the_module_the_diagram_and_the_summary(archc) -> None:
    built = archc("build", "net.yaml:large", "-o", "out")
    assert built.code == 0, built.err
    assert sorted(path.name for path in Path("out").iterdir()) == ["net_large.json", "net_large.py", "net_large.svg"]
    source = Path("out/net_large.py").read_text()
    compile(source, "net_large.py", "exec")
    assert "Generated by archc" in source
    assert "<!-- Generated by archc [" in Path("out/net_large.svg").read_text()
    assert json.loads(Path("out/net_large.json").read_text())["generator"] == "archc"
    assert "Wrote out/net_large.py, out/net_large.svg, out/net_large.json" in built.out
    assert "Parameters" in built.out
    again = {path: path.read_bytes() for path in Path("out").iterdir()}
    assert archc("build", "net.yaml:large", "-o", "out").code == 0
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == again


def test_build_keeps_what_it_did_not_write(archc) -> None:
    Path("net_small.svg").write_text("<svg>mine</svg>")
    kept = archc("build", "net.yaml")
    assert kept.code == 1
    assert "error[ARC901]: `net_small.svg` exists, and archc did not write it" in kept.err
    assert "--force" in kept.err
    assert not Path("net_small.py").exists()
    assert Path("net_small.svg").read_text() == "<svg>mine</svg>"
    assert archc("build", "net.yaml", "--force").code == 0
    assert "mine" not in Path("net_small.svg").read_text()


def test_build_goes_on_without_graphviz(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.diagram import EngineError, engine

    def fail(*_: object, **__: object) -> None:
        raise EngineError("no Graphviz works here", "install it")

    monkeypatch.setattr(engine, "draw_many", fail)
    built = archc("build", "net.yaml")
    assert built.code == 0
    assert "warning[ARC903]: no Graphviz works here" in built.err
    assert sorted(path.name for path in Path().glob("net_*")) == ["net_small.json", "net_small.py"]
    assert archc("diagram", "net.yaml", "-o", "n.svg").code == 1


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<"), ("pdf", b"%PDF"), ("png", b"\x89PNG"), ("dot", b"//")])
def test_diagram_formats(archc, suffix: str, start: bytes) -> None:
    drawn = archc("diagram", "net.yaml", "-o", f"n.{suffix}")
    assert drawn.code == 0, drawn.err
    assert drawn.out.startswith(f"Wrote n.{suffix}: columns on 16:9")
    assert Path(f"n.{suffix}").read_bytes().startswith(start)
    assert archc("diagram", "net.yaml", "-o", f"n.{suffix}").code == 0


def test_diagram_refuses_other_formats(archc) -> None:
    assert archc("diagram", "net.yaml", "-o", "n.gif").code == 2
    assert archc("diagram", "net.yaml").code == 2


# expand, ops, test


def test_expand_gives_a_spec_of_the_same_network(archc) -> None:
    import archc as package

    for arguments in (("net.yaml",), ("net.yaml:large", "--set", "kernels=[5,1]", "--size", "H=40")):
        text = archc("expand", *arguments).out
        assert text.startswith("archc: 1\n")
        variant = "large" if "large" in arguments[0] else None
        params = {"kernels": [5, 1]} if variant else {}
        sizes = {"H": 40} if variant else {}
        expanded, original = package.loads(text), package.load("net.yaml", variant=variant, params=params, sizes=sizes)
        assert expanded.name == original.name
        ours, theirs = ([(n.path, n.op, n.outputs) for n in network.graph] for network in (expanded, original))
        assert ours == theirs
    assert archc("expand", "-", stdin=LIBRARY).out.startswith("archc: 1\nname: lib\n")


def test_ops_lists_and_explains(archc) -> None:
    listed = archc("ops")
    assert listed.code == 0
    assert "Conv2d" in listed.out
    page = archc("ops", "Linear").out
    assert "out_features  int >= 1  required; the primary one: `Linear: ...`" in page
    assert "- Linear: 120" in page
    assert "# 400 -> 120" in page
    assert "Conv3d" in archc("ops", "conv").out
    wrong = archc("ops", "Lineer")
    assert wrong.code == 2
    assert "did you mean `Linear`?" in wrong.err


def test_every_op_has_a_page_whose_examples_are_steps() -> None:
    from archc import ops
    from archc.document import parse
    from archc.report.reference import page

    for name in ops.names():
        op = ops.find(name)
        assert op is not None
        shown = page(op, color=False)
        steps = [line for line in shown.splitlines() if line.startswith("  - ")]
        document = parse("steps:\n" + "\n".join(steps), name)
        assert document.data is not None, (name, document.diagnostics)
        assert len(steps) == len(op.examples)
        assert "<class" not in shown
        assert "typing" not in shown


def test_test_runs_cases(archc) -> None:
    good = archc("test")
    assert good.code == 0
    assert good.out.startswith("pass  net.yaml:11  small  params 808, 1 shape  0.")
    assert good.out.endswith("\n1 case passed.\n")
    Path("bad.yaml").write_text(NET.replace("808", "809").replace("28, 28", "28, 27"))
    bad = archc("test", "net.yaml", "bad.yaml")
    assert bad.code == 1
    assert "FAIL  bad.yaml:11  small" in bad.out
    assert "error[ARC309]: `params` is 808, not the expected 809\n  --> bad.yaml:11:30\n" in bad.out
    assert "error[ARC309]: `last` is 8 x 28 x 28, not the expected 8 x 28 x 27\n  --> bad.yaml:11:50\n" in bad.out
    assert bad.out.endswith("1 case passed, 1 failed.\n")


def test_test_reports_specs_with_errors_and_without_cases(archc) -> None:
    Path("net.yaml").write_text(NET.replace("ReLU", "ReLUU"))
    bad = archc("test", "net.yaml")
    assert bad.code == 1
    assert "unknown op or block" in bad.out
    Path("net.yaml").write_text(NET[: NET.index("check:")])
    none = archc("test", "net.yaml")
    assert (none.code, none.out) == (0, "There are no `check:` cases.\n")
    assert archc("test", "net.yaml:lrage").code == 1
    assert archc("test", "missing.yaml").code == 1


def test_test_holds_budgets(archc) -> None:
    cases = "  - {params: {max: 900}, batch: 2, training_memory: {max: 1e6}}\n  - {macs: {max: 5e5}}\n"
    Path("net.yaml").write_text(NET[: NET.index("  - {variant: small, p")] + cases)
    ran = archc("test", "net.yaml")
    assert ran.code == 1
    assert "pass  net.yaml:11  as it stands  params <= 900, training memory <= 1,000,000 bytes  0." in ran.out
    assert "FAIL  net.yaml:12  as it stands  MACs <= 500,000  0." in ran.out
    assert "error[ARC309]: `macs` is 645,984, over its budget of 500,000 by 145,984 (29.2%)\n" in ran.out


def test_test_takes_a_variant(archc) -> None:
    Path("net.yaml").write_text(NET + "  - {variant: large}\n")
    assert archc("test", "net.yaml").out.endswith("2 cases passed.\n")
    assert archc("test", "net.yaml:large").out.endswith("1 case passed.\n")
    assert archc("test", "--variant", "large").out.endswith("1 case passed.\n")


def test_test_goes_on_behind_a_file_that_archc_writes_wrongly(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.codegen import signatures
    from archc.codegen.replay import ProofError

    prove_classes = signatures.prove_classes

    def fail_once(network: object) -> None:
        monkeypatch.setattr(signatures, "prove_classes", prove_classes)
        raise ProofError("`fc` takes 10, not 11")

    monkeypatch.delenv("ARCHC_DEBUG", raising=False)
    monkeypatch.setattr(signatures, "prove_classes", fail_once)
    Path("net.yaml").write_text(NET)
    Path("other.yaml").write_text(NET)
    told = archc("test", "net.yaml", "other.yaml")
    assert told.code == BUG
    assert told.err.startswith("net.yaml: archc: this is a bug in archc, not in your spec: ProofError: `fc` takes 10")
    assert told.err.count("\n") == 1
    assert told.out.count("pass  other.yaml") == 1
    assert told.out.endswith("2 cases passed, 1 spec that archc writes wrongly.\n")


def test_build_writes_the_file_that_is_named(archc) -> None:
    Path("net.yaml").write_text(NET)
    built = archc("build", "net.yaml", "-o", "nets/mine.py")
    assert built.out.endswith("Wrote nets/mine.py\n")
    assert [path.name for path in Path("nets").iterdir()] == ["mine.py"]
    assert archc("build", "net.yaml", "-o", "v1.0/").code == 0
    assert len(list(Path("v1.0").iterdir())) == 3


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("net.txt", "`-o` takes a folder or the name of a .py file, not `net.txt`"),
        ("torch.py", "`torch` would hide the module of that name"),
        ("my net.py", "`my net` is not an identifier"),
        ("con.py", "`con` would have the name of a device on Windows"),
    ],
)
def test_build_refuses_other_files(archc, output: str, told: str) -> None:
    Path("net.yaml").write_text(NET)
    refused = archc("build", "net.yaml", "-o", output)
    assert refused.code == 2
    assert told in refused.err
    assert not Path(output).exists()


def test_build_says_whether_files_are_current(archc) -> None:
    Path("net.yaml").write_text(NET)
    missing = archc("build", "net.yaml", "-o", "out", "--check")
    assert (missing.code, Path("out").exists()) == (1, False)
    assert missing.out == "out/net_small.py: missing\nout/net_small.svg: missing\nout/net_small.json: missing\n"
    archc("build", "net.yaml", "-o", "out")
    current = archc("build", "net.yaml", "-o", "out", "--check")
    assert current.code == 0
    assert current.out == "out/net_small.py: current\nout/net_small.svg: current\nout/net_small.json: current\n"
    Path("net.yaml").write_text(NET.replace("ReLU", "GELU"))
    before = Path("out/net_small.py").read_bytes()
    old = archc("build", "net.yaml", "-o", "out", "--check")
    assert old.code == 1
    assert old.out.startswith("out/net_small.py: not current\n")
    assert Path("out/net_small.py").read_bytes() == before


def test_build_keeps_what_was_edited(archc) -> None:
    Path("net.yaml").write_text(NET)
    archc("build", "net.yaml", "-o", "out")
    module = Path("out/net_small.py")
    module.write_text(module.read_text() + "# mine\n")
    refused = archc("build", "net.yaml", "-o", "out")
    assert refused.code == 1
    assert "`out/net_small.py` was changed since archc wrote it" in refused.err
    assert module.read_text().endswith("# mine\n")
    assert archc("build", "net.yaml", "-o", "out", "--force").code == 0
    assert not module.read_text().endswith("# mine\n")


# what never happens


def test_no_traceback_is_ever_printed(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc import findings

    def fail(*given: object) -> None:
        raise KeyError("\x1b[31mboom")

    monkeypatch.delenv("ARCHC_DEBUG", raising=False)
    monkeypatch.setattr(findings, "survey", fail)
    bug = archc("check", "net.yaml")
    assert bug.code == BUG
    assert bug.err.count("\n") == 1
    assert bug.err.startswith("archc: this is a bug in archc, not in your spec: KeyError: ")
    assert "ARCHC_DEBUG=1" in bug.err
    assert "\x1b" not in bug.err
    monkeypatch.setenv("ARCHC_DEBUG", "1")
    with pytest.raises(KeyError):
        main(["check", "net.yaml"])


def test_nothing_in_a_file_acts_on_the_terminal(archc) -> None:
    evil = "\x1b[31mred.yaml"
    Path(evil).write_text(
        'archc: 1\nname: "a\\nb"\ninputs: {"x\\ty": [3]}\nsteps: ["re\\nlu", {from: "a\\nb", relu: {}}]\n'
    )
    for command in ("check", "summary"):
        shown = archc(command, evil)
        assert shown.code == 1
        assert "\x1b" not in shown.out + shown.err
        assert "\\x1b[31mred.yaml" in shown.out + shown.err
        assert "re\nlu" not in shown.out + shown.err


def test_a_closed_output_is_no_bug(archc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert archc("summary", "net.yaml").code == 0


# what stays out of a run


def test_the_package_keeps_its_names_whatever_is_imported() -> None:
    """A submodule called like an exported function would replace it once it is imported."""
    import archc

    folder = Path(archc.__file__).parent
    modules = {path.stem for path in folder.iterdir() if path.suffix in {".py", ""}}
    assert not modules & set(archc.__all__)
    assert all(getattr(archc, name) for name in archc.__all__)


HEAVY = {"torch", "numpy", "sympy"}
PROBE = """
import sys
{before}
from archc.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    print("ended", ended.code, file=sys.stderr)
print("loaded", *sorted({{name.split(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


def loaded(folder: Path, *arguments: str, before: str = "") -> set[str]:
    """The top-level packages that a command has imported when it ends."""
    paths = os.pathsep.join([str(folder), str(Path(__file__).resolve().parent.parent)])
    run = subprocess.run(
        [sys.executable, "-c", PROBE.format(before=before), *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=120,
    )  # fmt: skip
    ended, packages = run.stderr.splitlines()[-2:]
    assert ended == "ended 0", run.stderr
    return set(packages.split()[1:])


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "net.yaml"),
        ("summary", "net.yaml"),
        ("expand", "net.yaml"),
        ("diagram", "net.yaml", "-o", "n.svg"),
        ("diagram", "net.yaml", "-o", "n.html"),
        ("diagram", "net.yaml", "-o", "n.svg", "--level", "full"),
        ("compare", "net.yaml", "lenet", "-o", "c.svg"),
        ("slides", "net.yaml", "-o", "d.pptx"),
        ("test", "net.yaml"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_commands_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "net.yaml").write_text(NET)
    found = loaded(tmp_path, *arguments)
    assert "archc" in found
    assert not found & HEAVY
    if arguments[0] == "check":
        assert "rich" not in found


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_the_test_above_can_fail(tmp_path: Path, name: str) -> None:
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / f"{name}.py").write_text("")
    assert loaded(tmp_path, "check", "net.yaml", before=f"import {name}") & HEAVY == {name}
