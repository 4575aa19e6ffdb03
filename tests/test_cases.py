"""Running the `check:` cases of specs."""

import pytest

from archc.api import loads
from archc.canonical.spec import spec_data
from archc.canonical.writer import write_yaml
from archc.cases import CaseResult, cases_of, run_case, run_cases
from archc.cost import memory
from archc.diagnostics import Diagnostic
from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.step_paths import find_type
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


def findings(result: CaseResult) -> list[Diagnostic]:
    return [found.diagnostic for found in result.found]


def told(result: CaseResult) -> list[tuple[str, str]]:
    return [(found.diagnostic.message, str(found.place)) for found in result.found]


def test_a_case_that_holds() -> None:
    result = one("{params: 3378, macs: 94720, shapes: {layer1: [8, 16, 16], fc: [10]}}")
    assert result.passed, result.found
    assert (result.case.name, str(result.case.place)) == ("as it stands", "net.yaml:20:5")
    assert result.seconds > 0


def test_a_case_that_does_not_hold() -> None:
    result = one("{params: 1, macs: 2, shapes: {layer1: [8, 16, 17], layer2: [8, 8]}}")
    assert not result.passed
    assert told(result) == [
        ("`params` is 3,378, not the expected 1", "net.yaml:20:14"),
        ("`macs` is 94,720, not the expected 2", "net.yaml:20:23"),
        ("`layer1` is 8 x 16 x 16, not the expected 8 x 16 x 17", "net.yaml:20:43"),
        ("`layer2` is 8 x 8 x 8, not the expected 8 x 8", "net.yaml:20:64"),
    ]
    assert {found.diagnostic.code for found in result.found} == {"ARC309"}


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
    assert one(f"{{shapes: {shapes}}}").passed


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
    (finding,) = findings(one(f"{{shapes: {shapes}}}"))
    assert "is no step, input or output" in finding.message
    assert finding.help.replace("chunk_1, ", "") == help.replace("chunk_1, ", "")


def test_a_shape_that_cannot_be_worked_out_fails() -> None:
    (finding,) = findings(one('{shapes: {layer1: ["wide // (H - 32)", 1, 1]}}'))
    assert finding.message == "the shape of `layer1` cannot be worked out: 8 // 0 divides by zero"


BUDGETS = [
    ("params: {max: 3378}", None),
    ("params: {max: 3378.9}", None),
    ("macs: {max: 94.72e3}", None),
    ("macs: {max: 94719}", "`macs` is 94,720, over its budget of 94,719 by 1"),
    ("params: {max: 3e3}", "`params` is 3,378, over its budget of 3,000 by 378 (12.6%)"),
    ("params: {max: 100}", "`params` is 3,378, over its budget of 100 by 3,278 (3,278%)"),
    ("params: {max: 0}", "`params` is 3,378, over its budget of 0 by 3,378"),
]


@pytest.mark.parametrize(("budget", "message"), BUDGETS, ids=[budget for budget, _ in BUDGETS])
def test_a_budget_may_be_met_but_not_exceeded(budget: str, message: str | None) -> None:
    result = one(f"{{{budget}}}")
    assert [finding.message for finding in findings(result)] == ([message] if message else [])
    assert result.passed is (message is None)


@pytest.mark.parametrize("batch", [1, 16])
@pytest.mark.parametrize("kind", ["inference", "training"])
def test_a_budget_for_memory(kind: str, batch: int) -> None:
    """At the batch size of the case."""
    needed = getattr(memory(loads(SPEC + "  []\n"), batch), kind)
    assert needed > 0
    assert one(f"{{batch: {batch}, {kind}_memory: {{max: {needed}}}}}").passed
    (finding,) = findings(one(f"{{batch: {batch}, {kind}_memory: {{max: {needed - 1}}}}}"))
    assert finding.message.startswith(f"`{kind}_memory` is {needed:,} bytes, over its budget of {needed - 1:,} by 1")


