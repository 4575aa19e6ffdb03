"""A chart for a slide: where the parameters, the multiply-adds and the memory of a network are, stage by stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from archc.cost.groups import by_prefix
from archc.cost.nodes import Cost, costs, total
from archc.diagram.metrics import fine_width
from archc.diagram.svg import FONT
from archc.diagram.theme import COLOURED, Theme, legend_word
from archc.graph import Node
from archc.network import Network
from archc.report.terminal import visible
from archc.summary import bytes_text, short

WIDTH, HEIGHT = 960, 540
MARGIN = 36
GAP = 30
"""Between columns."""
TOP, BOTTOM = 128, 482
"""The bars stand between these."""
TITLE, HEAD, TEXT = 24.0, 16.0, 14.0
NAMES = 200
"""The most room for the names of rows."""
MOST, PITCH = 15, 42.0
"""How many rows there are at most, and how far apart they are."""
SMALL = 0.01
"""A row with less of everything stands among the others."""
OTHER = "other"
_LONGEST = 500
"""More characters than this never have room."""
_NOTHING = "No layer of this network has parameters, multiply-adds or results that are kept."


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the chart."""

    title: str
    of: Callable[[Cost], int]
    text: Callable[[int], str]


MEASURES = (
    Measure("Parameters", lambda cost: cost.params, short),
    Measure("MACs", lambda cost: cost.macs, short),
    Measure("Kept in training", lambda cost: cost.memory, bytes_text),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A stage: what its ops cost together, by their family."""

    name: str
    parts: Mapping[str, Cost]

    def size(self, measure: Measure) -> int:
        """All parts together."""
        return sum(measure.of(cost) for cost in self.parts.values())


def draw_chart(network: Network, theme: Theme, batch: int = 1) -> bytes:
    """The chart as SVG, of the size of a 16:9 slide."""
    rows = chart_rows(network, batch)
    content = (*_bars(rows, theme), *_legend(rows, theme)) if rows else (_text(MARGIN, TOP, _NOTHING, theme.ink),)
    return "\n".join([*_frame(network, theme, batch), *content, "</svg>", ""]).encode()


def chart_rows(network: Network, batch: int = 1) -> Sequence[Row]:
    """The stages in their order, as deep as there is room for; those that cost next to nothing are one row at the end.

    Layers without multiply-adds stand with the one before. Long chains, as in VGG, are cut behind each pooling alone.
    """
    each = costs(network, batch)
    depths = range(1, max(node.path.count(".") for node in each) + 2)
    levels = [[_row(name, nodes, each) for name, nodes in by_prefix(each, depth)] for depth in depths]
    choices = [_folded(_parted(rows, cut)) for rows in levels for cut in (_weighs, _follows_pool)]
    fitting = [rows for rows in choices if len(rows) <= MOST]
    return max(fitting, key=len) if fitting else _fewest(_parted(levels[0], _weighs))


def _weighs(before: Row, row: Row, params: int) -> bool:
    """Whether a row has multiply-adds, or a good part of the parameters as an embedding has."""
    return any(cost.macs for cost in row.parts.values()) or row.size(MEASURES[0]) > SMALL * params


def _follows_pool(before: Row, row: Row, params: int) -> bool:
    """Whether the row before ends with a pooling, or this is a fully connected layer."""
    return "pool" in before.parts or ("linear" in row.parts and _weighs(before, row, params))


def _parted(rows: Sequence[Row], cut: Callable[[Row, Row, int], bool]) -> Sequence[Row]:
    """Neighbours of one chain joined where there is no cut between them; numbered ones as `features.0 - 4`."""
    params = sum(row.size(MEASURES[0]) for row in rows)
    runs: list[list[Row]] = []
    for row in rows:
        before = runs[-1][-1] if runs else None
        if before is not None and _parent(before.name) == _parent(row.name) and not cut(before, row, params):
            runs[-1].append(row)
        else:
            runs.append([row])
    siblings = Counter(_parent(row.name) for row in rows)
    return [run[0] if len(run) == 1 else _together(_span(run, siblings), run) for run in runs]


def _span(run: Sequence[Row], siblings: Mapping[str, int]) -> str:
    """What joined rows are called: as their parent where they are all that it has."""
    parent, last = _parent(run[0].name), _own(run[-1].name)
    if parent and siblings[parent] == len(run):
        return parent
    return f"{run[0].name} - {last}" if last.isdigit() else run[0].name


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _own(path: str) -> str:
    return path.rpartition(".")[2]


def _row(name: str, nodes: Sequence[Node], each: Mapping[Node, Cost]) -> Row:
    def family(node: Node) -> str:
        own = node.op.family if node.op is not None else OTHER
        return own if own in COLOURED else OTHER

    ordered = sorted(nodes, key=family)
    return Row(name, {key: total([each[node] for node in run]) for key, run in groupby(ordered, key=family)})


def _folded(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows of little importance joined into one."""
    wholes = [sum(row.size(measure) for row in rows) for measure in MEASURES]

    def matters(row: Row) -> bool:
        return any(row.size(m) >= SMALL * whole > 0 for m, whole in zip(MEASURES, wholes, strict=True))

    return _joined(rows, [row for row in rows if not matters(row)])


def _fewest(rows: Sequence[Row]) -> Sequence[Row]:
    """As many rows as there is room for, those that cost least joined."""
    wholes = [sum(row.size(measure) for row in rows) or 1 for measure in MEASURES]
    ranked = sorted(rows, key=lambda row: max(row.size(m) / w for m, w in zip(MEASURES, wholes, strict=True)))
    return _joined(rows, ranked[: len(rows) - MOST + 1])


def _joined(rows: Sequence[Row], least: Sequence[Row]) -> Sequence[Row]:
    """The rows with the least of them joined at the end, or gone where they cost nothing at all."""
    others = _together(f"{len(least)} others", least)
    if not any(others.size(measure) for measure in MEASURES):
        return [row for row in rows if row not in least]
    return rows if len(least) < 2 else [*(row for row in rows if row not in least), others]


def _together(name: str, rows: Sequence[Row]) -> Row:
    families = dict.fromkeys(family for row in rows for family in row.parts)
    return Row(name, {f: total([row.parts[f] for row in rows if f in row.parts]) for f in families})


def _frame(network: Network, theme: Theme, batch: int) -> Sequence[str]:
    """The page, the title, and what the numbers are of."""
    title = visible(network.spec.title)
    sizes = ", ".join(f"{name} = {size}" for name, size in network.settled.sizes.items())
    samples = "one sample" if batch == 1 else f"{batch:,} samples"
    told = f"{network.name}, {samples}{f' at {sizes}' if sizes else ''}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}pt" height="{HEIGHT}pt" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="{FONT}">',
        f"<title>{escape(title)}: where parameters, MACs and memory are</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{theme.page}"/>',
        _text(MARGIN, 52, _cut(title, WIDTH - 2 * MARGIN, TITLE, bold=True), theme.ink, TITLE, bold=True),
        _text(MARGIN, 76, _cut(told, WIDTH - 2 * MARGIN, TEXT), theme.faint),
    )


