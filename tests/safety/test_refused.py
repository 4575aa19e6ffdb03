"""Every attack by the text of a spec is refused at once, with a place, and nothing in the answer acts on a terminal."""

from __future__ import annotations

import json
import time

import pytest

from archc import codes
from archc.expand import Settings
from archc.findings import survey
from archc.loading import load_text
from archc.report.formats import formatted
from archc.rules import all_rules
from tests.safety.attacks import ATTACKS, HEAD, Attack, X

MOST_SECONDS = 3
"""Of processor time, so that a hang is one: what it really takes, `python -m tests.bench safety` measures."""


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.threat}: {attack.name}")
def test_is_refused_at_once_with_its_place(attack: Attack) -> None:
    started = time.process_time()
    loaded = load_text(attack.text, "attack.yaml")
    found = survey(loaded, Settings(), all_rules()).found
    text = formatted(found, "text", columns=100)
    assert time.process_time() - started < MOST_SECONDS
    first = found[0]
    assert (first.diagnostic.code, first.diagnostic.severity) == (attack.code, "error")
    assert first.place is not None
    assert first.place.line == (attack.line or 1)
    assert not [c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066"]
    assert len(text) < 100_000
    json.loads(formatted(found, "json"))


LONG = {
    "50,000 unknown ops": X + "steps: [" + ", ".join(f"Op{i}" for i in range(50_000)) + "]",
    "20,000 unknown names": X + "steps: [" + ", ".join(f"{{relu: {{}}, from: q{i}}}" for i in range(20_000)) + "]",
    "5,000 unused results": X + "steps: [" + "{Linear: 8, from: x}," * 5000 + "]",
    "400,000 values": HEAD + "a: [" + "1," * 400_000 + "]",
}
"""A megabyte takes longer to read."""


@pytest.mark.parametrize("name", LONG)
def test_what_is_long_ends_in_seconds_and_not_all_of_it_is_told(name: str) -> None:
    started = time.process_time()
    found = survey(load_text(LONG[name]), Settings()).found
    assert time.process_time() - started < 5
    assert 0 < len(found) <= 200


def test_a_name_is_tried_on_as_many_patterns_as_is_quick() -> None:
    rules = ", ".join(f"'{'*a' * 30}{i}*.weight': zeros" for i in range(900))
    found = survey(load_text(X + f"steps: [{{Linear: 8, repeat: 1000}}]\ninit: {{{rules}}}"), Settings()).found
    assert [each.diagnostic.code for each in found] == [codes.LIMIT]


def test_variants_share_what_one_network_may_have() -> None:
    variants = ", ".join(f"v{i}: {{n: {i + 1}}}" for i in range(50))
    text = X + f"params: {{n: 1}}\nvariants: {{{variants}}}\nsteps: [{{Linear: n, repeat: 20000}}, ReLU]"
    found = survey(load_text(text), Settings()).found
    assert [each.diagnostic.code for each in found] == [codes.LIMIT]
