"""Mutants of generated files, and what of the proof catches each: `python -m tests.codegen.mutants [FOLDER]`.

Each is one change that a wrong translation could have made. A mutant is caught where the replay at one of the settings,
a probe of one class or the comparison of signatures refuses it; what survives everything is shown.
"""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from archc.codegen.probe import Probe
from archc.codegen.replay import ProofError, prove
from archc.network import Network

SEED = 20240
EACH = 50
"""How many mutants of each kind are drawn, where there are as many."""
OPERATORS = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add,), ast.FloorDiv: (ast.Div,),
    ast.Div: (ast.FloorDiv, ast.Mult), ast.Mod: (ast.FloorDiv, ast.Mult), ast.Pow: (ast.Mult, ast.Add),
}  # fmt: skip
COMPARISONS = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """A file with all that can be held against it."""

    name: str
    text: str
    settings: Sequence[tuple[Network, str]]
    """Networks, and the expressions that make them from the file's names."""
    probes: Sequence[Probe] = ()
    signatures: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class Mutant:
    """A changed file."""

    kind: str
    line: int
    text: str


def mutants_of(text: str) -> list[Mutant]:
    """All mutants of a file's classes and functions."""
    found = []
    tree = ast.parse(text)
    for kind, node in _changes(tree):
        found.append(Mutant(kind, node.lineno, ast.unparse(ast.fix_missing_locations(tree))))
    return [mutant for mutant in found if mutant.text != ast.unparse(ast.parse(text))]


HELPERS = ("make_divisible", "stochastic_depth", "windows", "divide")
"""Functions whose text is the writer's, not the spec's: they have tests of their own."""