@pytest.mark.parametrize(
    ("case", "code", "at", "message"),
    [
        ("{params: 1.5}", "ARC011", ("params",), "whole number, or a budget such as `{max: 26e6}`, not `1.5`"),
        ("{params: 3 M}", "ARC011", ("params",), "not `3 M`"),
        ('{params: "<= 3e6"}', "ARC011", ("params",), "not `<= 3e6`"),
        ("{params: [3]}", "ARC011", ("params",), "not a list"),
        ("{macs: }", "ARC011", ("macs",), "not `null`"),
        ("{macs: true}", "ARC011", ("macs",), "not `true`"),
        ("{macs: {mx: 3}}", "ARC010", ("macs", "mx"), "unknown key `mx` in a budget"),
        ("{macs: {}}", "ARC012", ("macs",), "a budget lacks `max`"),
        ("{macs: {max: many}}", "ARC011", ("macs", "max"), "must be a number, not `many`"),
        ("{macs: {max: -1}}", "ARC011", ("macs", "max"), "must be at least 0"),
        ("{macs: {max: .inf}}", "ARC011", ("macs", "max"), "finite"),
        ("{memory: {max: 3}}", "ARC010", ("memory",), "unknown key `memory`"),
        ("{batch: 0, training_memory: {max: 3}}", "ARC011", ("batch",), "must be at least 1"),
        ("{batch: 8, params: 3378}", "ARC012", ("batch",), "memory alone"),
        ("{shapes: {layer1: [true, 16, 16]}}", "ARC011", ("shapes", "layer1", 0), "not `true`"),
        ("{shapes: {layer1: [8, 16.5, 16]}}", "ARC011", ("shapes", "layer1", 1), "not `16.5`"),
        ("{shapes: {layer1: [8, [16], 16]}}", "ARC011", ("shapes", "layer1", 1), "not a list"),
        ('{shapes: {layer1: ["wide +", 16, 16]}}', "ARC020", ("shapes", "layer1", 0), "ends too early"),
        ("{shapes: {layer1: [widht, 16, 16]}}", "ARC021", ("shapes", "layer1", 0), "unknown name `widht`"),
        ("{shapes: {layer1: [8, input.height // 2, 16]}}", "ARC021", ("shapes", "layer1", 1), "name `input`"),
    ],
)
def test_a_case_that_cannot_be_read(case: str, code: str, at: tuple[str | int, ...], message: str) -> None:
    (finding,) = load_text(f"{SPEC}  - {case}\n", "net.yaml").findings
    assert (finding.code, finding.where.route) == (code, ("check", 0, *at))
    assert message in finding.message


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        ("{shapes: {layr1: [1]}}", True),
        ("{shapes: {layer1: [1]}}", False),
        ("{variant: large, shapes: {layer1.0.cnv: [1]}}", True),
        ("{set: {deep: 3}, shapes: {layer3: [1]}}", False),
        ("{set: {deep: 1}, shapes: {layer2: [1]}}", True),
        ("{sizes: {H: 64}, shapes: {layer2: [1]}}", False),
        ("{sizes: {H: 64}, shapes: {layer4: [1]}}", True),
        ("{set: {wide: 7}, shapes: {layer9: [1]}}", False),
    ],
)
def test_checking_tells_names_that_nothing_has(case: str, wrong: bool) -> None:
    """Once, in the network that the case is about; where that cannot be made, only running the case can tell."""
    loaded = load_text(f"{SPEC}  - {case}\n", "net.yaml")
    found = survey(loaded, Settings()).found
    assert [each.diagnostic.code for each in found] == ["ARC309"] * wrong
    assert all("check" in each.diagnostic.where.route and each.diagnostic.where.on_key for each in found)
    assert all(each.variants in {("small",), ("large",)} for each in found)


