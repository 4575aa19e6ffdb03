"""The steps of `forward`: calls of ops and modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeGuard

from archc.codegen import ir
from archc.codegen.ir import Tensor
from archc.codegen.lives import Reader
from archc.codegen.tensor_names import TensorNames
from archc.expr import Expr
from archc.ops import lowering
from archc.ops.lowering import Result


class Steps(TensorNames):
    """Writes the calls in `forward`."""

    def _call(self, action: ir.Call, wishes: Mapping[int, str]) -> list[str]:
        op = action.op
        if _is_source(action):
            assert action.results[0] is not None and action.place is not None
            self.inlined[id(action.results[0])] = f"self.{action.place.plain}"
            return []
        text = self._expression(action)
        comment = [f"# {line}" for line in action.doc.splitlines()] if action.doc and action.place is None else []
        if action.pattern is not None:
            return [*comment, *self._unpacked(action, text, wishes)]
        results = [each for each in action.results if each is not None]
        if len(results) == 1:
            result = results[0]
            if self._may_inline(action, result):
                self.inlined[id(result)] = text
                return comment
            name = self._choose(result, list(action.inputs), self.at, wishes.get(id(result)))
            if op is not None and op.changes_input() and isinstance(action.node, lowering.Infix):
                return [*comment, *self._overwritten(action, action.node.operator, name)]
            spread = f"({name},)" if op is not None and op.is_several else name
            return [*comment, f"{spread} = {text}"]
        targets = self._targets(results, list(action.inputs), wishes)
        return [*comment, f"{', '.join(targets)} = {text}"]

    def _overwritten(self, action: ir.Call, sign: str, name: str) -> list[str]:
        """`x += y`: the first operand's variable goes on."""
        first, *others = (self._read(tensor) for tensor in action.inputs)
        if not others:
            others = [self.scope.value(getattr(action.op, "other"))]  # noqa: B009
        lines = [f"{first} {sign}= {others[0]}"]
        whole = f" {sign} ".join((first, *others[1:]))
        return lines if whole == name else [*lines, f"{name} = {whole}"]

    def _unpacked(self, action: ir.Call, text: str, wishes: Mapping[int, str]) -> list[str]:
        results = [*action.results]
        after: list[str] = []

        def target(pattern: lowering.Pattern) -> str:
            if not isinstance(pattern, Result):
                parts = [target(each) for each in pattern]
                return "_" if {*parts} == {"_"} else f"({', '.join(parts)})"
            result = results.pop(0) if results else None
            if result is None or not self.reader.lives[id(result)].reads:
                return "_"
            name = self._choose(result, action.inputs, self.at, wishes.get(id(result)))
            self.reader.lives[id(result)].read(self.at + 1)
            if pattern.then is not None:
                after.append(f"{name} = {self.scope.lowered(action.op, pattern.then, (name,), ('',))}")
            return name

        targets = ", ".join(target(each) for each in action.pattern or ())
        return [f"{targets} = {text}", *after]

    def _may_inline(self, action: ir.Call, result: Tensor) -> bool:
        """Whether a call may stand where its result is read, and those behind it too: by the merge behind them."""
        behind = self.may_inline.get(id(result))
        return behind is not None and all(len(self._expression(each)) < 40 for each in (action, *behind))

    @cached_property
    def may_inline(self) -> Mapping[int, Sequence[ir.Call]]:
        """By `id` of a tensor that is read once, by the next merge, as one of several: the calls up to that."""
        return dict(_inlinable(self.unit.actions, self.reader))

    def _expression(self, action: ir.Call) -> str:
        tensors = tuple(self._read(tensor) for tensor in action.inputs)
        first = action.inputs[0] if action.inputs else None
        batched = first is None or first.type.batched
        place, batch = action.place, self._batch(action)
        if place is not None and action.node == ir.MODULE:
            return f"{self._module(place)}({', '.join(tensors)})"
        text = self.scope.lowered(action.op, action.node, tensors, action.ports, batch=batch, batched=batched)
        return text if place is None else self._module(place) + text.removeprefix("self")

    def _batch(self, action: ir.Call) -> str:
        if "Batch()" not in repr(action.node):
            return ""
        batched = next((tensor for tensor in (*action.inputs, *self.unit.inputs) if tensor.type.batched), None)
        return "" if batched is None else f"{self._read(batched)}.shape[0]"

    def _module(self, place: ir.Place) -> str:
        plain = place.plain
        if place.kind == "list":
            if not place.gaps and len(place.index) == 1:
                return f"self.{plain}[{self.scope.text(place.index[0])}]"
            dots = [part for each in place.index for part in (".", each)][1:]
            return f"self.{plain}.get_submodule({self.scope.template(tuple(dots))})"
        if plain is not None and plain.isidentifier():
            return f"self.{plain}"
        name = self.scope.template(place.name)
        if name[0] == '"' and name[1:-1].isidentifier():
            self.typed[name[1:-1]] = place
            return f"self.{name[1:-1]}"
        return f"self.get_submodule({name})"

    def _condition(self, action: ir.Branch) -> str:
        if action.absent:
            return " and ".join(f"self.{name} is not None" for name in action.absent.split())
        return self.test(action.condition)

    def test(self, condition: Expr) -> str:
        """A condition as `forward` asks for it."""
        if condition in self.flags:
            return f"self.{self.flags[condition]}"
        return self.scope.text(condition)


def _is_source(action: ir.Action) -> TypeGuard[ir.Call]:
    """Whether it reads a tensor of the class's own."""
    return isinstance(action, ir.Call) and action.op is not None and action.op.is_source


def _inlinable(actions: Sequence[ir.Action], reader: Reader) -> Iterator[tuple[int, Sequence[ir.Call]]]:
    """The results of modules that the merge behind them alone reads, each with the calls between it and that."""
    sources = {id(each.results[0]) for each in actions if _is_source(each)}
    actions = [each for each in actions if not _is_source(each)]
    for at, action in enumerate(actions):
        if isinstance(action, ir.Branch):
            yield from _inlinable(action.then, reader)
            yield from _inlinable(action.other, reader)
        elif isinstance(action, ir.Rounds):
            yield from _inlinable(action.body, reader)
        elif action.op is not None and action.op.merges and len(action.inputs) > 1 and not action.op.changes_input():
            back, behind = at - 1, list[ir.Call]()
            for tensor in reversed(action.inputs):
                if id(tensor) in sources:
                    continue
                before = actions[back] if back >= 0 else None
                if not isinstance(before, ir.Call) or before.results != (tensor,) or before.place is None:
                    break
                read_once = len(reader.lives[id(tensor)].reads) == 1 and action.inputs.count(tensor) == 1
                if before.pattern is not None or not read_once:
                    break
                yield id(tensor), tuple(behind)
                behind.append(before)
                back -= 1
