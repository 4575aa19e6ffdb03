"""Pictures as one web page that needs nothing else: blocks that open and close, and a tooltip with each box's facts.

Without scripts the page is the main picture followed by the insides of its blocks, as it is when printed.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from html import escape
from pathlib import Path

from archc.diagram.inline import inline_svg, page_id
from archc.diagram.labels import amount, clean
from archc.diagram.sheet import Box, Fact, Sheet
from archc.diagram.theme import Theme
from archc.marks import MARK

_HERE = Path(__file__).parent
_HEADING, _KIND, _PLACE = 80, 120, 200
"""Characters shown of free text."""
_COLOURS = ("page", "ink", "faint", "accent", "edge", "ground", "frame", "outline")
_FONT = "Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class _Tip:
    """What the page's script knows of a box."""

    kind: str
    times: int
    rows: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    """The routes into it and out of it."""
    opens: str | None
    """The section that shows its inside."""


@dataclass(frozen=True, slots=True)
class _Opener:
    """A box that opens a sheet, and the sheet it is on."""

    sheet: Sheet
    box: Box
    fact: Fact


def html_text(sheets: Sequence[Sheet], svgs: Sequence[bytes], theme: Theme, *, title: str) -> str:
    """A page of the first sheet, and of the others as the insides of the boxes that open them.

    `svgs` are Graphviz's drawings of the sheets, in their order.
    """
    drawn = {sheet.id: svg for sheet, svg in zip(sheets, svgs, strict=True)}
    openers = _openers(sheets)
    style = f"\n{_variables(theme)}\n{_asset('viewer.css')}"
    script = f"\n{_asset('viewer.js')}"
    main, *insides = _reading_order(sheets)
    return "\n".join(
        [
            f"<!DOCTYPE html>\n<!-- {MARK} -->",
            '<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(clean(title, _PLACE))}</title>",
            f"<style>{style}</style>\n</head>\n<body>",
            _TOOLS,
            f'<main>\n<section class="sheet main" id="{page_id(main.id)}">\n{_view(main, drawn)}\n</section>',
            '<div class="insides">',
            *(_inside(sheet, openers.get(sheet.id, ()), drawn) for sheet in insides),
            '</div>\n</main>\n<div id="/tip" class="tip" role="tooltip" hidden></div>',
            f'<script type="application/json">{_data(sheets, frozenset(drawn) - {main.id})}</script>',
            f"<script>{script}</script>\n</body>\n</html>\n",
        ]
    )


_TOOLS = """<div class="tools" role="group" aria-label="Picture" hidden>
<button type="button" data-does="open">Open all</button>
<button type="button" data-does="close">Close all</button>
<button type="button" data-does="reset">Reset view</button>
</div>"""


def _openers(sheets: Sequence[Sheet]) -> Mapping[str, Sequence[_Opener]]:
    """The boxes that open each sheet, in reading order."""
    found: dict[str, list[_Opener]] = {}
    for sheet in sheets:
        for box in sheet.boxes:
            if box.fact is not None and box.fact.opens is not None:
                found.setdefault(box.fact.opens, []).append(_Opener(sheet, box, box.fact))
    return found


def _reading_order(sheets: Sequence[Sheet]) -> Sequence[Sheet]:
    """The main sheet, then each inside behind the sheet with the first box that opens it."""
    by_id = {sheet.id: sheet for sheet in sheets}
    order: dict[str, Sheet] = {}
    for first in sheets:
        waiting = [first]
        while waiting:
            sheet = waiting.pop()
            if sheet.id in order:
                continue
            order[sheet.id] = sheet
            opened = [box.fact.opens for box in sheet.boxes if box.fact is not None and box.fact.opens is not None]
            waiting += [by_id[each] for each in reversed(opened) if each in by_id]
    return tuple(order.values())


def _view(sheet: Sheet, drawn: Mapping[str, bytes]) -> str:
    return f'<div class="view">\n{inline_svg(drawn[sheet.id], sheet.id, clean(sheet.name, _PLACE))}\n</div>'


