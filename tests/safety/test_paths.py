"""`use:` reaches regular files below the spec's own folder, and nothing else; nor does the name of a spec itself crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import archc
from archc import codes
from archc.expand import Settings
from archc.loading import load_file
from archc.network import check
from archc.spec import use

BLOCKS = "archc: 1\nname: parts\nblocks: {layer: {steps: [{Linear: 4}]}}\n"
SECRET = "password: hunter2\n"


def spec(path: str) -> str:
    return f"archc: 1\nname: net\ninputs: {{x: [8]}}\nuse: {{p: {path!r}}}\nsteps: [p.layer]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a spec, beside a file that is none of its business."""
    (tmp_path / "secret.yaml").write_text(SECRET)
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "parts.yaml").write_text(BLOCKS)
    return inside


def complaints(folder: Path, path: str) -> list[tuple[str, str]]:
    """The findings of a spec that uses `path`; none of them shows what is elsewhere."""
    (folder / "net.yaml").write_text(spec(path))
    loaded = load_file(str(folder / "net.yaml"))
    found = check(loaded, Settings()).findings
    assert not any("hunter2" in document.text for document in loaded.documents.values())
    return [(finding.code, finding.message) for finding in found]


def test_a_file_beside_the_spec_is_used(folder: Path) -> None:
    assert complaints(folder, "parts.yaml") == []


@pytest.mark.parametrize(
    "path",
    ["../secret.yaml", "./x/../../secret.yaml", "/etc/passwd", "~/x.yaml", "archc:../pyproject.toml", "archc:/etc/passwd", "file:///etc/passwd", "http://example.org/x.yaml", ".", "..", "", "x" * 5000, "a/" * 3000, "C:\\x.yaml"],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_refused(folder: Path, path: str) -> None:
    assert {code for code, _ in complaints(folder, path)} <= {codes.USE, codes.UNKNOWN_OP}
    assert complaints(folder, path)


def test_a_link_out_is_refused(folder: Path) -> None:
    (folder / "link.yaml").symlink_to(folder.parent / "secret.yaml")
    assert "outside the folder" in complaints(folder, "link.yaml")[0][1]
    (folder / "up").symlink_to(folder.parent)
    assert "outside the folder" in complaints(folder, "up/secret.yaml")[0][1]


def test_a_hard_link_is_refused(folder: Path) -> None:
    os.link(folder.parent / "secret.yaml", folder / "hard.yaml")
    assert "several names" in complaints(folder, "hard.yaml")[0][1]


def test_links_in_a_circle_are_refused(folder: Path) -> None:
    (folder / "a.yaml").symlink_to(folder / "b.yaml")
    (folder / "b.yaml").symlink_to(folder / "a.yaml")
    assert complaints(folder, "a.yaml")[0][0] == codes.USE


@pytest.mark.parametrize("path", ["pipe.yaml", "folder"])
def test_what_is_no_regular_file_is_refused(folder: Path, path: str) -> None:
    os.mkfifo(folder / "pipe.yaml")
    (folder / "folder").mkdir()
    assert complaints(folder, path)[0][0] == codes.USE


def test_a_file_exchanged_for_a_link_meanwhile_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is judged, and before it is opened something else stands there."""
    judged = use._resolve  # pyright: ignore[reportPrivateUsage]

    def exchanged(path: str, library: use.Library) -> tuple[Path | None, str]:
        outcome = judged(path, library)
        (folder / "parts.yaml").unlink()
        (folder / "parts.yaml").symlink_to(folder.parent / "secret.yaml")
        return outcome

    monkeypatch.setattr(use, "_resolve", exchanged)
    assert complaints(folder, "parts.yaml")[0][0] == codes.UNREADABLE


def test_a_folder_exchanged_for_a_link_meanwhile_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = use._resolve  # pyright: ignore[reportPrivateUsage]
    (folder / "inner").mkdir()
    (folder / "inner" / "secret.yaml").write_text(BLOCKS)

    def exchanged(path: str, library: use.Library) -> tuple[Path | None, str]:
        outcome = judged(path, library)
        (folder / "inner").rename(folder / "old")
        (folder / "inner").symlink_to(folder.parent)
        return outcome

    monkeypatch.setattr(use, "_resolve", exchanged)
    assert complaints(folder, "inner/secret.yaml")[0][0] == codes.UNREADABLE


def test_circles_and_depth_are_bounded(folder: Path) -> None:
    (folder / "parts.yaml").write_text(BLOCKS + "use: {me: parts.yaml}\n")
    assert "circle" in complaints(folder, "parts.yaml")[0][1]
    for at in range(30):
        (folder / f"d{at}.yaml").write_text(BLOCKS + f"use: {{d: d{at + 1}.yaml}}\n")
    assert any("nested more than" in message for _, message in complaints(folder, "d0.yaml"))


def test_the_number_of_files_is_bounded(folder: Path) -> None:
    for at in range(150):
        (folder / f"f{at}.yaml").write_text(BLOCKS)
    (folder / "all.yaml").write_text(BLOCKS + "use: {" + ", ".join(f"f{at}: f{at}.yaml" for at in range(150)) + "}\n")
    assert codes.LIMIT in {code for code, _ in complaints(folder, "all.yaml")}


def test_a_huge_file_is_not_read_whole(folder: Path) -> None:
    with (folder / "parts.yaml").open("wb") as stream:
        stream.truncate(10**12)  # sparse: it takes no space
    assert complaints(folder, "parts.yaml")[0][0] == codes.LIMIT


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 5000 + ".yaml", "a\0b", "a\0b.yaml:v", "/" * 4000 + "x.yaml", ""])
def test_a_name_that_no_file_can_have_is_a_finding(name: str) -> None:
    with pytest.raises(archc.SpecError) as caught:
        archc.load(name)
    assert [finding.code for finding in caught.value.diagnostics] == [codes.UNREADABLE]
