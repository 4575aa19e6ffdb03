"""Formulas of Python that differ from one in a single place: another operator, another number, a part left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add, ast.Div), ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mult), ast.Mod: (ast.FloorDiv, ast.Mult), ast.Pow: (ast.Mult, ast.Add),
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
FUNCTIONS = {"abs", "bool", "float", "int", "len", "make_divisible", "max", "min", "round", "sum", "divide"}
"""What a formula may call, beside the functions of `math`."""
FORMULAS = (
    ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp,
    ast.IfExp, ast.Tuple, ast.List, ast.Starred, ast.Call, ast.keyword, ast.GeneratorExp, ast.ListComp,
    ast.comprehension, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context,
)  # fmt: skip


def is_formula(tree: ast.AST) -> bool:
    """Whether it only works something out."""
    if not all(isinstance(part, FORMULAS) for part in ast.walk(tree)):
        return False
    return all(_is_pure(part.func) for part in ast.walk(tree) if isinstance(part, ast.Call))


def _is_pure(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id == "math"
    return isinstance(function, ast.Name) and function.id in FUNCTIONS


def neighbours(tree: ast.expr) -> Iterator[str]:
    """The text of each, by changing the formula in place and back."""
    for node in list(ast.walk(tree)):
        for name, value in _changes(node):
            old = getattr(node, name)
            setattr(node, name, value)
            yield ast.unparse(tree)
            setattr(node, name, old)


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Other values for fields of a node."""
    match node:
        case ast.BinOp(op=op):
            yield from (("op", other()) for other in OPERATORS.get(type(op), ()))
        case ast.Compare(ops=ops):
            yield from (("ops", [*ops[:at], COMPARISONS[type(op)](), *ops[at + 1 :]]) for at, op in enumerate(ops))
        case ast.BoolOp(op=op, values=values):
            yield "op", ast.Or() if isinstance(op, ast.And) else ast.And()
            yield from (("values", [v for v in values if v is not value] * 2) for value in values)
        case ast.IfExp():
            yield from (("test", ast.Constant(truth)) for truth in (True, False))
        case ast.Call(args=[_, _, *_] as args):
            yield from (("args", [a for a in args if a is not arg]) for arg in args)
        case ast.Constant(value=bool() as value):
            yield "value", not value
        case ast.Constant(value=int() | float() as value):
            yield from (("value", value + step) for step in (1, -1))
        case _:
            pass
