"""Allowing findings: by code or name, with a reason, on a step or for a file; what is wrong or not needed is told."""

import pytest

from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.rules.select import choose

HEAD = "archc: 1\nname: net\ninputs: {x: [64]}\n"


def told(text: str, settings: Settings | None = None, ignore: tuple[str, ...] = ()) -> list[tuple[str, str, int]]:
    found = survey(load_text(text, "net.yaml"), settings or Settings(), choose(ignore=ignore).rules).found
    return [(f.diagnostic.code, f.diagnostic.severity, f.place.line if f.place else 0) for f in found]


def spec(allow: str, top: str = "") -> str:
    steps = f"steps:\n  - {{Linear: 64{allow}}}\n  - Linear: 64\n  - ReLU\n  - Linear: 10\n"
    return HEAD + steps + top


def test_without() -> None:
    assert told(spec("")) == [("ARC401", "warning", 5)]


@pytest.mark.parametrize("name", ["ARC401", "missing-nonlinearity"])
def test_on_a_step(name: str) -> None:
    assert told(spec(f", allow: {{{name}: as in the lecture}}")) == []


def test_for_a_file() -> None:
    assert told(spec("", "allow: {ARC401: as in the lecture}\n")) == []


def test_on_what_is_around() -> None:
    steps = "steps:\n  - Sequential: [Linear: 64, Linear: 64, ReLU]\n    allow: {ARC401: on purpose}\n  - Linear: 10\n"
    assert told(HEAD + steps) == []


def test_on_the_use_of_a_block() -> None:
    blocks = "blocks: {two: {steps: [Linear: 64, Linear: 64, ReLU]}}\n"
    both = blocks + "steps:\n  - {two: {}, allow: {ARC401: on purpose}}\n  - two\n  - Linear: 10\n"
    assert told(HEAD + both) == [("ARC401", "warning", 4)]
    one = blocks + "steps:\n  - {two: {}, allow: {ARC401: on purpose}}\n  - Linear: 10\n"
    assert told(HEAD + one) == []


@pytest.mark.parametrize("reason", ["''", "' '", "3", "true", "null", "[a]"])
def test_a_reason_is_demanded(reason: str) -> None:
    assert ("ARC011", "error", 5) in told(spec(f", allow: {{ARC401: {reason}}}"))
    assert ("ARC011", "error", 9) in told(spec("", f"allow: {{ARC401: {reason}}}\n"))


def test_an_allow_without_reason_is_no_fault_of_the_step() -> None:
    assert told(spec(", allow: {ARC401: ''}")) == [("ARC011", "error", 5)]


def test_an_allow_is_a_mapping() -> None:
    assert ("ARC011", "error", 5) in told(spec(", allow: ARC401"))
    assert ("ARC011", "error", 9) in told(spec("", "allow: ARC401\n"))


def test_unknown_names() -> None:
    text = spec(", allow: {missing-nonlinearty: on purpose}")
    (finding,) = [
        f.diagnostic for f in survey(load_text(text), Settings(), choose().rules).found if f.diagnostic.code == "ARC015"
    ]
    assert finding.help == "did you mean `missing-nonlinearity`?"
    assert ("ARC015", "warning", 5) in told(text)


def test_errors_cannot_be_allowed() -> None:
    assert ("ARC015", "warning", 5) in told(spec(", allow: {ARC301: on purpose}"))


def test_what_is_not_needed() -> None:
    text = spec("", "params: {n: 1}\n").replace("ReLU", "{ReLU: {}, allow: {ARC402: on purpose}}")
    assert ("ARC015", "warning", 7) in told(text)
    assert ("ARC015", "warning", 7) not in told(text, ignore=("ARC402",)), "a rule that did not run"
    assert ("ARC015", "warning", 7) not in told(text, Settings(params={"n": 1})), "not all that it can be"


def test_needed_in_one_variant() -> None:
    text = (
        HEAD
        + "params: {act: true}\nvariants: {good: {}, bad: {act: false}}\nsteps:\n  - {Linear: 64, allow: {ARC401: why}}\n"
    )
    text += "  - {ReLU: {}, when: act}\n  - Linear: 64\n"
    assert told(text) == []
    assert told(text, Settings("good")) == []


def test_many_instances_are_one_finding() -> None:
    text = HEAD + "steps:\n  - repeat: 40\n    chain: [Linear: 64, Linear: 64, ReLU]\n  - Linear: 10\n"
    (found,) = survey(load_text(text), Settings(), choose(["ARC401"]).rules).found
    assert found.diagnostic.message.endswith("(and 39 more like it)")
    assert len(found.diagnostic.notes) == len(found.places) == 2


def test_the_canonical_form_keeps_it() -> None:
    from archc.canonical import canonical_text

    loaded = load_text(spec("", "allow: {ARC401: as in the lecture}\n"))
    assert loaded.spec is not None
    assert told(canonical_text(loaded.spec)) == []
