"""Pictures of what is large: drawn in seconds, or refused in plain words; never a hang."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import archc
from archc import codes
from archc.cli import main
from archc.diagram import EngineError
from tests.safety.attacks import X


def _chain(count: int) -> str:
    return X + "steps: [" + ", ".join(f"{{Linear: {i + 3}}}" for i in range(count)) + "]"


def _tangle(count: int) -> str:
    """Every layer feeds one concatenation."""
    layers = ", ".join(f"{{Linear: {i + 3}, as: a{i}}}" for i in range(count))
    return X + f"steps: [{layers}, {{cat: [{', '.join(f'a{i}' for i in range(count))}]}}]"


def test_the_time_for_a_picture_grows_no_faster_than_its_cards() -> None:
    def seconds(count: int) -> float:
        network = archc.loads(_chain(count))
        started = time.process_time()
        network.diagram("dot")
        return time.process_time() - started

    seconds(10)
    small = min(seconds(310) for _ in range(2))
    assert seconds(930) < 6 * small, "three times the cards: nine times the time would be quadratic"


@pytest.mark.parametrize("level", [None, "full"])
def test_more_cards_than_are_drawn_are_refused(level: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.diagram.crowd.MAX_CARDS", 50)
    archc.loads(_chain(48)).diagram("dot", level=level)  # the input and the output are cards too
    with pytest.raises(EngineError, match=r"`net` has 60 .*, and pictures are made of at most 50") as refused:
        archc.loads(_chain(60)).diagram("dot", level=level)
    assert refused.value.code == codes.LIMIT


def test_copies_of_a_block_are_as_many_as_one_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.diagram.crowd.MAX_CARDS", 50)
    archc.loads(X + "steps: [{Linear: 8, repeat: 500}]").diagram("dot")


def test_a_tangle_of_lines_is_refused() -> None:
    started = time.process_time()
    with pytest.raises(EngineError, match="more lines run through `net` than can be told apart"):
        archc.loads(_tangle(700)).diagram("dot")
    assert time.process_time() - started < 10
    archc.loads(_tangle(40)).diagram("dot")


@pytest.mark.parametrize("output", [False, True])
def test_networks_too_large_to_be_compared_are_refused(
    output: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("archc.diagram.compose.compare.MAX_ROWS", 50)
    spec, picture = tmp_path / "net.yaml", tmp_path / "net.svg"
    spec.write_text(_chain(60))
    arguments = ["compare", str(spec), str(spec), *(["-o", str(picture)] if output else [])]
    with pytest.raises(SystemExit, match="1"):
        main(arguments)
    said = " ".join("".join(capsys.readouterr()).split())
    assert "have up to 60 ops and blocks that differ, and at most 50 are compared" in said
    assert not picture.exists()


def test_large_networks_of_equal_blocks_are_compared() -> None:
    from archc.diagram.compose.compare import compare_sheet

    text = X + "blocks: {b: {params: {w: int}, steps: [{Linear: w}, relu, {Linear: 8}]}}\n"
    networks = [archc.loads(text + f"steps: [{{b: i + 1, repeat: {{i: {count}}}}}]") for count in (400, 500)]
    assert 0 < len(compare_sheet(networks[0], networks[1]).boxes) < 40
