"""Ops that overwrite their input: allowed only where nothing else reads the tensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archc import codes
from archc.diagnostics import Diagnostic, Edit, Fix, Where
from archc.spec.arguments import Const
from archc.spec.model import OpCall, Step
from archc.tree import Body, Item, Leaf, Src


def check_in_place(body: Body) -> tuple[Diagnostic, ...]:
    """Report every op of a network that overwrites a tensor which something else reads too, or an input."""
    check = _Check()
    for at in sorted(check.visit(body)):
        for item in check.overwriters(body, Src(-1 - at)):
            check.report(item, f"`{body.input_names[at]}`, an input of the network")
    return tuple(check.found.values())


class _Check:
    """The findings so far, and which inputs each body overwrites: bodies that are alike are looked at once."""

    def __init__(self) -> None:
        self.found: dict[Where, Diagnostic] = {}
        self.overwritten: dict[int, frozenset[int]] = {}
        """By the `id` of the body."""

    def report(self, item: Item, what: str) -> None:
        where = item.step.where
        message = f"`{item.step.key}` overwrites {what}"
        fixes = _without(item.step)
        finding = Diagnostic(codes.INPLACE, message, where, help="leave `inplace` out", fixes=fixes)
        self.found.setdefault(where, finding)

    def visit(self, body: Body) -> frozenset[int]:
        """Which inputs of a body something in it overwrites; reports what is overwritten within."""
        body = body.like or body
        known = self.overwritten.get(id(body))
        if known is not None:
            return known
        overwritten: list[tuple[int, Src]] = []
        for at, item in enumerate(body.items):
            if isinstance(item.content, Body):
                overwritten += [(at, item.inputs[taken]) for taken in self.visit(item.content)]
            elif item.content.op.changes_input():
                overwritten.append((at, item.inputs[0]))
        inputs: set[int] = set()
        readers: Mapping[Src, Sequence[int]] = _readers(body) if overwritten else {}
        for at, src in overwritten:
            root = _root(body, src)
            if root.item < 0:
                inputs.add(-1 - root.item)
            self._check(body, at, root, readers.get(root, ()))
        found = self.overwritten[id(body)] = frozenset(inputs)
        return found

    def _check(self, body: Body, at: int, root: Src, readers: Sequence[int]) -> None:
        """Report the item at an index, which overwrites a tensor, where something else wants this as it was."""
        item = body.items[at]
        what = body.items[root.item].name if root.item >= 0 else body.input_names[-1 - root.item]
        reader = next((body.items[reader] for reader in readers if reader != at), None)
        if reader is not None:
            self.report(item, f"`{what}`, which `{reader.name}` reads too")
            return
        handed_out = any(_root(body, output.src) == root for output in body.outputs)
        if handed_out and not any(output.src.item == at for output in body.outputs):
            self.report(item, f"`{what}`, which is also handed out")

    def overwriters(self, body: Body, root: Src) -> Iterator[Item]:
        """The items of a body that overwrite a tensor."""
        for item in body.items:
            if isinstance(item.content, Body):
                sources = [item.inputs[at] for at in self.visit(item.content)]
            else:
                sources = item.inputs[:1] if item.content.op.changes_input() else ()
            if any(_root(body, src) == root for src in sources):
                yield item


def _without(step: Step) -> tuple[Fix, ...]:
    """The fix that leaves `inplace` out, which changes no result: where it is written as such."""
    args = dict(step.action.args) if isinstance(step.action, OpCall) else {}
    given = args.get("inplace")
    if not isinstance(given, Const) or given.where.route[-1:] != ("inplace",):
        return ()
    return (Fix("leave `inplace` out", (Edit(given.where, "remove"),), safe=True),)


def _root(body: Body, src: Src) -> Src:
    """The tensor whose memory `src` is: that of its input where it is a view."""
    while src.item >= 0:
        item = body.items[src.item]
        if not _is_view(item):
            break
        src = item.inputs[0]
    return src


def _readers(body: Body) -> Mapping[Src, Sequence[int]]:
    """By tensor: the items that read it or a view of it, views of it aside."""
    found: dict[Src, list[int]] = {}
    for at, item in enumerate(body.items):
        if not _is_view(item):
            for root in {_root(body, src) for src in item.inputs}:
                found.setdefault(root, []).append(at)
    return found


def _is_view(item: Item) -> bool:
    """Whether an item's result shares its input's memory."""
    return isinstance(item.content, Leaf) and item.content.op.is_view and bool(item.inputs)
