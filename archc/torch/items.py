"""What the items of a body hold, as the generator asks for it."""

from __future__ import annotations

from archc.tree import Body, Item, Leaf


def leaf_of(item: Item) -> Leaf:
    """The op of an item that is one."""
    if isinstance(item.content, Leaf):
        return item.content
    raise TypeError(f"`{item.name}` is not an op")


def body_of(item: Item) -> Body:
    """The body of an item that is a block or a group."""
    if isinstance(item.content, Body):
        return item.content
    raise TypeError(f"`{item.name}` is an op")


def is_source(item: Item) -> bool:
    """Whether an item is a parameter, a buffer or a constant rather than a call."""
    return isinstance(item.content, Leaf) and item.content.op.is_source


def is_merge(item: Item) -> bool:
    """Whether an item is an op that joins tensors."""
    return isinstance(item.content, Leaf) and item.content.op.merges


def own_modules(item: Item) -> bool:
    """Whether an item becomes an attribute of the class it is in."""
    return item.reuse is None and (isinstance(item.content, Body) or item.content.op.is_module)


def training_items(body: Body) -> frozenset[int]:
    """The items (by index) that only training-mode outputs need."""
    needed: set[int] = set()
    wanted = [output.src.item for output in body.outputs if not output.train_only]
    while wanted:
        at = wanted.pop()
        if at >= 0 and at not in needed:
            needed.add(at)
            wanted += [src.item for src in body.items[at].inputs]
    return frozenset(range(len(body.items))) - needed
