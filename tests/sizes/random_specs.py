"""Random networks with one or two free sizes: chains, branches that meet again, and encoder-decoders."""

from __future__ import annotations

from random import Random

CHANNELS = 4
HEAD = "archc: 1\nname: net\ninputs: {{x: [{channels}, {dims}]}}\nsteps:\n"


def chain(random: Random) -> str:
    """A chain of what changes sizes, in one, two or three dimensions; sometimes with a flattened head."""
    rank = random.choice((1, 1, 2, 2, 2, 3))
    names = ("T", "H", "W")[3 - rank :] if rank < 3 else ("T", "H", "W")
    free = set(random.sample(names, random.randint(1, min(2, rank))))
    size = random.choice((9, 16, 24, 33, 40))
    dims = ", ".join(f"{name}={size}" if name in free else str(size) for name in names)
    steps = [_step(random, rank) for _ in range(random.randint(1, 6))]
    if random.random() < 0.3:
        steps += ["Flatten: {}", "Linear: 3"]
    return HEAD.format(channels=CHANNELS, dims=dims) + "".join(f"  - {step}\n" for step in steps)


def meeting(random: Random) -> str:
    """Two branches from one tensor that are added, joined or multiplied."""
    size = random.choice((12, 16, 20, 31, 32))
    both = random.random() < 0.3
    lines = [HEAD.format(channels=CHANNELS, dims=f"H={size}, W={size}" if both else f"H={size}, 16")]
    lines += [f"  - {_step(random, 2)}\n" for _ in range(random.randint(0, 2))]
    merge = random.choice(("add", "cat", "mul", "cat"))
    # where sizes of 1 may stretch, torch and archc accept the same
    stretches = "" if merge == "cat" else "      broadcast: true\n"
    lines.append(f"  - {merge}:\n{stretches}      branches:\n")
    for name in ("left", "right"):
        steps = [_step(random, 2) for _ in range(random.randint(1 if name == "left" else 0, 3))]
        if not steps:
            lines.append(f"        {name}: []\n")
            continue
        lines.append(f"        {name}:\n")
        lines += [f"          - {step}\n" for step in steps]
    lines += [f"  - {_step(random, 2)}\n" for _ in range(random.randint(0, 2))]
    return "".join(lines)


def encoder_decoder(random: Random) -> str:
    """A U-Net of depth 1 to 5 with random windows, whose skips are joined to what comes back up."""
    depth = random.randint(1, 5)
    size = random.choice((32, 64, 96, 100))
    dims = f"H={size}, W={size}" if random.random() < 0.5 else f"H={size}, {size}"
    lines = [HEAD.format(channels=CHANNELS, dims=dims)]
    for level in range(depth):
        lines.append(f"  - {{Conv2d: {{out_channels: 4, kernel_size: 3, padding: 1}}, as: skip{level}}}\n")
        lines.append(f"  - {_down(random)}\n")
    for level in reversed(range(depth)):
        lines.append(f"  - {{{_up(random)}, as: up{level}}}\n")
        lines.append(f"  - cat: [skip{level}, up{level}]\n")
        lines.append("  - Conv2d: {out_channels: 4, kernel_size: 3, padding: 1}\n")
    return "".join(lines)


def _down(random: Random) -> str:
    return random.choice((
        "MaxPool2d: 2", "MaxPool2d: {kernel_size: 2, ceil_mode: true}", "AvgPool2d: 2",
        "Conv2d: {out_channels: 4, kernel_size: 3, stride: 2, padding: 1}",
        "Conv2d: {out_channels: 4, kernel_size: 2, stride: 2}",
    ))  # fmt: skip


def _up(random: Random) -> str:
    return random.choice((
        "ConvTranspose2d: {out_channels: 4, kernel_size: 2, stride: 2}", "Upsample: {scale_factor: 2}",
        "ConvTranspose2d: {out_channels: 4, kernel_size: 3, stride: 2, padding: 1, output_padding: 1}",
    ))  # fmt: skip


def _step(random: Random, rank: int) -> str:
    kernel, stride = random.randint(1, 5), random.randint(1, 3)
    kinds = ["conv", "conv", "conv", "pool", "pool", "transposed", "upsample", "pad", "crop", "wrap"]
    kind = random.choice([*kinds, "shuffle", "unshuffle"] if rank == 2 else kinds)
    match kind:
        case "conv":
            rest = f"padding: {random.randint(0, 2)}, dilation: {random.choice((1, 1, 2))}"
            return f"Conv{rank}d: {{out_channels: 4, kernel_size: {kernel}, stride: {stride}, {rest}}}"
        case "pool":
            name = random.choice(("Max", "Avg"))
            rest = f"padding: {random.randint(0, kernel // 2)}, ceil_mode: {random.choice(('true', 'false'))}"
            return f"{name}Pool{rank}d: {{kernel_size: {kernel}, stride: {stride}, {rest}}}"
        case "transposed":
            rest = f"padding: {random.randint(0, 1)}"
            return f"ConvTranspose{rank}d: {{out_channels: 4, kernel_size: {kernel}, stride: {stride}, {rest}}}"
        case "upsample":
            return f"Upsample: {{scale_factor: {random.choice((2, 3, 1.5, 0.5))}}}"
        case "pad":
            edges = [random.randint(-2, 3) for _ in range(2)] + [0, 0] * (rank - 1)
            return f"pad: {edges}"
        case "crop":
            return f'getitem: [":", "{random.randint(0, 2)}:{random.choice(("", "-1", "-2", "9"))}"]'
        case "wrap":
            mode = random.choice(("reflect", "circular"))
            return f"Conv{rank}d: {{out_channels: 4, kernel_size: 3, padding: {random.randint(1, 3)}, padding_mode: {mode}}}"
        case "shuffle":
            return f"PixelShuffle: {random.choice((1, 2))}"
        case _:
            return "PixelUnshuffle: 2"


KINDS = {"chain": chain, "meeting": meeting, "encoder-decoder": encoder_decoder}
