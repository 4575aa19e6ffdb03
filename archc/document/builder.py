"""YAML events to plain data and to the places of its parts, in one pass with bounds.

The C parser gives the events; where it is missing, the one in Python does, only slower.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml
from yaml import events

from archc import codes
from archc.diagnostics import Diagnostic, Edit, Fix, Note, Where
from archc.document.scalars import CONTROL, Scalar, TooLargeError, resolve
from archc.document.surrogates import restore, without_pairs
from archc.document.syntax import fault

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_KEYS = 1000
"""The most entries of one mapping: names in sight, among which every other one is looked up and compared."""
MAX_FINDINGS = 100

Data = Scalar | list[Any] | dict[str, Any]
_PROPERTY = re.compile(r"([&!])[^\s,\[\]{}]*\s*")
_REUSE = "blocks and params are the reuse here"


class Spot:
    """Where a value stands: its own and its key's event, where a list or mapping ends, and what that holds."""

    __slots__ = ("end", "event", "inside", "key")

    def __init__(self, event: Any, key: Any, inside: dict[str, Spot] | list[Spot] | None) -> None:
        self.event = event
        self.key = key
        self.inside = inside
        self.end = event.end_mark


class _Frame:
    """A list or mapping under construction: what it holds so far, and the key whose value comes next."""

    __slots__ = ("data", "is_key", "key", "key_event", "keyed", "skips", "spot")

    def __init__(self, event: Any, key: Any, *, is_key: bool) -> None:
        self.keyed = type(event) is events.MappingStartEvent
        self.data: Any = {} if self.keyed else []
        self.spot = Spot(event, key, {} if self.keyed else [])
        self.is_key = is_key
        self.key = ""
        self.key_event: Any = None
        self.skips = False

    @property
    def wants_key(self) -> bool:
        return self.keyed and self.key_event is None

    def add(self, value: Data, spot: Spot) -> None:
        inside: Any = self.spot.inside
        if not self.keyed:
            self.data.append(value)
            inside.append(spot)
            return
        if not self.skips:
            self.data[self.key] = value
            inside[self.key] = spot
        self.key_event = None
        self.skips = False


class Built(NamedTuple):
    """What a text holds. `data` is None unless all of it could be read; `findings` say what could not."""

    data: dict[str, Any] | None
    root: Spot | None
    findings: tuple[Diagnostic, ...]


def build(file: str, text: str) -> Built:
    """Read a text to its end, or to where nothing further can be read."""
    builder = _Builder(file, text)
    try:
        builder.read_all(without_pairs(text))
    except _StopReadingError:
        builder.whole = False
    except yaml.YAMLError as error:
        builder.broken(error)
    if builder.whole and not isinstance(builder.data, dict):
        builder.shapeless()
    data = builder.data if builder.whole and isinstance(builder.data, dict) else None
    return Built(data, builder.root, tuple(builder.findings))


class _StopReadingError(Exception):
    """Nothing further can be read."""


