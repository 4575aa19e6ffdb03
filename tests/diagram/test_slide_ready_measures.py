"""What each row of the slide-ready table measures, on cases small enough to see."""

import pytest

import archc
from archc.diagram.engine import draw
from tests.diagram import clashes, looks, truth
from tests.diagram.by_hand import (
    FILLS,
    INK,
    LEGEND,
    LINE,
    SMALL,
    SPEC,
    dot,
    edge,
    frame,
    legend,
    node,
    picture,
    point,
    text,
)
from tests.diagram.colour import contrast, distance
from tests.diagram.drawing import read
from tests.diagram.geometry import crosses, flatten, in_polygon, length_in_box, meeting, near, together


@pytest.fixture(scope="module")
def network():
    return archc.loads(SPEC)


def drawing_of(*parts):
    return read(draw(dot(*parts), "json"))


def box(name, x, y, w=96, h=44):
    return node(name, "tensor", x, y, [name], w, h)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([box("a", 100, 100), box("b", 190, 100)], ["a overlaps b"]),
        ([box("a", 100, 100), box("b", 197, 100)], []),
        ([node("a", "tensor", 100, 100, ["much too long for its box"])], ["'much too long for its box' sticks out of a"]),
        ([text("note", 10, 300, "beside the page")], ["'beside the page' sticks out of the page"]),
        ([box("a", 30, 100)], ["a sticks out of the page"]),
        ([text("note", 100, 120, "words"), box("a", 100, 100)], ["'words' overlaps a"]),
        ([text("note", 100, 120, "words"), text("title", 110, 124, "more")], ["'words' overlaps 'more'"]),
        ([frame("f", "stage", (50, 50, 120, 200), "f", (70, 180)), box("a", 100, 100)], ["the border of cluster_f cuts a"]),
        ([frame("f", "stage", (50, 50, 120, 200), "too wide a heading", (85, 180))], ["'too wide a heading' sticks out of cluster_f"]),
        (
            [box("a", 100, 100), box("b", 400, 100), text("note", 250, 100, "words"), edge("a", "b", (148, 100), (352, 100))],
            ["a -> b runs through 'words'"],
        ),
        (
            [frame("f", "fold", (50, 50, 500, 250), "f", (70, 235)), box("a", 100, 100), box("b", 400, 100),
             edge("a", "b", (100, 122), (100, 249), (400, 249), (400, 122))],
            ["a -> b runs along the border of cluster_f"],
        ),
    ],
)  # fmt: skip
def test_overlaps(parts, said):
    assert list(clashes.overlaps(drawing_of(*parts))) == said


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([edge("a", "c", (148, 100), (552, 100))], ["a -> c runs through b"]),
        ([edge("a", "c", (148, 121), (552, 121))], []),
        ([edge("a", "b", (148, 100), (312, 100)), edge("b", "c", (408, 100), (552, 100))], []),
        ([point("p", 100, 150), edge("a", "c", (100, 122), (100, 150), (600, 150), (600, 122)),
          edge("a", "b", (100, 122), (100, 140), (360, 140), (360, 122))], []),
        ([point("p", 360, 150), edge("a", "c", (100, 122), (100, 150), (600, 150), (600, 122)),
          edge("b", "c", (360, 122), (360, 170), (620, 170), (620, 122))], ["a -> c and b -> c meet in p"]),
    ],
    ids=["straight through", "along its side", "at its ends", "parting in a junction", "meeting in a junction"],
)  # fmt: skip
def test_lines_through_nodes(parts, said):
    drawing = drawing_of(box("a", 100, 100), box("b", 360, 100), box("c", 600, 100), *parts)
    b = drawing.named["b"].box
    assert (b[1], b[3]) == (78, 122)
    assert list(clashes.through(drawing)) == said


