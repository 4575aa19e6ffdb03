"""What checking costs a node, beside the shape inference of others: onnx's in C++, torch's meta device, torch.export.

archc's side is all of `check`: every block expanded, every formula evaluated, every argument validated, exact shapes
with free height and width, losses, in-place ops. Beside it stand its shape rules alone, over the graph that is made,
with all conditions noted for the sizes that work. Their graphs are made before the clock starts. onnx has both too: its
checker with `full_check`, which holds every node to the schema of its op and then infers shapes, and the inference
alone. It gets free height and width; the meta device runs one size; torch.export traces free ones.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator

import torch
from torch import nn

import archc
from archc.expand import Settings
from archc.loading import load_file
from archc.network import Network, check
from archc.sizes.paths import Mode, path_at
from tests.bench.measure import Row, compare, in_turn

NETWORKS = ("resnet:resnet152", "densenet:densenet201")
INFERENCE = "onnx's inference"


def rows(rounds: int) -> Iterator[Row]:
    """Microseconds a node of each network, ours beside each of theirs."""
    for name in NETWORKS:
        loaded = load_file(name)
        network = archc.load(name)
        nodes = sum(node.op is not None for node in network.graph)
        sides: dict[str, Callable[[], object]] = {
            "check": lambda loaded=loaded: check(loaded, Settings()),
            "shapes": lambda network=network: path_at(network.body, network.settled.sizes, Mode(True, True)),
        }
        theirs = _theirs(network)
        times = in_turn(sides | {peer: run for peer, run in theirs.items() if peer != "torch.export"}, rounds)
        if "torch.export" in theirs:
            times |= {"torch.export": in_turn({"torch.export": theirs["torch.export"]}, 1)["torch.export"] * rounds}
        for peer in theirs:
            for side in sides:
                # a whole check is held to a whole check; beside onnx's inference alone it is there to be seen
                most = None if (side, peer) == ("check", INFERENCE) else 1.0
                what = f"{side} of {network.name} beside {peer}: a node"
                yield compare(what, times[side], times[peer], most=most, scale=1e6 / nodes, unit="us")


def _theirs(network: Network) -> dict[str, Callable[[], object]]:
    module = network.module("meta").eval()
    image = torch.empty(2, *network.summary().inputs["image"], device="meta")
    sides: dict[str, Callable[[], object]] = {"the meta device": lambda: module(image)}
    sides |= _onnx(network)
    free = dict.fromkeys((2, 3), torch.export.Dim.AUTO)
    sides["torch.export"] = lambda: torch.export.export(module, (image,), dynamic_shapes=(free,))
    return sides


def _onnx(network: Network) -> dict[str, Callable[[], object]]:
    """onnx's own checker and its shape inference alone, over the exported graph; nothing where onnx is not installed."""
    try:
        import onnx
    except ImportError:
        return {}
    model = onnx.load_from_string(_exported(network.module().eval(), network))
    del model.graph.value_info[:]
    return {
        "onnx's check": lambda: onnx.checker.check_model(model, full_check=True),
        INFERENCE: lambda: onnx.shape_inference.infer_shapes(model, strict_mode=True),
    }


def _exported(module: nn.Module, network: Network) -> bytes:
    file = io.BytesIO()
    image = torch.zeros(1, *network.summary().inputs["image"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (image,), file, export_params=False, do_constant_folding=False, dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE, input_names=["image"],
            dynamic_axes={"image": {0: "N", 2: "H", 3: "W"}},
        )  # fmt: skip
    return file.getvalue()