def _bars(rows: Sequence[Row], theme: Theme) -> Sequence[str]:
    """The names of the rows, and a column of bars for each measure."""
    names = min(NAMES, max(fine_width(row.name, TEXT) for row in rows))
    pitch = min(PITCH, (BOTTOM - TOP) / len(rows))
    made: list[str] = []
    for at, row in enumerate(rows):
        y = TOP + (at + 0.5) * pitch
        made.append(_text(MARGIN + names, y + 0.35 * TEXT, _begun(row.name, names), theme.ink, end=True))
    left = MARGIN + names + 14
    column = (WIDTH - MARGIN - left - GAP * (len(MEASURES) - 1)) / len(MEASURES)
    for number, measure in enumerate(MEASURES):
        made += _column(measure, rows, left + number * (column + GAP), column, pitch, theme)
    return made


def _column(measure: Measure, rows: Sequence[Row], x: float, width: float, pitch: float, theme: Theme) -> Sequence[str]:
    """A measure's bars, each with its number at its end and, where it is no bar of nothing, its part of the whole."""
    whole = sum(row.size(measure) for row in rows)
    texts = [_number(measure, row.size(measure), whole) for row in rows]
    room = width - max(fine_width(text, TEXT) for text in texts) - 8
    most = max(row.size(measure) for row in rows)
    head, amount = measure.title, measure.text(whole)
    made = [
        _text(x, TOP - 16, head, theme.ink, HEAD, bold=True),
        _text(x + fine_width(head, HEAD, bold=True) + 8, TOP - 16, amount, theme.faint, HEAD),
        f'<line x1="{x:.2f}" y1="{TOP}" x2="{x:.2f}" y2="{TOP + pitch * len(rows):.2f}" stroke="{theme.frame}"/>',
    ]
    for at, (row, text) in enumerate(zip(rows, texts, strict=True)):
        y = TOP + (at + 0.5) * pitch
        thick = min(22.0, 0.72 * pitch)
        end = x
        for family in _ordered(row.parts):
            length = room * measure.of(row.parts[family]) / most if most else 0.0
            if length:
                made.append(_bar(end, y - thick / 2, length, thick, theme, family))
            end += length
        made.append(_text(end + 6, y + 0.35 * TEXT, text, theme.ink if row.size(measure) else theme.faint))
    return made


