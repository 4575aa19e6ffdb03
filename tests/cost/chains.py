"""Networks of one op behind Linear layers, so that autograd has to go back through it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import islice

from pydantic import ValidationError

import archc
from archc import Network, SpecError, ops
from archc.ops.base import ShapeError
from tests.ops.oracle import Case, ask

OPS = tuple(
    name for name in ops.names() if (op := ops.find(name)) is not None and not op.is_source and op.family != "loss"
)
"""All but sources, which are no memory of activations, and losses, which targets are compared with outside a network."""


def drawn(name: str, most: int) -> Iterator[Case]:
    """Some cases of an op's domain that archc accepts, the same ones each time."""
    op = ops.find(name)
    if op is None or op.domain is None:
        return iter(())
    domain = op.domain
    draw = random.Random(name)

    def cases() -> Iterator[Case]:
        for _ in range(20 * most):
            values = {argument: draw.choice([*values, None]) for argument, values in domain.args.items()}
            args = {argument: value for argument, value in values.items() if value is not None}
            case = Case(name, args, draw.choice(domain.inputs), domain.dtypes)
            if _accepts(case):
                yield case

    return islice(cases(), most)


def behind_linear(case: Case, *, follows: bool) -> Network:
    """The case's op on Linear layers of its inputs; `follows` says whether a sine takes its first result."""
    inputs: dict[str, object] = {}
    steps: list[dict[str, object]] = []
    names: list[str] = []
    for at, shape in enumerate(case.inputs):
        inputs[f"x{at}"] = {"shape": shape, "dtype": case.dtype(at)}
        names.append(f"x{at}")
        if case.dtype(at) == "float32" and shape:
            steps.append({"Linear": shape[-1], "from": f"x{at}", "as": f"l{at}"})
            names[-1] = f"l{at}"
    answer = ask(case)
    results = [f"y{at}" for at in range(len(answer.results))]
    source = dict(zip(case.connected, names, strict=True)) if case.ports else names if len(names) > 1 else names[0]
    is_tuple = len(results) > 1 or answer.op.is_several
    steps.append({case.name: case.args, "from": source, "as": results if is_tuple else results[0]})
    if follows:
        steps.append({"sin": {}, "from": results[0], "as": "z"})
        results = ["z"]
    return archc.loads(
        json.dumps(
            {
                "archc": 1,
                "name": "n",
                "inputs": inputs,
                "steps": steps,
                "outputs": dict(zip(results, results, strict=True)),
            }
        )
    )


def _accepts(case: Case) -> bool:
    try:
        ask(case)
        behind_linear(case, follows=False)
    except (ShapeError, SpecError, ValidationError):
        return False
    return True
