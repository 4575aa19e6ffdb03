"""The Graphviz that draws: the `dot` on this machine's PATH, else the one inside pygraphviz, in its own process.

Either draws with archc's own fonts, so that a picture comes out the same on a machine with other fonts, or with none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from archc import codes
from archc.diagram.metrics import measured
from archc.diagram.svg import FONT, settled

FORMATS = ("svg", "pdf", "png", "json")
"""What can be drawn; others are refused, as they can crash Graphviz. `json` has the places of everything drawn."""
TIMEOUT = 60
"""Seconds that a picture may take."""
DPI = 144
"""Dots per inch of a PNG where no other is asked for: a page of 960 x 540 points has 1920 x 1080 of them."""
WORKER = Path(__file__).with_name("worker.py")
FONTS = Path(__file__).with_name("fonts")
_NOISE = re.compile(r"fontconfig|^\s*$", re.IGNORECASE)
_HEADER = re.compile(r"(<\?xml[^>]*\?>\s*)")
_PDF_DATE = re.compile(rb"(/CreationDate \(D:)\d{14}")
_PAGED = re.compile(r'(?<= id=")(a_)?page\d+,\d+_')
"""What `dot` puts before its own ids in every picture of a run but the first."""
_HELP = "install Graphviz (https://graphviz.org/download), or `pip install pygraphviz`, which brings its own"
_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>{folders}<cachedir>{cache}</cachedir>
<match target="font"><edit name="hinting" mode="assign"><bool>false</bool></edit>
<edit name="hintstyle" mode="assign"><const>hintnone</const></edit></match>
</fontconfig>
"""
_SYSTEM_FONTS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "WINDOWSFONTDIR",
)


class EngineError(Exception):
    """No Graphviz could draw the picture: a message, and what to do."""

    code = codes.GRAPHVIZ

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(f"{message} ({help})" if help else message)
        self.message = message
        self.help = help


class TooLargeError(EngineError):
    """The network has more ops than pictures are made of."""

    code = codes.LIMIT


class TooSlowError(EngineError):
    """Graphviz did not finish in `TIMEOUT` seconds."""


@dataclass(frozen=True, slots=True)
class Output:
    """What an engine made of several texts."""

    pictures: tuple[bytes, ...]
    """None where nothing could be drawn."""
    said: tuple[str, ...]
    """What Graphviz complained of, which should be nothing."""


def draw(text: str, format: str, *, dpi: int = DPI) -> bytes:
    """DOT text as a picture in one of `FORMATS`; raises `EngineError`."""
    return draw_many((text,), format, dpi=dpi)[0]


def draw_many(texts: Sequence[str], format: str, *, dpi: int = DPI) -> tuple[bytes, ...]:
    """Several DOT texts as pictures, drawn by one process; raises `EngineError`."""
    return output_of(texts, format, dpi=dpi).pictures


def output_of(texts: Sequence[str], format: str, *, dpi: int = DPI) -> Output:
    """Several DOT texts as pictures, with what Graphviz complained of; raises `EngineError`."""
    if format not in FORMATS:
        raise ValueError(f"{format!r} is none of the formats {', '.join(FORMATS)}")
    if not texts:
        return Output((), ())
    reasons: list[str] = []
    with TemporaryDirectory(prefix="archc-") as folder:
        names = _written(texts, Path(folder))
        resolution = [f"-Gdpi={dpi}"] if format == "png" else []
        for command in _engines(format):
            drawn = _run([*command, *resolution, "-O", *names], format, names, Path(folder))
            if drawn.pictures:
                return drawn
            reasons += drawn.said[-1:]
    raise EngineError(f"Graphviz cannot draw this as {format}: {'; '.join(reasons)}", _HELP)


def _engines(format: str) -> Iterator[Sequence[str]]:
    system = shutil.which("dot")
    if system is not None:
        yield [system, f"-T{format}"]
    yield [sys.executable, "-P", str(WORKER), f"-T{format}"]


def _written(texts: Iterable[str], folder: Path) -> list[str]:
    """The texts and the fonts' configuration in a folder, and the texts' names."""
    names: list[str] = []
    strange = False
    for at, text in enumerate(texts):
        names.append(f"{at}.gv")
        (folder / names[-1]).write_bytes(text.encode())
        strange = strange or not all(character.isspace() or measured(character) for character in set(text))
    # a copy: fontconfig writes a file of its own beside fonts that it reads
    fonts = shutil.copytree(FONTS, folder / "fonts")
    listed = "".join(f"<dir>{escape(str(path))}</dir>" for path in (fonts, *(_SYSTEM_FONTS if strange else ())))
    configuration = _CONFIGURATION.format(folders=listed, cache=escape(str(folder / "cache")))
    (folder / "fonts.conf").write_text(configuration, encoding="utf-8")
    return names


def _run(command: Sequence[str], format: str, names: Sequence[str], folder: Path) -> Output:
    """What a command makes of the files, with what it said; raises `EngineError` where it takes too long."""
    environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        help = "`dot` as the format writes it down without drawing it"
        raise TooSlowError(f"Graphviz has not drawn this in {TIMEOUT} s", help) from error
    except OSError as error:
        return Output((), (error.strerror or str(error),))
    lines = done.stderr.decode(errors="replace").splitlines()
    said = tuple(line.strip() for line in lines if not _NOISE.search(line))
    made = [folder / f"{name}.{format}" for name in names]
    if done.returncode or not all(path.is_file() and path.stat().st_size for path in made):
        return Output((), said or (f"it stopped with status {done.returncode}",))
    return Output(tuple(_finished(path.read_bytes(), format) for path in made), said)


def _finished(picture: bytes, format: str) -> bytes:
    """An SVG with its text in place and the mark by which archc knows a file as its own; a PDF without the time."""
    if format == "pdf":
        return _PDF_DATE.sub(rb"\g<1>19700101000000", picture)
    if format != "svg":
        return picture
    text = _PAGED.sub(r"\1", picture.decode())
    marked = _HEADER.sub(r"\1<!-- Generated by archc -->\n", text, count=1)
    return settled(marked, FONT).encode()
