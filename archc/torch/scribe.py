"""Writing constructor arguments: each as the formula that serves all instances of the class being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archc import expr
from archc.expr import Expr
from archc.labels import label_of
from archc.ops import lowering
from archc.torch.arguments import Argument
from archc.torch.formulas import Case, InexpressibleError, choose, parts
from archc.torch.items import body_of, leaf_of
from archc.torch.render import Context, render
from archc.torch.values import is_tuple, literal_text, plain
from archc.tree import Body, Item, Label

KNOWN = frozenset({"nn", "torch", "F", "self", "math"})
"""What the names of calls may begin with without an import of their own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A class of the source: its name, its constructor's arguments, and its text."""

    name: str
    arguments: tuple[Argument, ...]
    lines: tuple[str, ...]
    imports: frozenset[str] = frozenset()
    """The import lines that the text needs, and `make_divisible` for that function."""
    extras: int = 0
    """How many arguments it has beside the definition's own."""
    wanted: str = ""
    """The name it would have if no other class had that."""


@dataclass
class Scribe:
    """Writes the arguments within one class, and notes along the way what its text uses and turns out to need."""

    used: set[str] = field(default_factory=set[str])
    extras: dict[str, list[object]] = field(default_factory=dict[str, list[object]])
    """Arguments beside the definition's own, with their values by instance."""
    imports: set[str] = field(default_factory=set[str])
    formulas: set[Expr] = field(default_factory=set[Expr])
    """The formulas written."""

    def formula(
        self, values: Sequence[object], labels: Sequence[Label | None], cases: Sequence[Case], hint: str
    ) -> str:
        """An argument's text; a tuple item by item, where there is no formula for the whole."""
        first = values[0]
        if isinstance(first, tuple) and not isinstance(labels[0], Expr):
            items = self.items(values, labels, cases, hint)
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        chosen = choose(values, [label if isinstance(label, Expr) else None for label in labels], cases)
        if chosen is None:
            return self._extra(values, cases, hint)
        return self.write(chosen)

    def _class(self, values: Sequence[object], labels: Sequence[Label | None], cases: Sequence[Case]) -> str:
        """A class of module: `nn.ReLU`, or the argument that holds one."""
        chosen = choose(values, [label if isinstance(label, Expr) else None for label in labels], cases)
        if isinstance(chosen, expr.Text):
            return f"nn.{chosen.value}"
        if chosen is None:
            raise InexpressibleError
        return self.write(chosen)

    def items(
        self, values: Sequence[object], labels: Sequence[Label | None], cases: Sequence[Case], hint: str
    ) -> list[str]:
        """The texts of a tuple's items."""
        rows = [value for value in values if is_tuple(value)]
        if len(rows) < len(values) or len({len(row) for row in rows}) > 1:
            raise InexpressibleError
        named = [parts(label, row) for label, row in zip(labels, rows, strict=True)]
        return [
            self.formula([row[at] for row in rows], [label[at] for label in named], cases, f"{hint}_{at}")
            for at in range(len(rows[0]))
        ]

    def write(self, formula: Expr) -> str:
        """A formula's text; what it names counts as used."""
        self.used |= expr.names(formula)
        text = expr.to_python(formula)
        self.formulas.add(formula)
        if "math." in text:
            self.imports.add("import math")
        if "make_divisible(" in text:
            self.imports.add("make_divisible")
        return literal_text(formula.value) if isinstance(formula, (expr.Number, expr.Text)) else text

    def _extra(self, values: Sequence[object], cases: Sequence[Case], hint: str) -> str:
        """An argument of its own for a value that differs between instances without a formula."""
        if any(case.loops or case.fixed for case in cases) or len({case.instance for case in cases}) < len(cases):
            raise InexpressibleError
        if not all(isinstance(plain(v), (int, float, bool, str)) for v in values):
            raise InexpressibleError
        by_instance = {case.instance: plain(value) for case, value in zip(cases, values, strict=True)}
        row = [by_instance.get(at, plain(values[0])) for at in range(1 + max(by_instance))]
        for name, known in self.extras.items():
            if len(known) >= len(row) and all(known[at] == value for at, value in by_instance.items()):
                return name
        name = hint
        while name in self.extras or any(name in case.env for case in cases):
            name += "_"
        self.extras[name] = row
        self.used.add(name)
        return name

    def lowering(self, items: Sequence[Item], cases: Sequence[Case], node: lowering.Node, hint: str) -> str:
        """An op's lowering with its fields written out, for a constructor."""
        self.note_imports(node)
        return render(node, self.context(items, cases, (), {}, "", hint))

    def note_imports(self, node: lowering.Node) -> None:
        """Import what a custom op calls: `import package.layers` for `package.layers.Scale`."""
        if isinstance(node, lowering.Call) and node.target.split(".")[0] not in KNOWN and "." in node.target:
            self.imports.add(f"import {node.target.rpartition('.')[0]}")

    def context(
        self, items: Sequence[Item], cases: Sequence[Case], tensors: tuple[str, ...], ports: Mapping[str, str],
        batch: str, hint: str = "", *, batched: bool = True,
    ) -> Context:  # fmt: skip
        """How a lowering of these items is printed."""
        leaves = [leaf_of(item) for item in items]

        def values(name: str) -> list[Any]:
            return [getattr(leaf.op, name) for leaf in leaves]

        def labels(name: str) -> list[Label | None]:
            return [leaf.labels.get(name) for leaf in leaves]

        def text(name: str) -> str:
            return self.formula(values(name), labels(name), cases, f"{hint}_{name}" if hint else name)

        def star(name: str) -> tuple[str, ...]:
            return tuple(self.items(values(name), labels(name), cases, f"{hint}_{name}" if hint else name))

        return Context(tensors, ports, text, star, batch, batched)

    def call(
        self, items: Sequence[Item], cases: Sequence[Case], plan: Plan, envs: Sequence[Mapping[str, object]]
    ) -> str:
        """The construction of a block: its arguments, those that are the default left out."""
        bodies = [body_of(item) for item in items]
        texts: list[str] = []
        for argument in plan.arguments:
            values = [env[argument.name] for env in envs]
            labels: list[Label | None] = [_label(body, argument) for body in bodies]
            text = (
                self._class(values, labels, cases)
                if argument.is_class
                else self.formula(values, labels, cases, argument.name)
            )
            if argument.default is None:
                texts.append(text)
            elif text != argument.default:
                texts.append(f"{argument.name}={text}")
        return f"{plan.name}({', '.join(texts)})"


class ForwardScribe(Scribe):
    """Writes arguments in `forward`, where the constructor's are reached through attributes that keep them."""

    def __init__(self, constructor: Scribe, taken: frozenset[str]) -> None:
        super().__init__(constructor.used, constructor.extras, constructor.imports)
        self.taken = taken
        self.kept: dict[str, str] = {}

    def _extra(self, values: Sequence[object], cases: Sequence[Case], hint: str) -> str:
        return self.write(expr.Name(super()._extra(values, cases, hint)))

    def write(self, formula: Expr) -> str:
        """A formula's text, in terms of `self`."""
        named: dict[str, object] = {}
        for name in sorted(expr.names(formula)):
            attribute = f"{name}_" if name in self.taken else name
            self.kept[attribute] = name
            self.used.add(name)
            named[name] = expr.Name(f"self.{attribute}")
        before = set(self.used)
        text = super().write(expr.substitute(formula, named))
        self.used &= before
        return text


def _label(body: Body, argument: Argument) -> Label | None:
    if argument.size is not None:
        at, dim = argument.size
        return label_of(body.inputs[at].shape[dim])
    bound = body.args.get(argument.name)
    return None if bound is None else bound.label or label_of(bound.value)
