"""Whole random specs that are heavy in blocks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.property.draw_blocks import Author, Scope


@st.composite
def block_specs(draw: st.DrawFn) -> dict[str, Any]:
    """A whole spec."""
    author = Author(draw)
    names = ["stem_block", "unit", "cell", "conv_bn"][: draw(st.integers(2, 4))]
    for name in names:
        author.block(name)
    scope = Scope(("width",), None, (), block=False)
    steps: list[Any] = [author.conv(scope, "width")]
    scope.channels = None
    steps += author.pieces(scope, draw(st.integers(0, 3)), 2)
    for _ in range(draw(st.integers(2, 5))):
        steps += author._call(scope, 1)
    params: dict[str, Any] = {"width": {"type": "int", "default": 8, "min": 2}, "classes": 10}
    if author.chance(2):
        params["stages"] = {
            "type": "table",
            "columns": {"out": "int", "bias": "bool"},
            "default": draw(
                st.sampled_from(([[4, True]], [[4, True], [6, False]], [[6, True], [6, True], [12, False]]))
            ),
        }
        steps += [
            {"Conv2d": {"out_channels": "row.out", "kernel_size": 1, "bias": "row.bias"}, "repeat": {"row": "stages"}}
        ]
    if author.chance(2):
        steps += [
            {"AdaptiveAvgPool2d": 1},
            draw(st.sampled_from(("Flatten", {"flatten": 1}))),
            {"Linear": "classes", "as": "fc"},
        ]
    spec: dict[str, Any] = {"archc": 1, "name": draw(st.sampled_from(("net", "some_net", "block"))), "params": params}
    if author.chance(3):
        spec["title"] = "Some net"
    return {**spec, "inputs": {"image": [3, "H=8", "W=6"]}, "blocks": author.blocks, "steps": steps}
