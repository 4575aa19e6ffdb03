"""Small pictures written by hand, in the DOT that archc's pinned pictures are in; y grows upwards."""

from itertools import pairwise

SPEC = """
archc: 1
name: tiny_net
inputs: {image: [3, H=8, W=8]}
blocks:
  unit:
    steps:
      - {Conv2d: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}, as: conv}
      - {BatchNorm2d: {}, as: bn}
      - add: [bn, input]
steps:
  - {Conv2d: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}, as: conv}
  - {BatchNorm2d: {}, as: bn}
  - relu
  - {as: body, Sequential: [{unit: {}, repeat: 2}]}
  - {MaxPool2d: 2, as: pool}
  - flatten
  - {Linear: 10, as: fc}
"""
SMALL = """
archc: 1
name: small_net
inputs: {image: [8]}
steps:
  - {Linear: 10, as: fc}
"""
INK, LINE, SKIP = "#1B2733", "#33424F", "#AA3377"
FILLS = {"conv": "#77AADD", "pool": "#44BB99", "linear": "#EE8866", "merge": "#FFAABB", "tensor": "#FFFFFF"}
LEGEND = {"conv": "convolution", "pool": "pooling", "linear": "fully connected", "merge": "merge"}


def node(name, family, x, y, lines, w=96, h=44, shape="box", **facts):
    title, *rest = lines
    label = f"<B>{title}</B>" + "".join(f'<BR/><FONT POINT-SIZE="13">{line}</FONT>' for line in rest)
    told = " ".join(f'{key}="{value}"' for key, value in facts.items())
    return (
        f'{name} [id="{name}" class="{family}" pos="{x},{y}" width={w / 72} height={h / 72} shape={shape}'
        f' fillcolor="{FILLS[family]}" label=<{label}> {told}];'
    )


def point(name, x, y):
    return f'{name} [class="junction" pos="{x},{y}" width=.05 height=.05 shape=point color="{LINE}" label=""];'


def edge(tail, head, *points, count=0, skip=False):
    look = f'color="{SKIP}" penwidth=2.2 class="edge skip"' if skip else f'color="{LINE}" class="edge"'
    path = [points[0]]
    for a, b in pairwise(points):
        path += [tuple(p + (q - p) * part for p, q in zip(a, b, strict=True)) for part in (1 / 3, 2 / 3, 1)]
    (x, y), (u, v) = path[-1], path[-2]
    long = abs(x - u) + abs(y - v)
    end = f"e,{x:.2f},{y:.2f} "
    path[-1] = (x - 8 * (x - u) / long, y - 8 * (y - v) / long)
    return f'{tail} -> {head} [pos="{end}{" ".join(f"{a:.2f},{b:.2f}" for a, b in path)}" {look} edges={count}];'


def frame(name, kind, box, heading, at):
    style = "rounded,filled" if kind == "stage" else "rounded"
    return (
        f'subgraph cluster_{name} {{ bb="{",".join(map(str, box))}" class="frame {kind}" style="{style}"'
        f' fillcolor="#F3F6F9" color="#8A99A8" bgcolor="" label=<{heading}> lp="{at[0]},{at[1]}"; }}'
    )


def text(name, x, y, label):
    return f'{name} [class="{name}" pos="{x},{y}" shape=plaintext style="" width=.1 height=.1 label=<{label}>];'


def legend(x, y, words):
    cells = "".join(
        f'<TD BGCOLOR="{FILLS[family]}" BORDER="1" WIDTH="26" HEIGHT="15" FIXEDSIZE="TRUE"></TD>'
        f'<TD><FONT POINT-SIZE="13">{word}</FONT></TD>'
        for family, word in words.items()
    )
    return text("legend", x, y, f'<TABLE BORDER="0" CELLSPACING="4"><TR>{cells}</TR></TABLE>')


def dot(*parts, page=(960, 540)):
    wide, high = page
    return "\n".join([
        f'digraph "picture" {{ graph [layout=nop2 viewport="{wide},{high},1,{wide / 2},{high / 2}" bgcolor="#FFFFFF"'
        f' pad=0 margin=0 outputorder=edgesfirst fontname="Helvetica" fontcolor="{INK}" splines=true notranslate=true];',
        f'node [fontname="Helvetica" fontcolor="{INK}" fontsize=15 style="filled,rounded" fixedsize=shape margin=0];',
        'edge [fontname="Helvetica" arrowsize=0.8 penwidth=1.5];',
        *parts, "}",
    ])  # fmt: skip


def picture(title=505, top=460, bottom=90, swatches=45, page=(960, 540)):
    return dot(
        frame("stem", "stage", (30, bottom, 220, top), "<B>Stem</B>  4 × 8²", (125, top - 20)),
        frame("body", "stage", (250, bottom, 520, top), "<B>Body</B>  4 × 8²", (385, top - 20)),
        frame("twice", "fold", (280, 215, 500, 350), "<B>× 2</B>", (485, 232)),
        frame("head", "stage", (550, bottom, 930, top), "<B>Head</B>", (740, top - 20)),
        node("image", "tensor", 125, 345, ["image", "3 × 8²"], nodes=1, paths="image"),
        node("stem", "conv", 125, 260, ["3×3 Conv", "4"], nodes=3, inner=2, convs=1, params=116,
             paths="conv bn relu_1"),
        point("p", 268, 260),
        node("conv", "conv", 345, 260, ["3×3 Conv", "4"], times=2, nodes=4, inner=2, convs=2, params=304,
             paths="body.0.conv body.0.bn"),
        node("plus", "merge", 450, 260, ["+"], 24, 24, "circle", times=2, nodes=2, paths="body.0.add_1"),
        node("pool", "pool", 640, 260, ["MaxPool", "/2"], nodes=1, paths="pool"),
        node("fc", "linear", 840, 260, ["FC", "10"], nodes=2, inner=1, params=650, paths="flatten_1 fc"),
        edge("image", "stem", (125, 323), (125, 282), count=1),
        edge("stem", "p", (173, 260), (266, 260)),
        edge("p", "conv", (270, 260), (297, 260), count=2),
        edge("conv", "plus", (393, 260), (438, 260), count=2),
        edge("p", "plus", (268, 262), (268, 320), (450, 320), (450, 272), count=2, skip=True),
        edge("plus", "pool", (462, 260), (592, 260), count=1),
        edge("pool", "fc", (688, 260), (792, 260), count=1),
        text("title", 330, title, '<FONT POINT-SIZE="24"><B>Tiny-Net</B></FONT>'
             "  unit folded twice · all 3 convolutions · 1.07 k parameters"),
        legend(480, swatches, LEGEND),
        page=page,
    )  # fmt: skip


def small_picture(x=480, y=300):
    return dot(
        node("image", "tensor", x - 150, y, ["image", "8"], nodes=1, paths="image"),
        node("fc", "linear", x + 150, y, ["FC", "10"], nodes=1, params=90, paths="fc"),
        edge("image", "fc", (x - 102, y), (x + 102, y), count=1),
        text("title", x, y + 100, "<B>Small-Net</B> 90 parameters"),
        legend(x, y - 80, {"linear": "fully connected"}),
    )