ENDS = [box("a", 100, 100), box("b", 500, 100), box("c", 100, 300), box("d", 500, 300)]
A_D = edge("a", "d", (148, 100), (300, 100), (300, 300), (452, 300))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([A_D, edge("c", "b", (148, 300), (200, 300), (200, 200), (400, 200), (400, 100), (452, 100))],
         ["a -> d crosses c -> b at 300, 200"]),
        ([A_D, edge("a", "b", (100, 122), (100, 200), (400, 200), (400, 100), (452, 100))], []),
        ([A_D, edge("b", "a", (452, 99), (148, 99))], ["a -> d and b -> a run together"]),
        ([A_D, edge("c", "d", (148, 300), (452, 300))], ["a -> d and c -> d run together"]),
        ([A_D, edge("c", "d", (100, 322), (100, 400), (444, 400), (444, 300), (452, 300))], []),
        ([A_D, edge("c", "b", (148, 300), (296, 300), (296, 120))], []),
    ],
    ids=["a cross", "one tail", "nearly one line", "one head, a long way together", "one head, at its arrow", "beside it"],
)  # fmt: skip
def test_crossings(lines, said):
    assert list(clashes.crossings(drawing_of(*ENDS, *lines))) == said


def test_a_cross_at_the_corners_of_both_lines_is_one():
    straight = ((0.0, 0.0), (10.0, 0.0), (20.0, 0.0))
    assert crosses(straight, ((10.0, 9.0), (10.0, 0.0), (10.0, -9.0)), (10.0, 0.0))
    assert not crosses(straight, ((4.0, 9.0), (10.0, 0.0), (16.0, 9.0)), (10.0, 0.0))
    assert not crosses(straight, ((10.0, 9.0), (10.0, 0.0)), (10.0, 0.0))


def test_plane_geometry():
    assert flatten([(0, 0), (1, 0), (2, 0), (3, 0)]) == ((0, 0), (3, 0))
    assert len(flatten([(0, 0), (0, 5), (5, 10), (10, 10)])) == 7
    assert meeting((0, 0), (10, 10), (0, 10), (10, 0)) == (5, 5)
    assert meeting((0, 0), (10, 0), (0, 1), (10, 1)) is None
    assert together((0, 0), (10, 0), (4, 1), (20, 1)) == ((4, 0), (10, 0))
    assert together((0, 0), (10, 0), (4, 3), (20, 3)) is None
    assert length_in_box((-5, 5), (15, 5), (0, 0, 10, 10)) == 10
    assert in_polygon([(0, 0), (4, 0), (0, 4)], (1, 1)) and not in_polygon([(0, 0), (4, 0), (0, 4)], (3, 3))
    assert sorted(near([(0, 0, 9, 9), (5, 5, 6, 6), (20, 0, 21, 1)])) == [(0, 1)]
    assert sorted(near([(0, 0, 1, 1)], [(2, 0, 3, 1), (5, 0, 6, 1)], by=1.5)) == [(0, 0)]


def test_colours():
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    red, green = "#cc4444", "#7a7a22"
    assert distance(red, green) > 60 > 35 > distance(red, green, "protanopia")
    assert distance("#808080", "#808080", "tritanopia") == 0


def test_contrast_is_with_what_lies_under_the_text_and_the_line():
    stage = frame("f", "stage", (50, 50, 700, 250), "heading", (100, 235)).replace("#F3F6F9", "#202020")
    drawing = drawing_of(stage, box("a", 150, 100), box("b", 550, 100), edge("a", "b", (198, 100), (502, 100)))
    assert looks.least_text_contrast(drawing) == (contrast(INK, "#202020"), "heading")
    assert looks.least_line_contrast(drawing) == (contrast(LINE, "#202020"), "a -> b")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (LEGEND, []),
        (dict(list(LEGEND.items())[1:]), ["the legend lacks conv"]),
        (LEGEND | {"tensor": "tensor"}, []),
        (LEGEND | {"linear": "pooling"}, ["the legend calls #ee8866 'pooling'"]),
    ],
)
def test_the_legend_lists_the_families_present(words, said):
    nodes = [node(family, family, 100 + 150 * at, 300, [family]) for at, family in enumerate(FILLS)]
    assert list(looks.legend_faults(drawing_of(*nodes, legend(480, 100, words)))) == said


def test_a_legend_has_no_family_that_is_not_there():
    drawing = drawing_of(
        node("a", "conv", 100, 300, ["Conv"]), legend(480, 100, {"conv": "convolution", "pool": "pooling"})
    )
    assert looks.legend_faults(drawing) == ("the legend has #44bb99, which is not drawn",)


