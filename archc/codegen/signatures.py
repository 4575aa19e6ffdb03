"""Holds constructors of generated classes to the declarations: a default that no call leaves out shows in no run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

from archc.codegen.classes import Argument, ClassInfo, Meaning, NetworkInfo, Own, class_infos, network_info
from archc.codegen.probe import in_python, outer_values
from archc.codegen.replay import ProofError, told
from archc.codegen.search import run_probes
from archc.codegen.source import Writer
from archc.codegen.standin import run_source
from archc.codegen.terms import Store, freeze
from archc.expand import Settings, settle
from archc.network import Network


def prove_classes(network: Network) -> None:
    """Raise `ProofError` where a class written for a network is not its definition, by probes and signatures."""
    writer = Writer(network)
    text, whole = writer.write(), network_info(writer)
    infos = tuple(class_infos(writer))
    run_probes(network, text, [*infos, whole])
    compare_signatures(network, text, infos, whole)


def compare_signatures(network: Network, text: str, infos: Sequence[ClassInfo], whole: NetworkInfo) -> None:
    """Raise `ProofError` where an argument, a default or a variant's function is not what the spec declares."""
    with told():
        names = run_source(text, Store())
        for info in infos:
            declared: dict[Meaning, object] = {Own(p.name): p.default for p in info.block.params if not p.required}
            _compare(names, info.name, info.arguments, declared)
        _compare(names, whole.name, whole.arguments, _values(network, None))
        for variant, function in whole.functions:
            _compare_variant(names, whole, function, _values(network, variant))


def _values(network: Network, variant: str | None) -> dict[Meaning, object]:
    """The parameters of the file in a variant; the first where none is named."""
    settled, _ = settle(network.spec, Settings(variant))
    return outer_values(settled) if settled is not None else {}


def _compare(
    names: Mapping[str, Any], name: str, arguments: Sequence[Argument], declared: Mapping[Meaning, object]
) -> None:
    made = names[name].__init__
    found = [parameter for parameter in signature(made).parameters.values() if parameter.name != "self"]
    at = made.__code__.co_firstlineno
    if [p.name for p in found] != [argument.name for argument in arguments]:
        raise ProofError(f"`{name}` takes {', '.join(p.name for p in found)}", at)
    for parameter, argument in zip(found, arguments, strict=True):
        if (parameter.kind is Parameter.KEYWORD_ONLY) is not argument.keyword:
            raise ProofError(f"`{argument.name}` of `{name}` is to be given another way", at)
        default: object = Parameter.empty
        if argument.meanings[0] in declared and not argument.keyword:
            default = in_python(argument, declared[argument.meanings[0]], names)
        if freeze(parameter.default) != freeze(default):
            message = (
                f"the default of `{argument.name}` of `{name}` is {_text(parameter.default)}, not {_text(default)}"
            )
            raise ProofError(message, at)


def _text(default: object) -> str:
    return "left out" if default is Parameter.empty else repr(default)


def _compare_variant(
    names: dict[str, Any], whole: NetworkInfo, function: str, values: Mapping[Meaning, object]
) -> None:
    """Hold the arguments that a variant's function gives to the variant."""
    made = names[whole.name]
    given: dict[str, object] = {}

    def noted(*args: Any, **kwargs: Any) -> None:
        bound = signature(made.__init__).bind(None, *args, **kwargs)
        bound.apply_defaults()
        given.update(bound.arguments)

    at = names[function].__code__.co_firstlineno
    names[whole.name] = noted
    try:
        names[function]()
    finally:
        names[whole.name] = made
    for argument in whole.arguments:
        wanted = in_python(argument, values[argument.meanings[0]], names)
        if freeze(given.get(argument.name)) != freeze(wanted):
            message = f"`{function}` has {argument.name}={given.get(argument.name)!r}, not {wanted!r}"
            raise ProofError(message, at)
