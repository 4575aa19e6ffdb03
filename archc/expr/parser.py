"""Text to syntax tree: a tokenizer and a precedence climber, both bounded before they start."""

from __future__ import annotations

import keyword
from dataclasses import replace
from functools import lru_cache
from typing import cast

from archc import codes
from archc.diagnostics import Where
from archc.expr.nodes import (
    ArithmeticOp,
    Attr,
    Binary,
    Bool,
    Compare,
    CompareOp,
    Expr,
    ExprError,
    Func,
    IfElse,
    Index,
    ListExpr,
    Logic,
    LogicOp,
    Name,
    Null,
    Number,
    SliceIndex,
    Text,
    Unary,
)
from archc.expr.tokens import Token, number_of, text_of, tokens
from archc.suggest import renaming, suggest

MAX_LENGTH = 256
MAX_DEPTH = 32

FUNCTIONS: dict[str, tuple[int, int]] = {
    "abs": (1, 1),
    "ceil": (1, 1),
    "floor": (1, 1),
    "len": (1, 1),
    "make_divisible": (1, 3),
    "max": (1, MAX_LENGTH),
    "min": (1, MAX_LENGTH),
    "round": (1, 1),
    "sum": (1, 1),
}
"""Every function there is, with the fewest and the most arguments it takes."""

IF, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, POSTFIX = range(10)
"""How tightly things bind, loosest first."""

PRECEDENCE = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), COMPARE),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "//", "%"), PRODUCT),
    "**": POWER,
}

_WORDS = frozenset(("and", "or", "not", "if", "else"))
_CONSTANTS = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}


def parse(text: str) -> Expr:
    """The syntax tree of an expression; raises `ExprError`."""
    return parse_at(text, 0)


def parse_at(text: str, offset: int) -> Expr:
    """`parse`, for an expression that starts at `offset` of a larger text: positions count from that text's start."""
    if len(text) > MAX_LENGTH:
        raise ExprError(f"an expression has at most {MAX_LENGTH} characters, this one {len(text)}", offset, len(text))
    return _parse(text, offset)


