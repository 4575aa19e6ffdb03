"""A file whose formulas can be put in question: at which settings would one nearly like it make other modules?"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count
from random import Random
from typing import Any

from archc.codegen.lowered import Graph
from archc.codegen.neighbours import is_formula, neighbours
from archc.codegen.probe import Setting
from archc.codegen.standin import Leaf, run_source
from archc.codegen.standin_modules import Module
from archc.codegen.standin_tensors import Tensor
from archc.codegen.terms import Store, freeze
from archc.network import Network

WATCH = "_watch"
"""What is called in the place of each formula."""
TRIES, MOST = 24, 300
"""At how many settings a formula's neighbour is tried whose value differs: for each way through the text, in all."""
REFUSED = "refused"
Make = Callable[[dict[str, Any]], object]
Doubt = tuple[int, int]
"""A formula of the file and one of its neighbours, by number."""


class Watched:
    """A file's text, and what is known of the neighbours of its formulas."""

    def __init__(self, network: Network, text: str) -> None:
        self.store = Store()
        Graph(network, self.store)
        tree, watching = ast.parse(text), _Watching()
        for top in tree.body:
            if isinstance(top, ast.ClassDef):
                top.body = [watching.visit(part) if _is_constructor(part) else part for part in top.body]
        self.names = run_source(ast.unparse(tree), self.store)
        self.names[WATCH] = self._watch
        self.bounds = sorted({bound + step for bound in watching.bounds for step in (-1, 0, 1)})
        """Whole numbers at and around those that formulas are compared with."""
        self.open: dict[int, set[int]] = {}
        """By formula: those of its neighbours that may yet be told from it."""
        self.tries: Counter[tuple[Doubt, object]] = Counter()
        self.seen: set[object] = set()
        self.conditions: set[int] = set()
        self.taken: Doubt | None = None
        """What stands in the place of its formula."""
        self.reached: set[int] = set()
        self.last = -1
        self.refused_by: int | None = None
        """The condition by which the last setting was refused."""
        self.close: dict[Doubt, dict[object, Setting]] = {}

    def refuses(self, make: Make) -> bool:
        """Whether the file refuses what is made from its names."""
        return self._run(make) == REFUSED

    def start(self) -> None:
        """Begin with another class."""
        self.reached.clear()
        self.close.clear()

    def near(self, chance: Random) -> Setting | None:
        """A setting at which something open differs, but nothing that is made; at times none."""
        known = [ways for doubt, ways in self.close.items() if ways and doubt[1] in self.open[doubt[0]]]
        if not known or chance.random() < 0.4:
            return None
        return chance.choice([*chance.choice(known).values()])

    def is_done(self) -> bool:
        """Whether nothing is open of all formulas that have been run of this class."""
        return not any(self.open[at] for at in self.reached)

    def telling(self, make: Make, setting: Setting) -> set[Doubt]:
        """The doubts that what is made from the file's names settles, which nothing before has."""
        root = self._run(make)
        self.refused_by = self.last if root == REFUSED else None
        ways, found = frozenset(self.ways), set[Doubt]()
        doubts: list[Doubt] = []
        for doubt, values in self.differing.items():
            seen = (doubt, ways, tuple(values))
            if self.tries[doubt, ways] < TRIES and (seen not in self.seen or doubt[0] in self.conditions):
                self.seen.add(seen)
                doubts.append(doubt)
        made = _contents(root) if doubts else None
        for doubt in doubts:
            self.tries.update([(doubt, ways), (doubt, None)])
            self.taken = doubt
            other = _contents(self._run(make))
            self.taken = None
            if other != made:
                found.add(doubt)
                continue
            ways_left = self.close.setdefault(doubt, {})
            ways_left[ways] = setting
            if self.tries[doubt, ways] == TRIES:
                del ways_left[ways]
            if self.tries[doubt, None] == MOST:
                self.settle([doubt])
        return found

    def settle(self, doubts: Iterable[Doubt]) -> None:
        """Look no further for what tells some neighbours from their formulas."""
        for at, number in doubts:
            self.open[at].discard(number)

    def _run(self, make: Make) -> object:
        """What is made, REFUSED or the kind of another error."""
        self.store.start(replaying=False)
        self.store.made.clear()
        if self.taken is None:
            self.differing: dict[Doubt, list[tuple[str, str]]] = {}
            self.ways: set[tuple[int, bool]] = set()
        try:
            return make(self.names)
        except ValueError:
            return REFUSED
        except Exception as error:
            return type(error)

    def _watch(self, at: int, formula: Callable[[], Any], others: list[Callable[[], Any]]) -> Any:
        if self.taken is not None:
            return others[self.taken[1]]() if self.taken[0] == at else formula()
        value = formula()
        left = self.open.setdefault(at, set(range(len(others))))
        self.reached.add(at)
        if left:
            for number in left:
                other = _value_of(others[number])
                if type(other) is not type(value) or bool(other != value):
                    self.differing.setdefault((at, number), []).append((repr(value), repr(other)))
        if type(value) is bool:
            self.ways.add((at, value))
            self.conditions.add(at)
            self.last = at
        return value


