"""Ops that overwrite their input: allowed only where nothing else reads the tensor."""

from __future__ import annotations

from collections.abc import Iterator

from archc import codes
from archc.diagnostics import Diagnostic
from archc.tree import Body, Item, Leaf, Src


def check_in_place(body: Body) -> tuple[Diagnostic, ...]:
    """Report every op of a network that overwrites a tensor which something else reads too, or an input."""
    found: dict[object, Diagnostic] = {}
    seen: dict[int, frozenset[int]] = {}
    for at in sorted(_visit(body, seen, found)):
        name = body.input_names[at]
        for item in _overwriters(body, Src(-1 - at), seen):
            message = f"`{item.step.key}` overwrites `{name}`, an input of the network"
            found.setdefault(
                item.step.where, Diagnostic(codes.INPLACE, message, item.step.where, help="leave `inplace` out")
            )
    return tuple(found.values())


def _visit(body: Body, seen: dict[int, frozenset[int]], found: dict[object, Diagnostic]) -> frozenset[int]:
    """Which inputs of a body something in it overwrites; reports what is overwritten within."""
    if id(body) in seen:
        return seen[id(body)]
    for item in body.items:
        if isinstance(item.content, Body):
            _visit(item.content, seen, found)
    seen[id(body)] = frozenset()
    overwritten: set[int] = set()
    for at, item in enumerate(body.items):
        for src in _overwrites(item, seen):
            root = _root(body, src)
            if root.item < 0:
                overwritten.add(-1 - root.item)
            readers = [reader for reader in _readers(body, root) if reader is not item]
            handed_out = any(_root(body, output.src) == root for output in body.outputs)
            if readers or (handed_out and not any(output.src.item == at for output in body.outputs)):
                who = f"`{readers[0].name}` reads too" if readers else "is also handed out"
                what = body.items[root.item].name if root.item >= 0 else body.input_names[-1 - root.item]
                message = f"`{item.step.key}` overwrites `{what}`, which {who}"
                found.setdefault(
                    item.step.where, Diagnostic(codes.INPLACE, message, item.step.where, help="leave `inplace` out")
                )
    seen[id(body)] = frozenset(overwritten)
    return seen[id(body)]


def _overwrites(item: Item, seen: dict[int, frozenset[int]]) -> Iterator[Src]:
    """The tensors that an item overwrites."""
    if isinstance(item.content, Leaf):
        if item.content.op.changes_input():
            yield item.inputs[0]
        return
    for at in seen.get(id(item.content), frozenset[int]()):
        yield item.inputs[at]


def _overwriters(body: Body, root: Src, seen: dict[int, frozenset[int]]) -> Iterator[Item]:
    for item in body.items:
        if any(_root(body, src) == root for src in _overwrites(item, seen)):
            yield item


def _root(body: Body, src: Src) -> Src:
    """The tensor whose memory `src` is: that of its input where it is a view."""
    while src.item >= 0:
        item = body.items[src.item]
        if not isinstance(item.content, Leaf) or not item.content.op.is_view or not item.inputs:
            break
        src = item.inputs[0]
    return src


def _readers(body: Body, root: Src) -> Iterator[Item]:
    """The items that read a tensor or a view of it, its views aside."""
    for item in body.items:
        view = isinstance(item.content, Leaf) and item.content.op.is_view
        if not view and any(_root(body, src) == root for src in item.inputs):
            yield item
