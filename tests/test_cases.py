"""Running the `check:` cases of specs."""

import pytest

from archc.cases import CaseResult, find_type, run_cases
from archc.expand import Settings
from archc.loading import load_text
from archc.network import loads
from archc.summary import concrete

SPEC = """\
archc: 1
name: net
params: {wide: 8, deep: 2}
variants: {small: {}, large: {wide: 16}}
inputs: {image: [3, H=32, W=32]}
blocks:
  unit:
    params: {out: int}
    steps:
      - {Conv2d: {out_channels: out, kernel_size: 3, stride: 2, padding: 1}, as: conv}
      - relu
steps:
  - {as: "layer{i + 1}", repeat: {i: deep}, Sequential: [unit: wide]}
  - {chunk: {chunks: 2, dim: 1}, as: [left, right]}
  - {add: [left, right], as: both}
  - flatten
  - {Linear: 10, as: fc}
outputs: {logits: fc}
check:
"""


def run(*cases: str, settings: Settings | None = None) -> list[CaseResult]:
    loaded = load_text(SPEC + "".join(f"  - {case}\n" for case in cases), "net.yaml")
    assert loaded.findings == ()
    return run_cases(loaded, settings)


def one(case: str) -> CaseResult:
    (result,) = run(case)
    return result


def test_a_case_that_holds() -> None:
    result = one("{params: 3378, macs: 94720, shapes: {layer1: [8, 16, 16], fc: [10]}}")
    assert result.passed, result.mismatches
    assert (result.name, str(result.place)) == ("as it stands", "net.yaml:20:5")
    assert result.seconds > 0


def test_a_case_that_does_not_hold() -> None:
    result = one("{params: 1, macs: 2, shapes: {layer1: [8, 16, 17], layer2: [8, 8]}}")
    assert not result.passed
    assert [(m.what, m.expected, m.got) for m in result.mismatches] == [
        ("params", "1", "3,378"),
        ("macs", "2", "94,720"),
        ("layer1", "8 x 16 x 17", "8 x 16 x 16"),
        ("layer2", "8 x 8", "8 x 8 x 8"),
    ]
    finding = result.mismatches[2].diagnostic()
    assert finding.code == "ARC309"
    assert finding.message == "`layer1` is 8 x 16 x 16, not the expected 8 x 16 x 17"
    assert finding.where.route == ("check", 0, "shapes", "layer1")


@pytest.mark.parametrize(
    "shapes",
    [
        "{layer1.0.conv: [8, 16, 16]}",
        "{layer2.0: [8, 8, 8]}",
        "{layer1.0.relu_1: [_, 16, _]}",
        "{left: [4, 8, 8], right: [4, 8, 8], both: [4, 8, 8]}",
        "{image: [3, 32, 32], logits: [10]}",
        '{layer1: [wide, H // 2, "W // 2"]}',
    ],
)
def test_ways_to_name_a_shape(shapes: str) -> None:
    assert one(f"{{shapes: {shapes}}}").mismatches == ()


@pytest.mark.parametrize(
    ("shapes", "help"),
    [
        ("{layr1: [1]}", "did you mean `layer1`?"),
        ("{layer1.0.cnv: [1]}", "did you mean `layer1.0.conv`?"),
        ("{layer1.0.conv.weight: [1]}", "did you mean `layer1.0.conv`?"),
        ("{zzz: [1]}", "steps: both, chunk_1, fc, flatten_1, image, layer1, layer2, left, logits, right"),
    ],
)
def test_an_unknown_name_fails_with_a_hint(shapes: str, help: str) -> None:
    (mismatch,) = one(f"{{shapes: {shapes}}}").mismatches
    assert "is no step, input or output" in mismatch.message
    assert mismatch.help.replace("chunk_1, ", "") == help.replace("chunk_1, ", "")


def test_a_shape_that_cannot_be_read_fails() -> None:
    (mismatch,) = one('{shapes: {layer1: ["wide +", 1, 1]}}').mismatches
    assert mismatch.message.startswith("the shape of `layer1` cannot be read")


def test_results_by_port() -> None:
    network = loads(
        "archc: 1\nname: n\ninputs: {x: [5, 8]}\nsteps: [{LSTM: 3, as: rnn}]\noutputs: {o: rnn, h: rnn.h_n}\n"
    )
    found = [find_type(network, name)[0] for name in ("rnn", "rnn.output", "rnn.h_n", "h")]
    assert [concrete(type_) for type_ in found if type_ is not None] == [(5, 3), (5, 3), (1, 3), (1, 3)]
    assert find_type(network, "rnn.c_m")[0] is None


def test_a_case_sets_what_it_says() -> None:
    result = one("{variant: large, set: {deep: 1}, sizes: {H: 16}, shapes: {layer1: [16, 8, 16]}}")
    assert result.passed
    assert result.name == "large deep=1 H=16"


def test_a_case_that_cannot_be_built_has_errors() -> None:
    result = one("{sizes: {H: 1, W: 0}}")
    assert not result.passed
    assert [found.diagnostic.code for found in result.errors] == ["ARC013"]


def test_settings_pick_a_variant_and_fill_in_sizes() -> None:
    cases = ("{variant: small}", "{}", "{variant: large}", "{variant: large, sizes: {H: 64}}")
    assert [r.name for r in run(*cases, settings=Settings("large"))] == ["large", "large H=64"]
    assert [r.name for r in run(*cases, settings=Settings("small"))] == ["small", "as it stands"]
    shape = "{sizes: {H: 64}, shapes: {layer1: [8, 32, 8]}}"
    assert run(shape, settings=Settings(sizes={"H": 2, "W": 16}))[0].passed


def test_specs_without_cases_or_without_sense_have_none() -> None:
    assert run_cases(load_text(SPEC + "  []\n")) == []
    assert run_cases(load_text("{")) == []
