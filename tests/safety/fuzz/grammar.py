"""What strangers write: specs that may be right, specs with something odd in them, shipped specs with changes, raw text."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st

from archc import ops
from archc.loading import shipped_specs
from archc.spec.use import shipped_folder

NAMES = (
    "a",
    "b",
    "x",
    "y",
    "image",
    "input",
    "i",
    "n",
    "H",
    "W",
    "fc",
    "out",
    "left",
    "right",
    "h_n",
    "train",
    "_",
    "é",
)
POPULAR = (
    "Linear", "Conv2d", "relu", "ReLU", "BatchNorm2d", "MaxPool2d", "flatten", "cat", "add", "mul", "mean", "LSTM",
    "Embedding", "MultiheadAttention", "LayerNorm", "interpolate", "ConvTranspose2d", "Parameter", "getitem", "chunk",
    "reshape", "permute", "einsum", "Softmax", "Dropout", "CrossEntropyLoss", "Upsample", "stack", "matmul", "Buffer",
)  # fmt: skip
BLOCKS = ("one", "two", "three")
HOSTILE = (
    '"""\nimport os\n"""', "\\", "\\" * 80 + '"""', "'''", "{0.__class__}", "{", "}}", "<script>alert(1)</script>",
    "]]>", "&lt;", "%0A::error::x", "::error file=x::y", "=HYPERLINK(1)", "|", "`", "[a](javascript:x)", "\u202e", "\x1b[2J",
    "\ud800", "\x00", "\t", "\r", "../../etc/passwd", "archc:../x", "/dev/zero", "-->", "${x}", "%s", "\u2028", "é" * 300,
    "x" * 90 + '"', '"' * 7, "name: |", "NaN", "1e999", "0x" + "f" * 40, "9" * 40, "__class__", "class", "\N{PILE OF POO}",
)  # fmt: skip


def expressions() -> st.SearchStrategy[str]:
    """Expressions, most of them with a value, some too large for one."""
    leaves = st.one_of(
        st.sampled_from(
            ("n", "i", "x", "a", "H", "widths", "row", "input.channels", "input.shape", "true", "null", "'t'")
        ),
        st.integers(-3, 70).map(str),
        st.sampled_from(("2**61", "4611686018427387903", "1e308", "0", "-1", "0.1", "[1, 2]", "[]", "t[0].n")),
    )

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        binary = st.sampled_from(("+", "-", "*", "/", "//", "%", "**", "==", "<", ">=", "and", "or"))
        call = st.sampled_from(("min", "max", "sum", "len", "abs", "round", "ceil", "floor", "make_divisible"))
        return st.one_of(
            st.tuples(inner, binary, inner).map(lambda parts: " ".join(parts)),
            st.tuples(call, st.lists(inner, max_size=3)).map(lambda parts: f"{parts[0]}({', '.join(parts[1])})"),
            st.tuples(inner, inner, inner).map(lambda parts: f"{parts[0]} if {parts[1]} else {parts[2]}"),
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"not {text}"),
            inner.map(lambda text: f"-{text}"),
            st.tuples(inner, inner).map(lambda parts: f"{parts[0]}[{parts[1]}]"),
            st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        )

    return st.recursive(leaves, grown, max_leaves=8)


