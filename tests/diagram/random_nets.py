"""Random specs that try what a picture can get wrong: forks, repeats, nested blocks, reuse, several inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Step = dict[str, Any]
Width = int | str
"""Channels: a number, or a formula of a block's parameters."""


@dataclass
class Author:
    """Writes a spec, knowing the channels at each place; heights and widths change in the network's own chain alone."""

    draw: st.DrawFn
    blocks: dict[str, Any] = field(default_factory=dict[str, Any])
    callable: list[str] = field(default_factory=list[str])
    names: int = 0

    def pick(self, *values: Any) -> Any:
        """One of these."""
        return self.draw(st.sampled_from(values))

    def fresh(self, name: str = "s") -> str:
        """A name not used so far."""
        self.names += 1
        return f"{name}{self.names}"

    def conv(self, out: Width, kernel: int | None = None) -> Step:
        """A convolution that keeps height and width."""
        kernel = kernel or self.pick(1, 3)
        return {"Conv2d": {"out_channels": out, "kernel_size": kernel, "padding": kernel // 2}}

    def light(self) -> Step:
        """What joins a card, or does not."""
        ops = ("BatchNorm2d", "ReLU", "relu", "sigmoid", "Dropout", "Identity", "gelu")
        return self.pick(*({op: {}} for op in ops), {"MaxPool2d": {"kernel_size": 3, "stride": 1, "padding": 1}})

    def chain(self, width: Width, depth: int, most: int = 3) -> tuple[list[Step], Width]:
        """Several steps, and the channels that they give."""
        steps: list[Step] = []
        for _ in range(self.draw(st.integers(1, most))):
            more, width = self.piece(width, depth)
            steps += more
        return steps, width

    def piece(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        """A few steps that belong together."""
        plain = ("conv", "conv", "light", "light", "conv_norm_act", "loop")
        deep = ("residual", "fork", "group", "named", "gate", "reuse", "memory", "learned", "when")
        kind = self.pick(
            *plain, *(deep if depth > 0 else ()), *(("call", "call", "calls", "growing") if self.callable else ())
        )
        return getattr(self, f"_{kind}")(width, depth)

    def _conv(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        out = self.pick(4, 8, width)
        return [self.conv(out)], out

    def _light(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        return [self.light()], width

    def _conv_norm_act(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        return [self.conv(4), {"BatchNorm2d": {}}, {"ReLU": {}}], 4

    def _loop(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        steps = self.pick([self.conv(width)], [self.light()], [self.conv(width), {"ReLU": {}}])
        kind = self.pick("Sequential", "chain")
        return [{"repeat": self.pick(2, 3, 4), **(steps[0] if len(steps) == 1 else {kind: steps})}], width

    def _residual(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        body, _ = self.chain(width, depth - 1, 2)
        skip: list[Step] = self.pick([], [], [self.conv(width, 1)])
        return [
            {self.pick("add", "add", "mul"): {"skip": skip, "body": [*body, self.conv(width)]}},
            *self.pick([], [{"relu": {}}]),
        ], width

    def _fork(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        branches, widths = {}, list[Width]()
        for name in "abcd"[: self.pick(2, 2, 3, 4)]:
            branches[name], out = ([], width) if self.pick(0, 0, 1) else self.chain(width, depth - 1, 2)
            widths.append(out)
        joined = (
            f"({' + '.join(map(str, widths))})" if any(isinstance(w, str) for w in widths) else sum(map(int, widths))
        )
        return [{"cat": branches}], joined

    def _group(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        steps, out = self.chain(width, depth - 1)
        name = {"as": self.fresh("group")} if self.pick(True, False) else {}
        return [{"Sequential": steps, **name}], out

    def _named(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        one, other = self.fresh(), self.fresh()
        return [{**self.conv(4), "as": one}, {**self.conv(4), "as": other}, {"add": [one, other]}], 4

    def _gate(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        gate = [{"AdaptiveAvgPool2d": 1}, self.conv(width, 1), {"Sigmoid": {}}]
        return [{"mul": {"branches": {"skip": [], "gate": gate}, "broadcast": True}}], width

    def _reuse(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        name = self.fresh()
        step = self.call(width) if self.callable and self.pick(True, False) else self.conv(width)
        between = self.pick([], [{"relu": {}}])
        return [{**step, "as": name}, *between, *({"reuse": name} for _ in range(self.pick(1, 2)))], width

    def _memory(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        memory, start = self.fresh("memory"), self.fresh()
        loop = self.fresh("layer") + "_{i}"
        steps = [{**self.conv(4), "as": memory}, {**self.conv(4), "as": start}]
        return [*steps, {"decoder": {}, "repeat": {"i": self.pick(2, 3)}, "as": loop, "from": {"memory": memory}}], 4

    def _learned(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        name, before = self.fresh("learned"), self.fresh()
        return [
            {**self.conv(4), "as": before}, {"Parameter": [1, 4, 1, 1], "as": name},
            {"add": {"broadcast": True}, "from": [before, name]},
        ], 4  # fmt: skip

    def _when(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        return [{**self.conv(width), "when": self.pick(True, False)}, {"relu": {}}], width

    def call(self, out: Width) -> Step:
        """A use of a block."""
        return {self.pick(*self.callable): {"out": out}}

    def _call(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        out = self.pick(4, 8, width)
        return [self.call(out)], out

    def _calls(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        return [{**self.call(4), "repeat": self.pick(2, 3, 5)}], 4

    def _growing(self, width: Width, depth: int) -> tuple[list[Step], Width]:
        times = self.pick(2, 3, 5)
        return [{**self.call("4 * i + 4"), "repeat": {"i": times}}], 4 * times

    def block(self, name: str) -> None:
        """Declare a block that ends with `out` channels."""
        steps, _ = self.chain("input.channels", 2)
        ending = self.pick([], [{"BatchNorm2d": {}}], [{"relu": {}}], [{"relu": {}, "when": "out == 4"}])
        self.blocks[name] = {"params": {"out": "int"}, "steps": [*steps, self.conv("out"), *ending]}
        self.callable.append(name)


DECODER = {
    "inputs": ["x", "memory"],
    "steps": [
        {"Conv2d": {"out_channels": 4, "kernel_size": 1}, "as": "conv"}, {"add": ["conv", "memory"], "as": "joined"},
        {"add": ["joined", "x"]},
    ],
}  # fmt: skip


@st.composite
def nets(draw: st.DrawFn) -> dict[str, Any]:
    """A whole spec; a few are refused."""
    author = Author(draw)
    for at in range(draw(st.integers(0, 3))):
        author.block(f"unit{at}")
    inputs: dict[str, Any] = {"image": [3, 16, 16]}
    steps: list[Step] = []
    width: Width = 3
    outputs: dict[str, Any] = {}
    if author.pick(False, False, True):
        inputs["other"] = [3, 16, 16]
        steps = [{"cat": ["image", "other"]}]
        width = 6
    for _ in range(draw(st.integers(1, 4))):
        more, width = author.chain(width, 2, 2)
        steps += more
        if author.pick(False, False, True):
            name = author.fresh("aux")
            steps += [
                {**author.conv(4), "as": author.fresh("mid")},
                {"side": [author.conv(2), {"relu": {}}], "as": name},
            ]
            width = 4
            outputs[name] = author.pick(name, {"from": name, "only": "train"})
        steps += author.pick([], [{"max_pool2d": 2}], [{**author.conv(width), "repeat": 2}])
    steps += author.pick([], [{"adaptive_avg_pool2d": 1}, {"flatten": 1}, {"Linear": 5}])
    outputs = {"result": "last", **outputs}
    spec = {
        "archc": 1,
        "name": "net",
        "inputs": inputs,
        "steps": [*steps, {"relu": {}, "as": "last"}],
        "outputs": outputs,
    }
    return {**spec, "blocks": {**author.blocks, "decoder": DECODER}}
