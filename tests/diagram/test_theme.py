"""The themes: legible text, visible lines, and fills that stay apart with every colour vision and in greyscale."""

from itertools import combinations, pairwise

import pytest

from archc.diagram.theme import COLOURED, THEMES, legend_word

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
VISIONS = {
    "trichromacy": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.072175), (0.0193339, 0.119192, 0.9503041))
WHITE = (0.95047, 1, 1.08883)
themes = pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)


def linear(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def contrast(one, other):
    high, low = sorted((times(TO_XYZ, linear(colour))[1] for colour in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(colour, vision="trichromacy"):
    seen = [min(1, max(0, part)) for part in times(VISIONS[vision], linear(colour))]
    scaled = [part / white for part, white in zip(times(TO_XYZ, seen), WHITE, strict=True)]
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in scaled)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one, other, vision):
    """Delta-E 1976."""
    return sum((a - b) ** 2 for a, b in zip(lab(one, vision), lab(other, vision), strict=True)) ** 0.5


@themes
def test_text_is_legible_wherever_it_stands(theme):
    families = (*COLOURED, "tensor", "other")
    assert all(contrast(theme.text("ink", family), theme.fill(family)) >= 4.5 for family in families)
    assert all(
        contrast(theme.text(tone, family), theme.fill(family)) >= 4.5
        for family in families
        for tone in ("ink", "faint", "accent")
    )
    assert all(
        contrast(theme.text(tone), ground) >= 4.5
        for tone in ("ink", "faint", "accent")
        for ground in (theme.page, theme.ground)
    )


@themes
def test_lines_are_visible_on_the_page_and_on_stages(theme):
    for ground in (theme.page, theme.ground):
        assert min(contrast(line, ground) for line in (theme.edge, theme.accent, theme.outline)) >= 3
        assert min(contrast(line, ground) for line in (theme.frame, theme.definition)) >= 2.5


@themes
def test_at_most_eight_fills(theme):
    assert set(theme.fills) == set(COLOURED)
    assert len(set(theme.fills.values())) == 8
    assert theme.fill("attention") == theme.fill("recurrent")
    assert theme.fill("tensor") == theme.fill("other") == theme.fill("unheard of") == theme.page


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_fills_stay_apart_with_any_colour_vision(name, vision):
    fills = sorted({*THEMES[name].fills.values(), THEMES[name].page})
    assert min(difference(one, other, vision) for one, other in combinations(fills, 2)) >= 10


def test_print_has_greys_alone_and_tells_them_apart():
    theme = THEMES["print"]
    roles = (theme.page, theme.ink, theme.faint, theme.accent, theme.edge, theme.ground, theme.frame, theme.definition)
    colours = (*theme.fills.values(), *roles, theme.on_fill, theme.outline)
    assert all(colour[1:3] == colour[3:5] == colour[5:] for colour in colours)
    levels = sorted(lab(fill)[0] for fill in {*theme.fills.values(), theme.page})
    assert min(b - a for a, b in pairwise(levels)) >= 5
    assert contrast(theme.accent, theme.edge) >= 2


def test_the_legend_has_words():
    assert [legend_word(family) for family in ("conv", "linear", "pool", "norm", "merge", "tensor")] == [
        "convolution", "fully connected", "pooling", "normalisation", "merge", "tensor",
    ]  # fmt: skip
