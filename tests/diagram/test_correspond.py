"""Which cards of two networks correspond, and whether those that say the same are the same."""

import archc
from archc.diagram.compose.compare import PLANS, comparison
from archc.diagram.model.correspond import Pair, compacted

NET = """\
archc: 1
name: {name}
inputs: {{image: [3, H=32, W=32]}}
blocks:
  unit:
    params: {{out: int}}
    steps:
      - {{Conv2d: {{out_channels: out, kernel_size: 3, padding: 1}}, as: conv}}
      {inside}
      - add: [mid, input]
steps:
  - {{Conv2d: {{out_channels: 8, kernel_size: 3{conv}}}}}
  {after}
  - {{unit: 8, repeat: 2}}
  - MaxPool2d: {{kernel_size: 2{pool}}}
"""
CLOSED = PLANS[2]


def network(name="one", conv="", after="- ReLU", pool="", inside="- {ReLU: {}, as: mid}"):
    return archc.loads(NET.format(name=name, conv=conv, after=after, pool=pool, inside=inside))


def pairs(other, one=None, plan=CLOSED):
    return comparison(one or network(), other, plan).pairs


def told(found):
    """What both say where they differ."""
    return [(pair.one.detail, pair.other.detail) for pair in found if pair.differs and pair.one.kind != "tensor"]


def test_a_network_is_the_same_as_itself():
    assert all(pair.is_same for plan in PLANS for pair in pairs(network(), plan=plan))


def test_the_same_op_as_a_function_is_the_same():
    assert all(pair.is_same for pair in pairs(network(after="- relu")))


def test_ops_that_go_with_the_main_one_are_told_where_one_has_them_alone():
    assert told(pairs(network(after="- BatchNorm2d\n  - ReLU"))) == [("8", "8 + BN")]
    assert told(pairs(network(after="- Tanh"))) == [("8 + ReLU", "8 + Tanh")]


def test_arguments_that_no_card_says_are_told_where_they_differ():
    assert told(pairs(network(conv=", bias: false"))) == [("8", "8, no bias")]
    assert told(pairs(network(conv=", padding: 1"))) == [("8", "8, padding 1")]
    assert told(pairs(network(pool=", padding: 1"))) == [("/2", "/2, padding 1")]


def test_blocks_of_one_name_are_compared_by_what_is_inside():
    found = pairs(network(inside="- BatchNorm2d\n      - {ReLU: {}, as: mid}"))
    assert told(found) == [("8", "8 + BN")] * 2


def test_what_a_card_is_given_makes_no_difference():
    found = pairs(archc.load("vgg:vgg11"), archc.load("alexnet"), PLANS[0])
    assert [pair.one.title for pair in found if pair.is_same] == ["image", "FC", "FC", "FC", "logits"]


def test_an_auxiliary_head_corresponds_to_nothing_but_another():
    found = comparison(archc.load("googlenet:lecture"), archc.load("googlenet:torchvision"), CLOSED).pairs
    blocks = [pair for pair in found if pair.one is not None and pair.one.kind == "block"]
    assert len(blocks) == 9
    assert all(pair.other is not None and pair.other.detail == f"{pair.one.detail} + BN" for pair in blocks)
    assert all(pair.other.cells == (*pair.one.cells, "+ BN") for pair in blocks)
    assert {pair.other.title for pair in found if pair.one is None} == {"Head", "aux1", "aux2"}


def test_what_either_has_alone_can_share_a_row():
    found = comparison(*(archc.load(f"tests/networks/specs/{name}.yaml") for name in ("unet", "vit")), CLOSED).pairs
    rows = compacted(found)
    assert len(rows) < len(found)
    for side in ("one", "other"):
        kept = [[getattr(pair, side) for pair in each if getattr(pair, side)] for each in (found, rows)]
        assert kept[0] == kept[1]
    assert [pair for pair in rows if not pair.is_alone] == [pair for pair in found if not pair.is_alone]
    assert compacted([Pair(None, None)]) == ()
