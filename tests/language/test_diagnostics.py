"""Each kind of bad input: exactly the findings it should give, each with its code, its exact place and its words.

The cases are in the folder `diagnostics`: specs with a mark under every place that something is found at, as in

    - Linaer: 10
      ^ ARC101 unknown op or block `Linaer` | did you mean `Linear`?
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import archc
from archc import codes
from archc.expand import Settings
from archc.loading import load_file, load_text
from archc.network import check
from tests.language.support import HEAD, finding, findings

FOLDER = Path(__file__).parent / "diagnostics"
MARK = re.compile(r"^ *\^ ARC\d")
IN = "inputs: {x: [8]}\n"


def cases() -> dict[str, str]:
    """The annotated specs by file and title."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.txt")):
        for part in re.split(r"^# ", file.read_text(), flags=re.MULTILINE)[1:]:
            title, _, text = part.partition("\n")
            assert f"{file.stem}: {title}" not in found
            found[f"{file.stem}: {title}"] = text.strip("\n")
    return found


CASES = cases()


def annotated(text: str) -> str:
    """A spec with marks where archc finds something."""
    plain = [line for line in text.split("\n") if not MARK.match(line)]
    head = "" if plain[0].startswith("archc:") else HEAD
    marks: dict[int, list[str]] = {}
    for found in sorted(findings("\n".join(plain), head=head), key=lambda f: (f.line, f.column)):
        words = f"{found.message} | {found.help}" if found.help else found.message
        marks.setdefault(found.line, []).append(f"{' ' * (found.column - 1)}^ {found.code} {words}")
    return "\n".join(part for at, line in enumerate(plain, 1) for part in (line, *marks.pop(at, ()))) + str(marks or "")


@pytest.mark.parametrize("case", CASES)
def test_what_is_found(case: str) -> None:
    assert annotated(CASES[case]) == CASES[case]


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("several")])
def test_one_fault_is_one_finding(case: str) -> None:
    assert sum(bool(MARK.match(line)) for line in CASES[case].split("\n")) == 1


@pytest.mark.parametrize("case", CASES)
def test_messages_stand_alone(case: str) -> None:
    """One line, lowercase unless it begins with a name, no full stop."""
    for line in CASES[case].split("\n"):
        if MARK.match(line):
            message, _, help = line.split("^ ")[1][7:].partition(" | ")
            for words in filter(None, (message, help)):
                assert words[0] in "`'" or not words[0].isupper()
                assert not words.endswith(".") or words.endswith("...")


LARGE = {
    "repeats": (IN + "steps:\n  - {ReLU: {}, repeat: 10 ** 9}", 3, 6),
    "repeats of repeats": (
        IN + "steps:\n  - repeat: 1000\n    Sequential: [{repeat: 1000, Sequential: [{ReLU: {}, repeat: 1000}]}]",
        4, 33,
    ),
    "doubling": (
        IN + "blocks:\n  b0: {steps: [ReLU]}\n"
        + "".join(f"  b{i}: {{steps: [b{i - 1}, b{i - 1}]}}\n" for i in range(1, 41)) + "steps: [b40]", 20, 22,
    ),
    "blocks in blocks": (
        IN + "blocks:\n  b0: {steps: [ReLU]}\n"
        + "".join(f"  b{i}: {{steps: [b{i - 1}]}}\n" for i in range(1, 100)) + "steps: [b99]", 55, 16,
    ),
    "brackets": (IN + "steps: " + "[" * 10_000 + "]" * 10_000, 2, 71),
    "groups in groups": (IN + "steps: " + "[{Sequential: " * 10_000 + "[ReLU]" + "}]" * 10_000, 2, 443),
    "values": (IN + "steps: [" + "a," * 200_001 + "]", 2, -1),
    "bytes": (IN + "steps: [ReLU]\ndoc: " + "a" * 1_000_000, -1, 1),
}  # fmt: skip


@pytest.mark.parametrize("case", LARGE)
def test_what_is_too_large_is_refused_at_once(case: str) -> None:
    text, line, column = LARGE[case]
    started = time.perf_counter()
    wrong = finding(text)
    assert (wrong.code, wrong.line) == (codes.LIMIT, line)
    assert column in {-1, wrong.column}
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("text", "code", "line", "message", "help"),
    [
        ("", codes.YAML_SYNTAX, 1, "the file is empty", "a spec starts with `archc: 1`"),
        ("- a\n- b\n", codes.YAML_SYNTAX, 1, "a spec is a mapping, of keys to values", "a spec starts with `archc: 1`"),
        ("<html>", codes.YAML_SYNTAX, 1, "a spec is a mapping, of keys to values", "a spec starts with `archc: 1`"),
    ],
)
def test_what_is_no_mapping(text: str, code: str, line: int, message: str, help: str) -> None:
    loaded = load_text(text)
    (found,) = check(loaded, Settings()).findings
    assert (found.code, found.message, found.help) == (code, message, help)
    assert loaded.documents["<text>"].place(found.where).line == line


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "resnet.yaml").write_text("")
    (found,) = load_file(str(tmp_path / "resnt.yaml")).findings
    assert (found.code, found.help) == (codes.UNREADABLE, "did you mean `resnet.yaml`?")
    assert "resnt.yaml" in found.message


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n", b"archc: \x80"])
def test_a_file_that_is_no_text(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(raw)
    (found,) = load_file(str(tmp_path / "a.yaml")).findings
    assert (found.code, "not UTF-8" in found.message) == (codes.UNREADABLE, True)


def test_load_raises_them_all_with_their_places() -> None:
    with pytest.raises(archc.SpecError) as caught:
        archc.loads("archc: 1\nname: net\ninputs: {x: [8]}\nsteps: [Linaer: 3, Rulu]")
    assert [str(place) for place in caught.value.places] == ["<text>:4:9", "<text>:4:20"]
    assert "did you mean `Linear`?" in str(caught.value)
