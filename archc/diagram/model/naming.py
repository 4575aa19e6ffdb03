"""What cards are called: ops by their values or, in a block's definition, by its parameters; blocks by theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archc.diagram.labels import clean, shape_text
from archc.diagram.model.picture import Kind
from archc.diagram.model.walk import Atom
from archc.diagram.words import Words, brief_shape, several, words_of
from archc.graph import Node
from archc.spec.model import Block
from archc.tensor import TensorType
from archc.tree import Body, Item, Leaf, Src

MAX_ARGUMENTS = 3
_BARE = frozenset({"out", "out_channels", "channels", "width", "out_features", "features", "dim", "filters", "planes"})
"""Parameters whose value is told without their name, as that of a convolution's channels is."""


@dataclass(frozen=True, slots=True)
class Names:
    """How a picture tells of its ops. A definition has `symbols`, by place in the module, instead of values."""

    place: Callable[[Node], str]
    """Where a node is written: file and line."""
    brief: bool = True
    symbols: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    options: tuple[str, ...] = ()
    """The places in the module of what only some instances have."""
    symbolic: bool = False
    """Whether it is a definition, whose tensors have no sizes."""

    def words(self, node: Node, item: Item, kind: Kind) -> Words:
        """A card's title and detail."""
        if node.op is None or kind in {"circle", "slots"}:
            return Words("Concat" if kind == "slots" else node.kind)
        return words_of(node.op, node.inputs, node.outputs, self.symbols.get(node.path, {}), brief=self.brief)

    def shape(self, type_: TensorType) -> str:
        """A tensor's shape, which a definition leaves open."""
        if self.symbolic:
            return ""
        return brief_shape(type_) if self.brief else shape_text(type_)

    def optional(self, atoms: Sequence[Atom]) -> bool:
        """Whether only some instances have these."""
        path = atoms[0].nodes[0].path
        return any(path == option or path.startswith(f"{option}.") for option in self.options)


def block_name(name: str) -> str:
    """`dense_layer` as `Dense layer`."""
    plain = clean(name.rsplit(".", 1)[-1].replace("_", " "), 28)
    return plain[:1].upper() + plain[1:]


def block_title(copies: Sequence[Item]) -> Words:
    """A closed block's name and the arguments that matter; those that differ between copies as tuples."""
    bodies = [item.content for item in copies if isinstance(item.content, Body)]
    definition = bodies[0].definition
    if not isinstance(definition, Block):
        return Words(block_name(copies[0].name.partition(".")[0]))
    told = [text for text in (_told(bodies, param.name, param.default) for param in definition.params) if text]
    detail = ", ".join(_named(told)[:MAX_ARGUMENTS])
    return Words(block_name(definition.name), clean(detail or _channels_of(copies), 32))


def _named(told: Sequence[tuple[str, str]]) -> list[str]:
    """The first argument bare, as a convolution's channels are, then the stride; the others with their names."""
    texts: list[str] = []
    strides = [pair for pair in told[1:] if "stride" in pair[0]]
    for at, (name, text) in enumerate([*told[:1], *strides, *(pair for pair in told[1:] if pair not in strides)]):
        if "stride" in name:
            texts.append(f"/{text}")
        elif "kernel" in name and text.isdigit():
            texts.append(f"{text}×{text}")
        else:
            texts.append(text if at == 0 and name in _BARE else f"{name} {text}")
    return texts


def _channels_of(copies: Sequence[Item]) -> str:
    """`256 → 128`, of a block whose arguments tell nothing but that changes the channels."""
    given, made = copies[0].content, copies[-1].types
    if not isinstance(given, Body) or not given.inputs or not given.inputs[0].sample or not made[0].sample:
        return ""
    channels = int(given.inputs[0].sample[0]), int(made[0].sample[0])
    return f"{channels[0]} → {channels[1]}" if channels[0] != channels[1] else ""


def _told(bodies: Sequence[Body], name: str, default: object) -> tuple[str, str] | None:
    values = [body.args[name] for body in bodies if name in body.args]
    if not values or all(value == default for value in values) or isinstance(values[0], bool):
        return None
    if not all(isinstance(value, int) for value in values) or ("stride" in name and set(values) == {1}):
        return None
    return name, several([str(value) for value in values])


def varies(copies: Sequence[Item]) -> str:
    """What differs between folded copies: arguments of their block, or else the channels they are given."""
    bodies = [item.content for item in copies if isinstance(item.content, Body)]
    told: list[str] = []
    for name in bodies[0].args if bodies else ():
        values = [repr(body.args[name]) for body in bodies]
        if len(set(values)) > 1:
            told.append(f"{name} {several(values)}")
    if told or not bodies or not bodies[0].inputs:
        return clean(", ".join(told), 60)
    given = [str(int(body.inputs[0].sample[0])) for body in bodies if body.inputs[0].sample]
    return f"in {several(given)}" if len(set(given)) > 1 else ""


def cells_of(copies: Sequence[Item]) -> tuple[str, ...]:
    """The branches of a block that is a fork into three or more chains and their concatenation, by their channels."""
    bodies = [item.content for item in copies if isinstance(item.content, Body)]
    found = [_branches(body) for body in bodies]
    if not found[0] or len({len(branches) for branches in found}) != 1:
        return ()
    return tuple(several(list(texts)) for texts in zip(*found, strict=True))


def _branches(body: Body) -> tuple[str, ...]:
    last = body.items[-1] if body.items else None
    joins = last is not None and isinstance(last.content, Leaf) and last.content.op.name == "cat"
    if last is None or not joins or len(last.inputs) < 3 or len(last.inputs) > 6:
        return ()
    return tuple(_branch(body, src) for src in last.inputs)


def _branch(body: Body, src: Src) -> str:
    """`96→128`: the channels along a chain."""
    channels: list[str] = []
    while src.item >= 0:
        item = body.items[src.item]
        channels[:0] = list(_channels(item))
        if not item.inputs:
            break
        src = item.inputs[0]
    return "→".join(channels) or str(int(body.inputs[0].sample[0]))


def _channels(item: Item) -> Iterator[str]:
    if isinstance(item.content, Body):
        for inner in item.content.items:
            yield from _channels(inner)
    elif item.content.op.family in {"conv", "linear"}:
        yield str(getattr(item.content.op, "out_channels", "") or getattr(item.content.op, "out_features", ""))
