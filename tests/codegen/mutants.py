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
from typing import cast

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
    change: str = ""
    """What stands there now."""


EQUIVALENT = {
    ("googlenet", "aux1 is not None or aux2 is not None"): "both heads are there or neither is",
    ("googlenet", "aux1 is not None and aux1 is not None"): "both heads are there or neither is",
    ("googlenet", "aux2 is not None and aux2 is not None"): "both heads are there or neither is",
    ("googlenet", "side - 2 * padding"): "where sizes are rounded up the padding is 0",
    ("googlenet", "(size - 1) // 2 - 2 * padding"): "where sizes are rounded up the padding is 0",
    ("own", "if made true: if module.bias is not None:"): "each convolution of the file has a bias",
    ("vgg", "if made true: if module.bias is not None:"): "each convolution of the file has a bias",
    ("own", "out <= 1"): "`out` is even there, so below 2 is below 1",
    ("r2plus1d", "mid <= 1"): "27ab // (9a + 3b) is at least 2 for channels a and b of at least 1",
    ("seq2seq", "depth <= 0"): "a depth of 0 leaves the memory unread, which archc refuses (ARC109)",
    ("efficientnet_v2_s", "out < 1 and out < 1"): "where `expand` is not 1 the guard below refuses the same",
    ("efficientnet_v2_s", "hidden if True else out"): "stands where `expand` is not 1",
    ("shufflenet_v2", "min(widths)"): "of nothing raises ValueError, which the guard of the length does too",
    ("densenet_bc", "channels + compression"): "what this guard refuses the one of the next transition does too, which has no more channels",
    (
        "metaformer",
        "round(in_channels * wider / 1) < 1 and round(in_channels * wider / 1) < 1",
    ): "where `gated`, fewer channels come out, and the guard above refuses the same",
    ("seq2seq", "heads < 1 and heads < 1"): "a depth of 0 is refused (ARC109), so `depth > 0` always holds",
    ("vit", "min(patch, dim, depth, heads, hidden, classes)"): "a size below 1 is below `patch`, which the next guard refuses",
    ("googlenet", "((size - 1) // 2 + 3 * padding + 1) // 2"): "where sizes are rounded up the padding is 0",
    ("googlenet", "statement lost elsewhere: self.aux2: nn.Module | None = None"): "it is read where `aux1` is there, and so itself",
    ("swin_t", "min(height, width) <= 2"): "both are 56, 28 and 14 there",
    ("swin_t", "sum(depths) == 1 and sum(depths) == 1"): "where depths add up to 1 one of them is above 0, and its round refuses",
    ("swin_t", "depths[s] >= 0"): "where depths add up to 1 one of them is above 0, and its round refuses",
    ("swin_t", "if made false: if dim < heads:"): "`dim % heads` is not 0 then, which `Attention` refuses",
    ("maxvit_t", "if made false: if out < head_dim:"): "`out % head_dim` is not 0 then, which the guard below refuses",
    ("maxvit_t", "side / partition"): "a side below `partition` leaves a rest, which is refused too",
    ("maxvit_t", "Stage(channels, width, height, width_, depths[s], sum(depths[0:s]), depths=depths, drop_path=drop_path, head_dim=head_dim, partition=partition)"): "images are square",
    ("swin_t", "Block(width, height, dim, head_counts[s], 0 if i % 2 == 0 else window // 2, drop_path * (sum(depths[0:s]) + i) / (sum(depths) - 1), window=window)"): "images are square",
    ("deeplab", "statement lost elsewhere: if len(rates) < 3:"): "`Aspp` refuses it too",
    ("bert", "heads < 1 and heads < 1"): "a depth of 0 is refused (ARC109), so `depth > 0` always holds",
    ("metaformer", "in_channels * wider * 1"): "what is divided by 1 may as well be multiplied by it",
    ("autoencoder", "len(widths) <= 1"): "the guard below asks for two entries",
    ("autoencoder", "if made false: if len(widths) < 1:"): "the guard below asks for two entries",
    ("efficientnet_v2_s", "if made false: if total == 0:"): "where a round is taken the depths add up to more than 0, or one is below 0, which is refused",
}  # fmt: skip
"""Mutants that no admissible argument tells from the file, and why, by the file and what stands there now."""


