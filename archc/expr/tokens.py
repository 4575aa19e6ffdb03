"""Text to tokens: numbers, names, strings and operators, each knowing where it stands."""

from __future__ import annotations

import re
from typing import NamedTuple

from archc.diagnostics import Edit, Fix, Where
from archc.expr.nodes import MAX_INT, ExprError

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      | (?P<op>\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\].,:])
      | (?P<bad>.)
      | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_INSTEAD = {
    "=": "compare with `==`",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`",
    "^": "a power is `**`",
    "{": "there are no sets or mappings here",
    "'": "the quote is never closed",
    '"': "the quote is never closed",
}
_SIGNS = {"=": "==", "&": "and", "|": "or", "!": "not", "^": "**"}
_ESCAPE = re.compile(r"\\(?:([\\'\"nrt])|x[0-9a-f]{2}|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})")
_MARKS = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t"}


class Token(NamedTuple):
    """A piece of text: a number, name, text, op, or the end."""

    kind: str
    text: str
    at: int

    @property
    def end(self) -> int:
        """The character after it."""
        return self.at + len(self.text)


def tokens(text: str, offset: int) -> list[Token]:
    """The tokens of a text, the last one being its end; `offset` is where the text starts."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "end"
        token = Token(kind, match[kind], match.start(kind) + offset)
        if kind == "bad":
            help = _INSTEAD.get(token.text, "")
            message = f"unexpected character {_shown(token.text)}"
            raise ExprError(message, token.at, 1, help=help, fixes=_other_sign(text, match, offset))
        if kind == "name" and found and found[-1].kind == "number" and found[-1].end == token.at:
            number, at = found[-1].text, found[-1].at
            edit = Edit(Where("", at=token.at, length=0), "replace", " * ")
            raise ExprError(
                f"`{number}{token.text}` is neither a number nor a name",
                at,
                token.end - at,
                help="a product is written with `*`",
                fixes=(Fix(f"write `{number} * {token.text}`", (edit,)),),
            )
        found.append(token)
        if kind == "end":
            break
    return found


def _other_sign(text: str, match: re.Match[str], offset: int) -> tuple[Fix, ...]:
    """The fix for a sign of another language. Only a lone `=` cannot have meant anything else."""
    sign, at = match["bad"], match.start("bad")
    new = _SIGNS.get(sign)
    if new is None:
        return ()
    length = 2 if sign in "&|" and text[at : at + 2] == sign * 2 else 1
    before = " " if new.isalpha() and text[:at][-1:] not in ("", " ", "(") else ""
    after = " " if new.isalpha() and text[at + length : at + length + 1] != " " else ""
    edit = Edit(Where("", at=at + offset, length=length), "replace", f"{before}{new}{after}")
    return (Fix(f"write `{new}` for `{sign * length}`", (edit,), safe=sign == "="),)


def _shown(character: str) -> str:
    return f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"


def number_of(token: Token) -> int | float:
    """The value of a number."""
    if token.text.isdigit():
        if (whole := int(token.text)) < MAX_INT:
            return whole
    elif (real := float(token.text)) < float("inf"):
        return real
    raise ExprError("a number too large: whole numbers stay below 2 ** 62", token.at, len(token.text))


def text_of(token: Token) -> str:
    """The value of a quoted string."""
    body = token.text[1:-1]
    if "\\" in _ESCAPE.sub("", body):
        raise ExprError("an unknown escape in a string", token.at, len(token.text), help="write a backslash as `\\\\`")
    return _ESCAPE.sub(_character, body)


def _character(escape: re.Match[str]) -> str:
    """What an escape stands for; they are those that `repr` writes."""
    return _MARKS[escape[1]] if escape[1] else chr(int(escape[0][2:], 16))
