"""A network's graph, run node by node with the parameters of its own module."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

import archc
from archc.codegen.render import Context, render
from archc.graph import Node
from archc.ops.lowering import Call


def run_graph(network: archc.Network, module: nn.Module, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The outputs of the graph, each node being its op's lowering, with the submodule at its path where it has one."""
    graph = network.graph
    values: dict[Node, tuple[Tensor, ...]] = dict(zip(graph.graph["inputs"], ((x,) for x in inputs), strict=True))
    for node in graph:
        if node.op is not None:
            values[node] = run_node(node, module, _arguments(graph, node, values))
    return tuple(values[result.node][result.at] for result in graph.graph["outputs"])


def _arguments(graph: Any, node: Node, values: Mapping[Node, tuple[Tensor, ...]]) -> list[Tensor]:
    taken = {
        port: values[source][at]
        for source in graph.predecessors(node)
        for at, port in graph.edges[source, node]["ports"]
    }
    return [taken[port] for port in range(len(taken))]


def run_node(node: Node, module: nn.Module, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """One op. A submodule must be what the op's arguments make."""
    assert node.op is not None
    names = tuple(f"x{at}" for at in range(len(tensors)))
    context = Context(
        tensors=names,
        ports=dict(zip(node.ports, names, strict=True)) if any(node.ports) else {},
        field=lambda field: repr(getattr(node.op, field)),
        star=lambda field: tuple(repr(item) for item in getattr(node.op, field)),
        batch="x0.shape[0]",
    )
    scope: dict[str, Any] = {
        "nn": nn,
        "F": nn.functional,
        "torch": torch,
        "math": math,
        "self": SimpleNamespace(training=module.training),
    }
    scope |= dict(zip(names, tensors, strict=True))
    made = eval(render(node.op.as_torch(), context), scope)
    if not node.op.is_module:
        return made if isinstance(made, tuple) else (made,)
    own = module.get_submodule(node.path)
    assert repr(own) == repr(made), f"{node.path} is {own!r}, its op says {made!r}"
    call = replace(node.op.apply() or Call("", tuple(_raw(name) for name in names)), target="own")
    out = eval(render(call, context), scope | {"own": own})
    return out if isinstance(out, tuple) else (out,)


def _raw(text: str) -> Any:
    from archc.ops.lowering import Raw

    return Raw(text)
