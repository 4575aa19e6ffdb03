"""Whether a network's own formulas depend on the size of its input."""

from __future__ import annotations

from archc.dims import Sym
from archc.spec.reads import input_fields
from archc.tree import Body

_PLACES = {"channels": 0, "features": -1, "width": -1, "length": -1, "height": -2, "depth": -3}


def reads_free_sizes(body: Body) -> bool:
    """Whether what the spec expands to may change with the sizes in force: some formula reads a free one."""
    seen: set[int] = set()
    waiting = [body]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if any(_is_free(field, each) for field in input_fields(each.definition)):
            return True
        waiting += [item.content for item in each.items if isinstance(item.content, Body)]
    return False


def _is_free(field: str, body: Body) -> bool:
    sample = body.inputs[0].sample if body.inputs else ()
    if field in _PLACES:
        at = _PLACES[field]
        return -len(sample) <= at < len(sample) and isinstance(sample[at], Sym)
    return any(isinstance(size, Sym) for size in sample)
