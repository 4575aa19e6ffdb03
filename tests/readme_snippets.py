"""The README as data: its snippets, what they should print, and the sections made from the code.

`python -m tests.readme_snippets` brings everything in README.md up to date that is made from something else: what
commands print, excerpts of generated source, the lists of networks, ops and files, and the pictures.

A comment before a fence says what its snippet is: `file: NAME` is saved under that name for commands; `in: {...}` are
the inputs of a part of a spec; `wrong: CODE` is found in it; `class NAME of SPEC` is an excerpt of generated source.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import archc
from archc import ops
from archc.explain import pages
from archc.loading import shipped_specs, shipped_variants
from archc.report import reference
from archc.report.pages import as_markdown_table
from tests.gallery import FIGURES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
_FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_SECTION = re.compile(r"(?<=<!-- generated: )(?P<name>[a-z]+)(?P<head> -->\n)(?P<text>.*?)(?=<!-- end -->)", re.DOTALL)
_PICTURE = re.compile(r"""(?:\]\(|src=")(\.readme/([\w-]+)\.svg)\b""")
_SECONDS = re.compile(r"\b\d+\.\d\d s$", re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """A fenced block, with the line of its fence and the comment before it."""

    language: str
    text: str
    line: int
    note: str
    start: int
    """Where its text begins in the README."""

    def __str__(self) -> str:
        return f"line{self.line}"

    def says(self, key: str) -> str:
        """What the comment says after `key:`; empty where it does not."""
        found = re.search(rf"(?:^|; ){key}: (.*?)(?=; \w+: |\Z)", self.note)
        return found[1] if found else ""


def snippets(*languages: str) -> list[Snippet]:
    """The fenced blocks of these languages, in order."""
    text = README.read_text(encoding="utf-8")
    found = [
        Snippet(m["language"], m["text"], text.count("\n", 0, m.start("text")), m["note"] or "", m.start("text"))
        for m in _FENCE.finditer(text)
    ]
    return [snippet for snippet in found if snippet.language in languages]


def spec_text(snippet: Snippet) -> str:
    """A whole spec: the snippet itself, or the snippet as a part of a small one."""
    if snippet.text.startswith("archc:"):
        return snippet.text
    given = snippet.says("in")
    text = f"steps:\n{snippet.text}" if snippet.text.startswith("- ") else snippet.text
    inputs = f"inputs: {given}\n" if given else ""
    return f"archc: 1\nname: part\n{inputs}{text}"


def working_folder(folder: Path) -> Path:
    """Fill a folder with what the README's commands find: its files, the shipped specs, and `archc` on the path."""
    for snippet in snippets("yaml", "python"):
        if name := snippet.says("file"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(snippet.text, encoding="utf-8")
    shutil.copytree(ROOT / "specs", folder / "specs")
    command = folder / ".bin" / "archc"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archc "$@"\n')
    command.chmod(0o755)
    return folder


def run(command: str, folder: Path) -> str:
    """What a command prints, both streams in one."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in _SECONDS.sub("0.00 s", done.stdout).splitlines())


def commands(snippet: Snippet) -> Iterator[tuple[str, str]]:
    """Each command of a console snippet with what the README says it prints."""
    for part in re.split(r"^\$ ", snippet.text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed.rstrip("\n")


def agrees(printed: str, said: str) -> bool:
    """Whether a command printed what the README says; a line `...` there stands for any lines."""
    said = "\n".join(line.rstrip() for line in said.splitlines())
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in said.splitlines())
    return re.fullmatch(pattern, printed + "\n" if printed else "") is not None


def excerpt(snippet: Snippet) -> str | None:
    """The part of a generated source that a snippet's comment names: `class Basic of resnet18`."""
    named = re.fullmatch(r"class (\w+) of (\S+)", snippet.note)
    if named is None:
        return None
    file = next((s for s in snippets("yaml") if s.says("file") == named[2]), None)
    source = (archc.load(named[2]) if file is None else archc.loads(file.text)).source()
    wanted = next(n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == named[1])
    return "\n".join(source.splitlines()[wanted.lineno - 1 : wanted.end_lineno]) + "\n"


def generated_sections() -> Mapping[str, str]:
    """The texts of the README's generated sections as they stand."""
    return {m["name"]: m["text"] for m in _SECTION.finditer(README.read_text(encoding="utf-8"))}


def networks_section() -> str:
    """A row for each shipped network."""
    lines = ["", "| network | variants | parameters | MACs |", "|---|---|---|---|"]
    for path, variants in shipped_variants().items():
        summaries = [archc.load(path, variant=variant).summary() for variant in variants or (None,)]
        names = "<br>".join(f"`{variant}`" for variant in variants)
        params = "<br>".join(f"{summary.params:,}" for summary in summaries)
        macs = "<br>".join(f"{summary.macs:,}" for summary in summaries)
        lines.append(f"| `{path.stem}` | {names} | {params} | {macs} |")
    return "\n".join([*lines, "", ""])


def ops_section() -> str:
    """A row for each family of ops, modules first."""
    lines = ["", "| family | ops |", "|---|---|"]
    for family, found in sorted(reference.by_family().items()):
        names = sorted((op.name for op in found), key=lambda name: (name[0].islower(), name))
        lines.append(f"| {family} | {', '.join(f'`{name}`' for name in names)} |")
    assert sum(line.count("`") for line in lines) == 2 * len(ops.names())
    return "\n".join([*lines, "", ""])


def codes_section() -> str:
    """A row for each code of findings."""
    return f"\n{as_markdown_table(pages().values())}\n\n"


def files_section() -> str:
    """A line for each file of archc/ and specs/, which begins as the file itself does; one for the pages of codes."""
    lines: list[str] = []
    for folder in ("archc", "specs"):
        paths = [
            path
            for path in (ROOT / folder).rglob("*")
            if path.suffix in {".py", ".yaml", ".md"} and "_specs" not in path.parts
        ]
        for parent in sorted({path.parent for path in paths}):
            lines += ["", f"**{parent.relative_to(ROOT).as_posix()}/**", ""]
            told = (f"- `{_called(path)}`: {_first_words(path)}" for path in sorted(paths) if path.parent == parent)
            lines += dict.fromkeys(told)
    return "\n".join([*lines, "", ""])


def _called(path: Path) -> str:
    return "ARC*.md" if path.suffix == ".md" else path.name


def _first_words(path: Path) -> str:
    if path.suffix == ".md":
        return "What a code is about, why it matters, an example that triggers it, and the mended one."
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        title = re.search(r"^title: (.*)$", text, re.MULTILINE)
        return f"{title[1]}." if title else ""
    doc = ast.get_docstring(ast.parse(text)) or "Marks the package."
    return doc.partition("\n\n")[0].replace("\n", " ")


def gallery_section() -> str:
    """Two figures a row, each over the command that draws it."""
    cells = [
        f'<td width="50%"><img alt="{figure.caption}" src=".readme/{figure.name}.svg"><br>'
        f"{figure.caption}<br><code>{figure.command}</code></td>"
        for figure in FIGURES
    ]
    rows = [f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2)]
    return "\n".join(["", "<table>", *rows, "</table>", "", ""])


SECTIONS: Mapping[str, Callable[[], str]] = {
    "gallery": gallery_section,
    "networks": networks_section,
    "ops": ops_section,
    "codes": codes_section,
    "files": files_section,
}


def pictures() -> Mapping[Path, str]:
    """Each picture that the README shows, with the file or shipped network it is of."""
    names = {s.says("file").removesuffix(".yaml"): s.says("file") for s in snippets("yaml") if s.says("file")}
    found = _PICTURE.findall(README.read_text(encoding="utf-8"))
    return {ROOT / path: names.get(name, name) for path, name in found}


def drawn(name: str) -> bytes:
    """The picture of a figure of the gallery, of a README's file or of a shipped network."""
    figure = next((figure for figure in FIGURES if figure.name == name), None)
    if figure is not None:
        return figure.draw()
    file = next((s for s in snippets("yaml") if s.says("file") == name), None)
    network = archc.load(name) if file is None else archc.loads(file.text)
    return network.diagram("svg")


_DIGEST = re.compile(rb" \[[0-9a-f]{16}\](?= -->)")


def same_picture(one: bytes, other: bytes) -> bool:
    """Whether two pictures are one: byte by byte, or what they hold and say where a machine has a Graphviz of its own."""
    if shutil.which("dot") is not None:
        return _held(one) == _held(other)
    return _DIGEST.sub(b"", one) == _DIGEST.sub(b"", other)


def _held(svg: bytes) -> tuple[list[str], list[tuple[str, str]]]:
    text = svg.decode()
    return sorted(re.findall(r">([^<>]+)</text>", text)), sorted(re.findall(r'<g id="([^"]+)" class="([^"]+)"', text))


def update() -> None:
    """Write README.md and the pictures anew."""
    for snippet in reversed(snippets("console", "python")):
        replacement = excerpt(snippet) if snippet.language == "python" else _printed(snippet)
        if replacement is not None and replacement != snippet.text:
            text = README.read_text(encoding="utf-8")
            end = snippet.start + len(snippet.text)
            README.write_text(text[: snippet.start] + replacement + text[end:], encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    README.write_text(_SECTION.sub(lambda m: m["name"] + m["head"] + SECTIONS[m["name"]](), text), encoding="utf-8")
    for path, name in pictures().items():
        picture = drawn(name)
        if not path.exists() or not same_picture(path.read_bytes(), picture):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(picture)


def _printed(snippet: Snippet) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = working_folder(Path(name))
        parts: list[str] = []
        for command, said in commands(snippet):
            printed = run(command, folder)
            shown = said if agrees(printed, said) else printed
            parts.append(f"$ {command}\n{shown}\n" if shown else f"$ {command}\n")
    return "".join(parts)


if __name__ == "__main__":
    assert shipped_specs()
    update()
