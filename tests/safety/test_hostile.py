"""Specs that a stranger could send, put to every command: each is answered, and nothing is written elsewhere."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

import archc
from archc.cli import main
from tests.safety.attacks import HEAD, X

ACCEPTED = {
    "groups in groups": X + "steps: [" + "{Sequential: [" * 25 + "relu" + "]}" * 25 + "]\n",
    "chains in chains": X + "steps: [" + "{chain: [" * 25 + "relu" + "]}" * 25 + "]\n",
    "forks in forks": X + "steps: [" + "{add: {s: [], b: [" * 18 + "relu" + "]}}" * 18 + "]\n",
    "blocks in blocks": X
    + "blocks: {"
    + ", ".join(f"b{i}: {{steps: [b{i + 1}]}}" for i in range(40))
    + ", b40: {steps: [relu]}}\nsteps: [b0]\n",
    "names that the source needs": HEAD
    + "inputs: {torch: [8]}\nblocks: {Tensor: {steps: [relu]}, F: {steps: [{Linear: 8}]}, nn: {steps: [relu]}}\n"
    + "steps: [Tensor, F, nn, {Linear: 8, as: math}]\n",
    "classes of one name": HEAD.replace("net", "module")
    + "inputs: {x: [8]}\nblocks: {Module: {steps: [{Linear: 8}, relu]}, module: {steps: [{Linear: 4}, relu]}}\n"
    + "steps: [Module, module]\n",
    "format strings": HEAD
    + """title: "{0.__class__} %s %(x)s {network} ${HOME} `id`"\ndoc: "{x!r:{y}} ''' \\"\\"\\" \\\\"\n"""
    + 'inputs: {x: [8]}\nsteps: [{Linear: 8, doc: "{self.__globals__}"}]\n',
    "a docstring that ends itself": HEAD
    + 'title: "\\"\\"\\"\\nimport os\\n\\"\\"\\""\ndoc: "ends with a backslash \\\\"\ncite: "\\"\\"\\""\n'
    + 'inputs: {x: [8]}\nsteps: [{Linear: 8, doc: "# */ -->"}]\n',
    "markup": HEAD
    + 'title: "<script>alert(1)</script>&amp;]]>"\ndoc: "<!-- --> <![CDATA[ x"\ninputs: {x: [8]}\n'
    + 'blocks: {b: {doc: "</title><svg onload=x>", steps: [{Linear: 8, view: {title: "\\"; URL=\\"javascript:x"}}]}}\n'
    + 'steps: [{b: {}, view: {title: "]]>&<script>"}}, {Sequential: [relu], view: {title: "subgraph [label=x] -> a"}}]\n',
    "Markdown": HEAD + 'title: "| a | `b` \\n# x [l](javascript:x)"\ninputs: {x: [8]}\nsteps: [{Linear: 8}]\n',
    "a title of 200,000 letters": HEAD + f'title: "{"W" * 200_000}"\ninputs: {{x: [8]}}\nsteps: [{{Linear: 8}}]\n',
    "marks upon marks": HEAD + 'title: "' + "e\u0301\u0300" * 300 + '"\ninputs: {x: [8]}\nsteps: [{Linear: 8}]\n',
    "sizes of 19 digits": HEAD
    + "inputs: {x: [3, H=8, W=8]}\nsteps: [{MaxPool2d: {kernel_size: 1, dilation: 4611686018427387903}}]\n",
    "200 outputs": X + "steps: [{Linear: 8, as: a}]\noutputs: {" + ", ".join(f"o{i}: a" for i in range(200)) + "}\n",
    "lines that end as on Windows": (X + "steps: [{Linear: 8}]\n").replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + X + "steps: [{Linear: 8}]\n",
}
REFUSED = {
    "120 minus signs": X + f"steps: [{{Linear: '{'-' * 120}8'}}]\n",
    "an expression of another language": X + "steps: [{Linear: '1 << 10**9'}]\n",
    "a division by nothing": X + "steps: [{Linear: '1 // 0'}, {Linear: '5 % 0'}]\n",
    "a list times a number": X + "let: {a: '[1] * 10**9'}\nsteps: [{Linear: 8, repeat: len(a)}]\n",
    "lets that double": X
    + "let: {a0: 1, "
    + ", ".join(f"a{i}: a{i - 1} + a{i - 1}" for i in range(1, 200))
    + "}\nsteps: [{Linear: a199}]\n",
    "an anchor within itself": HEAD + "inputs: &a {x: *a}\nsteps: [relu]\n",
    "an alias for a key": HEAD + "? &k x\n: *k\n",
    "infinity": X + "steps: [{Dropout: .inf}, {Dropout: .nan}, {LeakyReLU: -.inf}, {Linear: 1e400}]\n",
    "a keyword for a tensor": HEAD + "inputs: {lambda: [8]}\nsteps: [{Linear: 8, as: None}, {Linear: 8, as: import}]\n",
    "dunders": HEAD + "inputs: {__class__: [8]}\nblocks: {__init__: {steps: [relu]}}\nsteps: [__init__]\n",
    "a wide letter": HEAD + "inputs: {\uff58: [8]}\nsteps: [{Linear: 8, as: \ufb01}]\n",
    "half a character": HEAD + 'title: "\\ud800"\ninputs: {x: [8]}\nsteps: [{Linear: 8}]\n',
    "a path with a null": X + 'use: {a: "\\u0000"}\nsteps: [relu]\n',
    "a device": X + "use: {a: /dev/zero}\nsteps: [relu]\n",
    "an address": X + 'use: {a: "http://127.0.0.1/x.yaml"}\nsteps: [relu]\n',
    "itself": X + "use: {a: net.yaml}\nsteps: [a.b]\n",
    "80 stars": X + f"steps: [{{Linear: 8, as: a}}]\ninit: {{'{'*?[' * 80}': zeros}}\n",
    "an equation": HEAD + "inputs: {x: [8, 8]}\nsteps: [{einsum: 'bij,...,->{}'}]\n",
    "a key twice": X + "inputs: {y: [8]}\nsteps: [{Linear: 8, Linear: 9}]\n",
    "nothing": "",
    "zeros": "\0" * 100,
    "words of other types": X
    + "steps: [{Linear: 8, view: {title: 5}}, {Linear: 8, view: [1]}, {Linear: 8, doc: {a: 1}}]\n",
}
COMMANDS: Sequence[Sequence[str]] = (
    ("check", "net.yaml"),
    ("check", "net.yaml", "--format", "sarif"),
    ("test", "net.yaml"),
    ("build", "net.yaml", "-o", "out"),
    ("diagram", "net.yaml", "-o", "out/net.dot", "--level", "full"),
    ("summary", "net.yaml"),
    ("summary", "net.yaml", "--format", "md"),
    ("summary", "net.yaml", "--by", "block"),
    ("summary", "net.yaml", "--sort", "macs", "--device", "h100", "--dtype", "float16"),
    ("summary", "net.yaml", "--chart", "out/costs.svg"),
    ("expand", "net.yaml"),
    ("compare", "net.yaml", "net.yaml"),
    ("diff", "net.yaml", "net.yaml", "--exit-code"),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a folder for what is made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    return tmp_path


def run(arguments: Sequence[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", ACCEPTED)
def test_every_command_answers_what_is_odd_but_right(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archc.Network, "diagram", lambda *_, **__: b"<svg/>")  # Graphviz has tests of its own
    (folder / "net.yaml").write_text(ACCEPTED[name], encoding="utf-8", newline="")
    for arguments in COMMANDS:
        started = time.process_time()
        assert run(arguments) == 0, (arguments, capsys.readouterr().err)
        assert time.process_time() - started < 5
        said = "".join(capsys.readouterr())
        assert not [c for c in said if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]
    assert {path.name for path in folder.iterdir()} == {"net.yaml", "out"}
    ElementTree.parse(folder / "out/costs.svg")
    (source,) = (folder / "out").glob("*.py")
    assert {type(node) for node in ast.parse(source.read_text()).body} <= {
        ast.Expr, ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.Assign, ast.If,
    }  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_every_command_refuses_what_is_wrong(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "net.yaml").write_text(REFUSED[name], encoding="utf-8", newline="")
    for arguments in COMMANDS:
        started = time.process_time()
        if arguments[0] == "test":
            assert run(arguments) in {0, 1}  # it may have no case to run
            capsys.readouterr()
            continue
        assert run(arguments) == 1, arguments
        assert time.process_time() - started < 2
        said = "".join(capsys.readouterr())
        assert "error" in said
        assert "bug in archc" not in said
    assert {path.name for path in folder.iterdir()} == {"net.yaml", "out"}
    assert not list((folder / "out").iterdir())


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a device", "a link to itself", "a link to nothing"])
def test_what_is_no_file_is_no_spec(kind: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = folder / "net.yaml"
    if kind == "a pipe":
        os.mkfifo(spec)
    elif kind == "a folder":
        spec.mkdir()
    else:
        spec.symlink_to({"a device": "/dev/zero", "a link to itself": "net.yaml", "a link to nothing": "x"}[kind])
    for arguments in COMMANDS:
        if kind == "a folder" and arguments[0] in {"check", "test"}:
            continue  # every spec in it
        assert run(arguments) in {1, 2}, arguments
        assert "bug in archc" not in "".join(capsys.readouterr())
    assert not list((folder / "out").iterdir())
