"""Which layout a network gets, and what can be asked instead: level, page, style, direction, labels."""

from __future__ import annotations

import json
from itertools import chain, combinations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.diagram.compose.choose import MAX_CARDS, StyleError, network_sheet
from archc.diagram.compose.page import FORMATS
from archc.diagram.options import LEVELS, STYLES, TOLD, Options, Told
from archc.graph import Node
from tests.diagram.random_nets import nets
from tests.diagram.sheet_rules import faults, opaque, sizes
from tests.diagram.sheets import box, cards, drawn, headings, load, notes, route, sheet, text
from tests.property.profile import examples

CHOSEN = {
    "lenet": "columns", "alexnet": "columns", "vgg:vgg16": "columns", "nin": "columns", "resnet18": "columns",
    "resnet50": "overview", "resnet152": "overview", "googlenet:lecture": "overview", "densenet121": "columns",
    "unet": "overview", "siamese": "flow", "bert": "flow",
}  # fmt: skip
UNFOLDED = ("lenet", "alexnet", "vgg:vgg16", "nin", "resnet18")
PAGES = {"16:9": (960, 540), "4:3": (720, 540), "a4": (842, 595)}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_layout_that_is_chosen(name: str) -> None:
    shown = sheet(name)
    assert shown.layout == CHOSEN[name]
    assert (shown.width, shown.height) == (960, 540)
    assert len(opaque(shown)) <= MAX_CARDS
    assert faults(shown) == []


@pytest.mark.parametrize("name", UNFOLDED)
def test_a_network_of_few_layers_is_shown_whole(name: str) -> None:
    assert all(each.fact and each.fact.times == 1 for each in cards(sheet(name)))
    assert sum(each.fact.convs for each in cards(sheet(name)) if each.fact) == convolutions(name)
    assert "folded" not in "".join(run.text for line in sheet(name).title.lines for run in line)


def convolutions(name: str) -> int:
    """Of the graph."""
    return sum(node.op is not None and node.op.family == "conv" for node in load(name).graph)


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("level", [None, "overview", "stages"])
def test_whatever_is_left_out_is_counted(name: str, level: Any) -> None:
    graph = load(name).graph
    facts = [each.fact for each in cards(sheet(name, Options(level=level))) if each.fact]
    assert sum(fact.nodes for fact in facts) == len(graph)
    assert sum(fact.convs for fact in facts) == convolutions(name)
    assert sum(fact.params for fact in facts) == sum(node.params for node in graph)


def test_deep_networks_have_their_block_defined_below() -> None:
    assert headings(sheet("resnet152"), "definition") == [
        "Bottleneck  out, stride, expansion    dashed: when stride != 1 or C != expansion * out"
    ]
    assert headings(sheet("googlenet:lecture"), "definition") == ["Inception  c1, r3, c3, r5, c5, pool"]


@pytest.mark.parametrize(("name", "times"), [("resnet50", (2, 3, 5, 2)), ("resnet152", (2, 7, 35, 2))])
def test_blocks_that_repeat_are_one_card(name: str, times: tuple[int, ...]) -> None:
    folded = [each for each in cards(sheet(name)) if each.fact and each.fact.times > 1]
    assert tuple(each.fact.times for each in folded if each.fact) == times
    assert [f"×{count}" in text(each) for each, count in zip(folded, times, strict=True)] == [True] * 4


def test_the_layers_of_a_dense_block_fold_and_tell_what_varies() -> None:
    assert notes(sheet("densenet121")) == [
        "×6 / in / (64, / 96, / …, / 224)", "×12 / in / (128, / 160, / …, / 480)",
        "×24 / in / (256, / 288, / …, / 992)", "×16 / in / (512, / 544, / …, / 992)",
    ]  # fmt: skip


