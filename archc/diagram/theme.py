"""Colours, by the role of a thing in a picture and by an op's family: constants, so that one always means the same.

The light fills are Paul Tol's light scheme. Light and dark fills stay apart with any colour vision, print's by grey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from archc.diagram.sheet import Tone

COLOURED = ("conv", "linear", "pool", "norm", "activation", "merge", "block", "attention", "recurrent")
"""The families with a fill, one for `attention` and `recurrent`, which rarely meet; all others are like the page."""
_WORDS: Mapping[str, str] = {
    "conv": "convolution",
    "linear": "fully connected",
    "pool": "pooling",
    "norm": "normalisation",
}


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture, each `#RRGGBB`."""

    name: str
    page: str
    ink: str
    """Text on the page."""
    faint: str
    """Text that stands back."""
    accent: str
    """Skips and multiplicities."""
    edge: str
    ground: str
    """What a stage's boxes stand on."""
    frame: str
    """The border of a stage and of what is repeated."""
    definition: str
    """The dashed border around a block's inside."""
    on_fill: str
    """Text on every coloured fill."""
    outline: str
    """The borders of cards."""
    fills: Mapping[str, str] = field(repr=False)

    def fill(self, family: str) -> str:
        """The fill of a family's cards."""
        return self.fills.get(family, self.page)

    def text(self, tone: Tone, family: str = "") -> str:
        """The colour of text in a tone, on a family's card or on the page; a coloured fill leaves no room for tones."""
        if family in self.fills:
            return self.on_fill
        return {"ink": self.ink, "faint": self.faint, "accent": self.accent}[tone]


def legend_word(family: str) -> str:
    """What the legend calls a family."""
    return _WORDS.get(family, family)


def _fills(*, attention: str, **fills: str) -> Mapping[str, str]:
    return MappingProxyType({**fills, "attention": attention, "recurrent": attention})


_LIGHT = Theme(
    name="light",
    page="#FFFFFF",
    ink="#1B2733",
    faint="#50606E",
    accent="#AA3377",
    edge="#33424F",
    ground="#F3F6F9",
    frame="#8A99A8",
    definition="#8A99A8",
    on_fill="#1B2733",
    outline="#1B2733",
    fills=_fills(
        conv="#77AADD",
        linear="#EE8866",
        pool="#44BB99",
        norm="#DDDDDD",
        activation="#EEDD88",
        merge="#FFAABB",
        block="#99DDFF",
        attention="#BBCC33",
    ),
)
_DARK = Theme(
    name="dark",
    page="#12181F",
    ink="#E9EEF3",
    faint="#A9B6C2",
    accent="#FF7AB8",
    edge="#9FB0BF",
    ground="#1B242E",
    frame="#5F7082",
    definition="#7C8D9E",
    on_fill="#10161C",
    outline="#C3CFDA",
    fills=_fills(
        conv="#5E9BDD",
        linear="#E87C50",
        pool="#35B08C",
        norm="#D3D8DD",
        activation="#E6CC5C",
        merge="#F78FA9",
        block="#8AD3F7",
        attention="#A3B52A",
    ),
)
_PRINT = Theme(
    name="print",
    page="#FFFFFF",
    ink="#000000",
    faint="#404040",
    accent="#000000",
    edge="#505050",
    ground="#F7F7F7",
    frame="#808080",
    definition="#606060",
    on_fill="#000000",
    outline="#000000",
    fills=_fills(
        norm="#EEEEEE",
        activation="#DDDDDD",
        block="#CCCCCC",
        conv="#BBBBBB",
        merge="#ADADAD",
        pool="#9F9F9F",
        linear="#909090",
        attention="#828282",
    ),
)
THEMES: Mapping[str, Theme] = MappingProxyType({theme.name: theme for theme in (_LIGHT, _DARK, _PRINT)})
