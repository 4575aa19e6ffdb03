"""Which files are taken for specs where nobody names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.specfiles import is_spec


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("archc: 1\nname: net\n", True),
        ("# a comment\n'archc' : \"1\"\n", True),
        ("\ufeffarchc: 2\n", True),
        ('{"archc": 1, "name": "net"}', True),
        ('{\n  "archc": 1,\n  "name": "net"\n}', True),
        ("name: net\narchc: v1\n", True),
        ("archc: {replicas: 3}\n", False),
        ("archc:\n  replicas: 3\n", False),
        ("archc: [a, b]\n", False),
        ("archc: enabled\n", False),
        ("services: {archc: 1}\n", False),
        ("  archc: 1\n", False),
    ],
)
def test_a_spec_says_which_format_it_is_in(tmp_path: Path, text: str, is_one: bool) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(text, encoding="utf-8")
    assert is_spec(path) == is_one


@pytest.mark.parametrize("name", ["some.txt", "folder.yaml", "missing.yml"])
def test_what_is_no_yaml_file_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "some.txt").write_text("archc: 1\n")
    (tmp_path / "folder.yaml").mkdir()
    assert not is_spec(tmp_path / name)
