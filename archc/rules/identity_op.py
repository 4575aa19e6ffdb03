"""Ops that do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.diagnostics import Fix
from archc.ops.base import Inputs
from archc.rules.base import Hit, rule
from archc.rules.repair import literal, without
from archc.rules.walk import label, note, ops_of

if TYPE_CHECKING:
    from archc.graph import Node
    from archc.network import Network


@rule("ARC419", severity="info")
def identity_op(network: Network) -> Iterator[Hit]:
    """# ARC419 identity-op: an op that hands its input on as it is

    ## What

    A pool of 1 x 1 with stride 1, a dropout of 0, a `cat` of one tensor, a `flatten` of one dimension. `Identity`,
    which says so itself, does not count, nor does an op whose argument is an expression, which may do something
    elsewhere.

    ## Why

    It reads as if something happened here.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    steps:
      - Linear: 32
      - ReLU
      - Dropout: 0
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    steps:
      - Linear: 32
      - ReLU
      - Linear: 10
    ```
    """
    nodes = [node for node in ops_of(network) if node.step is not None]
    idle = {node for node in nodes if _is_idle(node)}
    needed = {node.step for node in nodes if node not in idle}
    for node in (each for each in nodes if each in idle and each.step not in needed):
        assert node.step is not None
        edits = without(node.step)
        is_numbered = node.path.rpartition(".")[2].isdigit()  # then those behind it would get other numbers
        fixes = (Fix("take it out", edits, safe=not is_numbered),) if edits else ()
        yield Hit(node, f"{label(node)} hands its input on as it is", (note(node),), "take it out", fixes)


def _is_idle(node: Node) -> bool:
    assert node.step is not None
    if node.op is None or not node.op.is_identity(Inputs(node.inputs, node.ports)):
        return False
    return all(literal(node.step, name) for name in type(node.op).model_fields)
