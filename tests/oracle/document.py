"""A spec as the file has it: YAML read by the 1.2 core schema, and its steps told apart from what stands beside them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from tests.oracle.formulas import mentions, parse
from tests.oracle.operations import FLOATS, MERGE_OPTIONS, MERGES, PORTS, PRIMARY, SOURCES, TEXTS, WORDS

BESIDE = frozenset(("as", "from", "when", "else", "repeat", "expect", "doc", "view", "allow"))
GROUPS = ("Sequential", "side", "chain")


class _Loader(yaml.SafeLoader):
    """YAML with the scalars of the core schema alone."""

    yaml_implicit_resolvers: Mapping[str, Any] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def read(text: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping that a text is."""
    return yaml.load(text, _Loader) if isinstance(text, str) else text


@dataclass(eq=False, slots=True)
class Step:
    """One step; `key` is its op, block, group or parameter."""

    key: str
    args: Any
    name: str | None = None
    results: tuple[str, ...] = ()
    sources: list[tuple[str, str]] | None = None
    """Pairs of port ("" where only the order counts) and name."""
    when: Any = None
    other: Any = None
    """What stands under `else`, as the file has it."""
    otherwise: Chain | None = None
    """The same as a chain."""
    has_else: bool = False
    repeat: Any = None
    expect: Any = None
    group: Chain | None = None
    branches: dict[str, Chain] | None = None
    serial: int = field(default_factory=itertools.count().__next__)
    """Its place in the text."""


@dataclass(eq=False, slots=True)
class Chain:
    """Steps one after the other; `lone` where one step stands without a list around it."""

    steps: list[Step]
    lone: bool = False


@dataclass(eq=False, slots=True)
class Definition:
    """The network, or a block."""

    name: str
    params: Mapping[str, Any]
    lets: Mapping[str, Any]
    inputs: list[str]
    outputs: Mapping[str, Any]
    chain: Chain
    numbered: bool
    whole: set[str] = field(default_factory=set)
    """Those lets of which a whole number is wanted somewhere."""


def chain_of(value: Any) -> Chain:
    """A chain: a list of steps, or one step."""
    if isinstance(value, list):
        return Chain([step_of(item) for item in value])
    lone = not isinstance(value, dict) or "repeat" not in value or "as" in value
    return Chain([step_of(value)], lone=lone)


def step_of(value: Any) -> Step:
    """One step."""
    if isinstance(value, str):
        return Step(value, None)
    keys = [key for key in value if key not in BESIDE]
    key = keys[0] if keys else "repeat"
    step = Step(key, value[key], when=value.get("when"), expect=value.get("expect"))
    step.repeat = value.get("repeat") if keys else None
    named = value.get("as")
    step.name, step.results = (None, tuple(named)) if isinstance(named, list) else (named, ())
    step.sources = _sources(value.get("from"))
    if key in GROUPS:
        step.group = chain_of(step.args)
    if key in MERGES:
        _read_merge(step)
    step.has_else = "else" in value
    if step.has_else:  # what is within the step stands before what may be in its place
        step.other = value["else"]
        step.otherwise = chain_of(step.other)
    if step.otherwise is not None and step.otherwise.lone:
        _put_in_place(step, step.otherwise.steps[0])
    return step


def _put_in_place(step: Step, other: Step) -> None:
    """Give a lone step under `else` the name of the step whose place it takes, and its tensors."""
    other.name, other.results = step.name, step.results
    other.sources = step.sources if other.sources is None else other.sources
    other.expect = step.expect if other.expect is None else other.expect


def _sources(given: Any) -> list[tuple[str, str]] | None:
    if given is None:
        return None
    if isinstance(given, dict):
        return list(given.items())
    return [("", name) for name in (given if isinstance(given, list) else [given])]


def _read_merge(step: Step) -> None:
    """Tell apart the options, branches and names of a merging op."""
    given = step.args
    if isinstance(given, list):
        step.sources, step.args = _sources(given), None
        return
    if not isinstance(given, dict):
        return
    forks = given.get("branches")
    if forks is None and not set(given) <= set(MERGE_OPTIONS):
        forks, step.args = given, None
    elif forks is not None:
        step.args = {key: value for key, value in given.items() if key != "branches"}
    if isinstance(forks, list):
        step.sources = _sources(forks)
    elif forks is not None:
        step.branches = {name: chain_of(value) for name, value in forks.items()}


def definition_of(name: str, given: Mapping[str, Any], inputs: list[str]) -> Definition:
    """The network or a block, its lets not yet known to be whole."""
    steps = given["steps"]
    numbered = isinstance(steps, dict) and list(steps) == ["Sequential"]
    chain = chain_of(steps["Sequential"] if numbered else steps)
    return Definition(
        name, given.get("params") or {}, given.get("let") or {}, inputs, given.get("outputs") or {}, chain, numbered
    )


@dataclass(eq=False, slots=True)
class Document:
    """All definitions of a file."""

    raw: Mapping[str, Any]
    network: Definition
    blocks: dict[str, Definition]

    def alternatives(self, key: str, inside: Definition) -> list[str]:
        """The blocks or ops that a step's key can stand for."""
        for owner in (inside, self.network):
            declared = owner.params.get(key)
            if isinstance(declared, dict) and declared.get("type") == "block":
                return list(declared["choices"])
        return [key]


def document(text: str | Mapping[str, Any]) -> Document:
    """A file with its definitions, and the lets of which whole numbers are wanted."""
    return _document(text) if isinstance(text, str) else _of(text)


@lru_cache(maxsize=8)
def _document(text: str) -> Document:
    return _of(read(text))


