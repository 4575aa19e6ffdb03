"""The checker of slides checks: a good picture passes, and one spoilt in one way fails in that row alone."""

from dataclasses import dataclass, field, replace

import pytest

import archc
from archc.diagram.engine import draw, draw_many, output_of
from tests.diagram.by_hand import FILLS, INK, LEGEND, LINE, SMALL, SPEC, edge, node, picture, small_picture
from tests.diagram.colour import contrast, least_distance
from tests.diagram.slide_ready import ROWS, Expected, measure, misses, table


@pytest.fixture(scope="session")
def network():
    return archc.loads(SPEC)


@dataclass(frozen=True)
class Spoilt:
    """A good picture with something replaced: in its DOT, in its SVG, or in what goes with it."""

    row: str
    swaps: tuple[tuple[str, str], ...] = ()
    source: str = field(default_factory=picture)
    fills: bool = True
    svg: tuple[str, str] = ("", "")
    given: dict = field(default_factory=dict)
    kind: str = "network"
    also: tuple[str, ...] = ()
    """Rows that cannot but fail along with it: text of a point is not where Graphviz says."""

    @property
    def text(self):
        text = self.source
        for old, new in self.swaps:
            assert old in text
            text = text.replace(old, new)
        return text


CROWD = "".join(node(f"t{at}", "tensor", 565 + at % 20 * 18, 120 + at // 20 * 30, ["t"], 14, 20) for at in range(40))
TWO_UP = edge("conv", "plus", (345, 282), (345, 390), (415, 390), (415, 260), (438, 260), count=2)
THROUGH = edge("p", "plus", (268, 262), (268, 276), (450, 276), (450, 272), count=2, skip=True)
SKIPPED = edge("p", "plus", (268, 262), (268, 320), (450, 320), (450, 272), count=2, skip=True)
STRAIGHT = edge("conv", "plus", (393, 260), (438, 260), count=2)
SPOILT = [
    Spoilt("smallest text", (('<FONT POINT-SIZE="13">/2', '<FONT POINT-SIZE="11">/2'),)),
    Spoilt("node titles", (("<B>MaxPool</B>", '<FONT POINT-SIZE="13"><B>MaxPool</B></FONT>'),)),
    Spoilt("text on A0", (('<FONT POINT-SIZE="13">/2', '<FONT POINT-SIZE="1">/2'),), kind="full", also=("overlaps",)),
    Spoilt("nodes", (("edge [", CROWD + "edge ["),)),
    Spoilt("aspect", source=picture(440, 415, 165, 130)),
    Spoilt("coverage", source=small_picture()),
    Spoilt("overlaps", (("<B>MaxPool</B>", "<B>MaxPooling of everything</B>"),)),
    Spoilt("edges through nodes", ((SKIPPED, THROUGH),)),
    Spoilt("crossings", ((STRAIGHT, TWO_UP),)),
    Spoilt("stderr", given={"stderr": "Warning: node 'a', graph 'b' size too small for label"}),
    Spoilt("text contrast", (("<B>3×3 Conv</B>", '<FONT COLOR="#FFFFFF"><B>3×3 Conv</B></FONT>'),)),
    Spoilt("line contrast", ((LINE, "#B0B8C0"),)),
    Spoilt("palette", ((FILLS["pool"], "#EE8C66"),), fills=False),
    Spoilt("colours", ((FILLS["pool"], "#33AA88"),)),
    Spoilt("named", (("<B>3×3 Conv</B>", "<B>3×3 step</B>"),)),
    Spoilt("legend", ((LEGEND["pool"], "something"),)),
    Spoilt("title", (("1.07 k param", "1.08 k param"),)),
    Spoilt("shapes", (("<B>Stem</B>  4 × 8²", "<B>Stem</B>  1 × 4 × 8²"), ("<B>Body</B>  4 × 8²", "<B>Body</B>"))),
    Spoilt("truth", (("edges=2", "edges=1"),)),
    Spoilt("determinism", given={"renders": (b"one", b"other")}),
    Spoilt("editable", svg=('id="pool"', 'id="other"')),
]  # fmt: skip


@pytest.fixture(scope="session")
def drawn():
    """All pictures of these tests as JSON and SVG, drawn by one process for each."""
    texts = [picture(), *(spoilt.text for spoilt in SPOILT)]
    return dict(zip(texts, zip(draw_many(texts, "json"), draw_many(texts, "svg"), strict=True), strict=True))


def of(network, **own):
    params = sum(each.params for each in network.graph)
    return Expected(**{"name": network.name, "graph": network.graph, "params": params, "fills": FILLS, **own})


@pytest.mark.parametrize("kind", ["network", "block", "full", "free"])
def test_a_good_picture_passes(drawn, network, kind):
    found, svg = drawn[picture()]
    measured = measure(found, of(network), stderr="\n".join(output_of((picture(),), "svg").said), svg=svg)
    assert misses(measured, kind) == ()


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: spoilt.row)
def test_a_spoilt_picture_fails_in_its_row_alone(drawn, network, spoilt):
    found, svg = drawn[spoilt.text]
    small = spoilt.row == "coverage"
    expected = of(archc.loads(SMALL) if small else network)
    expected = expected if spoilt.fills else replace(expected, fills={})
    svg = svg.decode().replace(*spoilt.svg).encode()
    measured = measure(found, expected, svg=svg, **spoilt.given)
    assert [miss.partition(":")[0] for miss in misses(measured, spoilt.kind)] == [spoilt.row, *spoilt.also]
    assert misses(measured, spoilt.kind, exempt=[spoilt.row, *spoilt.also]) == ()


def test_every_row_is_spoilt_once():
    assert sorted(spoilt.row for spoilt in SPOILT) == sorted(ROWS)


def test_no_row_is_exempt_by_a_wrong_name(drawn, network):
    measured = measure(drawn[picture()][0], of(network))
    with pytest.raises(ValueError, match="crosings"):
        misses(measured, "network", exempt=["crosings"])


def test_figures_of_the_good_picture(drawn, network):
    measured = measure(drawn[picture()][0], of(network))
    assert (measured.text, measured.title, measured.nodes, measured.families) == (13, 15, 6, 4)
    assert measured.coverage == pytest.approx(900 * (517 - 38) / (960 * 540), rel=0.03)
    assert measured.aspect == pytest.approx(900 / 479, rel=0.03)
    assert measured.contrast[0] == pytest.approx(contrast(INK, FILLS["conv"]), rel=0.2)
    assert measured.palette == least_distance(list(FILLS.values()))


def test_text_is_fitted_to_the_slide():
    measured = measure(draw(picture(page=(1920, 1080)), "json"), Expected("Tiny-Net"))
    assert (measured.text, measured.title, measured.own) == (6.5, 7.5, (13, 15))


def test_the_table_has_what_fails_in_bold_and_what_is_not_asked_in_brackets(drawn, network):
    spoilt = next(each for each in SPOILT if each.row == "crossings")
    measured = measure(drawn[spoilt.text][0], of(network))
    head, _, slide, poster = table([("slide", measured, "network"), ("poster", measured, "full")]).splitlines()
    column = head.split(" | ").index("crossings")
    assert slide.split(" | ")[column] == "**2**"
    assert poster.split(" | ")[1] == "(13.0)"


def test_the_page_has_the_size_asked_for(drawn, network):
    assert measure(drawn[picture()][0], of(network, page=(960, 540))).overlaps == ()
    assert measure(drawn[picture()][0], of(network, page=(960, 720))).overlaps == (
        "the page is 960 x 540, not 960 x 720",
    )
