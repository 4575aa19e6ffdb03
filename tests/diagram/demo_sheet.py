"""A sheet by hand with everything that a sheet can have, and the helpers that make its parts."""

from dataclasses import replace

from archc.diagram.metrics import line_height, line_width
from archc.diagram.sheet import Box, Fact, Frame, Label, Route, Run, Sheet, Slot, Swatch
from archc.diagram.theme import legend_word


def label(x, y, *lines, align="center"):
    height = sum(line_height(max(run.size for run in line)) for line in lines)
    return Label(x, y, max(map(line_width, lines)), height, lines, align)


def left(x, y, *lines):
    made = label(x, y, *lines, align="left")
    return replace(made, x=x + made.w / 2)


def card(id, x, y, title, detail="", family="conv", w=104, h=38, **more):
    lines = ((Run(title, 14, True),), *(((Run(detail, 12),),) if detail else ()))
    return Box(id, x, y, w, h, more.pop("shape", "rounded"), family, lines, **more)


def sign(id, x, y, text="+"):
    return Box(id, x - 11, y - 11, 22, 22, "circle", "merge", ((Run(text, 17, True),),))


def legend(families, y=506):
    swatches, x = [], 60
    for family in families:
        words = left(x + 32, y, (Run(legend_word(family), 13),))
        swatches.append(Swatch(family, x, y - 8, 26, 16, words))
        x += 32 + words.w + 14
    return tuple(swatches)


def demo():
    """Everything that a sheet can have, once."""
    fact = Fact(
        "Conv2d + BatchNorm2d + ReLU", ("stem.conv", "stem.norm"), 2, 3, 2, 1, 9408, 118_013_952, "3", "64", "a:1"
    )
    boxes = (
        card("input", 40, 108, "Image", "3 × 224 × 224", "tensor"),
        card("stem.conv", 40, 180, "7 × 7 Conv", "64, stride 2", fact=fact),
        card("stem.pool", 40, 252, "3 × 3 MaxPool", "stride 2", "pool"),
        Box("j", 237, 99, 4, 4, "point", "tensor"),
        card("a", 187, 120, "3 × 3 Conv", "64"),
        card("b", 187, 192, "3 × 3 Conv", "64", dashed=True),
        sign("plus", 239, 268),
        card("relu", 187, 300, "ReLU", family="activation", h=30, step=1),
        card("d1", 410, 120, "1 × 1 Conv", "64", w=90),
        card("d2", 520, 120, "5 × 5 Conv", "32, pad 2", w=90),
        card("d3", 630, 120, "MaxPool", "3 × 3", "pool", w=90),
        Box(
            "cat",
            410,
            200,
            310,
            52,
            "box",
            "merge",
            ((Run("Concat ", 14, True), Run("  112 × 28 × 28", 12)),),
            (
                Slot(410, 200, 103.33, 30, (Run("64", 14),)),
                Slot(513.33, 200, 103.33, 30, (Run("32", 14),)),
                Slot(616.66, 200, 103.34, 30, (Run("16", 14),)),
            ),
        ),
        card("x", 400, 330, "BN", family="norm", w=76, h=30),
        card("y", 400, 380, "Attention", family="attention", w=96, h=30),
        Box(
            "col",
            560,
            322,
            110,
            90,
            "box",
            "merge",
            ((Run("Concat", 14, True),), (Run("96", 12),)),
            (Slot(560, 322, 50, 45, (Run("64", 14),)), Slot(560, 367, 50, 45, (Run("32", 14),))),
        ),
        card("fc", 800, 120, "FC", "512 → 1000", "linear", step=1),
        card("block", 800, 190, "Basic block ×2", "512, /2", "block", w=118),
        Box("out", 830, 320, 60, 20, "plain", "tensor", ((Run("logits", 14, True),),)),
        card("other", 800, 250, "Flatten", "", "other", h=30),
    )
    routes = (
        Route("r1", "input", "stem.conv", ((92, 146), (92, 180)), 2),
        Route("r2", "stem.conv", "stem.pool", ((92, 218), (92, 252)), 2),
        Route("r3", "stem.pool", "j", ((92, 290), (92, 320), (166, 320), (166, 101), (237, 101)), 1, arrow=False),
        Route("r4", "j", "a", ((239, 101), (239, 120)), 1),
        Route("r5", "a", "b", ((239, 158), (239, 192)), 1, label=label(270, 175, (Run("64 × 56²", 12, tone="faint"),))),
        Route("r6", "b", "plus", ((239, 230), (239, 257)), 1),
        Route("r7", "plus", "relu", ((239, 279), (239, 300)), 1, step=1),
        Route("skip", "j", "plus", ((239, 101), (310, 101), (310, 268), (250, 268)), 3, accent=True),
        Route("c1", "d1", "cat", ((455, 158), (455, 178), (461.7, 178), (461.7, 200)), 1),
        Route("c2", "d2", "cat", ((565, 158), (565, 200)), 1),
        Route("c3", "d3", "cat", ((675, 158), (675, 180), (668.3, 180), (668.3, 200)), 1),
        Route("k1", "x", "col", ((476, 345), (560, 345)), 1),
        Route("k2", "y", "col", ((496, 395), (560, 395)), 1, accent=True),
        Route("o", "other", "out", ((852, 280), (860, 280), (860, 320)), 1, label=left(868, 300, (Run("1000", 12),), (Run("per image", 12),))),
    )  # fmt: skip
    frames = (
        Frame("stem", 26, 60, 132, 280, "stage", label(92, 78, (Run("Stem", 15, True),), (Run("64 × 56²", 12),))),
        Frame("stage1", 174, 60, 154, 280, "stage", label(251, 78, (Run("Stage 1 ", 15, True), Run("×2", 15, True, "accent")))),
        Frame("again", 180, 112, 120, 126, "fold"),
        Frame("def", 396, 60, 340, 208, "definition",
              left(408, 78, (Run("Inception", 15, True), Run("   four branches", 13, tone="faint")))),
        Frame("later", 780, 100, 160, 250, "stage", label(860, 110, (Run("Head", 15, True),)), step=1),
    )  # fmt: skip
    title = left(
        26, 32, (Run("ResNet-18", 24, True), Run("   all 20 convolutions · 11.7 M parameters", 15, tone="faint"))
    )
    notes = (label(480, 470, (Run("Every quantity is computed; ", 13), Run("nothing is typed", 13, True, "accent"))),)
    families = ("conv", "pool", "linear", "activation", "norm", "merge", "block", "tensor")
    return Sheet("demo", "Demo", 960, 540, title, boxes, routes, frames, notes, legend(families))
