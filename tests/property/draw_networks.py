"""Whole random specs: inputs, parameters, blocks, the network's own chain, and its outputs."""

from __future__ import annotations

from collections import ChainMap
from typing import Any

import torch
from hypothesis import strategies as st

from tests.property.draw_specs import ELEMENTS, Draft, Place
from tests.property.interpreter import Interpreter, Names, Result, Value


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A whole spec; its sizes are the defaults of its symbols."""
    n = draw(st.sampled_from((2, 2, 2, 2, 1, 1, 3, 0)))
    size = st.integers(1, 40 if n < 3 else 10)
    symbols = ("D", "H", "W")[3 - n :] if n != 1 else ("T",)
    sizes = {name: draw(size) for name in symbols}
    channels = draw(st.integers(1, 4 if n else 12))
    dims = [f"{name}={value}" if draw(st.integers(0, 5)) else value for name, value in sizes.items()]
    inputs = {"image": [channels, *dims]}
    if draw(st.integers(0, 6)) == 0:
        inputs["other"] = list(inputs["image"])
    spec: dict[str, Any] = {"archc": 1, "name": "net", "inputs": inputs, "params": {}, "blocks": {}, "steps": []}
    if draw(st.booleans()):
        spec["params"] = {"width": draw(st.sampled_from((2, 4, 6)))}
    machine = Interpreter(spec, sizes, device="meta", most=ELEMENTS)
    draft = Draft(draw, machine)
    for at in range(draw(st.integers(0, 2))):
        draft.block(f"block{at}", (2, channels, *sizes.values()))
        draft.broken = False
    values = [Value(torch.empty((2, *shape), device="meta"), Result()) for shape in machine.shapes()]
    names: Names = ChainMap(dict(zip(inputs, values, strict=True)))
    if len(values) == 1:
        names["input"] = values[0]
    place = Place(names, spec["params"], 2, top=True)
    spec["steps"], last = draft.chain(place, values[0], 3, 9)
    spec["steps"] = spec["steps"] or ["relu"]
    add_outputs(spec, draft, place, last)
    return spec


def add_outputs(spec: dict[str, Any], draft: Draft, place: Place, last: Value) -> None:
    """Hand out what nothing uses: side chains, and named tensors that the chain left behind."""
    known = {name: value for name, value in place.names.items() if name != "input" and not name.endswith("!")}
    left = [name for name, value in known.items() if not value.result.used]
    if draft.broken or not left:
        return
    step = spec["steps"][-1]
    if not any(place.names[name] is last for name in left):
        step = {step: {}} if isinstance(step, str) else step
        if "repeat" in step or isinstance(step.get("as"), list):
            return
        if "side" in step:
            spec["steps"].append({"relu": {}, "as": "end"})
            left.append("end")
        else:
            step.setdefault("as", "end")
            left.append(step["as"])
        spec["steps"][-1 if "side" not in step else -2] = step
    spec["outputs"] = {f"out_{name}": name for name in dict.fromkeys(left)}