def _number(measure: Measure, size: int, whole: int) -> str:
    if not size:
        return "none"
    share = 100 * size / whole
    part = f"{share:.0f} %" if share >= 0.5 else "< 1 %"
    return f"{measure.text(size)}, {part}"


def _legend(rows: Sequence[Row], theme: Theme) -> Sequence[str]:
    """What the colours mean, and what the memory is."""
    families = _ordered({family: cost for row in rows for family, cost in row.parts.items()})
    drawn = [f for f in families if any(m.of(row.parts[f]) for row in rows for m in MEASURES if f in row.parts)]
    x, y, made = float(MARGIN), HEIGHT - 22.0, list[str]()
    for family in drawn:
        word = legend_word(family)
        made.append(_bar(x, y - 11, 14, 14, theme, family))
        made.append(_text(x + 20, y + 0.5, word, theme.ink))
        x += 20 + fine_width(word, TEXT) + 22
    return made


def _ordered(parts: Mapping[str, Cost]) -> Sequence[str]:
    """Families as the theme lists them, the others last."""
    return [family for family in (*COLOURED, OTHER) if family in parts]


def _bar(x: float, y: float, width: float, height: float, theme: Theme, family: str) -> str:
    fill = theme.ground if family == OTHER else theme.fill(family)
    border = f' stroke="{theme.outline}" stroke-width="0.6"' if width > 2 else ""
    place = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
    return f'<rect class="{family}" {place} fill="{fill}"{border}/>'


def _text(
    x: float, y: float, words: str, colour: str, size: float = TEXT, *, bold: bool = False, end: bool = False
) -> str:
    weight, anchor = ' font-weight="bold"' if bold else "", ' text-anchor="end"' if end else ""
    return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" fill="{colour}"{weight}{anchor}>{escape(words)}</text>'


def _cut(words: str, room: float, size: float, *, bold: bool = False) -> str:
    """The words, their end left out where there is no room for it."""
    words = words[:_LONGEST]
    if fine_width(words, size, bold) <= room + 0.01:
        return words
    while words and fine_width(f"{words}\u2026", size, bold) > room:
        words = words[:-1]
    return f"{words.rstrip()}\u2026"


def _begun(path: str, room: float) -> str:
    """A path, its beginning left out where there is no room for it: whole names, as long as there are others."""
    if fine_width(path, TEXT) <= room + 0.01:
        return path
    while path and fine_width(f"\u2026{path}", TEXT) > room:
        _, dot, rest = path.partition(".")
        path = rest if dot else path[1:]
    return f"\u2026{path}"
