"""Edits that rules propose."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from archc.diagnostics import Edit, Route, Where
from archc.spec.arguments import Const
from archc.spec.data import is_list, is_mapping
from archc.spec.model import OpCall, Step

if TYPE_CHECKING:
    from archc.network import Network


def route_of(step: Step) -> Route:
    """Where a step's own entry is."""
    return step.where.route[:-1] if step.where.on_key else step.where.route


def without(step: Step) -> tuple[Edit, ...]:
    """The step taken out of its list; nothing where it is no entry of a list or something stands beside its op."""
    route = route_of(step)
    bare = step.name is None and step.when is None and step.repeat is None and step.sources is None
    return (Edit(Where(step.where.file, route), "remove"),) if bare and isinstance(route[-1], int) else ()


def following(step: Step) -> Where:
    """The entry after a step in its list."""
    *front, last = route_of(step)
    assert isinstance(last, int)
    return Where(step.where.file, (*front, last + 1))


def written(network: Network, where: Where) -> object:
    """What the file has at a place; None where there is nothing."""
    document = network.loaded.documents.get(where.file)
    value: object = document.data if document is not None else None
    for part in where.route:
        if is_mapping(value):
            value = value.get(str(part))
        elif is_list(value) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def literal(step: Step, name: str) -> bool:
    """Whether a step leaves an argument to its default, or gives it as a plain value that nothing else decides."""
    if not isinstance(step.action, OpCall):
        return False
    return isinstance(dict(step.action.args).get(name, Const(None, step.where)), Const)


def with_argument(network: Network, step: Step, name: str, text: str) -> tuple[Edit, ...]:
    """The step's op with an argument given; nothing where its file does not give it in a way that can be changed."""
    if not step.where.on_key or not isinstance(step.action, OpCall) or not literal(step, name):
        return ()
    file, route = step.where.file, step.where.route
    value = written(network, Where(file, route))
    if is_mapping(value) and value:
        if name in value:
            return (Edit(Where(file, (*route, name)), "replace", text),)
        return (Edit(Where(file, (*route, next(reversed(value)))), "insert", f"{name}: {text}"),)
    primary = step.action.op.primary
    if primary is None or not isinstance(value, (int, float, str)) or isinstance(value, bool):
        return ()
    plain = not isinstance(value, str) or re.fullmatch(r"\w+", value)
    shown = str(value) if plain else json.dumps(value, ensure_ascii=False)
    return (Edit(Where(file, route), "replace", f"{{{primary}: {shown}, {name}: {text}}}"),)
