"""A value for every pixel, and several tensors in or out: U-Net, DeepLab, FCN, an autoencoder, a siamese network."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archc.api import load as load_network
from archc.diagnostics import SpecError
from tests.networks.vision import SPECS, assert_close, assert_same, example, load, share_state


def double(inp: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inp, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
        nn.Conv2d(out, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
    )  # fmt: skip


class Up(nn.Module):
    def __init__(self, inp: int, out: int, bilinear: bool):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = double(inp + out, out)
        else:
            self.up = nn.ConvTranspose2d(inp, inp // 2, 2, 2)
            self.conv = double(inp, out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv(torch.cat([skip, self.up(x)], 1))


class UNet(nn.Module):
    def __init__(self, width: int, bilinear: bool):
        super().__init__()
        self.inc = double(1, width)
        for i in range(4):
            setattr(self, f"down{i + 1}", double(width * 2**i, width * 2 ** (i + 1)))
        for i in range(4):
            setattr(self, f"up{i + 1}", Up(width * 2 ** (4 - i), width * 2 ** (3 - i), bilinear))
        self.outc = nn.Conv2d(width, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = [self.inc(x)]
        for down in (self.down1, self.down2, self.down3, self.down4):
            kept.append(down(F.max_pool2d(kept[-1], 2)))
        x = kept.pop()
        for up in (self.up1, self.up2, self.up3, self.up4):
            x = up(x, kept.pop())
        return self.outc(x)


@pytest.mark.parametrize("variant", ["learned", "bilinear"])
def test_unet(variant: str) -> None:
    assert_same(load("unet", variant, width=8), UNet(8, variant == "bilinear"))


def test_unet_at_a_size_that_does_not_halve_four_times() -> None:
    with pytest.raises(SpecError) as caught:
        load_network(SPECS / "unet.yaml", sizes={"H": 72})
    (finding,) = caught.value.diagnostics
    assert finding.message == "`unet` cannot be built for H=72: it takes H, W mod 16 = 0"
    assert [note.text for note in finding.notes] == ["`cat` joins tensors that differ in height: 9 and 8"]


def conv(inp: int, out: int, kernel: int = 1, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    made = nn.Conv2d(inp, out, kernel, stride, dilation * (kernel // 2), dilation, bias=False)
    return nn.Sequential(made, nn.BatchNorm2d(out), nn.ReLU())


class Pooling(nn.Sequential):
    def __init__(self, inp: int, out: int):
        super().__init__(nn.AdaptiveAvgPool2d(1), nn.Conv2d(inp, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(super().forward(x), size=x.shape[-2:], mode="bilinear", align_corners=False)


class Pyramid(nn.Module):
    def __init__(self, inp: int, out: int, rates: tuple[int, ...]):
        super().__init__()
        self.convs0 = conv(inp, out)
        for i, rate in enumerate(rates):
            setattr(self, f"convs{i + 1}", conv(inp, out, 3, dilation=rate))
        self.convs4 = Pooling(inp, out)
        self.project = nn.Sequential(conv(5 * out, out), nn.Dropout(0.5))

    def forward(self, x: Tensor) -> Tensor:
        views = [self.convs0(x), self.convs1(x), self.convs2(x), self.convs3(x), self.convs4(x)]
        return self.project(torch.cat(views, 1))


class Segmentation(nn.Module):
    def __init__(self, head: nn.Module):
        super().__init__()
        self.backbone = nn.Sequential(conv(3, 16, 3, 2), conv(16, 32, 3, 2), conv(32, 64, 3, dilation=2))
        self.classifier = head

    def forward(self, x: Tensor) -> Tensor:
        scores = self.classifier(self.backbone(x))
        return F.interpolate(scores, size=x.shape[-2:], mode="bilinear", align_corners=False)


def deeplab() -> Segmentation:
    return Segmentation(nn.Sequential(Pyramid(64, 32, (12, 24, 36)), conv(32, 32, 3), nn.Conv2d(32, 21, 1)))


def test_deeplab() -> None:
    assert_same(load("deeplab", "deeplabv3"), deeplab())


def test_deeplab_follows_the_size_of_its_image() -> None:
    module, reference = load("deeplab", "deeplabv3").module().eval(), deeplab().eval()
    share_state(module, reference)
    image = example((3, 50, 81), torch.float32, 0)
    assert_close([module(image)], [reference(image)], 1e-6, "outputs")


def test_fcn() -> None:
    head = nn.Sequential(conv(64, 16, 3), nn.Dropout(0.1), nn.Conv2d(16, 21, 1))
    assert_same(load("deeplab", "fcn"), Segmentation(head))


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            self.down(1, 8), self.down(8, 16), self.down(16, 32), nn.Flatten(), nn.Linear(512, 20)
        )
        self.decoder = nn.Sequential(
            nn.Linear(20, 512), nn.ReLU(), nn.Unflatten(1, (32, 4, 4)), self.up(32, 16, 0), self.up(16, 8, 1),
            nn.ConvTranspose2d(8, 1, 3, 2, 1, 1), nn.Sigmoid(),
        )  # fmt: skip

    @staticmethod
    def down(inp: int, out: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(inp, out, 3, 2, 1), nn.BatchNorm2d(out), nn.LeakyReLU(0.2))

    @staticmethod
    def up(inp: int, out: int, extra: int) -> nn.Sequential:
        return nn.Sequential(nn.ConvTranspose2d(inp, out, 3, 2, 1, extra), nn.BatchNorm2d(out), nn.ReLU())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        code = self.encoder(x)
        return self.decoder(code), code


def test_autoencoder_gives_image_and_code_by_name() -> None:
    network = load("autoencoder")
    assert_same(network, Autoencoder())
    assert network.module()(torch.zeros(2, 1, 28, 28))._fields == ("image", "code")


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2, self.fc = nn.Conv2d(1, 16, 5), nn.Conv2d(16, 32, 3), nn.Linear(128, 64)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv2(F.max_pool2d(F.relu(self.conv1(x)), 2)))
        return torch.sigmoid(self.fc(F.adaptive_max_pool2d(x, 2).flatten(1)))


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.score = Encoder(), nn.Linear(64, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.score((self.encoder(left) - self.encoder(right)).abs())


def test_siamese_has_one_encoder() -> None:
    assert_same(load("siamese"), Siamese())
