"""Every row of the slide-ready table, on every network and block that ships, at every level and in every theme."""

from functools import cache
from typing import NamedTuple

import pytest

import archc
from archc.diagram import engine
from archc.diagram.compose.choose import network_sheet
from archc.diagram.compose.inside import block_sheet
from archc.diagram.model.definition import instances
from archc.diagram.options import LEVELS, Options
from archc.diagram.pinned import dot_text
from archc.diagram.theme import THEMES
from archc.loading import shipped_specs
from tests.diagram.slide_ready import Expected, measure, misses

NETWORKS = sorted(
    {f"{path.stem}:{variant.name}" for path in shipped_specs() for variant in archc.load(path).spec.variants}
)
EXEMPT = {"print": ("palette",)}
"""Eight greys that all leave room for black text cannot differ by 10; there every card names its op."""


class Case(NamedTuple):
    network: str
    level: str | None
    block: str
    theme: str

    def __str__(self):
        return "-".join(filter(None, (self.network, self.level or self.block or "default", self.theme)))


@cache
def load(name):
    return archc.load(name)


def blocks_of(name):
    """The blocks of a network by name."""
    return sorted({definition.name for definition, _ in instances(load(name).body)})


def cases():
    for name in NETWORKS:
        full = name in FULLY
        for theme in sorted(THEMES) if full else ("light",):
            for level in (None, *LEVELS) if full else (None, "overview", "stages"):
                yield Case(name, level, "", theme)
            for block in blocks_of(name) if full else ():
                yield Case(name, None, block, theme)


FULLY = (
    "alexnet:lecture", "densenet:densenet121", "densenet:densenet201", "densenet:lecture", "googlenet:lecture",
    "googlenet:paper", "googlenet:torchvision", "lenet:lecture", "nin:lecture", "resnet:lecture", "resnet:resnet18",
    "resnet:resnet152", "vgg:vgg16",
)  # fmt: skip
"""At every level, in every theme and block by block; of the other variants the slides in light."""
CASES = list(cases())


@cache
def sheet(network, level, block):
    """A theme moves nothing."""
    options = Options(level=level)
    return block_sheet(load(network), block, options) if block else network_sheet(load(network), options)


def drawn(case):
    return dot_text(sheet(case.network, case.level, case.block), THEMES[case.theme])


def again(case):
    """The text of a picture of the spec read and laid out anew."""
    network, options = archc.load(case.network), Options(level=case.level)
    laid = block_sheet(network, case.block, options) if case.block else network_sheet(network, options)
    return dot_text(laid, THEMES[case.theme])


@cache
def batch():
    """All the pictures, drawn by two processes."""
    texts = [drawn(case) for case in CASES]
    made, svgs = engine.output_of(texts, "json"), engine.draw_many(texts, "svg")
    told = zip(CASES, texts, made.pictures, svgs, strict=True)
    return {case: (text, json, svg, "\n".join(made.said)) for case, text, json, svg in told}


def expected(case):
    network = load(case.network)
    fills, page = THEMES[case.theme].fills, None if case.level == "full" else (960, 540)
    if not case.block:
        params = sum(node.params for node in network.graph)
        return Expected(network.name, network.graph, params, fills=fills, page=page)
    return Expected(case.block.rsplit(".", 1)[-1], None, None, fills=fills, page=page)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_slide_ready(case):
    text, json, svg, said = batch()[case]
    kind = "full" if case.level == "full" else "block" if case.block else "network"
    measured = measure(
        json,
        expected(case),
        stderr=said,
        svg=svg,
        renders=(text, again(case)) if case.theme == "light" and case.level is None else (text,),
    )
    assert misses(measured, kind, exempt=EXEMPT.get(case.theme, ())) == ()
