"""The title that a step's `view` gives what it draws."""

from __future__ import annotations

from archc import expr
from archc.diagram.labels import clean
from archc.expr import UNKNOWN, ExprError
from archc.tree import Item


def view_title(item: Item) -> str:
    """`view: {title: "stage {i + 1}"}` with its value; empty where there is none."""
    wanted = item.step.view.get("title")
    if not isinstance(wanted, str):
        return ""
    env: dict[str, object] = {}
    turn = item.turn
    if turn is not None and turn.step.repeat is not None and turn.step.repeat.variable is not None:
        env[turn.step.repeat.variable] = turn.index
    try:
        parts = [part if isinstance(part, str) else expr.evaluate(part, env) for part in expr.parse_template(wanted)]
    except ExprError:
        return ""
    return "" if UNKNOWN in parts else clean("".join(map(str, parts)), 32)
