"""Random specs that are heavy in blocks: nested, parametrised, chosen, conditional and repeated ones.

Shapes fit by construction: kernels are odd and padded by half, and the channels at hand are kept as an expression, so
that sums and grouped convolutions can use them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.property.draw_special import FIXED, special
from tests.property.parameters import POOL, VALUES


@dataclass
class Scope:
    """What expressions can name, and the channels at hand: None where a condition made them uncertain."""

    names: tuple[str, ...]
    channels: str | None
    loops: tuple[str, ...] = ()
    block: bool = True
    taken: int = 0


@dataclass
class Author:
    """Writes one spec."""

    draw: st.DrawFn
    blocks: dict[str, Any] = field(default_factory=dict)
    serial: int = 0

    def pick(self, *options: Any) -> Any:
        """One of some options."""
        return self.draw(st.sampled_from(options))

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.draw(st.integers(1, one_in)) == one_in

    def fresh(self, stem: str) -> str:
        """A name that nothing has yet."""
        self.serial += 1
        return f"{stem}{self.serial}"

    def size(self, scope: Scope) -> Any:
        """A number of channels: one of the names' values, or a formula of them."""
        options: list[Any] = [4, 6]
        forms = {
            "out": ("out", "out", "out * 2"), "ratio": ("4 * ratio",), "width": ("width", "width // 2", "width * 2"),
            "hidden": ("hidden", "hidden"), "widths": ("widths[0]", "sum(widths)", "max(widths)", "widths[-1]"),
            "shortcut": ("8 if shortcut else 4",),
        }  # fmt: skip
        for name in scope.names:
            options += forms.get(name, ())
        if {"out", "ratio"} <= set(scope.names):
            options += ["out * ratio", "make_divisible(out * ratio, 4)"]
        if scope.block:
            options += ["input.channels", "input.channels * 2", "max(2, input.channels // 2)"]
        options += [f"4 * ({name} + 1)" for name in scope.loops] + [f"2 ** {name} * 2" for name in scope.loops]
        return self.pick(*options)

    def conv(self, scope: Scope, out: Any = None) -> dict[str, Any]:
        """A convolution that keeps height and width; to `out` channels where that is given."""
        out = self.size(scope) if out is None else out
        kernel = self.pick(
            1,
            3,
            *(
                ("kernel", "kernel", "kernel if bias else 1")
                if "kernel" in scope.names and "bias" in scope.names
                else ("kernel",)
                if "kernel" in scope.names
                else ()
            ),
        )
        padding = kernel // 2 if isinstance(kernel, int) else f"({kernel}) // 2"
        args: dict[str, Any] = {"out_channels": out, "kernel_size": kernel, "padding": padding}
        if "bias" in scope.names and self.chance(2):
            args["bias"] = self.pick("bias", "not bias")
        if "mode" in scope.names and self.chance(2):
            args["padding_mode"] = "{mode}"
        if scope.channels is not None and out == scope.channels and self.chance(2):
            args["groups"] = scope.channels
        scope.channels = str(out)
        return {"Conv2d": args}

    def simple(self, scope: Scope) -> Any:
        """A step that keeps the shape."""
        options: list[Any] = [
            "relu",
            "ReLU",
            "BatchNorm2d",
            {"BatchNorm2d": {}},
            {"GELU": {}},
            "sigmoid",
            {"avg_pool2d": {"kernel_size": 3, "stride": 1, "padding": 1}},
        ]
        if "slope" in scope.names:
            options += [{"LeakyReLU": "slope"}, {"leaky_relu": {"negative_slope": "slope * 2"}}]
        if "momentum" in scope.names:
            options += [{"BatchNorm2d": {"momentum": "momentum"}}]
        if "act" in scope.names:
            options += [{"act": {}}, {"act": {}}, "act"]
        if "fill" in scope.names:
            options.append({"interpolate": {"scale_factor": 1, "mode": "{fill}"}})
        if scope.channels is not None:
            options.append({"GroupNorm": {"num_groups": scope.channels}})
        return self.pick(*options)

    def pieces(self, scope: Scope, count: int, depth: int) -> list[Any]:
        """A few steps."""
        found: list[Any] = []
        for _ in range(count):
            found += self.piece(scope, depth)
        return found

    def piece(self, scope: Scope, depth: int) -> list[Any]:
        """One idea of an author: one step or several that belong together."""
        kinds = ["conv", "conv", "simple", "simple", "when", "repeat", "names"]
        kinds += ["residual", "fork", "group", "chain"] * (depth > 0) + ["call"] * 3 * bool(
            set(self.blocks) - set(FIXED)
        )
        kinds += (
            ["special"] * 2 * (depth > 1)
            + ["widths"] * ("widths" in scope.names)
            + ["down"] * scope.block * ("pair" in scope.names)
        )
        return getattr(self, f"_{self.pick(*kinds)}")(scope, depth)

    def _conv(self, scope: Scope, depth: int) -> list[Any]:
        step = self.conv(scope)
        return [{**step, "as": self.fresh("conv")} if self.chance(2) else step]

    def _simple(self, scope: Scope, depth: int) -> list[Any]:
        return [self.simple(scope)]

    def _down(self, scope: Scope, depth: int) -> list[Any]:
        return [{self.pick("MaxPool2d", "max_pool2d"): {"kernel_size": "pair", "stride": self.pick("pair", 1)}}]

    def _when(self, scope: Scope, depth: int) -> list[Any]:
        tests = [
            test
            for name, test in (
                ("bias", "bias"),
                ("shortcut", "not shortcut"),
                ("kernel", "kernel > 1"),
                ("times", "times != 2"),
                ("widths", "len(widths) > 1"),
            )
            if name in scope.names
        ]
        tests += ["input.channels > 4", "input.channels == 4"] * scope.block + [f"{name} > 0" for name in scope.loops]
        if not tests:
            return self._simple(scope, depth)
        keeps = self.chance(2) and scope.channels is not None
        step = self.conv(scope, scope.channels) if keeps else self.simple(scope)
        if not keeps and self.chance(3):
            step = self.conv(scope)
            scope.channels = None
        step = {step: {}} if isinstance(step, str) else dict(step)
        if self.chance(3):
            step["as"] = self.fresh("maybe")
        return [{**step, "when": self.pick(*tests)}]

    def _repeat(self, scope: Scope, depth: int) -> list[Any]:
        count = self.pick(1, 2, 3, 5, *(("times", "times", "times + 1") if "times" in scope.names else ()))
        variable = self.fresh("i") if self.chance(2) else None
        inner = Scope(scope.names, None, (*scope.loops, variable) if variable else scope.loops, scope.block)
        step = self.pick(self.conv(inner), self.simple(inner), self.conv(inner))
        if set(self.blocks) - set(FIXED) and self.chance(2):
            step = self.call(inner)
        if depth and self.chance(3):
            inner.channels = None
            step = {self.pick("Sequential", "chain"): self.bare(self.pieces(inner, 2, depth - 1))}
        step = {step: {}} if isinstance(step, str) else dict(step)
        if variable and self.chance(2) and "chain" not in step:
            step["as"] = self.fresh("layer") + f"_{{{variable} + 1}}"
        scope.channels = None
        return [{**step, "repeat": {variable: count} if variable else count}]

    def _widths(self, scope: Scope, depth: int) -> list[Any]:
        variable = self.fresh("j")
        inner = Scope(scope.names, None, scope.loops, scope.block)
        step = self.conv(inner, f"widths[{variable}]")
        scope.channels = None
        name = {"as": self.fresh("stage") + f"_{{{variable}}}"} if self.chance(2) else {}
        return [{**step, **name, "repeat": {variable: "len(widths)"}}]

    def _names(self, scope: Scope, depth: int) -> list[Any]:
        first = self.fresh("left")
        step = self.conv(scope)
        scope_channels = scope.channels
        second = self.fresh("right")
        return [
            {**step, "as": first},
            {**self.conv(scope, scope_channels), "as": second},
            {self.pick("add", "mul"): [first, second]},
        ]

    def _residual(self, scope: Scope, depth: int) -> list[Any]:
        inner = Scope(scope.names, scope.channels, scope.loops, scope.block)
        main = self.pieces(inner, 2, depth - 1)
        if scope.channels is None:
            out = self.size(scope)
            return [{"add": {"main": [*main, self.conv(inner, out)], "skip": [self.conv(scope, out)]}}]
        return [{"add": {"main": [*main, self.conv(inner, scope.channels)], "skip": []}}]

    def _fork(self, scope: Scope, depth: int) -> list[Any]:
        branches: dict[str, Any] = {}
        sums: list[str | None] = []
        for name in ("a", "b", "c")[: self.pick(2, 2, 3)]:
            inner = Scope(scope.names, scope.channels, scope.loops, scope.block)
            steps = self.pieces(inner, self.pick(0, 1, 2), depth - 1)
            branches[name] = steps[0] if len(steps) == 1 and isinstance(steps[0], dict) and self.chance(2) else steps
            sums.append(inner.channels)
        scope.channels = None if None in sums else f"({' + '.join(str(s) for s in sums)})"
        return [{"cat": branches if self.chance(2) else {"branches": branches, "dim": 1}}]

    def _special(self, scope: Scope, depth: int) -> list[Any]:
        return special(self, scope)

    def _group(self, scope: Scope, depth: int) -> list[Any]:
        steps = self.pieces(scope, self.pick(1, 2, 3), depth - 1)
        return [{"Sequential": steps, "as": self.fresh("group")} if self.chance(2) else {"Sequential": steps}]

    def _chain(self, scope: Scope, depth: int) -> list[Any]:
        return [{"chain": self.pieces(scope, self.pick(1, 2), depth - 1)}]

    def _call(self, scope: Scope, depth: int) -> list[Any]:
        step = self.call(scope)
        scope.channels = None
        return [{**step, "as": self.fresh("part")} if self.chance(2) else step]

    def call(self, scope: Scope) -> dict[str, Any]:
        """A use of a block, with numbers, or with formulas of the caller's names."""
        name = self.pick(*(name for name in self.blocks if name not in FIXED))
        declared = self.blocks[name].get("params", {})
        given: dict[str, Any] = {}
        for key in declared:
            if key != "out" and self.chance(2):
                continue
            given[key] = (
                self.size(scope)
                if key == "out"
                else key
                if key in scope.names and self.chance(2) and key not in ("mode", "fill")
                else self.pick(*VALUES[key])
            )
        ordered = list(given) == list(declared)[: len(given)] and not (
            given and isinstance(next(iter(given.values())), list)
        )
        return {name: list(given.values()) if ordered and given and self.chance(2) else given}

    def bare(self, steps: list[Any]) -> list[Any]:
        """Steps without names, for rounds that would repeat them."""
        return [bare(step) for step in steps]

    def block(self, name: str) -> None:
        """Declare a block."""
        chosen = self.draw(st.lists(st.sampled_from(list(POOL)), min_size=1, max_size=7, unique=True))
        names = [*chosen, "width"]
        block: dict[str, Any] = {"params": {key: POOL[key] for key in chosen}} if chosen else {}
        if self.chance(3):
            block["let"] = {"hidden": self.size(Scope(tuple(names), None))}
            names.append("hidden")
        if self.chance(4):
            block["doc"] = self.pick(
                "A part.",
                'Says "so" and \\ {that}, in a sentence that is long enough to be wrapped by anyone who sets lines of eighty-eight.',
            )
        scope = Scope(tuple(names), "input.channels")
        steps = self.pieces(scope, self.pick(1, 2, 3, 4), 2)
        modules = all(
            isinstance(s, str) and s[0].isupper() or isinstance(s, dict) and next(iter(s))[0].isupper() for s in steps
        )
        self.blocks[name] = {**block, "steps": {"Sequential": steps} if modules and self.chance(2) else steps}


def bare(value: Any) -> Any:
    """A step, and those within, without names; merges of names become plain."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    if any(key in value and isinstance(value[key], list) for key in ("add", "mul")):
        return "relu"
    return {key: bare(item) for key, item in value.items() if key != "as"}
