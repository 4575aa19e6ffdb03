"""Annotations in `forward`: to type checkers what a module gives is of any type, so a result needs one."""

from __future__ import annotations

import ast
from collections.abc import Sequence

UNTYPED = frozenset({"special", "norm"})
"""What `torch` has no types for."""


def typed_result(lines: Sequence[str], inputs: Sequence[str], names: Sequence[str]) -> list[str]:
    """The lines of a method that returns a tensor, with its result annotated where nothing else tells its type.

    `names` are what a result may be called that has no name yet.
    """
    last = lines[-1].removeprefix("return ")
    body = ast.parse("\n".join(lines)).body
    end = body[-1]
    if not isinstance(end, ast.Return) or end.value is None or isinstance(end.value, ast.Tuple):
        return [*lines]
    reader = _Reader(inputs)
    reader.walk(body[:-1])
    if not reader.is_any(end.value):
        return [*lines]
    unknown = reader.unknown(end.value)
    if len(unknown) == 1:
        return _declared(lines, *unknown)
    name = next(name for name in names if name not in reader.known and name not in inputs)
    return [*lines[:-1], f"{name}: Tensor = {last}", f"return {name}"]


def _declared(lines: Sequence[str], name: str) -> list[str]:
    """The lines with the type of a variable where it is first set."""
    for at, line in enumerate(lines):
        if line.lstrip().startswith(f"{name} = "):
            return [*lines[:at], line.replace(f"{name} = ", f"{name}: Tensor = ", 1), *lines[at + 1 :]]
        targets = line.partition(" = ")[0]
        if name in targets.replace(" ", "").split(","):
            return [f"{name}: Tensor", *lines]
    return [*lines]


class _Reader:
    """Follows which variables type checkers know nothing of; `known` are all that are set."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self.inputs = inputs
        self.any: set[str] = set()
        self.known: set[str] = set()
        self.items: set[str] = set()

    def walk(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Assign(targets=[target], value=value):
                    self._set(target, value)
                case ast.AugAssign(target=ast.Name(id=name), value=value) if self.is_any(value):
                    self._note(name, True)
                case ast.If():
                    self._either(statement.body, statement.orelse)
                case ast.For():
                    self.items |= {each.id for each in ast.walk(statement.target) if isinstance(each, ast.Name)}
                    self._either(statement.body, ())
                case _:
                    pass

    def _either(self, one: Sequence[ast.stmt], other: Sequence[ast.stmt]) -> None:
        before = set(self.any)
        self.walk(one)
        after, self.any = self.any, before
        self.walk(other)
        self.any = self.any | after

    def _set(self, target: ast.expr, value: ast.expr) -> None:
        many = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        pairs = zip(target.elts, value.elts, strict=True) if many else [(target, value)]  # type: ignore[union-attr]
        found = [(each, self.is_any(of)) for each, of in pairs]
        for each, is_any in found:
            for name in ast.walk(each):
                if isinstance(name, ast.Name):
                    self._note(name.id, is_any)

    def _note(self, name: str, is_any: bool) -> None:
        """What a variable holds now; an input, whose type is said, stays a tensor."""
        if name not in self.inputs:
            self.known.add(name)
            (self.any.add if is_any else self.any.discard)(name)

    def is_any(self, tree: ast.expr) -> bool:
        """Whether type checkers know nothing of a value."""
        match tree:
            case ast.Name(id=name):
                return name in self.any
            case ast.Call(func=ast.Name(id=name)):
                return name in self.items
            case ast.Call(func=ast.Attribute(value=value, attr=attr)):
                return self._of_call(value, attr)
            case ast.Call():
                return True
            case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
                return self.is_any(left) or self.is_any(right)
            case ast.UnaryOp(operand=value) | ast.Subscript(value=value):
                return self.is_any(value)
            case ast.Compare(left=left, comparators=others):
                return any(map(self.is_any, (left, *others)))
            case _:
                return False

    def unknown(self, tree: ast.expr) -> list[str]:
        """The variables that alone make a value unknown; none where a call in it does."""
        names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)} & self.any
        held, self.any = self.any, set()
        by_call = self.is_any(tree)
        self.any = held
        return [] if by_call else sorted(names)

    def _of_call(self, value: ast.expr, attr: str) -> bool:
        root = value
        path = [attr]
        while isinstance(root, ast.Attribute):
            path.append(root.attr)
            root = root.value
        if isinstance(root, ast.Name) and root.id in ("torch", "F", "math", "nn"):
            return bool(UNTYPED & set(path))
        if isinstance(root, ast.Name) and root.id not in ("self", *self.known, *self.inputs):
            return True
        return (isinstance(value, ast.Name) and value.id == "self") or self.is_any(value)
