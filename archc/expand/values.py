"""The values of expressions and arguments where they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archc import expr
from archc.diagnostics import Diagnostic, Where
from archc.expand.scope import Env
from archc.expr import UNKNOWN, Expr, ExprError
from archc.spec.arguments import Arg, Const, Formula, Seq, Template


def value_of(tree: Expr, values: Mapping[str, object]) -> object:
    """The value of an expression; UNKNOWN where a name in it has none, its declaration being faulty."""
    try:
        return expr.evaluate(tree, values)
    except ExprError:
        if expr.names(tree) <= values.keys():
            raise
        return UNKNOWN


def evaluate_arg(arg: Arg, env: Env) -> object:
    """The value of an argument; raises `ExprError`, the place being the argument's."""
    if isinstance(arg, Const):
        return arg.value
    if isinstance(arg, Formula):
        return value_of(arg.expr, env.values)
    if isinstance(arg, Seq):
        values = tuple(evaluate_arg(item, env) for item in arg.items)
        return UNKNOWN if UNKNOWN in values else values
    return evaluate_template(arg, env)


def evaluate_template(template: Template, env: Env) -> object:
    """The text of a template; raises `ExprError`."""
    if template.plain is not None:
        return template.plain
    parts = [part if isinstance(part, str) else value_of(part, env.values) for part in template.parts]
    return UNKNOWN if UNKNOWN in parts else "".join(str(part) for part in parts)


def expr_finding(error: ExprError, where: Where) -> Diagnostic:
    """An expression's fault at its place."""
    at = replace(where, at=error.at, length=error.length)
    return Diagnostic(error.code, error.message, at, help=error.help, fixes=error.fixes_at(where))
