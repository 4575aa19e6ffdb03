"""What the classes of a hand-written file take, told by the names of their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from archc import expr
from archc.codegen.classes import Argument, ClassInfo, Meaning, NetworkInfo, Outer, Own, Size
from archc.codegen.standin import Module, run_source
from archc.codegen.terms import Store
from archc.naming import class_name, pascal
from archc.network import Network
from archc.spec.arguments import Param
from archc.spec.model import Block
from archc.tree import Body

IMAGE = 3


def infos_of(network: Network, text: str, ranks: Mapping[str, tuple[int, ...]] = {}) -> list[ClassInfo]:
    """The classes of the blocks, callees first; `ranks` for those that the network does not use."""
    names = run_source(text, Store())
    found = []
    for block in dict.fromkeys(_blocks(network)):
        spaced = [pascal(name.replace(".", "_")) for name, each in network.spec.scope.blocks.items() if each is block]
        own_names = {pascal(b.name) for b in network.spec.scope.blocks.values() if b.scope is network.spec.scope}
        mine = block.scope is network.spec.scope or pascal(block.name) not in own_names
        cls = names.get(spaced[0] if spaced else "") or (names.get(pascal(block.name)) if mine else None)
        if not (isinstance(cls, type) and issubclass(cls, Module)):
            continue
        bodies = _bodies(network.body, block)
        used = tuple(dict.fromkeys(tuple(len(t.sample) for t in body.inputs) for body in bodies))
        rank = used or (ranks.get(block.name, (IMAGE,) * max(1, len(block.inputs))),)
        params = [p for p in inspect.signature(cls.__init__).parameters.values() if p.name != "self"]
        arguments = tuple(
            Argument(
                p.name,
                _meanings(p.name, block, network, rank[0]),
                p.kind is p.KEYWORD_ONLY,
                *_values(p.name, block.params + network.spec.scope.params, names),
            )
            for p in params
        )
        found.append(ClassInfo(cls.__name__, block, rank, arguments))
    return found


def network_info(network: Network, text: str) -> NetworkInfo:
    """The network's class and the functions of its variants."""
    names = run_source(text, Store())
    wanted = class_name(network.spec.name, network.spec.title)
    cls = next(v for n, v in names.items() if n.lower() == wanted.lower())
    arguments = tuple(
        Argument(p.name, (Outer(p.name),), p.kind is p.KEYWORD_ONLY, *_values(p.name, network.spec.scope.params, names))
        for p in inspect.signature(cls.__init__).parameters.values()
        if p.name != "self"
    )
    functions = tuple((v.name, v.name) for v in network.spec.variants if v.name in names)
    return NetworkInfo(cls.__name__, arguments, functions)


def _meanings(name: str, block: Block, network: Network, ranks: tuple[int, ...]) -> tuple[Meaning, ...]:
    last = ranks[0] - 1
    sizes: dict[str, Size] = {
        "in_channels": Size(0, 0), "in_features": Size(0, last), "width": Size(0, last), "length": Size(0, last),
        "height": Size(0, last - 1), "depth": Size(0, last - 2), "side": Size(0, last),
        "skip_channels": Size(1, 0) if len(ranks) > 1 else Size(0, 0),
    }  # fmt: skip
    if name in {p.name for p in block.params}:
        return (Own(name),)
    for let, formula in block.lets:
        text = expr.to_text(formula.expr)
        if let == name and text.startswith("input."):
            field = text.removeprefix("input.")
            if field.startswith("shape["):
                return (Size(0, int(field[6:-1])),)
            return (sizes[f"in_{field}" if field in {"channels", "features"} else field],)
    if name in {p.name for p in network.spec.scope.params} and block.scope is network.spec.scope:
        return (Outer(name), sizes["in_features"]) if name in {"dim", "width"} and ranks[0] <= 2 else (Outer(name),)
    if name == "side":
        return (Size(0, last), Size(0, last - 1))
    return (sizes.get(name, Size(0, last)),)


def _values(
    name: str, params: tuple[Param, ...], names: Mapping[str, object]
) -> tuple[tuple[tuple[str, str], ...], str]:
    param = next((p for p in params if p.name == name), None)
    if param is None:
        return (), ""
    if param.type == "table":
        singular = pascal(name).removesuffix("s")
        return (), singular if singular in names else "Row"
    if param.type != "block":
        return (), ""
    stems = {str(choice): pascal(str(choice).rpartition(".")[2]) for choice in param.choices}
    namespaced = {choice: "".join(map(pascal, choice.split("."))) for choice in stems}
    known = {c: next((n for n in (namespaced[c], s) if n in names), f"nn.{c}") for c, s in stems.items()}
    return tuple(known.items()), ""


def _blocks(network: Network) -> list[Block]:
    scopes, found = [network.spec.scope], []
    for block in network.spec.scope.blocks.values():
        found.append(block)
        if block.scope not in scopes:
            scopes.append(block.scope)
            found.extend(block.scope.blocks.values())
    return found


def _bodies(body: Body, block: Block) -> list[Body]:
    inner = [item.content for item in body.items if isinstance(item.content, Body)]
    own = [body] if body.definition is block else []
    return own + [found for each in inner for found in _bodies(each, block)]