def _contents(root: object) -> object:
    """All modules of one, with what they are given and hold."""
    return [(path, *_content(each)) for path, each in root.named_modules()] if isinstance(root, Module) else root


def _content(module: Module) -> tuple[object, ...]:
    """What a module is made with, and what it holds beside other modules."""
    if isinstance(module, Leaf):
        return module.target, module.__dict__.get("given")
    held = {name: freeze(value) for name, value in module.__dict__.items() if not isinstance(value, (Module, Tensor))}
    tensors = [(name, freeze(getattr(module, name).shape)) for name in module.own_names()]
    return type(module), {name: value for name, value in held.items() if not name.startswith("_")}, tensors


def _value_of(formula: Callable[[], Any]) -> Any:
    try:
        return formula()
    except Exception as error:
        return type(error)


def _is_constructor(part: ast.stmt) -> bool:
    return isinstance(part, ast.FunctionDef) and part.name == "__init__"


class _Watching(ast.NodeTransformer):
    """Puts a call of the watch in the place of each formula, and leaves initial weights alone."""

    def __init__(self) -> None:
        self.count = count()
        self.bounds: set[int] = set()

    def visit(self, node: ast.AST) -> Any:
        """Watch a formula that has neighbours; look within anything else."""
        match node:
            case ast.Raise():
                return node
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self")), args=[], keywords=[])):
                return ast.Pass()
            case ast.FunctionDef():
                node.body = [self.visit(part) for part in node.body]
            case ast.AnnAssign():
                node.value = self.visit(node.value) if node.value is not None else None
            case ast.Assign(targets=[ast.Name() | ast.Tuple() as target], value=value) if is_formula(value):
                node.value = self._watched(value, [ast.unparse(target)])
            case ast.If(test=test) if is_formula(test):
                node.test = self._watched(ast.Call(ast.Name("bool"), [test], []), ["True", "False"])
                node.body = [self.visit(part) for part in node.body]
                node.orelse = [self.visit(part) for part in node.orelse]
            case ast.expr() if is_formula(node) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                return self._watched(node, [])
            case _:
                self.generic_visit(node)
        return node

    def _watched(self, formula: ast.expr, others: Iterable[str]) -> ast.expr:
        compared = [part for node in ast.walk(formula) if isinstance(node, ast.Compare) for part in node.comparators]
        self.bounds |= {part.value for part in compared if isinstance(part, ast.Constant) and type(part.value) is int}
        texts = [*neighbours(formula), *others]
        if not texts:
            return formula
        found = ", ".join(f"lambda: ({text})" for text in texts)
        text = f"{WATCH}({next(self.count)}, lambda: ({ast.unparse(formula)}), [{found}])"
        return ast.parse(text, mode="eval").body
