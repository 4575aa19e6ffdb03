"""YAML's own complaints in plain words."""

from __future__ import annotations

from typing import NamedTuple

from yaml import MarkedYAMLError, YAMLError

from archc import codes

INDENT = "keys and items that belong together start in the same column"
QUOTE = "quote the text"


class Fault(NamedTuple):
    """What is wrong with the text, from which character on; `opened` is where what it breaks begins."""

    message: str
    at: int
    help: str = ""
    code: str = codes.YAML_SYNTAX
    opened: int | None = None


def fault(error: YAMLError, text: str) -> Fault:
    """The fault that YAML's parser found in a text."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Fault("not readable as YAML", int(getattr(error, "position", 0) or 0))
    problem = error.problem or ""
    at = min(error.problem_mark.index, len(text))
    opened = error.context_mark.index if error.context_mark else at
    rest = text[at:].strip()
    character = text[at : at + 1]
    if "mapping values are not allowed" in problem:
        return Fault("a `:` cannot stand here", at, "quote text that holds a `:`, and indent what is under a key")
    if character == "\t" or "tab character" in problem:
        return Fault("a tab cannot indent", at, "indent with spaces")
    if "cannot start any token" in problem:
        return Fault(f"a value cannot start with `{character}`", at, QUOTE)
    if "',' or " in problem:
        return _unclosed(text, at, opened, ended=not rest)
    if "end of stream" in problem:
        return Fault("a quote is never closed", opened)
    if character and character in "]},":
        return Fault(f"unexpected `{character}`", at)
    return _by_name(problem, at, opened)


def _unclosed(text: str, at: int, opened: int, *, ended: bool) -> Fault:
    bracket = text[opened : opened + 1]
    closing = {"[": "]", "{": "}"}.get(bracket, "]")
    if ended:
        return Fault(f"`{bracket}` is never closed", opened)
    help = "quote text that holds brackets" if text[at : at + 1] in "[]{}" else ""
    return Fault(f"expected `,` or `{closing}`", at, help, opened=opened)


def _by_name(problem: str, at: int, opened: int) -> Fault:
    known = {
        "expected key": Fault("expected a key here", at, INDENT),
        "<block end>": Fault("this is out of line with what it follows", at, INDENT),
        "'-' indicator": Fault("expected a list item, which starts with `- `", at, INDENT),
        "expected ':'": Fault("expected `:` after this key", opened),
        "block sequence entries": Fault("a list cannot start on this line", at, "start its items on the next line"),
        "unknown escape": Fault("an unknown escape in quoted text", at, "use single quotes, which know no escapes"),
        "alphabetic or numeric": Fault("a value cannot start with `*` or `&`", opened, QUOTE),
        "tag handle": Fault("tags are not part of the language", at, code=codes.YAML_SUBSET),
        "<document start>": Fault("a spec is one YAML document", at, code=codes.YAML_SUBSET),
        "directive": Fault("an unknown YAML directive", opened),
        "incompatible": Fault("a version of YAML other than 1.2", at),
    }
    plain = problem.replace("did not find expected", "expected").rstrip(".").lower()
    return next((fault for name, fault in known.items() if name in problem), Fault(plain, at))
