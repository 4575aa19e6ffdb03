"""Blocks of a special form, for random specs: two inputs, two outputs, a block as a parameter, an instance used twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.property.draw_blocks import Author, Scope

FIXED: dict[str, Any] = {
    "gate": {
        "params": {"out": "int", "kernel": 1},
        "inputs": ["x", "skip"],
        "steps": [
            {"Conv2d": {"out_channels": "out", "kernel_size": "kernel", "padding": "kernel // 2"}, "as": "value"},
            {"Conv2d": {"out_channels": "out", "kernel_size": 1}, "from": "skip"},
            {"sigmoid": {}, "as": "weight"},
            {"mul": {}, "from": ["value", "weight"]},
        ],
    },
    "halves": {
        "params": {"flag": True},
        "outputs": {"first": "one", "second": "two"},
        "steps": [
            {"Conv2d": {"out_channels": "input.channels", "kernel_size": 1}, "as": "one"},
            {"BatchNorm2d": {}, "as": "two", "when": "flag"},
        ],
    },
    "plain": {
        "params": {"out": "int", "act": {"type": "block", "choices": ["ReLU", "Tanh"], "default": "ReLU"}},
        "steps": [{"Conv2d": {"out_channels": "out", "kernel_size": 1}}, {"act": {}}],
    },
    "wide": {
        "params": {"out": "int", "act": {"type": "block", "choices": ["ReLU", "Tanh"], "default": "Tanh"}, "ratio": 2},
        "let": {"inner": "out * ratio"},
        "steps": [
            {"Conv2d": {"out_channels": "inner", "kernel_size": 3, "padding": 1, "bias": False}, "as": "expand"},
            {"act": {}},
            {"Conv2d": {"out_channels": "out", "kernel_size": 1}, "as": "project"},
        ],
    },
    "stage": {
        "params": {"unit_kind": {"type": "block", "choices": ["plain", "wide"], "default": "plain"}, "out": "int", "depth": 2},
        "steps": [{"unit_kind": {"out": "out if i == 0 else out * 2"}, "repeat": {"i": "depth"}, "as": "unit_{i}"}],
    },
    "dense": {
        "params": {"growth": "int", "layers": 2, "last": {"type": "bool", "default": True}},
        "steps": [
            {"cat": {"old": [], "new": [{"Conv2d": {"out_channels": "growth", "kernel_size": 3, "padding": 1}}]}, "repeat": "layers"},
            {"Conv2d": {"out_channels": "input.channels + layers * growth", "kernel_size": 1}, "as": "mix", "when": "last"},
        ],
    },
}  # fmt: skip


def special(author: Author, scope: Scope) -> list[Any]:
    """A few steps that use one of the special forms."""
    kind = author.pick(*FIXED, "twice", "side")
    if kind == "twice":
        return _twice(author, scope)
    if kind == "side":
        return [
            {
                "side": [author.conv(type(scope)(scope.names, None, scope.loops, scope.block))],
                "as": (name := author.fresh("aux")),
            },
            *_joined(author, scope, name),
        ]
    for needed in (kind, "plain", "wide") if kind == "stage" else (kind,):
        author.blocks.setdefault(needed, FIXED[needed])
    out = author.size(scope)
    if kind == "gate":
        left, right = author.fresh("left"), author.fresh("right")
        first = {**author.conv(scope), "as": left}
        second = {**author.conv(scope), "as": right}
        order: Any = author.pick([left, right], {"skip": left, "x": right})
        scope.channels = str(out)
        return [first, second, {"gate": {"out": out, "kernel": author.pick(1, 3)}, "from": order}]
    if kind == "halves":
        name = author.fresh("pair")
        return [
            {"halves": {"flag": author.pick(True, False)}, "as": name},
            {"add": [f"{name}.first", f"{name}.second"]},
        ]
    scope.channels = None
    if kind == "stage":
        return [{"stage": {"unit_kind": author.pick("plain", "wide"), "out": out, "depth": author.pick(1, 2, 4)}}]
    if kind == "dense":
        return [{"dense": {"growth": out, "layers": author.pick(1, 2, 3), "last": author.pick(True, False)}}]
    return [{kind: {"out": out, "act": author.pick("ReLU", "Tanh")}}]


def _twice(author: Author, scope: Scope) -> list[Any]:
    """A convolution applied again, which wants as many channels as it makes."""
    name, out = author.fresh("shared"), author.size(scope)
    first, second = author.conv(scope, out), author.conv(scope, out)
    return [first, {**second, "as": name}, "relu", {"reuse": name}]


def _joined(author: Author, scope: Scope, name: str) -> list[Any]:
    """The current tensor with a side chain's result."""
    current = author.fresh("main")
    step = {**author.conv(scope), "as": current}
    scope.channels = None
    return [step, {"cat": [current, name]}]