def test_a_step_that_only_some_sizes_have_is_known() -> None:
    text = """\
archc: 1
name: net
inputs: {image: [3, H=32, W=32]}
steps:
  - {Conv2d: {out_channels: 8, kernel_size: 3}, as: wide, when: input.height > 40}
  - mean: [2, 3]
check:
  - {sizes: {H: 64}, shapes: {WIDE: [8, 62, 30]}}
"""
    assert not survey(load_text(text.replace("WIDE", "wide")), Settings()).found
    assert len(survey(load_text(text.replace("WIDE", "wade")), Settings()).found) == 1


def test_a_faulty_network_says_nothing_of_its_cases() -> None:
    text = SPEC.replace("stride: 2", "stride: 200, dilation: 99") + "  - {shapes: {layr1: [1]}}\n"
    assert {each.diagnostic.code for each in survey(load_text(text), Settings()).found} == {"ARC303"}


def test_results_by_port() -> None:
    network = loads(
        "archc: 1\nname: n\ninputs: {x: [5, 8]}\nsteps: [{LSTM: 3, as: rnn}]\noutputs: {o: rnn, h: rnn.h_n}\n"
    )
    found = [find_type(network.body, name) for name in ("rnn", "rnn.output", "rnn.h_n", "h")]
    assert [concrete(type_) for type_ in found if type_ is not None] == [(5, 3), (5, 3), (1, 3), (1, 3)]
    assert find_type(network.body, "rnn.c_m") is None


def test_a_case_sets_what_it_says() -> None:
    result = one("{variant: large, set: {deep: 1}, sizes: {H: 16}, shapes: {layer1: [16, 8, 16]}}")
    assert result.passed
    assert result.case.name == "large deep=1 H=16"


def test_a_case_that_cannot_be_built_has_errors() -> None:
    result = one("{sizes: {H: 1, W: 0}}")
    assert not result.passed
    assert [found.diagnostic.code for found in result.found] == ["ARC013"]


def test_settings_pick_a_variant_and_fill_in_sizes() -> None:
    cases = ("{variant: small}", "{}", "{variant: large}", "{variant: large, sizes: {H: 64}}")
    assert [r.case.name for r in run(*cases, settings=Settings("large"))] == ["large", "large H=64"]
    assert [r.case.name for r in run(*cases, settings=Settings("small"))] == ["small", "as it stands"]
    shape = "{sizes: {H: 64}, shapes: {layer1: [8, 32, 8]}}"
    assert run(shape, settings=Settings(sizes={"H": 2, "W": 16}))[0].passed


def test_specs_without_cases_or_without_sense_have_none() -> None:
    assert run_cases(load_text(SPEC + "  []\n")) == []
    assert run_cases(load_text("{")) == []


def test_cases_are_told_apart_before_they_run() -> None:
    loaded = load_text(
        f"{SPEC}  - {{variant: large}}\n  - {{set: {{deep: 1}}, sizes: {{H: 64}}, params: 1}}\n", "net.yaml"
    )
    large, deep = cases_of(loaded)
    assert (large.network, large.variant, large.given) == ("net_large", "large", ())
    assert (deep.network, deep.variant, deep.given) == ("net_small", "small", ("deep=1", "H=64"))
    assert run_case(loaded, large).passed
    assert not run_case(loaded, deep).passed
    assert cases_of(loaded, Settings("large")) == (large,)


def test_a_case_comes_back_from_its_canonical_form() -> None:
    case = "{doc: d, params: {max: 5e3}, batch: 4, training_memory: {max: 1e9}, shapes: {layer1: [_, H // 2, 16]}}"
    spec = load_text(f"{SPEC}  - {case}\n").spec
    assert spec is not None
    again = load_text(write_yaml(spec_data(spec))).spec
    assert again is not None
    assert (again.checks[0].amounts, again.checks[0].batch) == (spec.checks[0].amounts, 4)
    assert spec_data(again)["check"] == spec_data(spec)["check"] == [
        {
            "doc": "d", "batch": 4, "params": {"max": 5000}, "training_memory": {"max": 10**9},
            "shapes": {"layer1": ["_", "H // 2", 16]},
        }
    ]  # fmt: skip