def mutants_of(text: str) -> list[Mutant]:
    """All mutants of a file's classes and functions."""
    found = []
    tree = ast.parse(text)
    for kind, node in _changes(tree):
        changed, line = ast.unparse(ast.fix_missing_locations(tree)), cast("ast.stmt", node).lineno
        change = ast.unparse(node).splitlines()[0]
        if isinstance(node, ast.stmt):
            change = f"{kind}: {text.splitlines()[line - 1].strip()}"
        found.append(Mutant(kind, line, changed, change))
    return [mutant for mutant in found if mutant.text != ast.unparse(ast.parse(text))]


HELPERS = ("make_divisible", "stochastic_depth", "windows", "divide")
"""Functions whose text is the writer's, not the spec's: they have tests of their own."""


def _changes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Make one change after the other in place, each undone before the next."""
    for top in tree.body:
        if isinstance(top, (ast.ClassDef, ast.FunctionDef)) and top.name not in HELPERS:
            forward = {id(n) for f in ast.walk(top) if getattr(f, "name", "") == "forward" for n in ast.walk(f)}
            numbers = {id(part) for n in ast.walk(top) if _is_call(n, "range") for part in ast.walk(n)}
            same = {(id(part), kind) for n in ast.walk(top) for part, kind in _same(n)}
            for node in list(_code(top)):
                commutes = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mult))
                is_of_numbers = commutes and (id(node) not in forward or id(node) in numbers)
                kinds = (kind for kind in _changes_of(node) if kind != "operands swapped" or not is_of_numbers)
                yield from (
                    (kind, node) for kind in kinds if not {(id(node), name) for name in _names(node, kind)} & same
                )
                if isinstance(node, ast.FunctionDef):
                    yield from _lost(node, "in forward" if node.name == "forward" else "elsewhere")
                elif isinstance(node, ast.For):
                    yield from _lost(node, "in a loop")


def _same(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Parts of a node that may change in one way, or in any, and give the same program."""
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[choices]):
            yield choices, ""  # whose order does not matter
        case ast.Compare(left=ast.Call(func=ast.Name(id="min"), keywords=[ast.keyword(value=default)]), ops=[ast.Lt()]):
            yield default, "number + 1"  # of nothing, which is not refused
        case ast.Call(func=ast.Attribute(attr="floor"), args=[ast.BinOp(op=ast.Div()) as ratio]):
            yield ratio, "operator / to FloorDiv"  # which is rounded down itself
        case _:
            pass


def _names(node: ast.AST, kind: str) -> tuple[str, ...]:
    """A change of any kind, of one kind, and to one operator."""
    return "", kind, f"{kind} to {type(getattr(node, 'op', None)).__name__}"


def _is_call(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


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
    """What catches a mutant: `default`, `setting`, `probe` or `signature`; `equivalent` where nothing can."""
    for at, (network, call) in enumerate(subject.settings):
        if _fails(lambda network=network, call=call: prove(network, mutant.text, call)):
            return "setting" if at else "default"
    if any(_fails(lambda probe=probe: probe.run(mutant.text)) for probe in subject.probes):
        return "probe"
    if _fails(lambda: subject.signatures(mutant.text)):
        return "signature"
    line = mutant.text.splitlines()[mutant.line - 1].strip() if mutant.line <= mutant.text.count("\n") else ""
    is_argued = {(subject.name, mutant.change), (subject.name, line)} & EQUIVALENT.keys()
    return "equivalent" if is_argued else ""


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
    columns = ("default", "setting", "probe", "signature", "equivalent", "")
    print(f"{'kind':32}{'drawn':>7}" + "".join(f"{column or 'survive':>11}" for column in columns))
    whole: Counter[str] = sum(table.values(), Counter())
    for kind, counts in [*table.items(), ("all", whole)]:
        print(f"{kind:32}{counts.total():7}" + "".join(f"{counts[column]:11}" for column in columns))
    for subject, mutant in survivors:
        print(
            f"{subject.name}:{mutant.line}: {mutant.kind}: {subject.text.splitlines()[mutant.line - 1].strip()}: {mutant.change}"
        )


if __name__ == "__main__":
    from tests.codegen.subjects import subjects

    show(*run(subjects()))
