"""The canonical form: the same network, and its own canonical form, however a spec is written."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.canonical import canonical_text
from archc.canonical.writer import write_yaml
from archc.document import parse
from archc.expand import Settings
from archc.loading import load_file, load_text, shipped_folder, shipped_specs
from archc.network import check

EVERYTHING = """
archc: 1
name: everything
title: "All of it: \\"quoted\\", {braces} and more"
cite: "A 'cite' # with: signs"
doc: |
  Two lines,
    the second indented.
params:
  classes: 10
  rate: {type: float, default: 0.1, min: 0, max: 1, doc: how much is dropped}
  act: {type: block, choices: [ReLU, Hardswish], default: ReLU}
  pool: {type: block, choices: [MaxPool2d, AvgPool2d], default: MaxPool2d}
  mode: {type: enum, choices: [nearest, bilinear], default: nearest}
  unit: {type: block, choices: [wide, slim], default: wide}
  stages:
    type: table
    columns: {out: int, stride: int}
    default: [[8, 1], {stride: 2, out: 16}]
let: {hidden: classes*4, big: (classes) > 5}
variants:
  small: {classes: 3, stages: [[4, 1]]}
  off: {rate: 1}
inputs:
  image: [3, H = 16, W=2*8]
blocks:
  wide: {params: {out: int, kernel: 3}, steps: [Conv2d: {out_channels: out, kernel_size: kernel, padding: 0}]}
  slim:
    params: {width: int, kernel: 1}
    steps: [{Conv2d: {out_channels: width, kernel_size: kernel, padding: kernel//2}}]
  head: {params: {inner: {type: block, choices: [ReLU, Tanh]}}, steps: [{inner: }, Dropout: 0.5]}
  joined:
    doc: two in, two out
    inputs: [x, skip]
    outputs: {sum: total, left: x2}
    steps:
      - {add: [x, skip], as: total}
      - {relu: {}, as: x2}
  chainlike: {steps: {Sequential: [Conv2d: {out_channels: 8, kernel_size: 1}, ReLU]}}
steps:
  - {Conv2d: {out_channels: 8, kernel_size: [3, 3], padding: same}, as: stem, doc: the stem}
  - act
  - {repeat: {row: stages}, as: "stage{row.out}", Sequential: [{wide: [row.out]}, {act: {}}]}
  - {unit: [8, 3], as: u}
  - add: {left: [chainlike], right: {Conv2d: {out_channels: 8, kernel_size: 1}}, skip: []}
  - {cat: {branches: {a: [], b: [relu: ]}, dim: 1}, as: joined_up}
  - {chunk: {chunks: 2, dim: 1}, as: [p, q], view: {title: "halves"}}
  - {joined: {}, from: {skip: q, x: p}, as: j}
  - {side: [{relu: , from: j}, {flatten: }], as: aux}
  - {interpolate: {size: "[16, 16]", mode: "{mode}"}, from: j.left, expect: [_, 8 + 16 - 8, _]}
  - {pool: 2, when: "big"}
  - {dropout: rate, allow: {ARC401: "it is meant"}}
  - adaptive_avg_pool2d: 1
  - flatten
  - {Linear: hidden, as: fc1, repeat: 1}
  - {Linear: classes, as: fc, when: classes != 3 or not false}
outputs: {logits: fc, aux: {from: aux, only: train}}
targets: {label: {shape: [], dtype: int64, classes: classes}}
loss: {CrossEntropyLoss: {label_smoothing: 0.1}, from: [logits, label]}
init:
  Conv2d.weight: {kaiming_normal: {mode: fan_out}}
  "*.bias": 0
check:
  - {variant: off, shapes: {fc: [10]}, doc: "a: case"}
"""


def loaded(text, folder=None):
    result = load_text(text, folder=folder)
    assert result.spec is not None
    assert not result.findings, result.findings
    return result


def graph_of(result, variant=None):
    """Everything that a network is, as comparable data."""
    checked = check(result, Settings(variant=variant))
    if checked.network is None:
        return [(f.code, f.message) for f in checked.findings]
    graph = checked.network.graph
    at = {node: i for i, node in enumerate(graph)}
    nodes = [(n.path, n.op, n.inputs, n.ports, n.outputs, n.reused) for n in graph]
    edges = sorted((at[a], at[b], data["ports"]) for a, b, data in graph.edges(data=True))
    outputs = [(r.name, at[r.node], r.at, r.type, r.train_only) for r in graph.graph["outputs"]]
    return nodes, edges, outputs


def same_network(text, folder=None):
    """Hold the canonical form of a spec to the spec; gives that form."""
    first = loaded(text, folder)
    canonical = canonical_text(first.spec)
    second = loaded(canonical, folder)
    assert canonical_text(second.spec) == canonical
    for variant in [None, *(v.name for v in first.spec.variants)]:
        assert graph_of(second, variant) == graph_of(first, variant)
    return canonical


SPECS = [*shipped_specs(), *sorted((shipped_folder() / "blocks").glob("*.yaml"))]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_shipped_specs(path):
    if load_file(str(path)).findings:
        pytest.skip("the spec has findings of its own")
    same_network(path.read_text(encoding="utf-8"), path.parent)


def test_every_part_of_the_language():
    text = same_network(EVERYTHING)
    first = loaded(EVERYTHING).spec
    again = loaded(text).spec
    assert isinstance(graph_of(loaded(text)), tuple)
    assert (again.title, again.cite, again.doc) == (first.title, first.cite, first.doc)
    assert [p.doc for p in again.scope.params] == [p.doc for p in first.scope.params]
    assert [s.view for s in again.chain.steps] == [s.view for s in first.chain.steps]
    assert [s.allow for s in again.chain.steps] == [s.allow for s in first.chain.steps]
    assert again.checks[0].doc == "a: case"
    assert again.losses[0].key == "CrossEntropyLoss"
    assert again.init[1].args[0][1].value == 0


def test_one_text_for_all_spellings():
    long = """
archc: 1
name: net
inputs: {x: {shape: [12], dtype: float32}}
blocks:
  unit:
    params: {out: {type: int}, bias: {type: bool, default: true}}
    steps: [{Linear: {out_features: out, bias: bias}}]
steps:
  - unit: {out: 4 + 4, bias: false}
  - relu: {}
  - Linear: {out_features: 2}
    as: fc
"""
    short = """
archc: 1
name: net
inputs: {x: [12]}
blocks: {unit: {params: {out: int, bias: true}, steps: [Linear: {out_features: (out), bias: bias}]}}
steps: [unit: ["4+4", false], relu, {as: fc, Linear: 2}]
"""
    assert canonical_text(loaded(long).spec) == canonical_text(loaded(short).spec)


def test_a_faulty_spec_has_none():
    spec = load_text("archc: 1\nname: net\ninputs: {x: [3]}\nsteps: [Qwerty: 3]").spec
    with pytest.raises(ValueError, match="faults"):
        canonical_text(spec)


def test_used_files_stay_used(tmp_path: Path):
    (tmp_path / "lib.yaml").write_text(
        "archc: 1\nname: lib\nparams: {bias: false}\nblocks:\n"
        "  unit: {params: {out: int}, steps: [Linear: {out_features: out, bias: bias}]}\n"
    )
    text = "archc: 1\nname: net\nuse: [lib.yaml]\ninputs: {x: [3]}\nsteps: [lib.unit: 4, ReLU, lib.unit: {out: 2}]\n"
    canonical = same_network(text, tmp_path)
    assert "use:\n  lib: lib.yaml\n" in canonical
    assert "blocks" not in canonical


WORDS = ["no", "null", "~", "1e3", "0x1F", "<<", "1:30", "0o7", "-1", ".5", "---", "=", "it's"]
MARKED = [
    " - a",
    "a: b",
    "a #b",
    "[1]",
    "{x}",
    "*",
    "&a",
    "!t",
    "%",
    "? a",
    ": ",
    "'",
    '"',
    "a\nb",
    "a\tb",
    " a",
    "a ",
    "a,b",
    "\\",
]
KEYS = ["null", "1", "a: b", "*.bias", "no", ""]
visible = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(visible, max_size=12),
    st.sampled_from(["", *WORDS, *MARKED]),
)
names = st.one_of(st.text("abcXYZ_019", min_size=1, max_size=5), st.sampled_from(KEYS))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(names, values, min_size=1, max_size=4))
def test_the_writer_writes_what_the_reader_reads(data):
    document = parse(write_yaml(data), "test")
    assert not document.diagnostics, document.diagnostics
    assert document.data == data


sizes = st.sampled_from(["4", "8", "width", "'width*2'", "'8 if deep else 4'", "'min(width, 8)'"])
whens = st.sampled_from(["", ", when: deep", ", when: not deep and width > 2", ", when: 'false'"])


@st.composite
def steps(draw, depth=2):
    """A step over tensors of 8 features that keeps them."""
    kinds = ["relu", "ReLU", "Linear", "unit", "act", "repeat"] + (["Sequential", "add", "cat"] if depth else [])
    kind = draw(st.sampled_from(kinds))
    when = draw(whens)
    if kind == "Linear":
        return f"{{Linear: {draw(st.sampled_from(['8', '{out_features: (8), bias: deep}']))}{when}}}"
    if kind == "unit":
        return f"{{unit: {draw(st.sampled_from(['[%s]', '{hidden: %s}'])) % draw(sizes)}{when}}}"
    if kind == "repeat":
        return draw(
            st.sampled_from(["{Linear: 8, repeat: 2}", "{ReLU: , repeat: {i: width // 2}}", "{relu: , repeat: 0}"])
        )
    if kind in ("Sequential", "add", "cat"):
        inner = f"[{', '.join(draw(st.lists(steps(depth=depth - 1), min_size=1, max_size=3)))}]"
        if kind == "Sequential":
            return f"{{Sequential: {inner}{when}}}"
        other = draw(st.sampled_from(["[]", "[relu]", "{Linear: 8}"]))
        fork = f"{{a: {inner}, b: {other}}}"
        if kind == "add":
            return f"{{add: {draw(st.sampled_from(['%s', '{branches: %s}'])) % fork}}}"
        return f"{{Sequential: [cat: {{branches: {fork}, dim: -1}}, {{Linear: 8}}]}}"
    return f"{{{kind}: {when}}}" if when else kind


@settings(max_examples=60, deadline=None)
@given(st.lists(steps(), min_size=1, max_size=4))
def test_generated_specs(chain):
    lines = "\n".join(f"  - {step}" for step in chain)
    text = f"""
archc: 1
name: net
params: {{width: 4, deep: true, act: {{type: block, choices: [ReLU, GELU], default: GELU}}}}
variants: {{a: {{}}, b: {{deep: false, width: 2, act: ReLU}}}}
inputs: {{x: [8]}}
blocks: {{unit: {{params: {{hidden: int}}, steps: [Linear: hidden, ReLU, Linear: 8]}}}}
steps:
  - Linear: 8
{lines}
"""
    if not load_text(text).findings:
        same_network(text)
