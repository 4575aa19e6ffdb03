"""What torch itself says of two networks: whether they are the same, and what loads."""

from __future__ import annotations

import inspect
import re
import warnings

import torch
from torch import fx, nn

import archc

Said = tuple[set[str], set[str], set[str]]
"""Keys that are missing, keys that are unexpected, keys of another shape."""


def same(one: archc.Network, other: archc.Network) -> bool:
    """Whether the modules take and give the same, hold the same under the same keys, start alike and do the same."""
    return facts(one) == facts(other)


def facts(network: archc.Network) -> list[object]:
    """All that makes a module what it is: what its `forward` traces to, and its weights from one seed."""
    torch.manual_seed(0)
    module = network.module()
    types = [(t.dtype, tuple(map(str, t.sample)), tuple(map(int, t.sample))) for t in network.body.inputs]
    outputs = [(out.name, out.type.dtype, out.train_only) for out in network.body.outputs]
    state = [(key, tuple(t.shape), t.dtype, t.tolist()) for key, t in module.state_dict().items()]
    calls = [traced(module.train(mode)) for mode in (True, False)]
    return [[*inspect.signature(module.forward).parameters], types, outputs, state, calls]


def traced(module: nn.Module) -> list[object]:
    """The calls of a `forward` in order, the tensors in them by who made them; modules with all that they print."""
    graph, modules = fx.Tracer().trace(module), dict(module.named_modules())
    numbers = {node: at for at, node in enumerate(graph.nodes)}

    def plain(value: object) -> object:
        return fx.node.map_arg(value, lambda node: f"%{numbers[node]}")

    return [
        (node.op, str(node.target), repr(modules[node.target]) if node.op == "call_module" else "",
         str(plain(node.args)), str(plain(node.kwargs)))
        for node in graph.nodes
    ]  # fmt: skip


def loading(one: archc.Network, other: archc.Network) -> Said:
    """What `load_state_dict` says of the first one's weights in the second."""
    into = other.module("meta")
    warnings.filterwarnings("ignore", "for .*: copying from a non-meta parameter")  # a counter that torch makes up
    try:
        into.load_state_dict(one.module("meta").state_dict())
    except RuntimeError as error:
        text = str(error)
        lists = [
            re.search(rf"{word} key\(s\) in state_dict: (.*)\. ?$", text, re.M) for word in ("Missing", "Unexpected")
        ]
        missing, unexpected = (set(re.findall(r'"([^"]+)"', found[1])) if found else set() for found in lists)
        return missing, unexpected, set(re.findall(r"size mismatch for (\S+):", text))
    return set(), set(), set()
