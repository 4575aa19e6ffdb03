"""A block as its definition: the instance that stands for all, with formulas in place of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archc import expr
from archc.diagram.model.picture import Arrow, Card, Picture
from archc.diagram.model.walk import structure
from archc.expr import Expr, ExprError
from archc.ops.base import Op
from archc.spec.arguments import Args, Formula
from archc.spec.model import Block, BlockCall, Choice, OpCall, Step
from archc.tree import Body, Item, Leaf


@dataclass(frozen=True, slots=True)
class Instance:
    """A block in a network: its place in the module, and what it holds."""

    path: str
    body: Body


def instances(body: Body, prefix: str = "") -> Iterator[tuple[Block, Instance]]:
    """All the blocks of a network, outer ones before what they hold."""
    for item in body.items:
        content = item.content
        if isinstance(content, Leaf):
            continue
        path = prefix + item.name
        if isinstance(content.definition, Block):
            yield content.definition, Instance(path, content)
        yield from instances(content, path + ".")


def kinds(network: Body, block: Block) -> tuple[Instance, ...]:
    """The first instance of each structure that a block has in a network: `when` may drop steps."""
    found: dict[object, Instance] = {}
    for definition, instance in instances(network):
        if definition is block:
            found.setdefault(structure(instance.body), instance)
    return tuple(found.values())


def fullest(among: tuple[Instance, ...]) -> Instance:
    """The instance that drops least."""
    return max(among, key=lambda instance: instance.body.nodes)


def dropped_names(instance: Instance) -> tuple[str, ...]:
    """What an instance lacks of its definition."""
    names = [step.name.plain or step.key if step.name is not None else step.key for step in instance.body.dropped]
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Symbols:
    """Formulas by place in the module and argument, and the places of what `when` may drop."""

    formulas: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    options: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


def with_open_slots(picture: Picture) -> Picture:
    """A definition's picture, whose concatenations tell of channels by the formulas of what they join."""
    cards = {card.id: card for card in picture.cards}
    into = picture.into
    first = next((card.id for card in picture.cards if card.fact.kind == "input"), "")
    return replace(
        picture,
        cards=tuple(
            replace(card, slots=tuple((_slot(cards[arrow.tail], first),) for arrow in _by_order(into[card.id])))
            if card.kind == "slots"
            else card
            for card in picture.cards
        ),
    )


def _by_order(arrows: Sequence[Arrow]) -> Sequence[Arrow]:
    return sorted(arrows, key=lambda arrow: arrow.order)


def _slot(tail: Card, first: str) -> str:
    if tail.fact.kind == "input":
        return "C" if tail.id == first else tail.title
    return tail.detail.split(",")[0] if tail.family in {"conv", "linear"} else ""


def symbols_of(body: Body, known: Mapping[str, object]) -> Symbols:
    """A block's inside in terms of its own parameters; `known` are the values of its file's."""
    formulas: dict[str, Mapping[str, str]] = {}
    options: dict[str, str] = {}
    for path, item, env in _steps(body, _own_names(body, known), ""):
        if item.step.when is not None:
            options[path] = _channels(_text(item.step.when.expr, env), path)
        if isinstance(item.content, Leaf):
            formulas[path] = {
                name: _channels(text, path) for name, text in _formulas(item.step, item.content.op, env).items()
            }
    return Symbols(formulas, tuple(options), tuple(dict.fromkeys(options.values())))


Env = Mapping[str, Expr | object]


def _own_names(body: Body, known: Mapping[str, object]) -> Env:
    """What a block's names stand for: its file's parameters for their values, its lets for what they are made of."""
    if not isinstance(body.definition, Block):
        return {}
    own = {param.name for param in body.definition.params}
    env: dict[str, Expr | object] = {name: value for name, value in known.items() if name not in own}
    for name, formula in body.definition.lets:
        env[name] = expr.substitute(formula.expr, env)
    return env


def _steps(body: Body, env: Env, prefix: str) -> Iterator[tuple[str, Item, Env]]:
    for item in body.items:
        path = prefix + item.name
        inner = _turned(item, env)
        yield path, item, inner
        if isinstance(item.content, Body):
            within = _arguments(item, inner) if isinstance(item.content.definition, Block) else inner
            yield from _steps(item.content, within, path + ".")


def _turned(item: Item, env: Env) -> Env:
    """The names around an item, its loop's variable among them."""
    turn = item.turn
    if turn is None or turn.step.repeat is None or turn.step.repeat.variable is None or turn.step.repeat.rows:
        return env
    return {**env, turn.step.repeat.variable: turn.index}


def _arguments(item: Item, env: Env) -> Env:
    """What a block within is given, in terms of the names around it."""
    body = item.content
    assert isinstance(body, Body)
    given: dict[str, Expr | object] = {**body.args}
    for name, arg in _args(item.step, body):
        if isinstance(arg, Formula):
            given[name] = expr.substitute(arg.expr, env)
    return given


def _args(step: Step, body: Body | None = None) -> Args:
    action = step.action
    if isinstance(action, Choice):
        calls = [call for _, call in action.options if isinstance(call, BlockCall) == (body is not None)]
        action = calls[0] if len(calls) == 1 or (calls and len({repr(call.args) for call in calls}) == 1) else action
    return action.args if isinstance(action, (OpCall, BlockCall)) else ()


def _formulas(step: Step, op: Op, env: Env) -> Mapping[str, str]:
    """The arguments of an op that depend on the block's parameters."""
    found: dict[str, str] = {}
    for name, arg in _args(step):
        if isinstance(arg, Formula) and name in type(op).model_fields:
            text = _text(arg.expr, env)
            if any(letter.isalpha() for letter in text):
                found[name] = text
    return found


def _text(formula: Expr, env: Env) -> str:
    try:
        plain = expr.to_text(expr.simplify(expr.substitute(formula, env)))
    except ExprError:
        plain = expr.to_text(formula)
    return plain.replace(" ** ", "^")


def _channels(text: str, path: str) -> str:
    """`C` for the channels that the block is given, `C′` for those that a block within it is."""
    return text.replace("input.channels", "C′" if "." in path else "C")
