"""Expressions: total, bounded arithmetic in specs (`width * 2 ** i`, `2 if i > 0 else 1`).

`parse` reads one, `evaluate` gives its value, `substitute` and `simplify` rewrite it, `to_text` writes it down. Nothing
here hands text to Python: an expression can call a handful of pure functions and nothing else.
"""

from archc.expr.division import divided, whole_names
from archc.expr.evaluate import UNKNOWN, Record, Unknown, evaluate
from archc.expr.nodes import (
    MAX_INT,
    Attr,
    Binary,
    Bool,
    Compare,
    Expr,
    ExprError,
    Func,
    IfElse,
    Index,
    ListExpr,
    Logic,
    Name,
    Null,
    Number,
    SliceIndex,
    Text,
    Unary,
    children,
    names,
    number,
)
from archc.expr.parser import parse
from archc.expr.printer import to_text
from archc.expr.rewrite import literal, simplify, substitute
from archc.expr.template import has_template, parse_template

__all__ = [
    "MAX_INT",
    "UNKNOWN",
    "Attr",
    "Binary",
    "Bool",
    "Compare",
    "Expr",
    "ExprError",
    "Func",
    "IfElse",
    "Index",
    "ListExpr",
    "Logic",
    "Name",
    "Null",
    "Number",
    "Record",
    "SliceIndex",
    "Text",
    "Unary",
    "Unknown",
    "children",
    "divided",
    "evaluate",
    "has_template",
    "literal",
    "names",
    "number",
    "parse",
    "parse_template",
    "simplify",
    "substitute",
    "to_text",
    "whole_names",
]
