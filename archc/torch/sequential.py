"""What an `nn.Sequential` is made of: its children, and which groups can be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archc import ops
from archc.ops.base import Op
from archc.torch.layout import STEP, string
from archc.torch.scribe import Scribe
from archc.tree import Body, Leaf, Src


@dataclass(frozen=True, slots=True)
class Child:
    """A submodule of an `nn.Sequential`: its name, its construction, and the loop or test around it."""

    name: str
    """The text of the name without quotes, or of an f-string's inside in a loop."""
    text: str
    loop: str = ""
    test: str = ""


def sequential_arguments(children: Sequence[Child], scribe: Scribe) -> str:
    """The arguments of `nn.Sequential`: modules alone if they are numbered, an `OrderedDict` if they have names."""
    if all(child.name.isdigit() for child in children):
        return ", ".join(child.text if not child.loop else f"*({child.text} {child.loop})" for child in children)
    scribe.imports.add("from collections import OrderedDict")
    if all(child.name.isidentifier() and not child.loop for child in children):
        return f"OrderedDict({', '.join(f'{child.name}={child.text}' for child in children)})"
    if len(children) == 1 and children[0].loop:
        return f"OrderedDict(({_quoted(children[0].name)}, {children[0].text}) {children[0].loop})"
    pairs = [
        f"*(({_quoted(child.name)}, {child.text}) {child.loop})"
        if child.loop
        else f"({_quoted(child.name)}, {child.text})"
        for child in children
    ]
    return f"OrderedDict([{', '.join(pairs)}])"


def sequential_init(children: Sequence[Child], scribe: Scribe) -> list[str]:
    """The `__init__` of a class that is an `nn.Sequential` of these children, from `super().__init__` on."""
    numbered = all(child.name.isdigit() for child in children)
    if numbered and any(child.test for child in children):
        return [*listed(children), "super().__init__(*layers)"]
    if numbered:
        return [f"super().__init__({sequential_arguments(children, scribe)})"]
    lines = ["super().__init__()"]
    for child in children:
        around = child.loop or (child.test and f"if {child.test}")
        lines += [f"{around}:", STEP + _added(child)] if around else [_added(child)]
    return lines


def _added(child: Child) -> str:
    """The statement that adds one child."""
    if child.name.isidentifier():
        return f"self.{child.name} = {child.text}"
    counting = child.loop and child.name.isdigit()
    return f"self.add_module({'str(len(self))' if counting else _quoted(child.name)}, {child.text})"


def listed(children: Sequence[Child]) -> list[str]:
    """Numbered children of which some are conditional, as a list `layers` that is built up."""
    first = next((at for at, child in enumerate(children) if child.test or child.loop), len(children))
    start = ", ".join(child.text for child in children[:first])
    lines = [f"layers: list[nn.Module] = [{start}]"]
    plain: list[str] = []
    for child in [*children[first:], None]:
        if child is not None and not child.test and not child.loop:
            plain.append(child.text)
            continue
        if plain:
            lines.append(f"layers.append({plain[0]})" if len(plain) == 1 else f"layers += [{', '.join(plain)}]")
            plain = []
        if child is not None:
            text = f"layers.append({child.text})" if not child.loop else f"layers.extend({child.text} {child.loop})"
            lines += [f"if {child.test}:", f"    {text}"] if child.test else [text]
    return lines


def _quoted(name: str) -> str:
    return name if name.startswith('f"') else string(name)


def is_sequential(body: Body) -> bool:
    """Whether a group can be an `nn.Sequential`: modules, or functions that have a module of the same arguments."""
    for at, item in enumerate(body.items):
        one_to_one = item.inputs == (Src(at - 1),) and len(item.types) == 1 and item.reuse is None
        content = item.content
        if not one_to_one or not item.placed:
            return False
        if isinstance(content, Leaf) and module_twin(content) is None and not is_plain_function(content):
            return False
        if isinstance(content, Body) and len(content.inputs) != 1:
            return False
    return len(body.inputs) == 1 and body.outputs[0].src == Src(len(body.items) - 1)


def is_plain_function(leaf: Leaf) -> bool:
    """Whether an op is a function of one tensor to one tensor, which a small module can stand for."""
    op = leaf.op
    one = len(op.ports) - len(op.optional) == 1 and not op.merges
    return one and not op.is_module and not op.is_source and not op.is_several


def module_twin(leaf: Leaf) -> Leaf | None:
    """The op as a module that an `nn.Sequential` can hold: itself, or for `relu` a `ReLU` of the same arguments."""
    op = leaf.op
    if op.is_module:
        return leaf if op.apply() is None and op.unpack() is None and not op.is_source else None
    twin = _twin_of(op.name)
    fields = type(op).model_fields
    if twin is None or not set(fields) <= set(twin.model_fields):
        return None
    given = {name: getattr(op, name) for name in fields}
    return Leaf(twin.model_construct(**given), leaf.labels)


def _twin_of(name: str) -> type[Op] | None:
    folded = name.replace("_", "")
    for other in ops.names():
        if other[:1].isupper() and other.lower() == folded:
            return ops.find(other)
    return None
