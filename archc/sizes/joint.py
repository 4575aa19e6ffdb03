"""Conditions between several symbols that are about one and the same formula: what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archc.dims import Condition, Floor
from archc.dims.atoms import Terms
from archc.dims.terms import evaluate, scale
from archc.record import record
from archc.sizes.size_set import SizeSet


@record
class _Bounds:
    """The values that a formula may have: `low` to `high` (None for no bound), but for those `avoided`."""

    low: int | None = None
    high: int | None = None
    avoided: frozenset[int] = frozenset()

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.high - self.low < len(self.avoided) and self.avoided.issuperset(range(self.low, self.high + 1))

    def narrowed(self, relation: str, value: int) -> _Bounds:
        low, high, avoided = self.low, self.high, self.avoided
        if relation == "!=":
            avoided |= {value}
        if relation in {"==", ">="}:
            low = value if low is None else max(low, value)
        if relation in {"==", "<="}:
            high = value if high is None else min(high, value)
        inside = {each for each in avoided if (low is None or each >= low) and (high is None or each <= high)}
        return _Bounds(low, high, frozenset(inside))


def tightened(joint: Iterable[Condition], box: Mapping[str, SizeSet]) -> tuple[Condition, ...] | None:
    """The same conditions without those that others or the box imply; None where they contradict each other."""
    conditions = tuple(joint)
    bounds: dict[Terms, _Bounds] = {}
    for condition in conditions:
        key, relation, value = _normal(condition)
        bounds[key] = bounds.get(key, _least(key, box)).narrowed(relation, value)
    if any(each.is_empty for each in bounds.values()):
        return None
    settled = {_normal(condition)[0] for condition in conditions if condition.relation == "=="}
    kept: list[Condition] = []
    for condition in dict.fromkeys(conditions):
        key, relation, value = _normal(condition)
        if key in settled:
            needed = relation == "=="
        elif relation == "!=":
            needed = value in bounds[key].avoided
        elif relation == ">=":
            needed = value == bounds[key].low != _least(key, box).low
        else:
            needed = value == bounds[key].high
        kept += [condition] if needed else []
    return tuple(kept)


def _normal(condition: Condition) -> tuple[Terms, str, int]:
    """A condition as `terms relation value` with whole values, the first factor positive."""
    key, value = condition.size.key, -condition.size.const
    relation = str(condition.relation)
    if relation == "<":
        relation, value = "<=", value - 1
    if key[0][1] > 0:
        return key, relation, value
    return scale(key, -1), {">=": "<=", "<=": ">="}.get(relation, relation), -value


def _least(key: Terms, box: Mapping[str, SizeSet]) -> _Bounds:
    """What is known of a formula that grows with every symbol: it is least at the least sizes."""
    atoms = [atom for monomial, _ in key for atom in monomial]
    if any(factor < 0 for _, factor in key) or not all(isinstance(atom, Floor) for atom in atoms):
        return _Bounds()
    return _Bounds(low=evaluate(key, 0, {name: next(iter(found)) for name, found in box.items()}))