class _Builder:
    """Reads events into `data`, with `root` saying where everything stands.

    `whole` is false once the data lacks something that the text was meant to say.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.data: Data = None
        self.root: Spot | None = None
        self.findings: list[Diagnostic] = []
        self.whole = True
        self.nodes = 0
        self.frames: list[_Frame] = []
        self.handlers: dict[type[Any], Callable[[Any], None]] = {
            events.ScalarEvent: self.scalar,
            events.MappingStartEvent: self.start,
            events.SequenceStartEvent: self.start,
            events.MappingEndEvent: self.close,
            events.SequenceEndEvent: self.close,
            events.AliasEvent: self.alias,
            events.DocumentStartEvent: self.document,
        }

    def read_all(self, text: str) -> None:
        handlers, loader, is_own = self.handlers, LOADER(text), text is self.text
        while loader.check_event():
            event = loader.get_event()
            if not is_own and event.__class__ is events.ScalarEvent:
                restore(event, self.text, text)
            handler = handlers.get(event.__class__)
            if handler is not None:
                handler(event)

    def shapeless(self) -> None:
        empty = self.root is None or self.data is None
        message = "the file is empty" if empty else "a spec is a mapping, of keys to values"
        help = "a spec starts with `archc: 1`"
        self.findings.append(Diagnostic(codes.YAML_SYNTAX, message, Where(self.file), help=help))

    def broken(self, error: yaml.YAMLError) -> None:
        self.whole = False
        found = fault(error, self.text)
        notes = () if found.opened is None else (Note("opened here", self.where(found.opened, 1)),)
        self.findings.append(
            Diagnostic(found.code, found.message, self.where(found.at, 1), help=found.help, notes=notes)
        )

    def edit(self, start: int, end: int, text: str = "") -> Edit:
        return Edit(self.where(start, end - start), "replace", text)

    def where(self, at: int, length: int) -> Where:
        return Where(self.file, at=at, length=length)

    def report(self, code: str, message: str, event: Any, **more: Any) -> None:
        """Add a finding about an event; too many of them end the reading."""
        start, end = event.start_mark.index, event.end_mark.index
        self.findings.append(Diagnostic(code, message, self.where(start, max(1, end - start)), **more))
        if len(self.findings) >= MAX_FINDINGS:
            raise _StopReadingError

    def lose(self, code: str, message: str, event: Any, **more: Any) -> None:
        """Add a finding about something that the data now lacks."""
        self.whole = False
        self.report(code, message, event, **more)

    def document(self, event: Any) -> None:
        if self.root is not None:
            help = "put it into a file of its own"
            self.lose(codes.YAML_SUBSET, "a spec is one YAML document; another one starts here", event, help=help)
            raise _StopReadingError
        if event.tags:
            self.report(codes.YAML_SUBSET, "tags are not part of the language", event, help="remove the `%TAG` line")

    def scalar(self, event: Any) -> None:
        self.count(event)
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.wants_key:
            self.key(frame, event)
        else:
            self.put(self.value(event), Spot(event, frame and frame.key_event, None))

    def start(self, event: Any) -> None:
        self.count(event)
        if len(self.frames) == MAX_DEPTH:
            self.lose(codes.LIMIT, f"values nest at most {MAX_DEPTH} deep", event)
            raise _StopReadingError
        frame = self.frames[-1] if self.frames else None
        is_key = frame is not None and frame.wants_key
        self.frames.append(_Frame(event, frame and frame.key_event, is_key=is_key))
        if frame is not None and is_key:
            frame.key_event, frame.skips = event, True
            help = "quote a text that starts with a bracket"
            self.lose(codes.YAML_SUBSET, "a list or mapping cannot be a key", event, help=help)

    def close(self, event: Any) -> None:
        frame = self.frames.pop()
        frame.spot.end = event.end_mark
        if not frame.is_key:
            self.put(frame.data, frame.spot)

    def alias(self, event: Any) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.wants_key:
            frame.key_event, frame.skips = event, True
        else:
            self.put(None, Spot(event, frame and frame.key_event, None))
        message = f"aliases are not part of the language: `*{event.anchor}`"
        self.lose(codes.YAML_SUBSET, message, event, help=f"{_REUSE}; quote a text that starts with `*`")

    def put(self, value: Data, spot: Spot) -> None:
        if self.frames:
            self.frames[-1].add(value, spot)
        else:
            self.data, self.root = value, spot

    def count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.lose(codes.LIMIT, f"a file has at most {MAX_NODES} values", event)
            raise _StopReadingError
        if event.anchor is not None or event.tag is not None:
            self.properties(event)

    def properties(self, event: Any) -> None:
        """Report the anchor and the tag of a node, which stand before it in either order."""
        at = event.start_mark.index
        for _ in range(2):
            match = _PROPERTY.match(self.text, at)
            if match is None:
                return
            at, text = match.end(), match[0].strip()
            kind = "anchors" if match[1] == "&" else "tags"
            message = f"{kind} are not part of the language: `{text}`"
            place = self.where(match.start(), len(text))
            if len(self.findings) >= MAX_FINDINGS:
                self.whole = False
                raise _StopReadingError
            help, unused = (_REUSE, f"*{text[1:]}" not in self.text) if match[1] == "&" else ("", False)
            end = at if "\n" not in match[0] else match.start() + len(text)
            fix = Fix(f"take `{text}` out", (self.edit(match.start(), end),), safe=unused)
            self.findings.append(Diagnostic(codes.YAML_SUBSET, message, place, help=help, fixes=(fix,)))

    def value(self, event: Any) -> Scalar:
        if event.style:
            if event.style == '"' and CONTROL.search(event.value):
                self.lose(codes.YAML_SUBSET, "an escape for a control character", event)
            return event.value
        try:
            found = resolve(event.value)
            if found != found:
                self.lose(codes.YAML_SUBSET, f"`{event.value}` is no number of the language", event)
                return None
            return found
        except TooLargeError:
            self.lose(codes.LIMIT, "a number too large: whole numbers stay below 2 ** 62", event)
            return None

    def key(self, frame: _Frame, event: Any) -> None:
        frame.key_event, frame.key = event, event.value
        value = self.value(event)
        if value == "<<" and not event.style:
            frame.skips = True
            self.lose(codes.YAML_SUBSET, "merge keys are not part of the language", event, help=_REUSE)
        elif value is None:
            frame.skips = True
            self.lose(codes.YAML_SUBSET, "a key is missing before the `:`", event)
        elif not isinstance(value, str):
            kind = "true or false" if isinstance(value, bool) else "a number"
            message = f"the key `{event.value}` is {kind}; keys are text"
            text = f'"{event.value}"'
            fix = Fix(f"write `{text}`", (self.edit(event.start_mark.index, event.end_mark.index, text),), safe=True)
            self.report(codes.YAML_SUBSET, message, event, help=fix.title, fixes=(fix,))
        if len(frame.data) >= MAX_KEYS:
            self.lose(codes.LIMIT, f"a mapping has at most {MAX_KEYS:,} entries", event)
            raise _StopReadingError
        if frame.key in frame.data and not frame.skips:
            frame.skips = True
            self.duplicate(frame, event)

    def duplicate(self, frame: _Frame, event: Any) -> None:
        inside: Any = frame.spot.inside
        first = inside[frame.key].key
        start, end = first.start_mark.index, first.end_mark.index
        notes = (Note("first given here", self.where(start, end - start)),)
        self.report(codes.DUPLICATE_KEY, f"the key `{frame.key}` is given twice", event, notes=notes)
