"""Prints an op's lowering as Python: the one place where lowerings become text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

from archc.ops.lowering import (
    Attribute,
    Batch,
    Batched,
    Call,
    Entries,
    Field,
    Fold,
    Helper,
    Index,
    Infix,
    Input,
    Inputs,
    Literal,
    Method,
    Node,
    Raw,
    Slice,
    Star,
    Tuple,
    Unpacked,
)


@dataclass(frozen=True)
class Context:
    """What a lowering is printed with.

    `tensors` are the expressions of the op's inputs, `ports` their names; `field` gives the text of an argument,
    `star` the texts of a sequence argument's items, `batch` the text of the batch size; `batched` says whether the
    first input has one.
    """

    tensors: tuple[str, ...]
    ports: Mapping[str, str]
    field: Callable[[str], str]
    star: Callable[[str], tuple[str, ...]]
    batch: str
    batched: bool = True


def render(node: Node, context: Context) -> str:
    """The Python expression that `node` stands for."""
    match node:
        case Input(port, otherwise):
            if isinstance(port, int):
                return context.tensors[port]
            return context.ports[port] if port in context.ports or otherwise is None else render(otherwise, context)
        case Inputs():
            return "[" + ", ".join(context.tensors) + "]"
        case Unpacked():
            return ", ".join(context.tensors)
        case Field(name):
            return context.field(name)
        case Entries(name):
            return f"[{', '.join(context.star(name))}]"
        case Star(name):
            return ", ".join(context.star(name))
        case Batch():
            return context.batch
        case Batched(then, otherwise):
            chosen = then if context.batched else otherwise
            return "" if chosen is None else render(chosen, context)
        case Fold(target):
            return reduce(lambda left, right: f"{target}({left}, {right})", context.tensors)
        case Literal(value):
            return repr(value)
        case Raw(text):
            return text
        case Tuple(items):
            inner = ", ".join(render(item, context) for item in items)
            return f"({inner},)" if len(items) == 1 else f"({inner})"
        case Call(target, args, kwargs):
            return f"{target}({_arguments(args, kwargs, context)})"
        case Method(obj, name, args, kwargs):
            return f"{atom(render(obj, context))}.{name}({_arguments(args, kwargs, context)})"
        case Attribute(obj, name):
            return f"{atom(render(obj, context))}.{name}"
        case Index(obj, items):
            texts = [_slice(i, context) if isinstance(i, Slice) else render(i, context) for i in items]
            return f"{atom(render(obj, context))}[{', '.join(text for text in texts if text)}]"
        case Helper(call):
            return render(call, context)
        case Infix(operator, operands):
            texts = context.tensors if isinstance(operands, Unpacked) else [render(o, context) for o in operands]
            if len(texts) == 1:
                return f"{operator}{atom(texts[0])}"
            return f" {operator} ".join(text if _binds_tighter(text, operator) else atom(text) for text in texts)


def _binds_tighter(text: str, operator: str) -> bool:
    """Whether what stands in an operand outside all brackets is a sign or power, in a sum or product also a product."""
    if operator not in ("+", "-", "*", "/"):
        return False
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char == " ":
            sign = text[at + 1 :].partition(" ")[0]
            before = text[:at].rpartition(" ")[2]
            if not (sign == "**" or before == "**" or (operator in "+-" and {sign, before} & {"*", "//", "/"})):
                return False
    return True


def atom(text: str) -> str:
    """`text` as one operand: parenthesised where an operator stands outside all brackets."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and (char == " " or (char == "-" and at == 0)):
            return f"({text})"
    return text


def _arguments(args: tuple[Node, ...], kwargs: tuple[tuple[str, Node], ...], context: Context) -> str:
    texts = [render(arg, context) for arg in args if _connected(arg, context)]
    texts += [f"{name}={render(arg, context)}" for name, arg in kwargs if _connected(arg, context)]
    return ", ".join(text for text in texts if text)


def _connected(arg: Node, context: Context) -> bool:
    """False for what is made of an optional port that nothing is connected to: that argument is left out."""
    match arg:
        case Input(str() as port, None):
            return port in context.ports
        case Method(obj) | Attribute(obj):
            return _connected(obj, context)
        case Tuple(items):
            return all(_connected(item, context) for item in items)
        case _:
            return True


def _slice(item: Slice, context: Context) -> str:
    def text(node: Node | None) -> str:
        return "" if node is None else render(node, context)

    step = f":{text(item.step)}" if item.step is not None else ""
    return f"{text(item.start)}:{text(item.stop)}{step}"
