"""Blocks that contain themselves."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from archc import codes
from archc.spec.context import Context
from archc.spec.model import Block
from archc.spec.walk import blocks_in


def check_recursion(ctx: Context, blocks: Mapping[str, Block]) -> None:
    """Report the blocks of a file that contain themselves, each circle once."""
    own = {name: block for name, block in blocks.items() if block.scope.blocks is blocks}
    calls = {name: [used for used in blocks_in(block.chain) if used in blocks] for name, block in own.items()}
    order = list(blocks)
    circle = _circle(calls)
    while circle:
        start = circle.index(min(circle, key=order.index))
        ordered = [*circle[start:], *circle[:start]]
        path = " -> ".join(f"`{name}`" for name in (*ordered, ordered[0]))
        where = blocks[ordered[0]].where
        ctx.report(codes.RECURSION, f"a block contains itself: {path}", where, "unroll it with `repeat`")
        calls = {name: called for name, called in calls.items() if name not in ordered}
        circle = _circle(calls)


def _circle(calls: Mapping[str, list[str]]) -> list[str]:
    """Blocks each of which uses the next, the last one the first; none where no block contains itself."""
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as error:
        path: list[str] = error.args[1]
        return path[:0:-1]
    return []
