"""The rules on networks that are known to be good."""

from pathlib import Path

import pytest

from archc.expand import Settings
from archc.findings import Found, survey
from archc.loading import load_file, shipped_folder
from archc.rules.select import choose

SHIPPED = sorted(shipped_folder().rglob("*.yaml"))
NETWORKS = sorted((Path(__file__).parents[1] / "networks" / "specs").glob("*.yaml"))
EXPECTED = {
    "ARC405": {"deeplab"},  # the dropout of torchvision's ASPP, before a batch norm
    "ARC409": {"autoencoder", "denoiser"},  # kernels of 3 every 2
    "ARC411": {"efficientnet_b0", "mobilenet_v2", "mobilenet_v3", "r2plus1d", "unet"},  # at their tests' small sizes
    "ARC425": {"unet"},
}
"""The warnings that the networks of the other tests are known to deserve."""


def found_in(path: Path) -> tuple[Found, ...]:
    return survey(load_file(str(path)), Settings(), choose().rules).found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_clean(path: Path) -> None:
    assert [found.diagnostic.message for found in found_in(path)] == []


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_good_networks_have_the_known_warnings_alone(path: Path) -> None:
    severe = {f.diagnostic.code for f in found_in(path) if f.diagnostic.severity != "info"}
    assert severe == {code for code, names in EXPECTED.items() if path.stem in names}


def test_the_lecture_has_two_slips() -> None:
    """Without what is allowed: AlexNet's missing activations, LeNet's sigmoid on its scores."""
    from archc.loading import load_text

    def codes(name: str) -> set[str]:
        text = (shipped_folder() / f"{name}.yaml").read_text()
        lines = (
            line.replace(", allow: {ARC404: as in the lecture}", "") for line in text.split("\nallow:")[0].splitlines()
        )
        bare = "\n".join(line.replace(", allow: {ARC401: as in the lecture}", "") for line in lines)
        found = survey(load_text(bare), Settings("lecture"), choose().rules).found
        return {f.diagnostic.code for f in found if f.diagnostic.severity == "warning"}

    assert codes("alexnet") == {"ARC401"}
    assert codes("lenet") == {"ARC404"}