def _inside(sheet: Sheet, openers: Sequence[_Opener], drawn: Mapping[str, bytes]) -> str:
    """The section of a block's inside: where it belongs, its facts, its picture."""
    own = page_id(sheet.id)
    heading, facts = clean(sheet.name, _HEADING), ""
    if openers:
        first = openers[0]
        paths = [path for each in openers for path in each.fact.paths]
        trail = (clean(first.sheet.name, _HEADING), _places(paths, _HEADING))
        heading = " › ".join(part for part in trail if part)
        facts = " · ".join(_summary(first.fact)) if len(openers) == 1 else ""
    return (
        f'<section class="sheet inside" id="{own}" aria-labelledby="{own}:heading">\n<header>\n'
        f'<h2 id="{own}:heading" dir="auto">{escape(heading)}</h2>\n'
        f'<p dir="auto">{escape(facts)}</p>\n'
        f'<button type="button" class="close" aria-label="Close {escape(heading)}" hidden>×</button>\n'
        f"</header>\n{_view(sheet, drawn)}\n</section>"
    )


def _summary(fact: Fact) -> Iterator[str]:
    yield f"{clean(fact.kind, _KIND)} × {fact.times}" if fact.times > 1 else clean(fact.kind, _KIND)
    yield _shapes(fact)
    yield f"{amount(fact.params)} parameters"
    yield f"{amount(fact.macs)} MACs"
    yield clean(fact.where, _PLACE)


def _data(sheets: Sequence[Sheet], insides: frozenset[str]) -> str:
    """What the script knows, as JSON that cannot end the element it stands in."""
    tips = {
        page_id(sheet.id, box.id): asdict(_tip(sheet, box, box.fact, insides))
        for sheet in sheets
        for box in sheet.boxes
        if box.fact is not None
    }
    text = json.dumps(tips, separators=(",", ":"), sort_keys=True)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _tip(sheet: Sheet, box: Box, fact: Fact, insides: frozenset[str]) -> _Tip:
    lines = tuple(page_id(sheet.id, name) for name in _lines(sheet, box.id))
    opens = page_id(fact.opens) if fact.opens is not None and fact.opens in insides else None
    return _Tip(clean(fact.kind, _KIND), fact.times, tuple(_rows(fact)), lines, opens)


def _rows(fact: Fact) -> Iterator[tuple[str, str]]:
    if fact.paths:
        yield "Path", _places(fact.paths)
    yield "Shape", _shapes(fact)
    together = f", all {fact.times:,}" if fact.times > 1 else ""
    yield f"Parameters{together}", _number(fact.params)
    yield f"MACs{together}", _number(fact.macs)
    yield "Spec", clean(fact.where, _PLACE)


def _shapes(fact: Fact) -> str:
    return " → ".join(clean(shape, _KIND) for shape in (fact.input, fact.output) if shape)


def _places(paths: Sequence[str], limit: int = _PLACE) -> str:
    """The first of several paths, and how many more there are."""
    if not paths:
        return ""
    return clean(paths[0], limit) + (f" and {len(paths) - 1:,} more" if len(paths) > 1 else "")


def _number(value: int) -> str:
    return f"{value:,} ({amount(value)})" if value >= 1000 else str(value)


def _lines(sheet: Sheet, box: str) -> tuple[str, ...]:
    """The routes into a box and out of it, followed through junctions."""
    junctions = {each.id for each in sheet.boxes if each.shape == "point"}
    lit: dict[str, None] = {}
    for forward in (True, False):
        seen, waiting = {box}, [box]
        while waiting:
            here = waiting.pop()
            for route in sheet.routes:
                near, far = (route.tail, route.head) if forward else (route.head, route.tail)
                if near != here:
                    continue
                lit[route.id] = None
                if far in junctions and far not in seen:
                    seen.add(far)
                    waiting.append(far)
    return tuple(sorted(lit))


def _variables(theme: Theme) -> str:
    colours = "".join(f" --{name}: {getattr(theme, name)};" for name in _COLOURS)
    scheme = "dark" if theme.name == "dark" else "light"
    return f":root {{ color-scheme: {scheme}; --font: {_FONT};{colours} }}"


def _policy(style: str, script: str) -> str:
    """What a browser may do with the page: apply this very style and run this very script, and fetch nothing."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
