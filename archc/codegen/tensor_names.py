"""The variables of `forward`: one is taken over as soon as nothing needs what it held."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from types import MappingProxyType

from archc.codegen import ir
from archc.codegen.ir import Tensor, Unit
from archc.codegen.lives import Reader
from archc.codegen.text import BUILTINS, FRESH, OWN, Scope, free
from archc.expr import Expr
from archc.spec.model import Spec


class Variables(dict[int, str]):
    """The variable of each tensor, by `id`, and the tensors of each variable."""

    def __init__(self, names: Mapping[int, str] = MappingProxyType({})) -> None:
        super().__init__()
        self.holders: dict[str, set[int]] = {}
        for tensor, name in names.items():
            self[tensor] = name

    def __setitem__(self, tensor: int, name: str) -> None:
        if tensor in self:
            self.holders[self[tensor]].discard(tensor)
        self.holders.setdefault(name, set()).add(tensor)
        super().__setitem__(tensor, name)

    def forget(self, tensors: Iterable[int]) -> None:
        """Leave out tensors that nothing reads any more."""
        for tensor in tensors:
            self.holders[self.pop(tensor)].discard(tensor)


class TensorNames:
    """Names the tensors of one class."""

    def __init__(
        self, scope: Scope, unit: Unit, flags: Mapping[Expr, str], training: frozenset[int], output_class: str
    ) -> None:
        self.scope, self.unit, self.flags, self.training, self.output_class = scope, unit, flags, training, output_class
        self.reader = Reader(unit)
        self.names = Variables()
        self.inlined: dict[int, str] = {}
        self.fresh: set[int] = set()
        """The tensors whose variables say nothing of them, and so are taken over."""
        self.network = isinstance(unit.definition, Spec)
        self.results = {id(o.tensor): o.name for o in unit.outputs} if self.network and len(unit.outputs) > 1 else {}
        """What the network's results are called, where they have names."""
        loops = (name for symbol, name in scope.names.items() if symbol.startswith("i"))
        self.taken = {*OWN, *BUILTINS, *scope.file.taken, "self", *loops}
        """What no tensor may be called: global names, and variables of loops."""
        self.inputs: list[str] = []
        self.at = 0
        for tensor in unit.inputs:
            name = "x" if tensor.name == "input" else free(tensor.name, {*OWN, *BUILTINS, "self", *self.inputs})
            self.inputs.append(name)
            self._name(tensor, name)
            if name == "x":
                self.fresh.add(id(tensor))
        self.forced: set[int] = set()
        """The tensors that may take over a variable that only the other way still reads."""
        self.typed: dict[str, ir.Place] = {}
        """Modules that are named by a formula and called by a plain name."""
        self.depth: int = 0
        self.in_training = False
        """Whether what is written stands where training alone comes to."""

    def _name(self, tensor: Tensor, name: str) -> None:
        self.names.forget(self._holders(name) - self._read_after(name, self.at - 1))
        self.names[id(tensor)] = name

    def _holders(self, name: str) -> set[int]:
        return self.names.holders.get(name, set())

    def _read_after(self, name: str, at: int) -> set[int]:
        """The tensors in a variable that are read after `at`."""
        lives = self.reader.lives
        return {key for key in self._holders(name) if key in lives and lives[key].last > at}

    def _is_free(self, name: str, at: int) -> bool:
        """Whether a variable holds nothing that is read after `at`."""
        if name in self.inputs and name not in FRESH:
            return False
        return not self._read_after(name, at)

    def _choose(self, tensor: Tensor, sources: Sequence[Tensor], at: int, wish: str | None = None) -> str:
        life = self.reader.lives[id(tensor)]
        hint = self._hint(tensor, at)
        if wish is not None and (id(tensor) in self.forced or self._is_free(wish, at)):
            return self._named(tensor, wish)
        several = life.uses > 1 or id(tensor) in self.results
        if hint and (tensor.by_function or several):
            return self._named(tensor, hint)
        for source in sources:
            name = self.names.get(id(source))
            if name is not None and id(source) in self.fresh and self._is_free(name, at):
                return self._fresh(tensor, name)
        if hint and life.last > at + 1 and not life.is_passed:
            return self._named(tensor, hint)
        more = (f"x{number}" for number in count(2))
        return self._fresh(tensor, next(n for n in chain(FRESH, more) if self._is_free(n, at)))

    def _hint(self, tensor: Tensor, at: int) -> str:
        """The free variable that a tensor's names give: in small letters, as style guides want them."""
        for name in (self.results.get(id(tensor), ""), tensor.name):
            small = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
            if name.isidentifier() and self._is_free(hint := free(small, self.taken), at):
                return hint
        return ""

    def _fresh(self, tensor: Tensor, name: str) -> str:
        self.fresh.add(id(tensor))
        return self._named(tensor, name)

    def _named(self, tensor: Tensor, name: str) -> str:
        self._name(tensor, name)
        return name

    def _read(self, tensor: Tensor) -> str:
        if tensor is ir.NOTHING:
            return "None"
        return self.inlined.get(id(tensor)) or self.names[id(tensor)]

    def _targets(self, results: Sequence[Tensor], sources: Sequence[Tensor], wishes: Mapping[int, str]) -> list[str]:
        found: list[str] = []
        for result in results:
            if not self.reader.lives[id(result)].reads:
                found.append("_")
                continue
            found.append(self._choose(result, sources, self.at, wishes.get(id(result))))
            self.reader.lives[id(result)].read(self.at + 1)
        return found

    def _on_both_ways(self, action: ir.Branch, end: int) -> str:
        """The variable of what two calls read, one on each way, where nothing else does: their result takes it over."""
        if any(id(merge.result) in self.results for merge in action.merges):
            return ""
        if len(action.merges) != 1 or len(action.then) != 1 or len(action.other) != 1:
            return ""
        calls = [*action.then, *action.other]
        (merge,) = action.merges
        made = [
            each.results == (to,)
            for each, to in zip(calls, (merge.first, merge.second), strict=True)
            if isinstance(each, ir.Call)
        ]
        read = {
            id(each.inputs[0]): each.inputs[0] for each in calls if isinstance(each, ir.Call) and len(each.inputs) == 1
        }
        if made != [True, True] or len(read) != 1 or not read.keys() <= self.fresh:
            return ""
        ((key, tensor),) = read.items()
        if self.reader.lives[key].last > end or self._read_after(self.names[key], self.at) - {key}:
            return ""
        self.forced |= {id(merge.first), id(merge.second)}
        return self._fresh(merge.result, self._read(tensor))

    def _merge_name(self, merge: ir.Merge, start: int, end: int, wish: str | None, taken: set[str]) -> str:
        """The variable of a tensor that is one of two: that of what is handed on, where nothing else reads it."""
        is_free = merge.second is not ir.NOTHING and id(merge.result) not in self.results
        handed = self.names.get(id(merge.second)) if is_free else None
        is_kept = self.network and handed in self.inputs and handed not in FRESH
        if handed is not None and handed not in taken and not is_kept:
            life = self.reader.lives[id(merge.second)]
            if life.last <= end and not self._read_after(handed, start) - {id(merge.second)}:
                return handed
        if wish is not None and wish not in taken and self._is_free(wish, start):
            return wish
        hint = self._hint(merge.result, start)
        if hint and hint not in taken:
            return hint
        more = (f"x{number}" for number in count(2))
        return next(n for n in chain(FRESH, more) if n not in taken and self._is_free(n, start))

    def _carry_name(self, merge: ir.Merge, start: int, taken: set[str]) -> str:
        first = self.names.get(id(merge.first))
        life = self.reader.lives.get(id(merge.first))
        if first in FRESH and first not in taken and life is not None and life.last <= start:
            return first
        hint = self._hint(merge.result, start)
        if hint and hint not in taken:
            return hint
        more = (f"x{number}" for number in count(2))
        return next(n for n in chain(FRESH, more) if n not in taken and self._is_free(n, start))
