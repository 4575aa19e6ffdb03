"""Arguments as specs write them, read without archc: expressions evaluated by Python, words left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.property.torch_ops import PRIMARY, Refused

WORDS = ("same", "valid")
TEXTS = ("mode", "padding_mode")
"""Arguments that are text."""
HELPERS = {"min": min, "max": max, "abs": abs, "len": len, "sum": sum, "__builtins__": {}}


def evaluate(value: Any, env: Mapping[str, Any]) -> Any:
    """A value, an expression's value, or a list of them. The language's expressions read as Python's."""
    if isinstance(value, list):
        return tuple(evaluate(item, env) for item in value)
    if not isinstance(value, str):
        return value
    try:
        return eval(value, dict(HELPERS), {"true": True, "false": False, **env})
    except AttributeError as error:
        raise Refused(f"{value}: the input has no such size") from error


def text(template: str, env: Mapping[str, Any]) -> str:
    """Text with `{expression}` parts."""
    return eval(f"f{template!r}", dict(HELPERS), dict(env)) if "{" in template else template


def op_arguments(op: str, args: Any, env: Mapping[str, Any]) -> dict[str, Any]:
    """An op's arguments by name."""
    if args is None:
        return {}
    named = args if isinstance(args, dict) else {PRIMARY[op]: args}
    return {name: _argument(op, name, value, env) for name, value in named.items()}


def _argument(op: str, name: str, value: Any, env: Mapping[str, Any]) -> Any:
    if op == "getitem":  # slices are text as Python writes them
        return tuple(value) if isinstance(value, list) else value
    if isinstance(value, str) and (name in TEXTS or value in WORDS):
        return text(value, env)
    return evaluate(value, env)


def block_arguments(block: Mapping[str, Any], args: Any, env: Mapping[str, Any]) -> dict[str, Any]:
    """A block's parameters: what it is given by name, in order or alone, and defaults for the rest."""
    declared: Mapping[str, Any] = block.get("params", {})
    given = {} if args is None else args
    if not isinstance(given, dict):
        given = dict(zip(declared, given if isinstance(given, list) else [given], strict=False))
    return {
        name: _parameter(how, given[name], env) if name in given else default_of(how) for name, how in declared.items()
    }


def default_of(declared: Any) -> Any:
    """The default of a declaration: a plain value is one."""
    value = declared.get("default") if isinstance(declared, dict) else declared
    return tuple(value) if isinstance(value, list) else value


def _parameter(declared: Any, value: Any, env: Mapping[str, Any]) -> Any:
    """Text that is no choice but a name in scope hands that name's value on."""
    if isinstance(declared, dict) and declared["type"] in ("block", "enum"):
        return value if value in declared["choices"] else env[value]
    return evaluate(value, env)