NUMBERS = st.one_of(
    st.integers(0, 9), st.sampled_from((16, 32, 64, 224, -1, 10**6, 10**9, 2**62 - 1, -(2**40), 0.5, 1e-9, 1e300))
)
SCALARS = st.one_of(
    NUMBERS, st.booleans(), st.none(), expressions(), st.sampled_from(NAMES), st.sampled_from(HOSTILE), st.just("same")
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=6,
)
SIZES = st.one_of(
    st.integers(1, 12), st.sampled_from(("H=8", "W=9", "H", "W", "T=5", "n", "2 * n", "H=224", "H=n", "C=3")), NUMBERS
)


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is usual, and now and then something odd."""
    return st.integers(0, 19).flatmap(lambda roll: odd if roll == 19 else usual)


@cache
def _fields(name: str) -> tuple[str, ...]:
    op = ops.find(name)
    return tuple(op.model_fields) if op is not None else ()


@st.composite
def _op(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(mostly(st.sampled_from(POPULAR), st.sampled_from(ops.names())))
    fields = _fields(name)
    value = mostly(st.one_of(NUMBERS.filter(lambda n: 0 < n < 100), st.lists(st.integers(1, 4), max_size=3)), ANYTHING)
    form = draw(st.integers(0, 9))
    if form < 4:
        return {name: draw(value)}
    if form < 5 or not fields:
        return {name: draw(ANYTHING)}
    return {name: draw(st.dictionaries(mostly(st.sampled_from(fields), st.sampled_from(NAMES)), value, max_size=3))}


def _steps(depth: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(_step(depth), min_size=1, max_size=5)


@st.composite
def _step(draw: st.DrawFn, depth: int) -> Any:
    kind = draw(st.integers(0, 14))
    if kind < 2:
        return draw(st.sampled_from((*POPULAR, *BLOCKS)))
    step: dict[str, Any]
    if kind < 8 or depth == 0:
        step = draw(_op())
    elif kind < 10:
        step = {draw(st.sampled_from(("Sequential", "chain", "side"))): draw(_steps(depth - 1))}
    elif kind < 12:
        branches = st.dictionaries(st.sampled_from(NAMES), st.one_of(st.just([]), _steps(depth - 1)), max_size=3)
        step = {draw(st.sampled_from(("add", "cat", "mul", "stack", "matmul"))): draw(branches)}
    elif kind < 14:
        arguments = st.one_of(
            st.integers(1, 8), st.lists(SCALARS, max_size=2), st.dictionaries(st.sampled_from(NAMES), SCALARS)
        )
        step = {draw(st.sampled_from(BLOCKS)): draw(arguments)}
    else:
        step = {"reuse": draw(st.sampled_from(NAMES))}
    extras = {
        "as": mostly(st.sampled_from((*NAMES, "a{i}", "{i + 1}")), ANYTHING),
        "from": mostly(st.one_of(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3)), ANYTHING),
        "repeat": mostly(st.one_of(st.integers(0, 3), st.just({"i": 3}), st.just({"row": "t"})), ANYTHING),
        "when": mostly(st.sampled_from((True, False, "n > 1", "i == 0")), ANYTHING),
        "expect": mostly(st.lists(SIZES, max_size=3), ANYTHING),
        "doc": SCALARS,
        "view": st.one_of(st.builds(lambda title: {"title": title}, SCALARS), ANYTHING),
        "allow": st.one_of(st.just({"ARC401": "so"}), ANYTHING),
    }
    for key in draw(st.lists(st.sampled_from(sorted(extras)), max_size=2, unique=True)):
        step[key] = draw(extras[key])
    return step


_PARAM = mostly(
    st.one_of(st.integers(1, 8), st.booleans(), st.lists(st.integers(1, 8), max_size=3), st.sampled_from(("int", "list[int]")),
              st.just({"type": "table", "columns": {"n": "int"}, "default": [[1], [2]]}),
              st.just({"type": "block", "choices": ["one", "ReLU"], "default": "ReLU"}),
              st.just({"type": "enum", "choices": ["same", "x"], "default": "x"})),
    ANYTHING,
)  # fmt: skip


@st.composite
def _block(draw: st.DrawFn) -> dict[str, Any]:
    block: dict[str, Any] = {"steps": draw(_steps(1))}
    parts = {
        "params": st.dictionaries(st.sampled_from(NAMES), _PARAM, max_size=2),
        "let": st.dictionaries(st.sampled_from(NAMES), expressions(), max_size=2),
        "inputs": st.lists(st.sampled_from(NAMES), max_size=2),
        "outputs": st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES), max_size=2),
        "doc": st.sampled_from(HOSTILE),
    }
    for key in draw(st.lists(st.sampled_from(sorted(parts)), max_size=2, unique=True)):
        block[key] = draw(parts[key])
    return block


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A spec, in flow style."""
    spec: dict[str, Any] = {"archc": 1, "name": draw(mostly(st.sampled_from(("net", "a", "resnet50")), SCALARS))}
    shape = mostly(st.lists(SIZES, min_size=1, max_size=4), ANYTHING)
    long = st.builds(
        lambda shape, dtype: {"shape": shape, "dtype": dtype}, shape, st.sampled_from(("int64", "float32", "bool"))
    )
    spec["inputs"] = draw(
        mostly(st.dictionaries(st.sampled_from(NAMES), st.one_of(shape, long), min_size=1, max_size=2), ANYTHING)
    )
    spec["steps"] = draw(_steps(3))
    parts = {
        "title": st.sampled_from(HOSTILE),
        "cite": st.sampled_from(HOSTILE),
        "doc": st.sampled_from(HOSTILE),
        "params": st.dictionaries(st.sampled_from((*NAMES, "t", "widths")), _PARAM, max_size=3),
        "let": st.dictionaries(st.sampled_from(NAMES), expressions(), max_size=3),
        "variants": st.dictionaries(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=2), max_size=2),
        "blocks": st.dictionaries(st.sampled_from(BLOCKS), _block(), max_size=3),
        "outputs": mostly(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES), max_size=3), ANYTHING),
        "targets": st.dictionaries(st.sampled_from(NAMES), st.one_of(shape, long, ANYTHING), max_size=2),
        "loss": st.one_of(st.just({"MSELoss": {}, "from": ["a", "b"]}), _step(0), ANYTHING),
        "init": st.dictionaries(st.sampled_from(("Linear.weight", "*", "fc.*", "x")), st.one_of(st.just("zeros"), ANYTHING), max_size=2),
        "check": st.one_of(st.just([{"params": 9, "shapes": {"fc": ["H"]}}]), ANYTHING),
        "allow": st.one_of(st.just({"ARC401": "so"}), ANYTHING),
        "use": st.one_of(st.just({"r": "archc:blocks/residual.yaml"}), st.sampled_from(HOSTILE).map(lambda p: [p]), ANYTHING),
        "foo": ANYTHING,
    }  # fmt: skip
    for key in draw(st.lists(st.sampled_from(sorted(parts)), max_size=5, unique=True)):
        spec[key] = draw(parts[key])
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in spec.items())