def _changes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Make one change after the other in place, each undone before the next."""
    for top in tree.body:
        if isinstance(top, (ast.ClassDef, ast.FunctionDef)) and top.name not in HELPERS:
            forward = {id(n) for f in ast.walk(top) if getattr(f, "name", "") == "forward" for n in ast.walk(f)}
            sets = {id(n.comparators[0]) for n in ast.walk(top) if isinstance(n, ast.Compare) and _is_of_a_set(n)}
            for node in list(_code(top)):
                commutes = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mult))
                kinds = (k for k in _changes_of(node) if k != "operands swapped" or not commutes or id(node) in forward)
                yield from ((kind, node) for kind in kinds if id(node) not in sets)
                if isinstance(node, ast.FunctionDef):
                    yield from _lost(node, "in forward" if node.name == "forward" else "elsewhere")
                elif isinstance(node, ast.For):
                    yield from _lost(node, "in a loop")


def _is_of_a_set(node: ast.Compare) -> bool:
    """Whether a comparison asks if something is among others, whose order does not matter."""
    return isinstance(node.ops[0], (ast.In, ast.NotIn))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """What is run: no annotations, no docstrings, no messages."""
    if isinstance(node, ast.Raise):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _code(child)


def _changes_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            for other in OPERATORS[type(op)]:
                yield from _swap(node, "op", other(), f"operator {_sign(op)}")
            node.left, node.right = node.right, node.left
            yield "operands swapped"
            node.left, node.right = node.right, node.left
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            yield from _swap(node, "ops", [COMPARISONS[type(op)]()], "comparison")
        case ast.BoolOp(values=values):
            yield from _swap(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And(), "and / or")
            for at in range(len(values)):
                yield from _swap(node, "values", [values[at], values[at]], "half a condition")
        case ast.If() | ast.IfExp():
            kind = "if" if isinstance(node, ast.If) else "if in an expression"
            yield from _swap(node, "test", ast.Constant(True), f"{kind} made true")
            yield from _swap(node, "test", ast.Constant(False), f"{kind} made false")
        case ast.Call(func=function, args=args, keywords=keywords):
            is_ordered = not (isinstance(function, ast.Name) and function.id in {"min", "max"})
            for at in range(len(args) - 1) if is_ordered else ():
                if ast.dump(args[at]) != ast.dump(args[at + 1]):
                    yield from _swap(
                        node, "args", [*args[:at], args[at + 1], args[at], *args[at + 2 :]], "inputs swapped"
                    )
            for at, keyword in enumerate(keywords):
                yield from _swap(node, "keywords", [*keywords[:at], *keywords[at + 1 :]], "keyword lost")
                if keyword.arg and "stride" in keyword.arg:
                    yield from _swap(keyword, "value", ast.BinOp(keyword.value, ast.Add(), ast.Constant(1)), "stride")
            if len(args) > 1:
                yield from _swap(node, "args", args[:-1], "argument lost")
        case ast.List(elts=[_, _, *_] as elts) | ast.Tuple(elts=[_, _, *_] as elts, ctx=ast.Load()):
            yield from _swap(node, "elts", [elts[1], elts[0], *elts[2:]], "inputs swapped")
        case ast.Constant(value=int() as value) if type(value) is int:
            yield from _swap(node, "value", value + 1, "number + 1")
        case ast.Constant(value=float() as value):
            yield from _swap(node, "value", value / 2 + 0.125, "another float")
        case ast.Constant(value=bool() as value):
            yield from _swap(node, "value", not value, "another truth")
        case ast.FunctionDef(args=arguments):
            yield from _default(arguments)
        case _:
            pass


def _swap(node: ast.AST, field: str, value: object, kind: str) -> Iterator[str]:
    old = getattr(node, field)
    setattr(node, field, value)
    yield kind
    setattr(node, field, old)


def _default(arguments: ast.arguments) -> Iterator[str]:
    for at, default in enumerate(arguments.defaults):
        if isinstance(default, ast.Constant) and isinstance(default.value, (int, float)):
            other = not default.value if isinstance(default.value, bool) else default.value + 1
            yield from _swap(arguments, "defaults", [*arguments.defaults[:at], ast.Constant(other), *arguments.defaults[at + 1 :]], "default")  # fmt: skip


def _lost(node: ast.FunctionDef | ast.For, place: str) -> Iterator[tuple[str, ast.AST]]:
    """Each statement left out, with it, but docstrings, `super().__init__` and the last one."""
    for at, statement in enumerate(node.body):
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        is_last = len(node.body) == 1 or isinstance(statement, (ast.Return, ast.Raise))
        if not (is_text or is_last or "super().__init__" in ast.unparse(statement)):
            kinds = _swap(node, "body", [*node.body[:at], *node.body[at + 1 :]], f"statement lost {place}")
            yield from ((kind, statement) for kind in kinds)


def _sign(op: ast.operator) -> str:
    return {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Div: "/", ast.Mod: "%", ast.Pow: "**"}[
        type(op)
    ]


def catcher(subject: Subject, mutant: Mutant) -> str:
    """What catches a mutant: `default`, `setting`, `probe` or `signature`; nothing where it survives."""
    for at, (network, call) in enumerate(subject.settings):
        if _fails(lambda network=network, call=call: prove(network, mutant.text, call)):
            return "setting" if at else "default"
    if any(_fails(lambda probe=probe: probe.run(mutant.text)) for probe in subject.probes):
        return "probe"
    return "signature" if _fails(lambda: subject.signatures(mutant.text)) else ""


def _fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except ProofError:
        return True
    return False


def drawn(subjects: Sequence[Subject], each: int = EACH) -> list[tuple[Subject, Mutant]]:
    """So many mutants of each kind over all files, or all that there are."""
    by_kind: dict[str, list[tuple[Subject, Mutant]]] = {}
    for subject in subjects:
        for mutant in mutants_of(subject.text):
            by_kind.setdefault(mutant.kind, []).append((subject, mutant))
    chance = random.Random(SEED)
    return [pick for _, found in sorted(by_kind.items()) for pick in chance.sample(found, min(each, len(found)))]


def run(subjects: Sequence[Subject], each: int = EACH) -> tuple[dict[str, Counter[str]], list[tuple[Subject, Mutant]]]:
    """By kind: how many mutants each part of the proof catches; and the survivors."""
    table: dict[str, Counter[str]] = {}
    survivors = []
    for subject, mutant in drawn(subjects, each):
        caught = catcher(subject, mutant)
        table.setdefault(mutant.kind, Counter())[caught] += 1
        if not caught:
            survivors.append((subject, mutant))
    return table, survivors


def show(table: dict[str, Counter[str]], survivors: Sequence[tuple[Subject, Mutant]]) -> None:
    """Print the table and the lines of the survivors."""
    columns = ("default", "setting", "probe", "signature", "")
    print(f"{'kind':32}{'drawn':>7}" + "".join(f"{column or 'survive':>11}" for column in columns))
    whole: Counter[str] = sum(table.values(), Counter())
    for kind, counts in [*table.items(), ("all", whole)]:
        print(f"{kind:32}{counts.total():7}" + "".join(f"{counts[column]:11}" for column in columns))
    for subject, mutant in survivors:
        print(f"{subject.name}:{mutant.line}: {mutant.kind}: {subject.text.splitlines()[mutant.line - 1].strip()}")


if __name__ == "__main__":
    from tests.codegen.subjects import subjects

    show(*run(subjects()))
