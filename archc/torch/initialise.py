"""The `init` rules of a spec as Python: which parameters get which initialiser of `torch.nn.init`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc import ops
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg
from archc.spec.model import Spec
from archc.torch.layout import STEP, string
from archc.torch.values import literal_text
from archc.tree import Body, Leaf


def initialisation(spec: Spec, values: Mapping[str, object], body: Body) -> tuple[list[str], set[str]]:
    """The lines that end the network's constructor, and the imports they need."""
    by_op: dict[str, list[tuple[str, str]]] = {}
    by_path: list[tuple[str, str]] = []
    owned = _weights_by_op(body)
    for rule in spec.init:
        arguments = "".join(f", {name}={literal_text(evaluate_arg(arg, Env(values)))}" for name, arg in rule.args)
        op, _, weight = rule.pattern.rpartition(".")
        found = ops.find(op) if op else None
        if found is not None and found.is_module:
            if op in owned:
                by_op.setdefault(op, []).append((weight, f"nn.init.{rule.function}_({{}}{arguments})"))
        else:
            by_path.append((rule.pattern, f"nn.init.{rule.function}_({{}}{arguments})"))
    lines = _module_rules(by_op, owned)
    if by_path:
        lines.append("for name, parameter in self.named_parameters():")
        for pattern, call in by_path:
            lines += [f"{STEP}if fnmatchcase(name, {string(pattern)}):", STEP * 2 + call.format("parameter")]
    return lines, {"from fnmatch import fnmatchcase"} if by_path else set()


def _module_rules(by_op: Mapping[str, Sequence[tuple[str, str]]], owned: Mapping[str, list[set[str]]]) -> list[str]:
    if not by_op:
        return []
    lines = ["for module in self.modules():"]
    for at, (op, calls) in enumerate(by_op.items()):
        lines.append(f"{STEP}{'elif' if at else 'if'} isinstance(module, nn.{op}):")
        for weight, call in calls:
            always = all(weight in names for names in owned[op])
            if not always:
                lines.append(f"{STEP * 2}if module.{weight} is not None:")
            lines.append(STEP * (2 if always else 3) + call.format(f"module.{weight}"))
    return lines


def _weights_by_op(body: Body) -> dict[str, list[set[str]]]:
    """For each op of the network: the parameter names of each of its instances."""
    found: dict[str, list[set[str]]] = {}
    seen: set[int] = set()

    def visit(current: Body) -> None:
        if id(current) in seen:
            return
        seen.add(id(current))
        for item in current.items:
            if isinstance(item.content, Leaf):
                found.setdefault(item.content.op.name, []).append({w.name for w in item.content.op.weights()})
            else:
                visit(item.content)

    visit(body)
    return found
