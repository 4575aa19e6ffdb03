"""Random specs: chains, forks, named tensors, side chains, groups, loops, conditions and parametrised blocks.

A spec is drawn step by step against the interpreter on torch's meta device, so that most steps fit. A step that does
not fit is mostly taken back, and sometimes kept: then the spec is one that torch cannot run.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import strategies as st

from tests.property.draw_ops import SEVERAL, Shape, op_and_args
from tests.property.interpreter import FAULTS, Interpreter, Names, Result, Value, about
from tests.property.torch_ops import PRIMARY

Env = Mapping[str, Any]
ELEMENTS = 60_000
"""The most elements of a tensor drawn on purpose."""
MERGES = ("add", "add", "mul", "cat", "cat", "cat", "sub", "maximum", "stack")


@dataclass(slots=True)
class Place:
    """Where a chain is being drawn: what it can refer to, and what it has made."""

    names: Names
    env: Env
    depth: int
    made: list[Result] = field(default_factory=list)
    top: bool = False
    block: bool = False


@dataclass
class Draft:
    """A spec being drawn."""

    draw: st.DrawFn
    machine: Interpreter
    serial: int = 0
    broken: bool = False

    def fresh(self, stem: str) -> str:
        """A name that nothing has yet."""
        self.serial += 1
        return f"{stem}{self.serial}"

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.draw(st.integers(1, one_in)) == one_in

    def chain(self, place: Place, current: Value, least: int, most: int) -> tuple[list[Any], Value]:
        """Steps that start from `current`."""
        steps: list[Any] = []
        wanted = self.draw(st.integers(least, most))
        for _ in range(2 * wanted):
            if self.broken or len(steps) == wanted:
                break
            step = self.step(place, current, steps)
            after = self.tried(step, place, current)
            if after is None and not self.chance(12):
                continue
            steps.append(step)
            if after is None:
                self.broken = True
            else:
                current = after
        return steps, current

    def tried(self, step: Any, place: Place, current: Value) -> Value | None:
        """What a step makes; None where it cannot run."""
        before = len(place.made)
        self.machine.trace.clear()
        try:
            return self.machine.repeated(step, place.names, current, place.env, place.made)
        except FAULTS:
            del place.made[before:]
            return None

    def step(self, place: Place, current: Value, steps: list[Any]) -> Any:
        """One step of any kind."""
        kinds = (
            ["op"] * 10
            + ["fork"] * 2 * (place.depth > 0)
            + ["join"] * 2
            + ["Sequential", "chain"] * (place.depth > 0)
            + ["reuse"]
        )
        kinds += ["side"] * place.top + ["block"] * 3 * bool(self.machine.spec["blocks"])
        kind = self.draw(st.sampled_from(kinds))
        shape = tuple(current.tensor.shape)
        if kind == "fork":
            return self.decorated(self.fork(place, current), place)
        if kind == "join" and (joined := self.join(place, steps)) is not None:
            return joined
        if kind in ("Sequential", "chain"):
            inner = Place(place.names.new_child({"input": current}), place.env, place.depth - 1)
            return self.decorated({kind: self.chain(inner, current, 1, 3)[0] or ["Identity"]}, place)
        if kind == "side":
            inner = Place(place.names.new_child({"input": current}), place.env, place.depth - 1)
            chain = self.chain(inner, current, 1, 2)[0] or ["ReLU"]
            return {
                "side": chain[0]
                if self.chance(3) and len(chain) == 1 and isinstance(chain[0], dict) and "as" not in chain[0]
                else chain,
                "as": self.fresh("aux"),
            }
        known = [name[:-1] for name in place.names.maps[0] if name.endswith("!")]
        if kind == "reuse" and known:
            return {"reuse": self.draw(st.sampled_from(known))}
        if kind == "block":
            name = self.draw(st.sampled_from(list(self.machine.spec["blocks"])))
            return self.decorated(self.block_call(name, place), place)
        named = (
            isinstance(steps[-1], dict) and isinstance(steps[-1].get("as"), str) and "{" not in steps[-1]["as"]
            if steps
            else False
        )
        return self.op(place, shape, leave=current.result.used or (named and place.top))

    def op(self, place: Place, shape: Shape, *, leave: bool) -> Any:
        """A step of one op; with `leave` it may work on another tensor than the current one."""
        name, args = self.draw(op_and_args(shape))
        if name in SEVERAL:
            return self.pieces(name, args, shape)
        if "act" in place.env and name in ("ReLU", "relu") and self.chance(2):
            return self.decorated({"act": {}}, place, leave=leave)
        if name != "getitem":
            args = {key: self.disguised(value, place.env) for key, value in args.items()}
        if set(args) == {PRIMARY.get(name)} and self.chance(2):
            return self.decorated({name: args[PRIMARY[name]]}, place, leave=leave)
        return self.decorated({name: args}, place, leave=leave)

    def pieces(self, name: str, args: dict[str, Any], shape: Shape) -> Any:
        """An op with several results, all of them named."""
        try:
            out = self.machine.call(
                name,
                torch.empty(shape, device="meta"),
                {k: tuple(v) if isinstance(v, list) else v for k, v in args.items()},
            )
        except FAULTS:
            out = [None, None]
        names = [self.fresh("part") if at == 0 or not self.chance(4) else "_" for at in range(min(9, len(out)))]
        return {name: args, "as": names}

    def decorated(self, step: dict[str, Any], place: Place, *, leave: bool = False) -> Any:
        """The step with a name, a condition or a loop, or none of them; a bare word where that is all."""
        key, args = next(iter(step.items()))
        if self.chance(5) and not names_within(step):
            variable = self.fresh("i")
            times = self.draw(st.sampled_from([0, 1, 2, 3, *(name for name in ("times",) if name in place.env)]))
            step["repeat"] = {variable: times} if self.chance(2) else times
            if isinstance(step["repeat"], dict) and self.chance(2):
                step["as"] = f"{self.fresh('r')}_{{{variable} + 1}}"
            return step
        if self.chance(2):
            step["as"] = self.fresh("s")
        if self.chance(6):
            tests = [
                "1 < 2",
                "2 < 1",
                *("input.channels > 3", "input.channels == 4") * place.block,
                *("flag", "not flag") * ("flag" in place.env),
            ]
            step["when"] = self.draw(st.sampled_from(tests))
        earlier = [name for name in place.names.maps[0] if not name.endswith("!")]
        if leave and earlier and self.chance(6):
            step["from"] = self.draw(st.sampled_from(earlier))
        return key if len(step) == 1 and args == {} and self.chance(2) else step

    def fork(self, place: Place, current: Value) -> dict[str, Any]:
        """Branches that start from the current tensor."""
        merge = self.draw(st.sampled_from(MERGES))
        branches: dict[str, Any] = {}
        shape = tuple(current.tensor.shape)
        for name in ("p", "q", "r")[: self.draw(st.sampled_from((2, 2, 2, 3)))]:
            inner = Place(place.names.new_child({"input": current}), place.env, place.depth - 1)
            chain, end = self.chain(inner, current, 0, 3)
            if (
                not self.broken
                and merge not in ("cat", "stack")
                and tuple(end.tensor.shape) != shape
                and not self.chance(3)
            ):
                chain = []  # the identity fits where sums want equal shapes
            lone = len(chain) == 1 and isinstance(chain[0], dict) and self.chance(2)
            branches[name] = chain[0] if lone else chain
        return self.merged(merge, branches, len(shape))

    def merged(self, merge: str, branches: Any, rank: int) -> dict[str, Any]:
        """A merge of branches or names, with its options."""
        if merge in ("cat", "stack") and self.chance(2):
            return {merge: {"branches": branches, "dim": self.draw(st.integers(-1, rank))}}
        if merge in ("add", "mul", "maximum") and self.chance(4):
            return {merge: {"branches": branches, "broadcast": True}}
        return {merge: branches}

    def join(self, place: Place, steps: list[Any]) -> Any:
        """A merge of the current tensor, if its step has a name, with an earlier one of this chain."""
        last = steps[-1].get("as") if steps and isinstance(steps[-1], dict) else None
        found = [name for name in place.names if not name.endswith("!") and name != last]
        if not isinstance(last, str) or "{" in last or "side" in steps[-1] or not found:
            return None
        merge = self.draw(st.sampled_from((*MERGES, "bmm")))
        joined = [last, *self.draw(st.lists(st.sampled_from(found), min_size=1, max_size=2, unique=True))]
        if self.chance(2):
            return self.merged(merge, joined, 3) if merge != "bmm" else {merge: joined}
        return {**self.merged(merge, {}, 3), "from": joined} if merge == "bmm" else {merge: {}, "from": joined}

    def disguised(self, value: Any, env: Env) -> Any:
        """A value, or an expression of parameters that gives it."""
        if isinstance(value, list):
            return [self.disguised(item, env) for item in value]
        numbers = [name for name, known in env.items() if isinstance(known, int) and not isinstance(known, bool)]
        if isinstance(value, bool) or not isinstance(value, int) or not numbers or not self.chance(2):
            return value
        name = self.draw(st.sampled_from(numbers))
        known = env[name]
        forms = [name] * 3 * (known == value) + [
            f"{name} + {value - known}" if value >= known else f"{name} - {known - value}"
        ]
        forms += [f"{value // known} * {name}"] * (known > 0 and value % known == 0)
        if value > 0 and known >= value and known % value == 0:
            forms.append(f"{name} // {known // value}")
        forms += [
            f"{value} if {name} == {known} else 1",
            f"max({value}, {name} - {known})" if value >= 0 else f"min({value}, {name})",
        ]
        return self.draw(st.sampled_from(forms))

    def block(self, name: str, shape: Shape) -> None:
        """Declare a block, drawn for one set of arguments and one input shape."""
        pool: dict[str, Any] = {
            "out": "int", "kernel": 3, "times": {"type": "int", "default": 2, "min": 0}, "flag": True, "factor": {"type": "int", "default": 2},
            "act": {"type": "block", "choices": ["ReLU", "Hardswish", "Tanh"], "default": "Tanh"},
        }  # fmt: skip
        chosen = self.draw(st.lists(st.sampled_from(list(pool)), max_size=4, unique=True))
        nominal = {"out": shape[1], "kernel": 3, "times": 2, "flag": True, "factor": 2, "act": "Tanh"}
        params = {key: pool[key] for key in chosen}
        x = Value(torch.empty(shape, device="meta"), Result())
        env = {**self.machine.spec["params"], **{key: nominal[key] for key in chosen}, "input": about(x.tensor)}
        place = Place(ChainMap({"input": x}), env, 1, block=True)
        block: dict[str, Any] = {"params": params} if params else {}
        if self.chance(3) and params:
            block["let"] = {"hidden": self.disguised(shape[1], place.env) if self.chance(2) else "input.channels * 2"}
            place.env = {
                **place.env,
                "hidden": shape[1] if block["let"]["hidden"] != "input.channels * 2" else 2 * shape[1],
            }
        steps, _ = self.chain(place, x, 1, 4)
        self.machine.spec["blocks"][name] = {**block, "steps": steps or ["relu"]}

    def block_call(self, name: str, place: Place) -> dict[str, Any]:
        """A use of a block: by name, in order, or bare."""
        declared: dict[str, Any] = self.machine.spec["blocks"][name].get("params", {})
        values: dict[str, Any] = {
            "out": st.sampled_from((1, 2, 3, 4, 6)), "kernel": st.integers(1, 3), "times": st.integers(0, 3),
            "flag": st.booleans(), "factor": st.integers(1, 3), "act": st.sampled_from(("ReLU", "Hardswish", "Tanh")),
        }  # fmt: skip
        given = {key: self.draw(values[key]) for key in declared if key == "out" or self.chance(2)}
        if "act" in given and "act" in place.env and self.chance(2):
            given["act"] = "act"
        given = {key: self.disguised(value, place.env) if key != "act" else value for key, value in given.items()}
        in_order = list(given) == list(declared)[: len(given)]
        return {name: list(given.values()) if in_order and self.chance(3) else given}


def names_within(step: dict[str, Any]) -> bool:
    """Whether steps that are in no submodule of their own are named: rounds would repeat their names."""
    found = [
        chain
        for chain in (
            *step.values(),
            *(part for value in step.values() if isinstance(value, dict) for part in value.values()),
        )
    ]
    inner = [s for part in found for s in (part if isinstance(part, list) else [part]) if isinstance(s, dict)]
    return "Sequential" not in step and any("as" in s or names_within(s) for s in inner)
