"""Blocks that no step uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archc.diagnostics import Edit, Fix, Where
from archc.rules.base import Hit, spec_rule
from archc.rules.mentions import own_blocks
from archc.spec.walk import blocks_in

if TYPE_CHECKING:
    from archc.network import Network
    from archc.spec.model import Chain, Spec


@spec_rule("ARC416", severity="warning")
def unused_block(spec: Spec, networks: Sequence[Network]) -> Iterator[Hit]:
    """# ARC416 unused-block: a block that the network does not use

    ## What

    A file with a network defines a block that no step leads to, not even through another block or as a choice. A file
    of blocks alone is a library, where this does not count.

    ## Why

    It is read, checked and maintained for nothing, and readers look for where it is used.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    blocks:
      layer: {params: {out: int}, steps: [Linear: out, ReLU]}
      old: {params: {out: int}, steps: [Linear: out, Tanh]}
    steps:
      - layer: 32
      - Linear: 10
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    blocks:
      layer: {params: {out: int}, steps: [Linear: out, ReLU]}
    steps:
      - layer: 32
      - Linear: 10
    ```
    """
    if spec.chain is None:
        return
    used = _reached(spec, (spec.chain,))
    for block in own_blocks(spec):
        if block.name not in used:
            fix = Fix("take it out", (Edit(Where(block.where.file, ("blocks", block.name)), "remove"),), safe=True)
            where = Where(block.where.file, ("blocks", block.name), on_key=True)
            yield Hit(where, f"no step uses the block `{block.name}`", (), "use it, or take it out", (fix,))


def _reached(spec: Spec, chains: Iterable[Chain]) -> set[str]:
    """The blocks that chains use, directly or through other blocks."""
    found: set[str] = set()
    waiting = [name for chain in chains for name in blocks_in(chain)]
    while waiting:
        name = waiting.pop()
        block = spec.scope.blocks.get(name)
        if block is None or name in found:
            continue
        found.add(name)
        if block.where.file == spec.file:
            waiting += blocks_in(block.chain)
    return found
