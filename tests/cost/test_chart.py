"""The chart of costs: right bars, legible text, nothing outside the page or on top of anything else."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import archc
from archc.cost.chart import HEIGHT, MEASURES, WIDTH, chart_rows, draw_chart
from archc.cost.nodes import costs, total
from archc.diagram.metrics import fine_width
from archc.diagram.theme import THEMES

NAMES = ("lenet", "alexnet:torchvision", "vgg:vgg16", "resnet18", "resnet50", "densenet121", "googlenet:paper", "nin")
SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


def texts(name: str, theme: str = "light") -> list[tuple[str, float, Box]]:
    root = ElementTree.fromstring(draw_chart(archc.load(name), THEMES[theme]))
    found: list[tuple[str, float, Box]] = []
    for each in root.iter(f"{SVG}text"):
        words, size, x, y = each.text or "", *(float(each.get(key, "0")) for key in ("font-size", "x", "y"))
        width = fine_width(words, size, each.get("font-weight") == "bold")
        left = x - width if each.get("text-anchor") == "end" else x
        found.append((words, size, (left, y - 0.75 * size, left + width, y + 0.22 * size)))
    return found


def bars(name: str) -> list[Box]:
    root = ElementTree.fromstring(draw_chart(archc.load(name), THEMES["light"]))
    rects = [r for r in root.iter(f"{SVG}rect") if r.get("class")]
    sizes = [tuple(float(r.get(key, "0")) for key in ("x", "y", "width", "height")) for r in rects]
    return [(x, y, x + w, y + h) for x, y, w, h in sizes]


def overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.5 and min(a[3], b[3]) - max(a[1], b[1]) > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_nothing_overlaps_or_leaves_the_page(name: str) -> None:
    words, drawn = texts(name), bars(name)
    assert all(size >= 12 for _, size, _ in words)
    boxes = [box for _, _, box in words]
    assert all(x >= 0 and y >= 0 and right <= WIDTH and bottom <= HEIGHT for x, y, right, bottom in (*boxes, *drawn))
    assert not [(a, b) for at, a in enumerate(words) for b in words[:at] if overlap(a[2], b[2])]
    assert not [(word, bar) for word in words for bar in drawn if overlap(word[2], bar)]


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_are_all_of_the_network(name: str) -> None:
    network = archc.load(name)
    whole = total(tuple(costs(network).values()))
    for measure in MEASURES:
        assert sum(row.size(measure) for row in chart_rows(network)) == measure.of(whole)


def test_bars_are_as_long_as_what_they_show() -> None:
    network = archc.load("alexnet:torchvision")
    svg = draw_chart(network, THEMES["light"]).decode()
    linear = [float(width) for width in re.findall(r'class="linear"[^>]* width="([^"]*)"', svg)]
    params = [58_631_144 - 16_781_312 - 4_097_000, 16_781_312, 4_097_000]
    found = [linear[0] * size / params[0] for size in params]
    assert linear[:3] == pytest.approx(found, abs=0.02)


def test_names_that_would_act_are_escaped() -> None:
    spec = '{archc: 1, name: n, title: "<b>&", inputs: {x: [4]}, steps: [Linear: 2]}'
    svg = draw_chart(archc.loads(spec), THEMES["dark"])
    assert b"<b>" not in svg
    ElementTree.fromstring(svg)


def test_rows_that_are_all_of_a_group_bear_its_name() -> None:
    assert [row.name for row in chart_rows(archc.load("resnet50"))][:5] == [
        "conv1", "layer1", "layer2", "layer3", "layer4",
    ]  # fmt: skip
    assert [row.name for row in chart_rows(archc.load("vgg:vgg16"))][:2] == ["features.0 - 4", "features.5 - 9"]


def test_a_network_that_costs_nothing_has_a_chart_that_says_so() -> None:
    network = archc.loads("archc: 1\nname: net\ninputs: {x: [8]}\nsteps: [{Sequential: [flatten: 1]}]")
    assert "No layer of this network has parameters" in draw_chart(network, THEMES["light"]).decode()
