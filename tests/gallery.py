"""The README's gallery: the figures of the lecture that archc began from, each by the command that draws it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from archc.cli import cli


@dataclass(frozen=True)
class Figure:
    """A picture: its file's name without suffix, what it shows, and the arguments of `archc`."""

    name: str
    caption: str
    arguments: str

    @property
    def command(self) -> str:
        """The whole command."""
        return f"archc {self.arguments} -o {self.name}.svg"

    def draw(self) -> bytes:
        """The picture, drawn by the command."""
        here = Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                done = CliRunner().invoke(cli, self.command.split()[1:])
                assert done.exit_code == 0, done.output
                return Path(f"{self.name}.svg").read_bytes()
            finally:
                os.chdir(here)


FIGURES = (
    Figure("lenet-volumes", "LeNet-5 as volumes", "diagram lenet --style volumes"),
    Figure("lenet", "LeNet-5 by stages", "diagram lenet"),
    Figure("lenet-alexnet", "LeNet-5 beside AlexNet", "compare lenet alexnet"),
    Figure("alexnet-vgg", "From AlexNet to VGG", "compare alexnet vgg:vgg11"),
    Figure("vgg-nin", "From VGG to NiN", "compare vgg:vgg11 nin"),
    Figure("vgg", "VGG-16", "diagram vgg:vgg16"),
    Figure("inception", "The Inception block", "diagram googlenet --block inception"),
    Figure("googlenet", "GoogLeNet in full", "diagram googlenet"),
    Figure("residual", "The residual block, both shortcuts", "diagram resnet:lecture --block residual"),
    Figure("resnet18", "ResNet-18 in full", "diagram resnet18"),
    Figure("resnet152", "ResNet-152, folded", "diagram resnet152"),
    Figure("dense", "The dense block", "diagram densenet --block dense_block"),
    Figure("densenet121", "DenseNet-121, folded", "diagram densenet121"),
    Figure("dark", "The dark theme", "diagram alexnet --theme dark"),
)
