"""Files that are used for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archc.diagnostics import Edit, Fix, Route, Where
from archc.rules.base import Hit, spec_rule
from archc.rules.mentions import own_blocks
from archc.rules.repair import written
from archc.spec.data import is_list
from archc.spec.walk import blocks_in

if TYPE_CHECKING:
    from archc.network import Network
    from archc.spec.model import Spec


@spec_rule("ARC418", severity="warning")
def unused_import(spec: Spec, networks: Sequence[Network]) -> Iterator[Hit]:
    """# ARC418 unused-import: a file under `use` of which no block is used

    ## What

    No step of the file, and no block-typed parameter, names a block of the used file.

    ## Why

    The file has to be there, and free of faults, for nothing.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    use: {residual: archc:blocks/residual.yaml, nin: archc:blocks/nin.yaml}
    inputs: {image: [3, 32, 32]}
    steps:
      - residual.residual: {out: 16}
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    use: {residual: archc:blocks/residual.yaml}
    inputs: {image: [3, 32, 32]}
    steps:
      - residual.residual: {out: 16}
    ```
    """
    chains = [*([spec.chain] if spec.chain is not None else []), *(block.chain for block in own_blocks(spec))]
    named = {name.partition(".")[0] for chain in chains for name in blocks_in(chain)}
    for at, (namespace, path) in enumerate(spec.uses):
        if namespace not in named:
            listed = bool(networks) and is_list(written(networks[0], Where(spec.file, ("use",))))
            route: Route = ("use", at if listed else namespace)
            fix = Fix("take it out", (Edit(Where(spec.file, route), "remove"),), safe=True)
            message = f"no step uses a block of `{path}`"
            yield Hit(Where(spec.file, route), message, (), "use one, or take the file out", (fix,))
