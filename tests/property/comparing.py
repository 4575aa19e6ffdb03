"""archc's answer to a spec held against what torch does with it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.testing import assert_close

import archc
from archc import dims
from archc.graph import Node, ops_of
from tests.property.interpreter import FAULTS, Interpreter


@dataclass(frozen=True)
class Reality:
    """What torch did: the run, its outputs, or why there are none."""

    machine: Interpreter
    outputs: tuple[Tensor, ...]
    fault: Exception | None


def declared_sizes(spec: Mapping[str, Any]) -> dict[str, int]:
    """The sizes that the spec's symbols have by default."""
    found = (dim.split("=") for shape in spec["inputs"].values() for dim in shape if isinstance(dim, str))
    return {name: int(size) for name, size in found}


def really(spec: Mapping[str, Any], sizes: Mapping[str, int], batch: int = 2) -> Reality:
    """Run a spec on real tensors."""
    machine = Interpreter(spec, sizes, batch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Reality(machine, machine.run(machine.inputs()), None)
        except FAULTS as fault:
            return Reality(machine, (), fault)


def judged(spec: Mapping[str, Any]) -> archc.Network | archc.SpecError:
    """archc's answer."""
    try:
        return archc.loads(json.dumps(spec))
    except archc.SpecError as error:
        return error


def compare(spec: Mapping[str, Any], others: Iterable[int] = ()) -> bool:
    """Demand that archc says of a spec what torch does; tells whether torch runs it.

    `others` are sizes to try for all symbols: where torch runs there too, the symbolic shapes must hold there.
    """
    sizes = declared_sizes(spec)
    real, answer = really(spec, sizes), judged(spec)
    if real.fault is not None:
        assert isinstance(answer, archc.SpecError), (
            f"archc accepts what fails: {type(real.fault).__name__}: {real.fault}"
        )
        return False
    assert not isinstance(answer, archc.SpecError), f"archc refuses what runs: {answer}"
    nodes = list(ops_of(answer.graph))
    compare_nodes(nodes, real.machine)
    compare_modules(answer, real)
    for other in others:
        compare_elsewhere(spec, nodes, real.machine, dict.fromkeys(sizes, other))
    return True


def compare_nodes(nodes: Sequence[Node], machine: Interpreter) -> None:
    """The same ops in the same order, with the same shapes and parameters."""
    assert [node.kind for node in nodes] == [ran.op for ran in machine.trace]
    for node, ran in zip(nodes, machine.trace, strict=True):
        assert shapes_at(node, {}) == ran.shapes, f"{node.path} has {shapes_at(node, {})}, torch gives {ran.shapes}"
        assert node.params == ran.params, f"{node.path} has {node.params} parameters, torch's {ran.op} {ran.params}"


def shapes_at(node: Node, sizes: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    """A node's shapes at other sizes, or as they are."""
    return tuple(tuple(dims.at(d, sizes) if sizes else int(d) for d in type_.shape) for type_ in node.outputs)


def compare_modules(network: archc.Network, real: Reality) -> None:
    """The generated module gives the interpreter's outputs with its weights, and runs on the meta device."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = network.module()
        copy_weights(real.machine.modules, module)
        found = _flat(module(*real.machine.inputs()))
        assert_close(found, real.outputs, equal_nan=True)
        with torch.device("meta"):
            made = network.module()
        placed = [torch.empty(x.shape, device="meta") for x in real.machine.inputs()]
        assert [x.shape for x in _flat(made(*placed))] == [x.shape for x in real.outputs]


def _flat(value: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (value,) if isinstance(value, Tensor) else tuple(value)


def copy_weights(source: Iterable[nn.Module], target: nn.Module) -> None:
    """Copy parameters and buffers in order; both sides must have the same ones."""
    for kind in ("parameters", "buffers"):
        given = [weight for module in source for weight in getattr(module, kind)()]
        taken = list(getattr(target, kind)())
        assert [weight.shape for weight in taken] == [weight.shape for weight in given], f"{kind} differ"
        with torch.no_grad():
            for old, new in zip(taken, given, strict=True):
                old.copy_(new)


def compare_elsewhere(
    spec: Mapping[str, Any], nodes: Sequence[Node], here: Interpreter, sizes: Mapping[str, int]
) -> None:
    """Where torch runs the spec at other sizes too, and by the same formulas, the symbolic shapes hold there."""
    batch = 3
    real = really(spec, sizes, batch)
    pieces = [[(ran.op, ran.piece) for ran in machine.trace] for machine in (here, real.machine)]
    if real.fault is not None or pieces[0] != pieces[1]:
        return
    for node, ran in zip(nodes, real.machine.trace, strict=True):
        there = shapes_at(node, {**sizes, "N": batch})
        assert there == ran.shapes, f"{node.path} has {there} at {dict(sizes)}, torch gives {ran.shapes}"
