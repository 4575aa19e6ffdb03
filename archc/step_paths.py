"""Finding a step's result by its path, as `check:` cases name it: `layer1.0.conv`, `rnn.h_n`, `logits`."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.base import Op
from archc.record import record
from archc.suggest import known, suggest
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf, ops_in


@record
class StepResult:
    """A result of an item, with the bodies around it from the network on and which item of each it lies in."""

    within: tuple[tuple[Body, int], ...]
    result: int

    @property
    def type(self) -> TensorType:
        """The type of the result."""
        body, at = self.within[-1]
        return body.items[at].types[self.result]


def find_result(body: Body, name: str) -> StepResult | None:
    """A step's result by its dotted path."""
    return _in_body(body, name.split("."), ())


def find_type(body: Body, name: str) -> TensorType | None:
    """The type of a step's result by its dotted path, of an output or of an input of the network."""
    found = find_result(body, name)
    return found.type if found is not None else _ends(body).get(name)


def nearest(body: Body, name: str) -> str:
    """What may have been meant by a name that `find_type` does not find."""
    near = names(body)
    return suggest(name, [*near, *(path for path, _ in ops_in(body))]) or known("steps", near)


def names(body: Body) -> frozenset[str]:
    """The network's inputs and outputs, and the results of its own steps."""
    return frozenset({*_ends(body), *_names(body)})


def _ends(body: Body) -> dict[str, TensorType]:
    inputs = dict(zip(body.input_names, body.inputs, strict=True))
    return inputs | {output.name: output.type for output in body.outputs}


def _in_body(body: Body, parts: list[str], around: tuple[tuple[Body, int], ...]) -> StepResult | None:
    for at, item in enumerate(body.items):
        within = (*around, (body, at))
        own = item.name.split(".")
        if parts[: len(own)] == own:
            return _in_item(item, parts[len(own) :], within)
        if len(parts) == 1 and parts[0] in item.step.results and item.step is item.outer:
            return StepResult(within, item.step.results.index(parts[0]))
    return None


def _in_item(item: Item, parts: list[str], within: tuple[tuple[Body, int], ...]) -> StepResult | None:
    if not parts:
        return StepResult(within, 0)
    if isinstance(item.content, Body) and (found := _in_body(item.content, parts, within)) is not None:
        return found
    ports = _ports(item.content)
    known_port = len(parts) == 1 and parts[0] in ports[: len(item.types)]
    return StepResult(within, ports.index(parts[0])) if known_port else None


def _ports(content: Leaf | Body) -> tuple[str, ...]:
    if isinstance(content, Body):
        return tuple(output.name for output in content.outputs)
    op: Op = content.op
    return op.results


def _names(body: Body) -> Iterator[str]:
    for item in body.items:
        yield from item.step.results or (item.name,)
