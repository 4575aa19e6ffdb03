"""The kernels of convolutions on CPU: padding that is no zeros, or not as much at both ends, is a kernel of its own."""

from __future__ import annotations

from collections.abc import Sequence

from archc.ops.base import Call, Kernel, Op, Slide
from archc.ops.kernels import lone_kernel
from archc.ops.kernels.program import Program
from archc.ops.padding import Mode, Pad


def padded_kernels(op: Op, call: Call, slides: Sequence[Slide], mode: Mode) -> Sequence[Kernel]:
    """What pads, and the convolution of that; `mode` is `constant` where zeros are padded."""
    padding = tuple(0 if mode != "constant" else min(s.before, s.after) for s in slides)
    ends = tuple((s.before - pad, s.after - pad) for s, pad in zip(slides, padding, strict=True))
    if mode == "constant" and not any(map(any, ends)):
        return (lone_kernel(op, call),)
    program = Program(call)
    edges = tuple(edge for pair in reversed(ends) for edge in pair)
    padded = program.run(Pad, ("input",), "padded", pad=edges, mode=mode)
    given = {**op.__dict__, "padding": padding, "padding_mode": "zeros"}
    return program.finish(program.run(type(op), (padded,), "convolved", **given))
