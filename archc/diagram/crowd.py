"""How much a picture may hold, so that no spec keeps archc drawing for ever: no page shows as much anyway."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archc.diagram.engine import TooLargeError
from archc.diagram.layout.graph import CrowdedError
from archc.diagram.model.fuse import fused
from archc.diagram.model.walk import Plan, scene_of

if TYPE_CHECKING:
    from archc.network import Network

MAX_OPS = 20_000
"""How many ops a network may have of which pictures are made."""
MAX_CARDS = 3_000
"""How many cards a picture may have."""
CROWDED = 300
"""More cards than this have no room on a page in text of any size, so that no layout is tried for them."""
LEAST = Plan(fold="like", close=True)
"""What leaves the fewest cards."""
_HELP = "`archc summary` shows its layers as text"


def refuse_large(network: Network) -> None:
    """Raise `TooLargeError` for a network that is too large to be drawn, whatever is left out of its picture."""
    _refuse(network, network.body.nodes, "ops", MAX_OPS)
    if network.body.nodes > MAX_CARDS:
        _refuse(network, cards_of(network, LEAST), "ops and blocks that differ", MAX_CARDS)


def cards_of(network: Network, plan: Plan) -> int:
    """How many cards a network has under a plan, without its inputs and outputs."""
    return len(fused(scene_of(network.graph, network.body, plan), fuse=plan.fuse))


def refuse_cards(network: Network, cards: int) -> None:
    """Raise `TooLargeError` for a picture of more cards than are drawn."""
    _refuse(network, cards, "cards at this level", MAX_CARDS)


@contextmanager
def refusing_tangles(network: Network) -> Generator[None]:
    """Within, raise `TooLargeError` where more lines run beside more cards than are laid out."""
    try:
        yield
    except CrowdedError as error:
        raise TooLargeError(f"more lines run through `{network.name}` than can be told apart", _HELP) from error


def _refuse(network: Network, count: int, what: str, most: int) -> None:
    if count > most:
        message = f"`{network.name}` has {count:,} {what}, and pictures are made of at most {most:,}"
        raise TooLargeError(message, _HELP)
