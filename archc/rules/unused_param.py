"""Parameters that nothing mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archc.diagnostics import Edit, Fix, Where
from archc.rules.base import Hit, spec_rule
from archc.rules.mentions import names_in_block, names_in_file, own_blocks
from archc.spec.arguments import Formula, Param

if TYPE_CHECKING:
    from archc.network import Network
    from archc.spec.model import Spec


@spec_rule("ARC417", severity="warning")
def unused_param(spec: Spec, networks: Sequence[Network]) -> Iterator[Hit]:
    """# ARC417 unused-param: a parameter that nothing mentions

    ## What

    A parameter or a `let`, of the file or of a block, is in no expression and stands for no step.

    ## Why

    Whoever sets it expects something to change, and nothing does.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    params: {width: 64, depth: 3}
    inputs: {x: [64]}
    steps:
      - Linear: width
      - ReLU
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    params: {width: 64}
    inputs: {x: [64]}
    steps:
      - Linear: width
      - ReLU
    ```
    """
    yield from _unused(spec.scope.params, spec.scope.lets, names_in_file(spec), "", removable=not spec.variants)
    for block in own_blocks(spec):
        yield from _unused(
            block.params, block.lets, names_in_block(block), f" in block `{block.name}`", removable=False
        )


def _unused(
    params: Sequence[Param], lets: Sequence[tuple[str, Formula]], names: frozenset[str], place: str, *, removable: bool
) -> Iterator[Hit]:
    """What is declared but not named; a parameter that variants or uses may set cannot just be taken out."""
    declared = [(f"parameter `{param.name}`", param.name, param.where, removable) for param in params]
    declared += [(f"let `{name}`", name, formula.where, True) for name, formula in lets]
    for what, name, where, alone in declared:
        if name not in names:
            fixes = (Fix("take it out", (Edit(Where(where.file, where.route), "remove"),), safe=True),) if alone else ()
            help = "use it, or take it out"
            yield Hit(replace(where, on_key=True), f"nothing uses the {what}{place}", (), help, fixes)