LEVELLED = {
    "lenet": ("overview", "columns", "full"), "resnet18": ("overview", "columns", "full"),
    "resnet50": ("overview", "columns", "full"), "googlenet:lecture": ("overview", "columns", "full"),
    "densenet121": ("overview", "columns", "full"), "unet": ("overview", None, "full"),
    "siamese": ("flow", "flow", "full"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEVELLED)
def test_levels(name: str) -> None:
    for level, layout in zip(LEVELS, LEVELLED[name], strict=True):
        shown = sheet(name, Options(level=level))
        assert layout in (None, shown.layout)
        assert faults(shown) == []


@pytest.mark.parametrize("name", ["lenet", "resnet18", "siamese", "googlenet:lecture"])
def test_a_poster_holds_every_node_once_with_its_parameters(name: str) -> None:
    graph = load(name).graph
    shown = sheet(name, Options(level="full"))
    paths = sorted(path for each in cards(shown) if each.fact for path in each.fact.paths if ":" not in path)
    assert paths == sorted(node.path for node in graph)
    weighted = [each for each in cards(shown) if each.fact and each.fact.params]
    assert weighted and all("params" in text(each) for each in weighted)
    assert sum(line.edges for line in shown.routes) == graph.number_of_edges()


@pytest.mark.parametrize("fit", PAGES)
@pytest.mark.parametrize("name", ["lenet", "vgg:vgg16", "resnet18", "resnet152", "googlenet:lecture"])
def test_pages(name: str, fit: str) -> None:
    shown = sheet(name, Options(fit=fit))
    assert (shown.width, shown.height) == PAGES[fit]
    assert min(sizes(shown)) >= FORMATS[fit].least
    assert faults(shown) == []


@pytest.mark.parametrize("name", ["lenet", "resnet18", "siamese", "unet"])
def test_a_free_page_is_as_large_as_its_content(name: str) -> None:
    shown = sheet(name, Options(fit="free"))
    right = max(each.x + each.w for each in (*shown.boxes, *shown.frames))
    assert faults(shown) == []
    assert min(sizes(shown)) >= 12
    assert right <= shown.width - 20 + 1e-6


@pytest.mark.parametrize("fit", PAGES)
def test_a_poster_keeps_the_proportions_of_its_page(fit: str) -> None:
    shown = sheet("resnet18", Options(level="full", fit=fit))
    assert shown.width / shown.height == pytest.approx(PAGES[fit][0] / PAGES[fit][1])
    assert min(sizes(shown)) >= 12


DRAWABLE = {
    "lenet": {"columns", "overview", "flow", "volumes"}, "resnet18": {"columns", "overview", "flow"},
    "siamese": {"flow"}, "bert": {"flow"},
}  # fmt: skip


@pytest.mark.parametrize("fit", FORMATS)
@pytest.mark.parametrize("name", DRAWABLE)
def test_styles(name: str, fit: str) -> None:
    found = {style for style in STYLES if is_drawn(name, Options(style=style, fit=fit))}
    assert found >= DRAWABLE[name]
    assert ("volumes" in found) is ("volumes" in DRAWABLE[name])


def is_drawn(name: str, options: Options) -> bool:
    """Whether it can be, and then as asked."""
    try:
        shown = sheet(name, options)
    except StyleError as error:
        assert str(options.style) in str(error)
        return False
    assert shown.layout == options.style
    assert faults(shown) == []
    return True


def test_volumes_are_not_chosen_unless_asked_for() -> None:
    assert all(sheet(name).layout != "volumes" for name in CHOSEN)
    assert sheet("lenet", Options(style="volumes")).layout == "volumes"


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_directions(direction: Any) -> None:
    shown = sheet("siamese", Options(direction=direction))
    line = route(shown, "sub_1", "abs_1")
    (x1, y1), (x2, y2) = line.points[0], line.points[-1]
    assert (y2 > y1 and x1 == x2) if direction == "TB" else (x2 > x1 and y1 == y2)
    assert faults(shown) == []


SUBSETS = [frozenset(chosen) for chosen in chain.from_iterable(combinations(TOLD, count) for count in range(4))]


@pytest.mark.parametrize("labels", SUBSETS, ids=lambda labels: "+".join(sorted(labels)) or "none")
@pytest.mark.parametrize("name", ["vgg:vgg16", "resnet152"])
def test_labels(name: str, labels: frozenset[Told]) -> None:
    shown = sheet(name, Options(labels=labels))
    conv = box(shown, "features.0" if name == "vgg:vgg16" else "conv1")
    assert ("64" in text(conv)) is ("kernel" in labels)
    assert ("params" in text(conv)) is ("params" in labels)
    stages = " ".join([*headings(shown), *(text(line.label) for line in shown.routes if line.label)])
    assert ("²" in stages) is ("shapes" in labels)
    assert faults(shown) == []


def test_every_label_is_tried_here() -> None:
    assert len(SUBSETS) == 2 ** len(get_args(Told))


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "unet", "siamese"])
def test_the_same_twice(name: str) -> None:
    assert network_sheet(load(name)) == sheet(name)


def test_what_cannot_be_read_on_a_page_is_drawn_smaller() -> None:
    steps = "\n".join(
        f"- {{Conv2d: {{out_channels: {8 + at % 5}, kernel_size: {1 + 2 * (at % 2)}, padding: {at % 2}}}, as: c{at}}}"
        for at in range(90)
    )
    shown = drawn(steps)
    assert len(opaque(shown)) > 90
    assert (shown.width, shown.height) == (960, 540)
    assert min(sizes(shown)) < 12
    assert faults(shown) == []


@examples(25)
@given(spec=nets(), level=st.sampled_from((None, *LEVELS)), fit=st.sampled_from(sorted(FORMATS)))
def test_random_networks(spec: dict[str, Any], level: Any, fit: str) -> None:
    net = archc.loads(json.dumps(spec))
    shown = network_sheet(net, Options(level=level, fit=fit))
    assert faults(shown) == []
    assert drawn_nodes(shown) >= {node.path for node in net.graph if isinstance(node, Node)} or level != "full"


def drawn_nodes(shown: Any) -> set[str]:
    """The places of what is drawn, of copies the first."""
    return {path for each in cards(shown) if each.fact for path in each.fact.paths}
