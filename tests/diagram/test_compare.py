"""Two networks side by side: which cards correspond, and a picture that is true of both."""

from functools import cache

import pytest

import archc
from archc.diagram import engine
from archc.diagram.compose.compare import PLANS, compare_sheet, comparison, lines_of, names_of
from archc.diagram.compose.totals import rows_of
from archc.diagram.pinned import dot_text
from archc.diagram.theme import THEMES
from tests.diagram.slide_ready import Expected, measure, misses

LECTURE = [("lenet", "alexnet"), ("alexnet", "vgg:vgg11"), ("vgg:vgg11", "nin")]
OTHERS = [
    ("resnet18", "resnet34"), ("resnet18", "resnet50"), ("densenet121", "densenet201"), ("resnet18", "resnet18"),
]  # fmt: skip
WIDE = [("googlenet:lecture", "googlenet:torchvision")]
UNLIKE = [
    ("tests/networks/specs/unet.yaml", "tests/networks/specs/vit.yaml"),
    ("lenet", "tests/networks/specs/gpt.yaml"),
]
NOT_ASKED = ("truth", "title", "shapes", "named", "nodes", "smallest text", "node titles")
"""Rows that are about one network: truth is asked of each below, the size of text where it can be."""


@cache
def load(name):
    return archc.load(name)


@cache
def sheet(one, other):
    return compare_sheet(load(one), load(other))


def said(one, other):
    return list(lines_of(comparison(load(one), load(other))))


def test_lenet_and_alexnet_correspond_from_both_ends():
    rows = said("lenet", "alexnet")
    assert rows[1] == ("5×5 Conv 6", "≠", "11×11 Conv 96, /4")
    assert rows[-2] == ("FC 10", "≠", "FC 1000")
    assert [right for left, _, right in rows if not left] == [
        "5×5 Conv 384",
        "5×5 Conv 384",
        "5×5 Conv 256",
        "3×3 MaxPool /2",
    ]


@pytest.mark.parametrize(
    "pair",
    [
        ("vgg:vgg11", "vgg:vgg11_bn"), ("lenet:lecture", "lenet:batchnorm"), ("resnet50", "wide_resnet50_2"),
        ("resnet50", "resnext50_32x4d"),
    ],
    ids=" and ".join,
)  # fmt: skip
def test_no_networks_are_identical_but_those_that_are(pair):
    for plan in PLANS:
        assert "identical" not in comparison(load(pair[0]), load(pair[1]), plan).facts


def test_nothing_corresponds_where_networks_have_nothing_in_common():
    rows = lines_of(comparison(*map(load, UNLIKE[0]), PLANS[2]))
    assert [left for left, mark, _ in rows if mark != " "] == ["image 1 × 64 × 48", "mask 2 × 64 × 48"]


def test_a_network_is_itself():
    compared = comparison(load("resnet18"), load("resnet18"))
    assert {mark for _, mark, _ in lines_of(compared)} == {"="}
    assert compared.facts.startswith("identical")
    assert names_of(load("resnet18"), load("resnet18")) == ("ResNet-18", "ResNet-18")


def test_more_blocks_stand_where_the_other_has_none():
    rows = list(lines_of(comparison(load("resnet18"), load("resnet34"), PLANS[2])))
    assert [mark for _, mark, _ in rows].count("=") == 14
    assert {right for left, _, right in rows if not left} == {"Basic 64", "Basic 128", "Basic 256", "Basic 512"}


def test_the_sums_are_those_of_the_networks():
    rows = {row.name: row for row in rows_of(load("lenet"), load("alexnet"))}
    assert (rows["depth"].one, rows["depth"].other) == ("5", "8")
    assert (rows["parameters"].one, rows["parameters"].other, rows["parameters"].ratio) == ("61.7 k", "56.3 M", "×913")
    assert (rows["input"].one, rows["input"].other) == ("1 × 28²", "3 × 224²")
    depths = [rows_of(load(name), load("lenet"))[0].one for name in ("resnet18", "resnet34", "resnet152", "vgg:vgg16")]
    assert depths == ["18", "34", "152", "16"]


@pytest.mark.parametrize("pair", [*LECTURE, *OTHERS, *WIDE, *UNLIKE], ids=" and ".join)
def test_the_picture_is_true_of_both(pair):
    drawn = sheet(*pair)
    for name, side in zip(pair, "ab", strict=True):
        graph = load(name).graph
        boxes = [box for box in drawn.boxes if box.id.startswith(f"{side}:") and box.fact is not None]
        routes = [route for route in drawn.routes if route.id.startswith(f"{side}:")]
        assert sum(box.fact.nodes for box in boxes) == graph.number_of_nodes()
        assert sum(box.fact.params for box in boxes) == sum(node.params for node in graph)
        assert sum(box.fact.inner for box in boxes) + sum(route.edges for route in routes) == graph.number_of_edges()


@pytest.mark.parametrize("pair", [*LECTURE, *OTHERS], ids=" and ".join)
def test_the_picture_is_ready_for_a_slide(pair):
    drawn = sheet(*pair)
    text = dot_text(drawn, THEMES["light"])
    json, svg = engine.draw(text, "json"), engine.draw(text, "svg")
    measured = measure(json, Expected("", fills=THEMES["light"].fills, page=(960, 540)), svg=svg)
    assert misses(measured, "network", exempt=NOT_ASKED) == ()
    assert measured.text >= 12
    assert measured.title >= 14


@pytest.mark.parametrize("pair", [*WIDE, *UNLIKE], ids=" and ".join)
def test_networks_that_are_wide_or_have_nothing_in_common_can_be_drawn(pair):
    assert sheet(*pair).layout == "compare"
    assert (sheet(*pair).width, sheet(*pair).height) == (960, 540)


BEFORE = """\
archc: 1
name: net
inputs: {x: [8]}
steps:
  - {Linear: 8, as: a}
  - {BatchNorm1d: {eps: 1e-5}, as: norm}
  - {relu: {}, as: b}
  - {sub: [a, b], as: c}
  - {Linear: 4, as: fc}
outputs: {logits: fc, b: b}
"""
EDITS = [
    ("eps: 1e-5", "eps: 0.5", "4 of 5 steps alike"), ("sub: [a, b]", "sub: [b, a]", "also differ: order of operands"),
    ("as: fc}\noutputs: {logits: fc", "as: head}\noutputs: {logits: head", "also differ: names"), ("logits: fc", "scores: fc", "5 of 5 steps alike"),
    ("b: b}", "b: b}\ninit: {Linear.weight: zeros}", "also differ: initial weights"),
    ("logits: fc", "logits: {from: fc, only: train}", "also differ: outputs"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now", "said"), EDITS)
def test_identical_is_said_by_the_test_of_diff(was, now, said):
    one, other = archc.loads(BEFORE), archc.loads(BEFORE.replace(was, now))
    facts = {comparison(one, other, plan).facts for plan in PLANS}
    assert len(facts) == 1, "text and picture say the same whatever they leave out"
    assert said in facts.pop()
    assert not archc.diff(one, other).identical
    assert comparison(one, archc.loads(BEFORE)).facts.startswith("identical")


def test_a_row_that_is_marked_shows_what_differs():
    for was, now, _ in EDITS:
        rows = [
            row
            for row in lines_of(comparison(archc.loads(BEFORE), archc.loads(BEFORE.replace(was, now))))
            if row[1] == "≠"
        ]
        assert all(left != right for left, _, right in rows)
