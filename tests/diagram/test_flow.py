"""The layered layout: what it guarantees for every graph, and what the field's blocks look like in it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.diagram.layout.flow import Edge, Node, Placed, flow
from tests.diagram.flow_rules import GAPS, Net, broken_rules, crossings, middle, pieces


def laid(net: Net, direction: str = "TB") -> Placed:
    placed = flow(net.nodes, net.edges, direction, GAPS)
    assert broken_rules(net.nodes, net.edges, placed) == []
    assert crossings(net.edges, placed) == 0
    return placed


def columns(placed: Placed, *ids: str) -> set[float]:
    return {middle(placed, id)[0] for id in ids}


def residual() -> Net:
    return Net().chain("x", "conv 1", "conv 2", "+", "relu").chain("x", "+", skip=True, order=1)


def test_a_chain_is_one_straight_column():
    net = Net().chain("a", "b", "c")
    placed = laid(net)
    assert len(columns(placed, "a", "b", "c")) == 1
    assert (placed.w, placed.h) == (100, 3 * 36 + 2 * GAPS.between_layers)
    assert all(len(placed.routes[edge.id]) == 2 for edge in net.edges)


def test_one_node_alone():
    placed = flow([Node("a", 30, 20)], [], "LR", GAPS)
    assert (placed.w, placed.h, dict(placed.at)) == (30, 20, {"a": (0, 0, 30, 20)})


def test_nothing_at_all():
    assert flow([], [], "TB", GAPS).w == 0


def test_nodes_have_to_come_in_a_topological_order():
    with pytest.raises(ValueError, match="b does not come before a"):
        flow([Node("a", 1, 1), Node("b", 1, 1)], [Edge("e", "b", "a")], "TB", GAPS)


def test_a_residual_block():
    net = residual()
    placed = laid(net)
    assert len(columns(placed, "x", "conv 1", "conv 2", "+", "relu")) == 1
    shortcut = placed.routes[net.edge("x", "+").id]
    (x, y), (_, top, _, high) = middle(placed, "+"), placed.at["x"]
    assert shortcut[-1] == (x + 12, y), "it enters the circle from its right"
    assert shortcut[0][0] == x and top + high < shortcut[0][1] < placed.at["conv 1"][1], "it branches off below x"
    assert len(shortcut) == 4


def test_to_the_right_is_downwards_turned():
    net = residual()
    placed = laid(net, "LR")
    x, y = middle(placed, "+")
    assert placed.routes[net.edge("x", "+").id][-1] == (x, y + 12), "it enters the circle from below"
    assert {middle(placed, id)[1] for id in ("x", "conv 1", "conv 2", "relu")} == {y}


def test_a_projection_shortcut_stands_in_the_middle_of_its_way_on_the_lane_of_the_next_one():
    net = Net().chain("in", ".", "conv 1", "conv 2", "+1", "conv 3", "conv 4", "+2")
    net.nodes.insert(4, Node("1x1", 44, 44))
    net.chain(".", "1x1", "+1", skip=True, order=1).chain("+1", "+2", skip=True, order=1)
    placed = laid(net)
    lane, height = middle(placed, "1x1")
    assert height == (middle(placed, "conv 1")[1] + middle(placed, "conv 2")[1]) / 2
    assert placed.routes[net.edge("+1", "+2").id][1][0] == lane
    assert placed.routes[net.edge(".", "1x1").id][0][1] == middle(placed, ".")[1], "it leaves from the junction itself"


def test_two_bypasses_come_in_from_either_side():
    net = Net().chain("x", "a", "b", "+").chain("x", "+", skip=True, order=1).chain("a", "+", skip=True, order=2)
    placed = laid(net)
    ends = {placed.routes[edge.id][-1][0] for edge in net.edges if edge.skip}
    x = middle(placed, "+")[0]
    assert ends == {x - 12, x + 12}


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_an_inception_block(direction: str):
    net = Net().chain("in", "1a", "|").chain("in", "2a", "2b", "|", order=1)
    net.chain("in", "3a", "3b", "|", order=2).chain("in", "4a", "4b", "|", order=3).chain("|", "out")
    net.nodes.sort(key=lambda node: ["in", "1a", "2a", "2b", "3a", "3b", "4a", "4b", "|", "out"].index(node.id))
    placed = laid(net, direction)
    k = 0 if direction == "TB" else 1
    branches = [middle(placed, id)[k] for id in ("1a", "2b", "3b", "4b")]
    assert len({b - a for a, b in pairwise(branches)}) == 1, "one pitch"
    assert [slot[k] + slot[k + 2] / 2 for slot in placed.slots["|"]] == branches, "slots below the branches"
    assert middle(placed, "in")[k] == middle(placed, "out")[k] == (branches[0] + branches[3]) / 2
    assert all(len(placed.routes[edge.id]) == 2 for edge in net.edges if edge.head == "|"), "straight into the slots"


def test_a_dense_layer_keeps_the_order_of_its_inputs():
    net = Net().chain("x", "norm", "conv")
    net.chain("x", "|", skip=True).chain("conv", "|", order=1).chain("|", "out")
    placed = laid(net)
    assert len(columns(placed, "x", "norm", "conv", "out")) == 1
    bypass, main = placed.slots["|"]
    assert bypass[0] + bypass[2] == main[0]
    assert placed.routes[net.edge("x", "|").id][-1][0] == bypass[0] + bypass[2] / 2 < placed.at["conv"][0]


def test_a_u_net_of_depth_4():
    net, down, up = Net(), [f"down {i}" for i in range(4)], [f"up {i}" for i in reversed(range(4))]
    steps = [step for i, own in enumerate(up) for step in (own, f"|{3 - i}", f"conv {3 - i}")]
    net.chain("image", *down, "bottom", *steps, "mask")
    for i, own in enumerate(down):
        net.chain(own, f"|{i}", skip=True, order=1)
    placed = laid(net)
    assert len(columns(placed, "image", *down, "bottom", *up, "mask")) == 1
    lanes = [placed.routes[net.edge(own, f"|{i}").id][1][0] for i, own in enumerate(down)]
    assert lanes == sorted(lanes, reverse=True) and len(set(lanes)) == 4, "nested"
    assert lanes[0] - lanes[1] == lanes[1] - lanes[2] == GAPS.track


def test_an_attention_block():
    net = Net().chain("x", "norm", "q", "+qk", "softmax", "+av", "proj", "+", "out")
    net.chain("norm", "k", "+qk", order=1).chain("norm", "v", "+av", order=1).chain("x", "+", skip=True, order=1)
    net.nodes.sort(
        key=lambda node: ["x", "norm", "q", "k", "v", "+qk", "softmax", "+av", "proj", "+", "out"].index(node.id)
    )
    placed = laid(net)
    assert len(columns(placed, "x", "norm", "k", "+av", "proj", "+", "out")) == 1
    q, k, v = (middle(placed, id)[0] for id in "qkv")
    assert k - q == v - k
    assert middle(placed, "+qk")[0] == (q + k) / 2
    assert placed.routes[net.edge("x", "+").id][1][0] > placed.at["v"][0] + placed.at["v"][2]


def test_q_k_and_v_of_one_tensor_enter_at_three_points():
    net = Net().chain("x", "attention").chain("x", "attention", order=1).chain("x", "attention", order=2)
    placed = laid(net)
    ends = [placed.routes[edge.id][-1][0] for edge in net.edges]
    assert ends == [25, 50, 75]
    assert len({placed.routes[edge.id][0] for edge in net.edges}) == 1


def test_an_output_amid_nested_bypasses_crosses_nothing_and_leaves_the_main_way_straight():
    net = Net().chain("image", "e1", "e2", "mid", "d2", "+2", "d1", "+1", "out").chain("mid", "aux", "classes")
    net.chain("e2", "+2", skip=True, order=1).chain("e1", "+1", skip=True, order=1)
    placed = laid(net)
    assert len(columns(placed, "image", "e1", "e2", "mid", "d2", "+2", "d1", "+1", "out")) == 1


def test_one_trunk_carries_a_tensor_to_all_who_read_it():
    net = Net().chain("source", "encoder", "memory")
    net.chain("target", "self 1", "cross 1", "self 2", "cross 2", "self 3", "cross 3", "words")
    for i in (1, 2, 3):
        net.chain("memory", f"cross {i}", order=1)
    placed = laid(net)
    assert len(columns(placed, "target", "cross 1", "cross 2", "cross 3", "words")) == 1, (
        "the first input is the main one"
    )
    uprights = [piece for i in (2, 3) for piece in pieces(placed, net.edge("memory", f"cross {i}"))]
    longest = sorted(uprights, key=lambda piece: piece[0][1] - piece[1][1])[:2]
    assert longest[0][0] == longest[1][0]


def test_a_late_input_waits_for_its_reader():
    net = Net().chain("tokens", "layer 1", "layer 2", "layer 3").chain("mask", "layer 3", order=1)
    net.nodes.sort(key=lambda node: node.id == "layer 3")
    placed = laid(net)
    assert middle(placed, "mask")[1] == middle(placed, "layer 2")[1]


def test_separate_graphs_stand_side_by_side():
    placed = laid(Net().chain("a", "b").chain("c", "d"))
    assert placed.at["c"][0] - placed.at["a"][0] == 100 + GAPS.between_lanes


def test_labels_find_room_beside_their_lines():
    net = Net().chain("a", "b", "c", label=(60, 30))
    across, down = laid(net, "LR"), laid(net)
    (ax, ay), (bx, _) = across.labels[net.edge("a", "b").id], middle(across, "b")
    assert ay + 15 < middle(across, "a")[1] and ax + 30 < bx - 50 and ax - 30 > 100
    assert down.labels[net.edge("a", "b").id][0] - 30 > middle(down, "a")[0]
    assert down.at["b"][1] - 36 > 30


@st.composite
def series_parallel(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    """A line, again and again split in two by a node or doubled."""
    names, lines = ["s", "t"], [("s", "t")]
    for doubled, at in draw(st.lists(st.tuples(st.booleans(), st.integers(0, 99)), max_size=24)):
        tail, head = lines[at % len(lines)]
        if doubled:
            lines.append((tail, head))
            continue
        name = f"n{len(names)}"
        names.insert(names.index(tail) + 1, name)
        lines.remove((tail, head))
        lines += [(tail, name), (name, head)]
    return _dressed(draw, names, lines)


@st.composite
def acyclic(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    """Any directed acyclic graph."""
    names = [f"n{i}" for i in range(draw(st.integers(2, 14)))]
    pair = st.tuples(st.integers(0, len(names) - 1), st.integers(0, len(names) - 1))
    pairs = draw(st.lists(pair.filter(lambda ab: ab[0] < ab[1]), max_size=24))
    return _dressed(draw, names, [(names[a], names[b]) for a, b in pairs])


def _dressed(draw: st.DrawFn, names: list[str], lines: list[tuple[str, str]]) -> tuple[list[Node], list[Edge]]:
    """Kinds and sizes for the nodes; some inputs of merges are bypasses, never the last."""
    heads = [head for _, head in lines]
    nodes: list[Node] = []
    for name in names:
        inputs = heads.count(name)
        kind = draw(st.sampled_from(["card", "circle", "slots"] if inputs > 1 else ["card", "card", "point"]))
        size = {"card": (80, 30), "circle": (24, 24), "slots": (30 * inputs, 24), "point": (5, 5)}[kind]
        nodes.append(Node(name, *size, kind))
    edges: list[Edge] = []
    for i, (tail, head) in enumerate(lines):
        skip = head in heads[i + 1 :] and draw(st.booleans())
        edges.append(Edge(f"e{i}", tail, head, skip, heads[:i].count(head)))
    return nodes, edges


@settings(max_examples=60, deadline=None)
@given(series_parallel(), st.sampled_from(["TB", "LR"]))
def test_series_parallel_graphs_have_no_crossings(graph: tuple[list[Node], list[Edge]], direction: str):
    nodes, edges = graph
    placed = flow(nodes, edges, direction, GAPS)
    assert broken_rules(nodes, edges, placed) == []
    assert crossings(edges, placed) == 0


@settings(max_examples=60, deadline=None)
@given(acyclic(), st.sampled_from(["TB", "LR"]))
def test_every_layout_keeps_the_rules_and_comes_out_the_same_again(
    graph: tuple[list[Node], list[Edge]], direction: str
):
    nodes, edges = graph
    placed = flow(nodes, edges, direction, GAPS)
    assert broken_rules(nodes, edges, placed) == []
    assert placed == flow(nodes, edges, direction, GAPS)


def test_deep_graphs_need_no_recursion():
    net = Net()
    for i in range(400):
        net.chain(f"{i}", f"conv {i}", f"+{i}", f"{i + 1}").chain(f"{i}", f"+{i}", skip=True, order=1)
    placed = flow(net.nodes, net.edges, "TB", GAPS)
    assert len(columns(placed, *(node.id for node in net.nodes))) == 1
