"""Reading generated source back: it holds what was meant, and no text of a spec has become code."""

from __future__ import annotations

import ast


def check_source(text: str) -> None:
    """Raise `RuntimeError` for a file with anything but a docstring, imports, one helper and classes of methods.

    Text from a spec stands in docstrings alone. One that ended early would leave other statements behind.
    """
    for at, node in enumerate(ast.parse(text).body):
        if isinstance(node, ast.ClassDef):
            _check_class(node)
        elif not (isinstance(node, (ast.Import, ast.ImportFrom)) or _is_docstring(node, at) or _is_helper(node)):
            raise RuntimeError(f"line {node.lineno} of the source is not what was meant")


def _check_class(node: ast.ClassDef) -> None:
    for at, inner in enumerate(node.body):
        field = isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name)
        if not (field or isinstance(inner, ast.FunctionDef) or _is_docstring(inner, at)):
            raise RuntimeError(f"line {inner.lineno} of the source is not what was meant")


def _is_docstring(node: ast.stmt, at: int) -> bool:
    return at == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_helper(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "make_divisible"