@lru_cache(maxsize=4096)
def _parse(text: str, offset: int) -> Expr:
    parser = _Parser(tokens(text, offset))
    if parser.kind == "end":
        raise ExprError("an expression is missing", offset, max(1, len(text)))
    result = parser.expression(IF)
    if parser.kind != "end":
        raise parser.unexpected()
    return result


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def sees(self, text: str) -> bool:
        token = self.tokens[self.at]
        return token.text == text and token.kind in ("op", "name")

    def skip(self, text: str) -> bool:
        if not self.sees(text):
            return False
        self.at += 1
        return True

    def expect(self, text: str, why: str) -> Token:
        if not self.sees(text):
            raise self.unexpected(f"expected `{text}` {why}")
        return self.take()

    def unexpected(self, wanted: str = "") -> ExprError:
        """What to say of a token that cannot stand where it does."""
        token = self.token
        if token.kind == "end":
            return ExprError(wanted or "the expression ends too early", token.at, 1)
        message = f"{wanted}, found `{token.text}`" if wanted else f"unexpected `{token.text}`"
        return ExprError(message, token.at, len(token.text))

    def expression(self, level: int) -> Expr:
        """An expression of operators that bind at least as tightly as `level`."""
        left = self.prefix(level)
        while True:
            token = self.token
            bound = PRECEDENCE.get(token.text, -1) if token.kind in ("op", "name") else -1
            if bound < level or bound < 0:
                break
            left = self.infix(left, bound)
        if level == IF and self.sees("if"):
            return self.condition(left)
        return left

    def nested(self, level: int) -> Expr:
        """An expression one level deeper: in brackets, after a sign, `not`, `**` or `else`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExprError(f"an expression nests at most {MAX_DEPTH} deep", self.token.at, len(self.token.text) or 1)
        result = self.expression(level)
        self.depth -= 1
        return result

    def prefix(self, level: int) -> Expr:
        token = self.token
        if self.sees("not"):
            if level > NOT:
                raise self.unexpected()
            self.take()
            operand = self.nested(NOT)
            return Unary("not", operand, at=token.at, end=operand.end)
        if self.skip("-"):
            operand = self.nested(SIGN)
            if isinstance(operand, Number):
                return Number(-operand.value, at=token.at, end=operand.end)
            return Unary("-", operand, at=token.at, end=operand.end)
        return self.postfix(self.atom())

    def infix(self, left: Expr, bound: int) -> Expr:
        op = self.take().text
        if bound == COMPARE:
            return self.comparison(left, cast("CompareOp", op))
        right = self.nested(SIGN) if bound == POWER else self.expression(bound + 1)
        if bound in (OR, AND):
            return Logic(cast("LogicOp", op), left, right, at=left.at, end=right.end)
        return Binary(cast("ArithmeticOp", op), left, right, at=left.at, end=right.end)

    def comparison(self, left: Expr, op: CompareOp) -> Expr:
        right = self.expression(SUM)
        result: Expr = Compare(op, left, right, at=left.at, end=right.end)
        while self.kind == "op" and PRECEDENCE.get(self.token.text) == COMPARE:
            op = cast("CompareOp", self.take().text)
            left, right = right, self.expression(SUM)
            link = Compare(op, left, right, at=left.at, end=right.end)
            result = Logic("and", result, link, at=result.at, end=right.end)
        return result

    def condition(self, then: Expr) -> Expr:
        self.take()
        test = self.expression(OR)
        self.expect("else", "after a condition")
        other = self.nested(IF)
        return IfElse(test, then, other, at=then.at, end=other.end)

    def atom(self) -> Expr:
        token = self.take()
        match token.kind:
            case "number":
                return Number(number_of(token), at=token.at, end=token.end)
            case "text":
                return Text(text_of(token), at=token.at, end=token.end)
            case "name" if token.text not in _WORDS:
                return self.named(token)
            case "op" if token.text == "(":
                inner = self.nested(IF)
                end = self.expect(")", "to close `(`").end
                return replace(inner, at=token.at, end=end)
            case "op" if token.text == "[":
                items = self.items("]", "to close `[`")
                return ListExpr(items, at=token.at, end=self.tokens[self.at - 1].end)
            case _:
                self.at -= 1
                raise self.unexpected()

    def named(self, token: Token) -> Expr:
        if token.text in _CONSTANTS:
            value = _CONSTANTS[token.text]
            if value is None:
                return Null(at=token.at, end=token.end)
            return Bool(value, at=token.at, end=token.end)
        _check_name(token)
        if self.sees("("):
            return self.call(token)
        return Name(token.text, at=token.at, end=token.end)

    def call(self, token: Token) -> Expr:
        if token.text not in FUNCTIONS:
            help = suggest(token.text, FUNCTIONS) or f"there are {', '.join(FUNCTIONS)}"
            message, fixes = f"unknown function `{token.text}`", renaming(token.text, FUNCTIONS, Where("", at=token.at))
            raise ExprError(message, token.at, len(token.text), code=codes.EXPR_NAME, help=help, fixes=fixes)
        self.take()
        args = self.items(")", "to close `(`")
        end = self.tokens[self.at - 1].end
        fewest, most = FUNCTIONS[token.text]
        if not fewest <= len(args) <= most:
            wanted = f"{fewest} argument" if fewest == most else f"{fewest} to {most} arguments"
            message = f"`{token.text}` takes {wanted}, got {len(args)}"
            raise ExprError(message, token.at, end - token.at)
        return Func(token.text, args, at=token.at, end=end)

    def items(self, closing: str, why: str) -> tuple[Expr, ...]:
        found: list[Expr] = []
        while not self.skip(closing):
            if found:
                self.expect(",", f"or `{closing}` {why}")
                if self.skip(closing):
                    break
            found.append(self.nested(IF))
        return tuple(found)

    def postfix(self, obj: Expr) -> Expr:
        while self.kind == "op":
            if self.skip("."):
                obj = self.attribute(obj)
            elif self.skip("["):
                obj = self.index(obj)
            elif self.sees("("):
                raise ExprError("only a function can be called", self.token.at, 1)
            else:
                break
        return obj

    def attribute(self, obj: Expr) -> Expr:
        token = self.token
        if token.kind != "name":
            raise self.unexpected("expected a name after `.`")
        _check_name(token)
        self.take()
        return Attr(obj, token.text, at=obj.at, end=token.end)

    def index(self, obj: Expr) -> Expr:
        if self.sees("]"):
            raise ExprError("an index is missing", self.token.at, 1)
        bounds: list[Expr] = [self.bound()]
        while len(bounds) < 3 and self.skip(":"):
            bounds.append(self.bound())
        end = self.expect("]", "to close `[`").end
        if len(bounds) == 1:
            return Index(obj, bounds[0], at=obj.at, end=end)
        bounds.append(Null())
        return SliceIndex(obj, bounds[0], bounds[1], bounds[2], at=obj.at, end=end)

    def bound(self) -> Expr:
        if self.sees(":") or self.sees("]"):
            return Null(at=self.token.at, end=self.token.at)
        return self.nested(IF)


def _check_name(token: Token) -> None:
    if token.text.startswith("_"):
        raise ExprError(f"names do not start with an underscore: `{token.text}`", token.at, len(token.text))
    if keyword.iskeyword(token.text):
        raise ExprError(f"`{token.text}` cannot be used in an expression", token.at, len(token.text))
