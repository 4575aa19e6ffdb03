"""Values of the wrong kind: for arguments, parameters and declarations."""

from __future__ import annotations

import random
from collections.abc import Iterator

from archc import codes
from archc.diagnostics import Route
from archc.spec.model import BlockCall
from tests.mutation.specimen import Fault, Site, Specimen
from tests.mutation.text import Change
from tests.mutation.writing import args_of, with_argument

POSITIVE = (
    "out_channels", "out_features", "kernel_size", "num_embeddings", "embedding_dim", "hidden_size", "num_heads",
    "groups", "dilation", "stride", "num_layers",
)  # fmt: skip
NOT_WHOLE = ("2.5", "true")
TUPLES = ("kernel_size", "stride", "padding", "dilation")
WORDS = {"padding_mode": "circuler", "mode": "bilinaer", "approximate": "tanhh", "nonlinearity": "rellu"}


def _numbers(specimen: Specimen) -> Iterator[tuple[Site, str]]:
    """Steps with an argument of theirs that is a size, and must be positive."""
    for site in specimen.live:
        if site.op is not None and site.step.when is None:
            yield from ((site, name) for name in args_of(site) if name in POSITIVE)


def _bad_value(specimen: Specimen, rng: random.Random, kind: str, text: str) -> Fault | None:
    places = list(_numbers(specimen))
    if not places:
        return None
    site, name = rng.choice(places)
    change = with_argument(specimen, site, name, text)
    wanted = [codes.BAD_ARGUMENT, codes.WRONG_TYPE]
    return change and specimen.fault(kind, change.start, wanted, change)


def negative_size(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A size below zero."""
    return _bad_value(specimen, rng, "negative_size", str(-rng.randrange(1, 9)))


def no_number(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A fraction or a boolean where a whole number must be."""
    return _bad_value(specimen, rng, "no_number", rng.choice(NOT_WHOLE))


def text_for_number(specimen: Specimen, rng: random.Random) -> Fault | None:
    """Words where a number must be."""
    places = list(_numbers(specimen))
    if not places:
        return None
    site, name = rng.choice(places)
    change = with_argument(specimen, site, name, "sixty four")
    wanted = [codes.BAD_ARGUMENT, codes.WRONG_TYPE, codes.EXPR_SYNTAX, codes.EXPR_NAME]
    return change and specimen.fault("text_for_number", change.start, wanted, change)


def tuple_length(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A tuple of five for an op that works on at most three dimensions."""
    sites = [(s, name) for s, name in _numbers(specimen) if name in TUPLES]
    if not sites:
        return None
    site, name = rng.choice(sites)
    change = with_argument(specimen, site, name, "[1, 1, 1, 1, 1]")
    return change and specimen.fault("tuple_length", change.start, [codes.BAD_ARGUMENT], change)


def list_for_number(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A list where one number must be."""
    sites = [(s, name) for s, name in _numbers(specimen) if name in {"out_channels", "out_features", "hidden_size"}]
    if not sites:
        return None
    site, name = rng.choice(sites)
    change = with_argument(specimen, site, name, "[8, 8]")
    return change and specimen.fault("list_for_number", change.start, [codes.BAD_ARGUMENT], change)


def bad_word(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A word that is not among those an argument takes."""
    sites = [
        (site, name)
        for site in specimen.live
        if site.op is not None and site.step.when is None
        for name in WORDS
        if name in site.op.model_fields
    ]
    if not sites:
        return None
    site, name = rng.choice(sites)
    change = with_argument(specimen, site, name, WORDS[name])
    wanted = [codes.BAD_ARGUMENT, codes.EXPR_NAME]
    return change and specimen.fault("bad_word", change.start, wanted, change)


def missing_argument(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A required argument left out."""
    found = [
        (site, name)
        for site in specimen.calls()
        if site.op is not None
        for name in args_of(site)
        if site.op.model_fields[name].is_required()
    ]
    if not found:
        return None
    site, name = rng.choice(found)
    change = specimen.page.pair_removed((*site.value, name))
    span = specimen.page.key_span(site.value)
    if change is None or span is None:
        return None
    return specimen.fault("missing_argument", span[0], [codes.MISSING_ARGUMENT], change)


def block_value(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A fraction for a block's parameter that takes whole numbers."""
    found: list[tuple[Site, Route]] = []
    for site in specimen.blocks():
        action = site.step.action
        if isinstance(action, BlockCall):
            whole = {p.name for p in specimen.spec.scope.blocks[action.target].params if p.type == "int"}
            found += [(site, arg.where.route) for name, arg in args_of(site).items() if name in whole]
    if not found:
        return None
    change = specimen.page.replaced(rng.choice(found)[1], rng.choice(["2.5", "true"]))
    return change and specimen.fault("block_value", change.start, [codes.BAD_ARGUMENT], change)


def param_default(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A parameter whose default is not of its type."""
    found = [
        ("params", param.name, "default")
        for param in specimen.spec.scope.params
        if param.type in {"int", "float"} and specimen.page.written(("params", param.name, "default"))
    ]
    if not found:
        return None
    change = specimen.page.replaced(rng.choice(found), "many")
    return change and specimen.fault("param_default", change.start, [codes.BAD_PARAM], change)


def param_type(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A parameter of a type that there is not."""
    found = [
        ("params", param.name, "type")
        for param in specimen.spec.scope.params
        if specimen.page.written(("params", param.name, "type"))
    ]
    if not found:
        return None
    change = specimen.page.replaced(rng.choice(found), "numbr")
    return change and specimen.fault("param_type", change.start, [codes.BAD_PARAM], change)


def variant_param(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A variant that sets a parameter which there is not."""
    found = [("variants", variant.name, name) for variant in specimen.spec.variants for name in variant.values]
    if not found:
        return None
    change: Change | None = specimen.page.renamed(rng.choice(found), "no_such_param")
    return change and specimen.fault("variant_param", change.start, [codes.UNKNOWN_PARAM], change)


def variant_value(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A variant that gives a parameter a value of another type."""
    types = {param.name: param.type for param in specimen.spec.scope.params}
    found = [
        ("variants", variant.name, name)
        for variant in specimen.spec.variants
        for name in variant.values
        if types[name] in {"int", "float"}
    ]
    if not found:
        return None
    change = specimen.page.replaced(rng.choice(found), "plenty")
    return change and specimen.fault("variant_value", change.start, [codes.BAD_PARAM], change)


def unknown_dtype(specimen: Specimen, rng: random.Random) -> Fault | None:
    """An input of a dtype that there is not."""
    found = [("inputs", decl.name, "dtype") for decl in specimen.spec.inputs]
    found = [route for route in found if specimen.page.written(route)]
    if not found:
        return None
    change = specimen.page.replaced(rng.choice(found), "integer")
    return change and specimen.fault("unknown_dtype", change.start, [codes.WRONG_TYPE], change)
