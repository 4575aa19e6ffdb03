"""What archc refuses, the class refuses with a ValueError; what archc accepts, the class does: by moving each argument."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

import archc
from archc import codes, expr
from archc.codegen.classes import Outer, network_info
from archc.codegen.probe import in_python, outer_values
from archc.codegen.source import Writer
from archc.expand import Settings
from archc.network import Network, check
from archc.spec.arguments import Param
from tests.codegen.subjects import SPECS

ASKED = {
    codes.BAD_ARGUMENT, codes.OUT_OF_RANGE, codes.EXPR_VALUE, codes.SIZE, codes.EMPTY, codes.CHANNELS, codes.SHAPE,
    codes.DUPLICATE_NAME, codes.BAD_NAME,
}  # fmt: skip
"""Findings about arguments; others are about the network as a whole, or about sizes that a class does not take."""
NUMBERS: dict[str, tuple[Any, ...]] = {
    "int": (0, -1, 1, 2, 3, 997),
    "float": (0.0, -0.5, 0.5, 1.0, 1.5),
    "bool": (True, False),
    "str": ("", "zzz"),
}
PARAMETERS = """\
archc: 1
name: net
params: {out: 2, depth: 1, widths: [8, 4], first: [5, 0], bi: true, levels: 1, side: 7, shape: {type: enum, choices: [ReLU, GELU, other], default: ReLU},
         p: 0.1, rows: {type: table, columns: {c: int, act: str}, default: [[4, ReLU]]}}
let: {half: out // depth}
inputs: {x: [4]}
blocks:
  enc:
    params: {n: 1, k: {type: int, default: 3, max: 4}, act: {type: enum, choices: [ReLU, GELU], default: ReLU}}
    steps:
      - {Linear: 4, repeat: n, as: h}
      - {relu: {}, when: act == 'ReLU'}
      - {Linear: out, as: last}
      - {dropout: p, when: n > 0}
  act_of:
    params: {act: {type: block, choices: [ReLU, GELU]}}
    steps: [{Linear: 3, as: fc}, {act: {}, as: act}]
steps:
  - {enc: {n: depth, k: levels, act: shape}, as: enc}
  - {Linear: "widths[i]", repeat: {i: len(widths)}, as: g}
  - {Linear: "first[0]", as: f}
  - {Linear: row.c, repeat: {row: rows}, as: r}
  - {act_of: {act: row.act}, repeat: {row: rows}, as: a}
  - {Linear: 2 ** levels * (2 * side if bi else side) - 3, as: w}
"""
NAMES = """\
archc: 1
name: net
params: {k: 1, j: 2, n: 3, names: {type: "list[str]", default: [a, b]}}
inputs: {x: [4]}
steps:
  - {Linear: 4, as: "l{k}"}
  - {Linear: 4, as: "l{j}"}
  - {as: body, Sequential: [{Linear: 4, repeat: {i: 3}, as: "h{i % n}"}, {Linear: 4, as: h7}, {Tanh: {}, as: "h{k + 5}"}]}
  - {as: last, Sequential: [{Linear: 4, repeat: {i: len(names)}, as: "l{names[i]}"}, {ReLU: {}, as: last}]}
  - relu
"""
ROUNDS = """\
archc: 1
name: net
params: {n: 3, p: 2, q: 2, rows: {type: table, columns: {c: int}, default: [[3], [7]]}}
inputs: {x: [4]}
steps:
  - {as: a, Sequential: [{chain: [{Linear: 8}, {ReLU: {}, as: act, when: i == n - 1}], repeat: {i: n}}]}
  - {as: b, Sequential: [{chain: [{Linear: 8}, {ReLU: {}, as: act, when: i >= p}], repeat: {i: 3}}]}
  - {as: c, Sequential: [{chain: [{Linear: 8}, {ReLU: {}, as: act, when: i < q}], repeat: {i: 1}}]}
  - {as: d, Sequential: [{chain: [{Linear: 8}, {ReLU: {}, as: act}], when: row.c > 5, repeat: {row: rows}}]}
"""
SLOW = {"densenet", "efficientnet_b0", "maxvit_t", "swin_t", "regnet"}
NETWORKS = ["alexnet", "lenet", "googlenet", "own", "mobilenet_v3", *sorted(SLOW)]


def others(param: Param, value: Any) -> Iterator[Any]:
    """Other values of a parameter."""
    if param.type == "block":
        yield from param.choices
    elif param.item_type:
        items, item = list(value), replace(param, type=param.item_type)
        yield from ([], items[:-1], items + items[-1:])
        yield from (
            [*items[:at], each, *items[at + 1 :]] for at in range(len(items)) for each in others(item, items[at])
        )
    elif param.type == "table":
        rows = [dict(row) for row in value]
        yield from (rows[:-1], rows + rows[-1:])
        for name, kind in param.columns:
            yield from ([*rows[:-1], {**rows[-1], name: each}] for each in others(replace(param, type=kind), None))
    else:
        yield from (*param.choices, *NUMBERS.get(param.type, ("zzz",)))


def frozen(value: Any) -> Any:
    return (
        expr.Record(value)
        if isinstance(value, dict)
        else tuple(map(frozen, value))
        if isinstance(value, list)
        else value
    )


def held(network: Network) -> Iterator[str]:
    """Where archc and the class do not agree."""
    writer = Writer(network)
    module = types.ModuleType("generated")
    exec(compile(writer.write(), "generated", "exec"), vars(module))
    info, base, names = network_info(writer), outer_values(network.settled), vars(module)
    params = {Outer(param.name): param for param in network.spec.scope.params}
    for argument in info.arguments:
        place = argument.meanings[0]
        param = params.get(place)
        tried = others(param, base[place]) if param is not None else NUMBERS["int"]
        for value in tried:
            settings = Settings(network.variant, {place.name: value}, {})
            if param is None:
                settings = Settings(network.variant, {}, {place.name.removeprefix("$:"): value})
            found = check(replace(network.loaded, variant=network.variant), settings)
            if found.network is None and found.findings[0].code not in ASKED:
                continue
            try:
                with torch.device("meta"):
                    names[info.name](**{argument.name: in_python(argument, frozen(value), names)})
                got = "accepted"
            except ValueError:
                got = "refused"
            except Exception as error:
                got = repr(error)
            wanted = "refused" if found.network is None else "accepted"
            if got != wanted:
                yield f"{argument.name}={value}: {wanted} by archc, {got} by the class"


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in NETWORKS])
def test_networks_refuse_what_archc_refuses(name: str) -> None:
    found = archc.load(SPECS[name])
    first = found.spec.variants[0].name if found.spec.variants else None
    assert list(held(archc.load(SPECS[name], variant=first))) == []


@pytest.mark.parametrize("names", [["a", "a"], ["ast"], ["a b"], ["a.b"], ["b", "a", "c"]])
def test_names_that_are_one_by_some_argument_are_refused(names: list[str]) -> None:
    network = archc.loads(NAMES)
    assert list(held(network)) == []
    namespace: dict[str, Any] = {}
    exec(network.source(), namespace)
    try:
        archc.loads(NAMES, params={"names": names})
    except archc.SpecError:
        with pytest.raises(ValueError, match="cannot call a module"):
            namespace["Net"](names=tuple(names))
    else:
        namespace["Net"](names=tuple(names))


def test_rounds_that_call_modules_alike_are_refused() -> None:
    assert list(held(archc.loads(ROUNDS))) == []


def test_every_kind_of_parameter_is_held_to_its_use() -> None:
    assert list(held(archc.loads(PARAMETERS))) == []
