"""Ops that overwrite their input: allowed only where nothing else reads the tensor."""

from __future__ import annotations

from collections.abc import Iterator

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
    """The findings so far, and which inputs each body overwrites (by `id`): equal bodies are looked at once."""

    def __init__(self) -> None:
        self.found: dict[Where, Diagnostic] = {}
        self.overwritten: dict[int, frozenset[int]] = {}

    def report(self, item: Item, what: str) -> None:
        where = item.step.where
        message = f"`{item.step.key}` overwrites {what}"
        fixes = _without(item.step)
        finding = Diagnostic(codes.INPLACE, message, where, help="leave `inplace` out", fixes=fixes)
        self.found.setdefault(where, finding)

    def visit(self, body: Body) -> frozenset[int]:
        """Which inputs of a body something in it overwrites; reports what is overwritten within."""
        if id(body) in self.overwritten:
            return self.overwritten[id(body)]
        for item in body.items:
            if isinstance(item.content, Body):
                self.visit(item.content)
        inputs: set[int] = set()
        for at, item in enumerate(body.items):
            for src in self._overwrites(item):
                root = _root(body, src)
                if root.item < 0:
                    inputs.add(-1 - root.item)
                self._check(body, at, root)
        self.overwritten[id(body)] = frozenset(inputs)
        return self.overwritten[id(body)]

    def _check(self, body: Body, at: int, root: Src) -> None:
        """Report the item at an index, which overwrites a tensor, where something else wants this as it was."""
        item = body.items[at]
        what = body.items[root.item].name if root.item >= 0 else body.input_names[-1 - root.item]
        reader = next((reader for reader in _readers(body, root) if reader is not item), None)
        if reader is not None:
            self.report(item, f"`{what}`, which `{reader.name}` reads too")
            return
        handed_out = any(_root(body, output.src) == root for output in body.outputs)
        if handed_out and not any(output.src.item == at for output in body.outputs):
            self.report(item, f"`{what}`, which is also handed out")

    def _overwrites(self, item: Item) -> Iterator[Src]:
        """The tensors that an item overwrites."""
        if isinstance(item.content, Body):
            yield from (item.inputs[at] for at in self.overwritten[id(item.content)])
        elif item.content.op.changes_input():
            yield item.inputs[0]

    def overwriters(self, body: Body, root: Src) -> Iterator[Item]:
        """The items of a body that has been visited which overwrite a tensor."""
        for item in body.items:
            if any(_root(body, src) == root for src in self._overwrites(item)):
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


def _readers(body: Body, root: Src) -> Iterator[Item]:
    """The items that read a tensor or a view of it, its views aside."""
    for item in body.items:
        if not _is_view(item) and any(_root(body, src) == root for src in item.inputs):
            yield item


def _is_view(item: Item) -> bool:
    """Whether an item's result shares its input's memory."""
    return isinstance(item.content, Leaf) and item.content.op.is_view and bool(item.inputs)
