"""Whatever a file holds, checking it returns: specs with lines, keys and values lost, doubled or replaced."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archc.document import parse
from archc.expand import Settings
from archc.loading import load_text
from archc.network import check

NETWORKS = Path(__file__).parents[1] / "networks" / "specs"
SHIPPED = Path(__file__).parents[2] / "specs"
NAMES = ("bert", "gpt", "seq2seq", "multi_task", "two_tower", "vit_by_hand", "lstm_classifier", "text_cnn")
SPECS = [(NETWORKS / f"{name}.yaml").read_text() for name in NAMES]
SPECS += [(SHIPPED / f"{name}.yaml").read_text() for name in ("resnet", "googlenet", "densenet", "lenet")]
DATA = [parse(text, "").data for text in SPECS]
PLAIN: tuple[Any, ...] = (
    0, -1, 1, 3, 99999999, 1e30, 0.5, True, None, "", [], {}, [1, 2], [[1], [2]], {"a": 1}, "i + 1", "1 / 3", "2 ** 61",
    "input.channels", "input.shape[9]", "input", "{i}", "_", ["input", "input"], "rnn.h_n", "ReLU", ["ReLU"], "train",
    {"Linear": 3}, {"repeat": {"i": 2}}, {"i": 2}, {"branches": {"a": [], "b": []}},
    {"type": "block", "choices": ["ReLU"]},
)  # fmt: skip
WORDS = (
    "x", "input", "Linear", "relu", "add", "cat", "reuse", "side", "Sequential", "chain", "steps", "from", "as", "when",
    "repeat", "expect", "branches", "params", "type", "block", "table", "default", "choices", "outputs", "dim", "shape",
)  # fmt: skip
VALUES = (
    "0", "-1", "1", "3", "99999999", "1e30", "0.5", "true", "null", "''", "[]", "{}", "[1, 2]", "[[1], [2]]", "{a: 1}",
    "i + 1", "1 / 3", "2 ** 61", "input.channels", "input.shape[9]", "input", "'{i}'", "'{'", "_", "[input, input]",
    "rnn.h_n", "~", ".nan", ".inf", "é", "- a", "&a b", "*a", "!!int 3", "'''", '"\\x00"', "#", "|", "int", "train",
)  # fmt: skip
SEPARATORS = (" ", ",", ":", "{", "}", "[", "]", "\n", "-")


def tokens(text: str) -> list[str]:
    """The text in pieces: words, and the characters between them one by one."""
    found: list[str] = []
    for char in text:
        if char in "".join(SEPARATORS) or not found or found[-1][-1] in "".join(SEPARATORS):
            found.append(char)
        else:
            found[-1] += char
    return found


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A sound spec with a few things changed."""
    parts = tokens(draw(st.sampled_from(SPECS)))
    words = [at for at, part in enumerate(parts) if part not in SEPARATORS]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.sampled_from(words))
        match draw(st.integers(0, 5)):
            case 0:
                parts[at] = draw(st.sampled_from(VALUES))
            case 1:
                parts[at] = draw(st.sampled_from(WORDS))
            case 2:
                parts[at] = parts[draw(st.sampled_from(words))]
            case 3:
                parts[at] = ""
            case 4:
                parts[draw(st.integers(0, len(parts) - 1))] = draw(st.sampled_from(SEPARATORS))
            case _:
                parts[at] = draw(st.text(max_size=6))
    lines = "".join(parts).split("\n")
    for _ in range(draw(st.integers(0, 2))):
        at, to = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw(st.integers(0, 2)):
            case 0:
                lines[at] = ""
            case 1:
                lines.insert(to, lines[at])
            case _:
                lines[at] = lines[to]
    return "\n".join(lines)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with each of its keys."""
    if not isinstance(value, (dict, list)):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def rearranged(draw: st.DrawFn) -> str:
    """A sound spec with values put elsewhere, taken out, doubled or renamed: always YAML, mostly no spec."""
    data = copy.deepcopy(draw(st.sampled_from(DATA)))
    for _ in range(draw(st.integers(1, 3))):
        found = places(data)
        holder, key = draw(st.sampled_from(found))
        other, theirs = draw(st.sampled_from(found))
        match draw(st.integers(0, 5)):
            case 0:
                holder[key] = draw(st.sampled_from(PLAIN))
            case 1:
                holder[key] = copy.deepcopy(other[theirs])
            case 2:
                del holder[key]
            case 3 if isinstance(holder, list):
                holder.insert(draw(st.integers(0, len(holder))), copy.deepcopy(holder[key]))
            case 4 if isinstance(holder, dict):
                holder[draw(st.sampled_from(WORDS))] = holder.pop(key)
            case _:
                holder[key] = [holder[key]] if draw(st.booleans()) else {draw(st.sampled_from(WORDS)): holder[key]}
    return str(yaml.safe_dump(data, sort_keys=False, default_flow_style=False, width=200))


def judge(text: str) -> None:
    """Checking returns; where there is no network there are findings, all with a place and words."""
    loaded = load_text(text, folder=SHIPPED)
    checked = check(loaded, Settings())
    assert checked.network is not None or checked.findings
    for finding in checked.findings:
        document = loaded.documents[finding.where.file]
        place = document.place(finding.where)
        assert 1 <= place.line <= max(1, len(document.lines))
        assert finding.message
        assert "\n" not in finding.message


@settings(max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_a_changed_spec(text: str) -> None:
    judge(text)


@settings(max_examples=400, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rearranged())
def test_a_rearranged_spec(text: str) -> None:
    judge(text)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    judge(text)
    judge(f"archc: 1\nname: net\ninputs: {{x: [8]}}\nsteps: {text}")


@pytest.mark.parametrize(
    "key",
    ["params", "variants", "let", "inputs", "blocks", "steps", "outputs", "targets", "loss", "init", "check", "use"],
)
@pytest.mark.parametrize("value", VALUES)
def test_any_value_of_any_key(key: str, value: str) -> None:
    whole = {"inputs": "{x: [8]}", "steps": "[{Linear: 3, as: fc}]", key: value}
    judge("archc: 1\nname: net\n" + "".join(f"{name}: {text}\n" for name, text in whole.items()))


@pytest.mark.parametrize(
    "key", ["as", "from", "when", "repeat", "expect", "view", "doc", "allow", "Linear", "Sequential", "add", "b"]
)
@pytest.mark.parametrize("value", VALUES)
def test_any_value_of_any_key_of_a_step(key: str, value: str) -> None:
    step = (
        {"ReLU": "{}", key: value}
        if key in {"as", "from", "when", "repeat", "expect", "view", "doc", "allow"}
        else {key: value}
    )
    text = ", ".join(f"{name}: {given}" for name, given in step.items())
    block = "{params: {out: 3}, steps: [Linear: out]}"
    judge(f"archc: 1\nname: net\ninputs: {{x: [8]}}\nblocks: {{b: {block}}}\nsteps: [{{{text}}}]")