def _of(raw: Mapping[str, Any]) -> Document:
    blocks = {
        name: definition_of(name, given, list(given.get("inputs") or ["input"]))
        for name, given in (raw.get("blocks") or {}).items()
    }
    found = Document(raw, definition_of(raw["name"], raw, list(raw["inputs"])), blocks)
    _find_whole(found)
    return found


def _find_whole(found: Document) -> None:
    """Mark the lets of which whole numbers are wanted, until nothing changes."""
    wanted = [(owner, pair) for owner in (found.network, *found.blocks.values()) for pair in _texts(found, owner)]
    before = -1
    while (count := sum(len(owner.whole) for owner in (found.network, *found.blocks.values()))) != before:
        before = count
        lets = [
            (owner, (text, name in owner.whole))
            for owner in (found.network, *found.blocks.values())
            for name, text in owner.lets.items()
        ]
        for owner, (text, whole) in [*wanted, *lets]:
            if not isinstance(text, str):
                continue
            for name, mode in mentions(parse(text), whole):
                home = owner if name in owner.lets else found.network
                if mode and name in home.lets:
                    home.whole.add(name)


def _texts(found: Document, owner: Definition) -> Iterator[tuple[str, bool]]:
    """All expressions of a definition but its lets, each with whether a whole number is wanted."""
    if owner is found.network:
        for shape in found.raw["inputs"].values():
            dims = shape["shape"] if isinstance(shape, dict) else shape
            yield from ((str(dim).partition("=")[2] or str(dim), True) for dim in dims)
        for rule in (found.raw.get("init") or {}).values():
            yield from _rule_texts(rule)
    yield from _chain_texts(found, owner, owner.chain)


def _rule_texts(rule: Any) -> Iterator[tuple[str, bool]]:
    if isinstance(rule, dict):
        for args in rule.values():
            yield from (
                (value, False)
                for name, value in args.items()
                if isinstance(value, str) and name not in ("mode", "nonlinearity")
            )


def _chain_texts(found: Document, owner: Definition, chain: Chain) -> Iterator[tuple[str, bool]]:
    for step in chain.steps:
        if isinstance(step.when, str):
            yield step.when, False
        count = next(iter(step.repeat.values())) if isinstance(step.repeat, dict) else step.repeat
        if isinstance(count, str):
            yield count, True
        for text in (step.name, *step.results):
            yield from ((part, True) for part in holes(text or ""))
        for inner in (step.group, step.otherwise, *(step.branches or {}).values()):
            if inner is not None and not (inner is step.otherwise and isinstance(step.other, str)):
                yield from _chain_texts(found, owner, inner)
        if step.group is None and step.key != "reuse":
            for kind in found.alternatives(step.key, owner):
                yield from _argument_texts(found, kind, step.args)


def _argument_texts(found: Document, kind: str, args: Any) -> Iterator[tuple[str, bool]]:
    if kind in found.blocks:
        params = found.blocks[kind].params
        for name, value in by_param(params, args).items():
            type_ = type_of(params[name]) if name in params else "int"
            if type_ in ("int", "float", "bool", "list[int]", "list[float]", "list[bool]", "table"):
                yield from ((text, "float" not in type_) for text in _flat(value) if isinstance(text, str))
            elif type_ in ("block", "enum"):
                if isinstance(value, str) and value not in params[name]["choices"]:
                    yield value, True
            else:
                yield from ((part, True) for text in _flat(value) if isinstance(text, str) for part in holes(text))
        return
    for name, value in op_arguments(kind, args).items():
        for text in _flat(value):
            if not isinstance(text, str) or text in WORDS:
                continue
            if is_text(kind, name):
                yield from ((part, True) for part in holes(text))
            else:
                yield text, name not in FLOATS


def is_text(op: str, name: str) -> bool:
    """Whether an op's argument is text."""
    return name in TEXTS and not (name == "init" and op not in SOURCES)


def op_arguments(op: str, args: Any) -> Mapping[str, Any]:
    """An op's arguments by name."""
    if args is None:
        return {}
    if isinstance(args, dict):
        return args
    return {PRIMARY[op]: args}


def by_param(params: Mapping[str, Any], args: Any) -> Mapping[str, Any]:
    """A block's arguments by name: given so, in order, or the first one alone."""
    if args is None:
        return {}
    if isinstance(args, dict):
        return args
    return dict(zip(params, args if isinstance(args, list) else [args], strict=False))


def type_of(declared: Any) -> str:
    """The type of a parameter."""
    if isinstance(declared, dict):
        return declared["type"]
    if isinstance(declared, str) and (
        declared in ("int", "float", "bool", "str", "table") or declared.startswith("list[")
    ):
        return declared
    if isinstance(declared, list):
        kinds = {type_of(item) for item in declared}
        return "list[float]" if kinds == {"int", "float"} else f"list[{kinds.pop()}]"
    return type(declared).__name__


def has_default(declared: Any) -> bool:
    """Whether a parameter may be left out."""
    if isinstance(declared, dict):
        return "default" in declared
    return not isinstance(declared, str) or type_of(declared) != declared


def holes(text: str) -> list[str]:
    """The expressions in a template."""
    return re.findall(r"\{([^{}]+)\}", text)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def first_port(document: Document, key: str) -> str:
    """The name of the first input of an op or block; "" where it takes any number, or none."""
    if key in document.blocks:
        return document.blocks[key].inputs[0]
    if key in MERGES or key in GROUPS or key in SOURCES:
        return ""
    return PORTS.get(key, ("input",))[0]
