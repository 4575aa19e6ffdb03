"""Small specs that a search found the writer to fail at: those that are mended, and those that are not yet."""

from pathlib import Path

import pytest

import archc

SPECS = Path(__file__).parent / "specs"


@pytest.mark.parametrize("file", sorted(SPECS.glob("mended/*.yaml")), ids=lambda file: file.stem)
def test_source_is_proven(file: Path) -> None:
    assert archc.load(file).source()


@pytest.mark.xfail(reason="the writer gives no proven source yet", raises=Exception, strict=True)
@pytest.mark.parametrize("file", sorted(SPECS.glob("open/*.yaml")), ids=lambda file: file.stem)
def test_source_is_to_be_proven(file: Path) -> None:
    assert archc.load(file).source()