@cache
def shipped() -> tuple[str, ...]:
    """The texts of everything that ships."""
    files = [*shipped_specs(), *sorted(shipped_folder().glob("blocks/*.yaml"))]
    return tuple(path.read_text(encoding="utf-8") for path in files)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A shipped spec with pieces left out, doubled, moved, or exchanged for something else."""
    text = draw(st.sampled_from(shipped()))
    for _ in range(draw(st.integers(1, 5))):
        lines = text.split("\n")
        at, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 6)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = draw(st.sampled_from(("  ", " ", "\t"))) + lines[at]
            case _:
                lines[at] = _exchanged(draw, lines[at])
        text = "\n".join(lines) or "x"
    return text


def _exchanged(draw: st.DrawFn, line: str) -> str:
    """A line with a few characters exchanged for a word of the language or something odd."""
    start = draw(st.integers(0, len(line)))
    end = min(len(line), start + draw(st.integers(0, 8)))
    words = st.one_of(
        st.sampled_from((*POPULAR, *NAMES, *HOSTILE)),
        expressions(),
        SCALARS.map(str),
        st.sampled_from(list("{}[]:,-?&*!|>'\"%@#")),
    )
    return line[:start] + draw(words) + line[end:]


RAW = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="ab:- \n{}[],?&*!|>'\"%@#\t1", max_size=200),
    st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")),
).map(lambda text: f"archc: 1\nname: net\n{text}")
TEXTS = st.one_of(specs(), specs(), specs(), mutated(), mutated(), RAW)
EXPRESSIONS = st.one_of(
    expressions(), st.text(max_size=60), st.text(alphabet="1ax+-*/()[]., <>=!'\"not if else", max_size=80)
)
