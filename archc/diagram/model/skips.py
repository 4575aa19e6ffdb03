"""Which arrows bypass the main path into a merge: they are drawn in the accent colour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from archc.diagram.model.picture import Arrow, Card, Picture


def with_skips(picture: Picture) -> Picture:
    """The picture with its skips marked, along the whole of a shortcut that has cards of its own."""
    cards = {card.id: card for card in picture.cards}
    into = picture.into
    out: dict[str, list[Arrow]] = defaultdict(list)
    for arrow in picture.arrows:
        if cards[arrow.head].fact.kind != "output":
            out[arrow.tail].append(arrow)
    depth = _depths(picture.cards, into)
    skips: set[str] = set()
    for card in picture.cards:
        if len(into[card.id]) < 2:
            continue
        for arrow in _bypasses(card, into, out, depth):
            skips |= _along(arrow, into, out, cards)
    return replace(
        picture, arrows=tuple(replace(arrow, skip=True) if arrow.id in skips else arrow for arrow in picture.arrows)
    )


def _depths(cards: Sequence[Card], into: Mapping[str, Sequence[Arrow]]) -> Mapping[str, int]:
    """The longest way to each card, from the inputs on."""
    depth: dict[str, int] = {}
    for card in _in_order(cards, into):
        depth[card] = 1 + max((depth[arrow.tail] for arrow in into[card]), default=-1)
    return depth


def _in_order(cards: Sequence[Card], into: Mapping[str, Sequence[Arrow]]) -> list[str]:
    """The cards so that each stands behind those that feed it."""
    done: set[str] = set()
    order: list[str] = []
    waiting = [card.id for card in reversed(cards)]
    while waiting:
        id = waiting[-1]
        missing = [arrow.tail for arrow in into[id] if arrow.tail not in done]
        if id in done or not missing:
            waiting.pop()
            if id not in done:
                done.add(id)
                order.append(id)
        else:
            waiting.extend(missing)
    return order


def _bypasses(
    card: Card, into: Mapping[str, Sequence[Arrow]], out: Mapping[str, Sequence[Arrow]], depth: Mapping[str, int]
) -> list[Arrow]:
    """The arrows into a merge that are shorter ways than its longest; of a concatenation only those without a card.

    A closed block may hold the merge: then a tensor that it alone takes besides another is a skip.
    """
    arrows = into[card.id]
    deepest = max(depth[arrow.tail] for arrow in arrows)
    shorter = [arrow for arrow in arrows if depth[arrow.tail] < deepest]
    if card.kind == "circle":
        return shorter
    if card.kind == "block":
        shorter = [arrow for arrow in shorter if sum(len(into[other.head]) > 1 for other in out[arrow.tail]) == 1]
    elif card.kind != "slots":
        return []
    before = _before(arrows, into, depth, min((depth[arrow.tail] for arrow in shorter), default=deepest))
    return [arrow for arrow in shorter if arrow.tail in before]


def _before(
    arrows: Sequence[Arrow], into: Mapping[str, Sequence[Arrow]], depth: Mapping[str, int], least: int
) -> set[str]:
    """The cards of at least a depth that lead to the tails of arrows."""
    waiting = [arrow.tail for arrow in arrows]
    seen: set[str] = set()
    while waiting:
        tails = {arrow.tail for arrow in into[waiting.pop()] if depth[arrow.tail] >= least} - seen
        seen |= tails
        waiting.extend(tails)
    return seen


def _along(
    arrow: Arrow, into: Mapping[str, Sequence[Arrow]], out: Mapping[str, Sequence[Arrow]], cards: Mapping[str, Card]
) -> set[str]:
    """The arrow and those before it, back to where the shortcut leaves the main path; none where it never was on it."""
    found = {arrow.id}
    while len(out[arrow.tail]) == len(into[arrow.tail]) == 1 and cards[arrow.tail].kind != "tensor":
        arrow = into[arrow.tail][0]
        found.add(arrow.id)
    return found if len(out[arrow.tail]) > 1 else set()
