"""What the commands share: the options that settle a spec, loading it, and printing findings."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from archc.diagnostics import Diagnostic
    from archc.diagram import EngineError
    from archc.expand import Settings
    from archc.findings import Found
    from archc.loading import Loaded
    from archc.network import Network

Command = TypeVar("Command", bound=Callable[..., Any])

spec_argument = click.argument("spec", metavar="SPEC")


def with_settings(command: Command) -> Command:
    """Add `--variant`, `--set` and `--size`; the command takes them as `settings`."""

    @click.option("--variant", metavar="NAME", help="The variant to use, as in SPEC:NAME.")
    @click.option(
        "--set", "assigned", metavar="PARAM=VALUE", multiple=True, help="Set a parameter: classes=10, depths=[3,4,6,3]."
    )
    @click.option("--size", "sized", metavar="NAME=SIZE", multiple=True, help="Set a size of the input: H=96.")
    @wraps(command)
    def wrapped(
        *args: Any, variant: str | None, assigned: tuple[str, ...], sized: tuple[str, ...], **kwargs: Any
    ) -> Any:
        from archc.expand import Settings

        params = {name: _value(name, text) for name, text in _pairs("--set", "classes=10", assigned).items()}
        sizes = {name: _size(name, text) for name, text in _pairs("--size", "H=96", sized).items()}
        return command(*args, settings=Settings(variant, params, sizes), **kwargs)

    return wrapped  # type: ignore[return-value]


def _pairs(option: str, example: str, given: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise click.UsageError(
                f"{option} takes a name and a value, as in `{option} {example}`, not `{shown(text)}`"
            )
        if name in pairs:
            raise click.UsageError(f"{option} {shown(name)} is given twice")
        pairs[name] = value
    return pairs


def _value(name: str, text: str) -> object:
    """A parameter's value, read as in a spec: a scalar, or a list in brackets."""
    from archc.document import parse

    document = parse(f"value: {text}\n", "--set")
    if document.data is None or document.diagnostics or set(document.data) != {"value"} or "\n" in text:
        why = f": {document.diagnostics[0].message}" if document.diagnostics else ""
        raise click.UsageError(f"the value of `--set {shown(name)}` cannot be read{shown(why)}")
    value: object = document.data["value"]
    if value is None or isinstance(value, dict):
        raise click.UsageError(
            f"`--set {shown(name)}` takes a number, true or false, text or a list, not `{shown(text)}`"
        )
    return value


def _size(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise click.UsageError(f"`--size {shown(name)}` takes a whole number, not `{shown(text)}`")
    return int(text)


def load_spec(name: str, settings: Settings, *, revisions: bool = False) -> Loaded:
    """The spec that a command names; `-` is standard input, and with `revisions` `REV:path` a file of a commit."""
    from archc.loading import load_file

    try:
        loaded = _from_stdin() if name == "-" else (_from_commit(name) if revisions else None) or load_file(name)
    except OSError as error:
        loaded = _unreadable(name, (error.strerror or str(error)).lower())
    if loaded.variant is not None and settings.variant not in {None, loaded.variant}:
        raise click.UsageError(
            f"the variant is given twice: `{shown(name)}` and `--variant {shown(settings.variant or '')}`"
        )
    return loaded


def _from_commit(name: str) -> Loaded | None:
    from archc.revisions import load_revision, named

    wanted = named(name)
    return load_revision(wanted) if wanted is not None else None


def _from_stdin() -> Loaded:
    from archc.document.document import MAX_BYTES
    from archc.loading import load_text

    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - Python's where it is closed
        return _unreadable("<stdin>", "standard input is closed")
    raw = sys.stdin.buffer.read(4 * MAX_BYTES)
    try:
        return load_text(raw.decode("utf-8"), "<stdin>")
    except UnicodeDecodeError as error:
        return _unreadable("<stdin>", f"it is not UTF-8 text: byte 0x{raw[error.start]:02x} at offset {error.start}")


def _unreadable(name: str, reason: str) -> Loaded:
    from archc import codes
    from archc.diagnostics import Diagnostic, Where
    from archc.loading import Loaded

    short = name if len(name) <= 60 else f"{name[:57]}..."
    return Loaded(None, {}, (Diagnostic(codes.UNREADABLE, f"`{short}` cannot be read: {reason}", Where(short)),))


def checked_network(name: str, settings: Settings, *, remarks: bool = False) -> Network:
    """The network of a spec; where it has errors, prints them and exits. `remarks` prints warnings too."""
    from archc.findings import resolve
    from archc.network import check

    loaded = load_spec(name, settings)
    outcome = check(loaded, settings)
    found = resolve(loaded, outcome.findings)
    if outcome.network is None:
        fail(found)
    if remarks:
        print_findings(found, err=True)
    return outcome.network


def fail(found: Iterable[Found]) -> NoReturn:
    """Print findings on standard error and exit with 1."""
    from archc.report.text import tally

    listed = tuple(found)
    print_findings(listed, err=True)
    echo(f"archc: {tally(listed)}", err=True)
    sys.exit(1)


def fail_with(findings: Iterable[Diagnostic]) -> NoReturn:
    """Print findings that stand in no spec, and exit with 1."""
    from archc.findings import Found

    fail(Found(finding, None, None) for finding in findings)


def no_engine(network: Network, error: EngineError) -> Diagnostic:
    """What kept Graphviz from drawing a network, as a finding."""
    from archc.diagnostics import Diagnostic, Where

    return Diagnostic(error.code, error.message, Where(network.spec.file), help=error.help)


def print_findings(found: Iterable[Found], *, err: bool = False) -> None:
    """Print findings for people."""
    from archc.report.text import as_text

    listed = tuple(found)
    if listed:
        echo(as_text(listed, color=colored(err=err), columns=width(err=err)), err=err)


def echo(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Print text that is already safe to show."""
    from archc.report.terminal import encodable

    click.echo(encodable(text + end, _stream(err)), nl=False, err=err, color=colored(err=err))


def colored(*, err: bool = False) -> bool:
    """Whether the stream takes colour."""
    from archc.report.terminal import has_color

    return has_color(_stream(err))


def width(*, err: bool = False) -> int | None:
    """The columns of the terminal; None where the output goes elsewhere."""
    import shutil

    stream = _stream(err)
    return shutil.get_terminal_size().columns if stream is not None and stream.isatty() else None


def _stream(err: bool) -> IO[Any] | None:
    return sys.stderr if err else sys.stdout  # None where it was closed before the start


def shown(text: str) -> str:
    """Text from outside, safe to show."""
    from archc.report.terminal import visible

    return visible(text)


def write_or_fail(folder: Any, contents: Mapping[str, bytes], *, force: bool) -> tuple[Any, ...]:
    """Write files, all or none; prints why and exits where that cannot be."""
    from archc.diagnostics import SpecError
    from archc.write import write_files

    try:
        return write_files(folder, contents, force=force)
    except SpecError as error:
        fail_with(error.diagnostics)