@pytest.mark.parametrize(
    ("title", "faults"),
    [
        ("Tiny net, 1,070 parameters, units folded", 0),
        ("Tiny net, 1.1 k parameters, units folded", 0),
        ("Tiny net, 1.0 k parameters, units folded", 1),
        ("Tiny net, 1.07 k parameters", 1),
        ("Another net, 1.07 k parameters, units folded", 1),
        ("Tiny net, 1.07 k parameters, all 4 convolutions", 1),
    ],
)
def test_the_title_is_held_against_the_network(title, faults):
    folded = node("a", "conv", 100, 300, ["Conv"], times=2)
    drawing = drawing_of(folded, text("title", 480, 500, title))
    assert len(list(truth.title_faults(drawing, "tiny_net", 1070, (), 3))) == faults


@pytest.mark.parametrize(
    ("words", "shape"),
    [("64 × 56²", (64, 56, 56)), ("64 × 56 × 48", (64, 56, 48)), ("8 × 4³", (8, 4, 4, 4)), ("512", (512,)), ("x", ())],
)
def test_shapes_are_read_as_people_read_them(words, shape):
    assert truth.shape_in(words) == shape


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("edges=2", "edges=1", "11 edges drawn of 14"),
        ('convs="1"', 'convs="2"', "4 convolutions drawn of 3"),
        ('params="650"', 'params="651"', "1071 parameters drawn of 1070"),
        ('nodes="3"', 'nodes="2"', "12 nodes drawn of 13"),
        ("conv bn relu_1", "conv bn", "1 nodes relu are not drawn, and 0 are folded away"),
        ("flatten_1 fc", "flatten_1 fc pool", "pool is drawn 2 times"),
        ("flatten_1 fc", "flatten_1 fc nothing", "nothing is drawn, and is not in the graph"),
        ("p -> plus", "conv -> plus", "nothing joins stem to plus, as relu_1 -> body.0.add_1 does"),
        ("pool -> fc", "image -> fc", "a line joins image to fc, and no edge of the graph does"),
        ("stem -> p", "image -> p", "nothing joins stem to conv, as relu_1 -> body.0.conv does"),
    ],
)
def test_truth(network, old, new, said):
    assert old in picture()
    drawing = read(draw(picture().replace(old, new), "json"))
    assert said in {*truth.sum_faults(drawing, network.graph), *truth.edge_faults(drawing, network.graph)}


def test_nodes_name_their_ops_by_a_word_of_their_own(network):
    graph = tuple(network.graph)
    parts = [node("a", "conv", 100, 300, ["FC"], paths="conv"), node("b", "conv", 300, 300, ["Up-conv"], paths="conv"),
             node("c", "merge", 500, 300, ["+"], paths="body.0.add_1"), node("d", "linear", 700, 300, ["64"], paths="fc")]  # fmt: skip
    said = looks.unnamed(drawing_of(*parts), graph, ())
    assert said == ("a (conv) says only 'FC'", "d (linear) says only '64'")
    assert looks.unnamed(drawing_of(*parts), graph, ["an FC of 64 units"]) == ("d (linear) says only '64'",)


@pytest.mark.parametrize(("tail", "said"), [("fc", []), ("image", ["nothing joins fc to the output out"])])
def test_an_output_is_joined_to_what_gives_it(tail, said):
    graph = archc.loads(SMALL + "outputs: {logits: fc}").graph
    start = {"fc": 648, "image": 348}[tail]
    parts = [
        node("image", "tensor", 300, 300, ["image"], nodes=1, paths="image"),
        node("fc", "linear", 600, 300, ["FC"], nodes=1, params=90, paths="fc"),
        node("out", "tensor", 800, 300, ["logits"], paths="output:logits"),
        edge("image", "fc", (348, 300), (552, 300), count=1),
        edge(tail, "out", (start, 300), (752, 300)),
    ]
    found = [*truth.sum_faults(drawing_of(*parts), graph), *truth.edge_faults(drawing_of(*parts), graph)]
    assert [fault for fault in found if "nothing joins" in fault] == said
    assert (found == []) == (not said)
