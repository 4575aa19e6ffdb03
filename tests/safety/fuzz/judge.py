"""What must hold for any input at all: an answer within a second, no exception of another kind, nothing written elsewhere.

`judge` runs a text through everything that archc makes of it and gives what went wrong, as findings that tell where.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree

from archc import expr
from archc.canonical import canonical_text
from archc.expand import Settings
from archc.findings import Survey, survey
from archc.fixes.rounds import mend
from archc.loading import load_text
from archc.network import Network
from archc.report.formats import formatted
from archc.report.takes import takes_by_variant
from archc.rules import all_rules
from archc.spec.data import is_mapping
from archc.write import write_files

SECONDS = 1.0
"""How long a check may take, and the building of what it accepts; drawing has ten times as long."""
_ROOT = str(Path(__file__).resolve().parents[3] / "archc")
_WRITING = frozenset({"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"})
_RUNNING = frozenset({"os.system", "os.exec", "os.posix_spawn", "socket.connect", "ctypes.dlopen"})
_RULES = tuple(all_rules())


@dataclass(frozen=True)
class Fault:
    """Something that must not be; `signature` is the same for inputs that show the same fault."""

    signature: str
    detail: str


class HangError(BaseException):
    """The time is up. No `Exception`, so that nothing on the way takes it for its own."""


class _Watch:
    """What the audit hook has seen since it was told to look."""

    def __init__(self) -> None:
        self.active = False
        self.inside = ""
        self.seen: list[str] = []

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.active:
            return
        if event in _RUNNING:
            self.seen.append(f"{event}{args!r}"[:200])
        elif event == "open":
            path, _, flags = args
            if isinstance(path, str) and isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.note("open", path)
        elif event in _WRITING and isinstance(args[0], (str, os.PathLike)) and not _is_within_a_folder(args):
            self.note(event, os.fspath(args[0]))

    def note(self, event: str, path: str) -> None:
        if not self.inside or not os.path.abspath(path).startswith(self.inside):  # noqa: PTH100
            self.seen.append(f"{event} {path}"[:200])


def _is_within_a_folder(args: tuple[object, ...]) -> bool:
    """Whether a call names a file by an open folder, as taking a tree of temporary files down does."""
    return any(type(each) is int and each >= 0 for each in args[1:]) and not Path(str(args[0])).is_absolute()


_watch = _Watch()
sys.addaudithook(_watch)


def judge_expression(text: str) -> Iterator[Fault]:
    """Whether parsing, printing and evaluating an expression is safe."""

    def run() -> None:
        with suppress(expr.ExprError):
            tree = expr.parse(text)
            assert expr.parse(expr.to_text(tree)) == tree, "printed, it is another expression"
            expr.evaluate(tree, {"a": 3, "b": 2.5, "c": [1, 2, 3], "d": True, "x": 1})

    yield from guarded(run, SECONDS)


def judge(
    text: str, *, build: bool = True, draw: bool = False, accepted: Callable[[], None] = lambda: None
) -> Iterator[Fault]:
    """Everything wrong with what archc does about a text; `accepted` is called for each network that has no errors."""
    surveys: list[Survey] = []
    yield from guarded(lambda: surveys.append(_checked(text)), SECONDS)
    if not surveys or not build:
        return
    if any(each.is_fixable for each in surveys[0].found):
        yield from guarded(lambda: _fixed(text), 10 * SECONDS)
    for network in surveys[0].sound[:2]:
        accepted()
        with tempfile.TemporaryDirectory(prefix="archc-fuzz-") as folder:
            yield from guarded(lambda network=network, folder=folder: _built(network, folder), 2 * SECONDS, folder)
            if draw:
                yield from guarded(lambda network=network: _drawn(network), 10 * SECONDS, tempfile.gettempdir())


def guarded(run: Callable[[], None], seconds: float, inside: str = "") -> Iterator[Fault]:
    """Run something; the fault if it raises, takes too long, starts something or writes outside a folder."""
    _watch.seen, _watch.inside, _watch.active = [], inside, True
    try:
        with _alarm(seconds):
            run()
    except HangError as error:
        yield Fault(f"slow {_frame(error)}", f"took more than {seconds:g} s")
    except MemoryError as error:
        yield Fault(f"memory {_frame(error)}", "ran out of memory")
    except Exception as error:
        yield Fault(f"{type(error).__name__} {_frame(error)}", "".join(traceback.format_exception(error))[-3000:])
    finally:
        _watch.active = False
    for each in _watch.seen:
        yield Fault(f"touched {each}", each)


def _checked(text: str) -> Survey:
    """`archc check`, in all its formats."""
    loaded = load_text(text, "fuzzed.yaml")
    found = survey(loaded, Settings(), _RULES)
    for format_ in ("text", "json", "github", "sarif"):
        shown = formatted(found.found, format_)
        if format_ in {"json", "sarif"}:
            json.loads(shown)
        else:
            _inert(shown)
    list(takes_by_variant(found.sound))
    return found


def _fixed(text: str) -> None:
    """`archc check --fix --diff`."""
    loaded = load_text(text, "fuzzed.yaml")
    mend([loaded], [lambda again: survey(again, Settings(), _RULES)], [Path("fuzzed.yaml")])


def _inert(shown: str) -> None:
    """Nothing in it acts on a terminal, and no line of a workflow's log is a command of the spec's."""
    acting = {c for c in shown if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u2028"}
    assert not acting, f"sends {acting!r}"
    shown.encode()


def _built(network: Network, folder: str) -> None:
    """`archc build` without the picture, and the other outputs in text."""
    summary = network.summary()
    source = network.source()
    ast.parse(source)
    assert is_mapping(json.loads(summary.as_json()))
    summary.as_csv(), summary.as_markdown(), summary.as_text()
    write_files(
        Path(folder), {f"{network.name}.py": source.encode(), f"{network.name}.json": summary.as_json().encode()}
    )
    again = load_text(canonical_text(network.spec), "fuzzed.yaml")
    assert again.spec is not None, "its long form cannot be read"


def _drawn(network: Network) -> None:
    ElementTree.fromstring(network.diagram("svg"))


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """A limit on processor time: what else the machine does is not the input's fault."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _frame(error: BaseException) -> str:
    """The innermost line of archc's own that an exception passed."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(_ROOT)]
    if isinstance(error, HangError):  # where exactly the bell rings is chance
        return "/".join(f"{Path(f.filename).name}:{f.name}" for f in frames[2:5])
    if not frames:
        return f"judge: {error}"[:120]
    return f"{Path(frames[-1].filename).relative_to(_ROOT)}:{frames[-1].lineno}"
