"""archc's networks and the classes that it writes, held to the oracle at many settings of one spec."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
import types
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import archc
from tests.oracle.document import Document, document, type_of
from tests.oracle.draw import Drawn, Probe
from tests.oracle.formulas import Refused
from tests.oracle.interpret import BATCH, Net, inputs_of, make, make_block
from tests.oracle.values import settled

SIZES = {"in_channels": 0, "channels": 0, "in_features": -1, "features": -1, "height": 1, "in_height": 1, "width": 2,
         "in_width": 2, "length": 1, "in_length": 1}  # fmt: skip
"""What classes call the sizes of their input, and which dimension each is, the batch left out."""
TAKEN = (ValueError,)
"""What a class raises for arguments that the spec does not take."""


@dataclass(frozen=True)
class Disagreement:
    """Something that is not the same on both sides."""

    side: str
    """`build` (`archc.build`), `class` (the network's), `variant` (its function), `block` (its class) or `spec`."""
    kind: str
    at: str
    detail: str

    @property
    def label(self) -> tuple[str, str]:
        """What stays the same while a spec is reduced."""
        return self.side, self.kind


@dataclass
class Tally:
    """What was compared, and what was not."""

    counts: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


def compare(drawn: Drawn, tally: Tally) -> Iterator[Disagreement]:
    """Every disagreement about a spec."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from _compare(drawn, tally)


def _compare(drawn: Drawn, tally: Tally) -> Iterator[Disagreement]:
    network = loaded(drawn.text, {})
    wanted = made(lambda: make(drawn.text))
    tally.counts["cases"] += 1
    if isinstance(network, Exception):
        tally.counts["refused"] += 1
        if isinstance(wanted, Net):
            yield Disagreement("spec", "archc refuses", "", str(network).split("\n")[0])
        return
    if isinstance(wanted, Exception):
        yield Disagreement("spec", "archc accepts", "", str(wanted))
        return
    found = document(drawn.text)
    source = attempt(network.source)
    if not isinstance(source, str):
        yield Disagreement("build", "crash", "source", repr(source))
        return
    module = attempt(lambda: executed(source))
    if not isinstance(module, types.ModuleType):
        yield Disagreement("class", "crash", "import", repr(module))
        return
    for params in ({}, *drawn.settings):
        yield from at_setting(drawn.text, found, module, params, tally)
    for variant in found.raw.get("variants") or {}:
        yield from at_variant(drawn.text, found, module, variant, tally)
    for probe in drawn.probes:
        yield from at_probe(drawn.text, found, module, probe, tally)


def loaded(text: str, params: Mapping[str, Any], variant: str | None = None) -> archc.Network | Exception:
    """archc's network, or why there is none."""
    try:
        return archc.loads(text, variant=variant, params=dict(params))
    except archc.SpecError as error:
        return error


def made(make: Callable[[], Net]) -> Net | Refused:
    """The oracle's module, or why there is none."""
    try:
        torch.manual_seed(0)
        return make()
    except Refused as refused:
        return refused


def attempt(run: Callable[[], Any]) -> Any:
    """What a call gives, or raises."""
    try:
        return run()
    except Exception as error:
        return error


_serial = itertools.count()


def executed(source: str) -> types.ModuleType:
    """A module of generated source."""
    name = f"oracle_case_{next(_serial)}"
    module = types.ModuleType(name)
    module.source = source  # pyright: ignore
    sys.modules[name] = module
    try:
        exec(compile(source, name, "exec"), module.__dict__)
    finally:
        del sys.modules[name]
    return module


def network_class(module: types.ModuleType) -> type[nn.Module]:
    """The last class of a file that is a module."""
    names = [node.name for node in ast.parse(module.source).body if isinstance(node, ast.ClassDef)]
    classes = [getattr(module, name) for name in names]
    return [each for each in classes if issubclass(each, nn.Module)][-1]


def at_setting(
    text: str, found: Document, module: types.ModuleType, params: Mapping[str, Any], tally: Tally
) -> Iterator[Disagreement]:
    """The network built with some parameters, and its class with them as arguments."""
    at, tally.counts["settings"] = f"params {dict(params)}", tally.counts["settings"] + 1
    wanted = made(lambda: make(text, params))
    network = loaded(text, params)
    if isinstance(network, Exception) != isinstance(wanted, Exception):
        kind = "archc refuses" if isinstance(network, Exception) else "archc accepts"
        yield Disagreement("build", kind, at, str(network if isinstance(network, Exception) else wanted).split("\n")[0])
        return
    inputs = [] if isinstance(wanted, Exception) else inputs_of(found, settled(found, params, None))
    if not isinstance(network, Exception) and isinstance(wanted, Net):
        tally.counts["settings that hold"] += 1
        yield from held("build", at, lambda: seeded(network.module), wanted, inputs)
    cls = network_class(module)
    arguments = class_arguments(cls, found, found.network.params, params, module)
    if arguments is None:
        tally.notes["class: a parameter is no argument"] += 1
        return
    tally.counts["classes"] += 1
    if isinstance(wanted, Exception):
        known = lambda: inputs_of(found, settled(found, params, None))  # noqa: E731 - it may be refused itself
        yield from refused("class", at, cls, arguments, str(wanted), known, tally)
        return
    yield from held("class", at, lambda: seeded(lambda: cls(**arguments)), wanted, inputs)


def at_variant(
    text: str, found: Document, module: types.ModuleType, variant: str, tally: Tally
) -> Iterator[Disagreement]:
    """The network of a variant, and what its function gives."""
    at, tally.counts["variants"] = f"variant {variant}", tally.counts["variants"] + 1
    wanted, network = made(lambda: make(text, variant=variant)), loaded(text, {}, variant)
    if isinstance(network, Exception) != isinstance(wanted, Exception):
        kind = "archc refuses" if isinstance(network, Exception) else "archc accepts"
        yield Disagreement("build", kind, at, str(network if isinstance(network, Exception) else wanted).split("\n")[0])
        return
    if isinstance(network, Exception) or isinstance(wanted, Exception):
        return
    inputs = inputs_of(found, settled(found, {}, variant))
    yield from held("build", at, lambda: seeded(network.module), wanted, inputs)
    function = variant_function(module, found.raw["name"], variant)
    if function is None:
        tally.notes["variant: no function"] += 1
        return
    yield from held("variant", at, lambda: seeded(function), wanted, inputs)


def variant_function(module: types.ModuleType, name: str, variant: str) -> Callable[[], nn.Module] | None:
    """The function of a variant: the network's name and its own, or its own alone."""
    for known in (f"{name}_{variant}", variant, f"{name}_{variant}_", f"{variant}_"):
        found = vars(module).get(known)
        if isinstance(found, types.FunctionType) and found.__module__ == module.__name__:
            return found
    return None


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    """A module made from the seed that the oracle's is made from."""
    torch.manual_seed(0)
    return make()


def refused(
    side: str,
    at: str,
    cls: type[nn.Module],
    arguments: Mapping[str, Any],
    why: str,
    inputs: Callable[[], Sequence[Tensor]],
    tally: Tally,
) -> Iterator[Disagreement]:
    """Whether a class refuses what the language refuses."""
    tally.counts["refusals"] += 1
    result = attempt(lambda: cls(**arguments))
    if isinstance(result, TAKEN):
        return
    if "nothing uses" in why:
        tally.notes["class: a step may be of no use for some arguments"] += 1
        return
    if "probability" in why:
        tally.notes["class: a probability is refused by torch, where it is used"] += 1
        return
    if "zero" in why or "negative power" in why:
        tally.notes["class: a division by zero is refused where it is done"] += 1
        return
    if isinstance(result, Exception):
        yield Disagreement(side, "refuses with another error", at, f"{why}: {result!r}")
        return
    late = isinstance(attempt(lambda: run(result, inputs())), Exception)
    yield Disagreement(side, "refuses in forward alone" if late else "takes what the language refuses", at, why)


def class_arguments(
    cls: type[nn.Module],
    found: Document,
    declared: Mapping[str, Any],
    given: Mapping[str, Any],
    module: types.ModuleType,
) -> dict[str, Any] | None:
    """Parameters as arguments of a class; None where one of them is none."""
    known = inspect.signature(cls).parameters
    result: dict[str, Any] = {}
    for name, value in given.items():
        argument = next((each for each in (name, f"{name}_") if each in known), None)
        if argument is None:
            return None
        result[argument] = as_argument(found, declared[name], value, module)
    return result


def as_argument(found: Document, how: Any, value: Any, module: types.ModuleType) -> Any:
    """A parameter's value as a class takes it."""
    if type_of(how) == "block":
        return block_class(value, module) if value in found.blocks else op_class(value, module)
    if type_of(how) != "table":
        return value
    columns = list(how["columns"])
    rows = [
        each for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, tuple) and getattr(each, "_fields", None) == tuple(columns)
    ]  # fmt: skip
    cells = [tuple(row) if not isinstance(row, dict) else tuple(row[name] for name in columns) for row in value]
    return [(rows[0](*row) if rows else row) for row in cells]


def pascal(name: str) -> str:
    """The class of a block."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part) or "Block"


def block_class(name: str, module: types.ModuleType) -> Any:
    """The class of a block in a file, by its name or one that is told apart from it and from the network's."""
    whole = network_class(module)
    for known in (f"{pascal(name)}Block", f"{pascal(name)}_", pascal(name), f"{pascal(name)}2"):
        found = vars(module).get(known)
        is_own = isinstance(found, type) and issubclass(found, nn.Module) and found.__module__ == module.__name__
        if is_own and found is not whole:
            return found
    return None


def op_class(name: str, module: types.ModuleType) -> Any:
    """torch's own class or function of an op."""
    homes = {"nn": nn, "F": F, "torch": torch}
    named = [home for shown, home in homes.items() if re.search(rf"\b{shown}\.{name}\b", module.source)]
    return getattr([*named, *(home for home in homes.values() if hasattr(home, name))][0], name)


def at_probe(
    text: str, found: Document, module: types.ModuleType, probe: Probe, tally: Tally
) -> Iterator[Disagreement]:
    """A block's class alone."""
    block = found.blocks[probe.block]
    at = f"block {probe.block} {dict(probe.args)} on {probe.shapes}"
    alike = [name for name in found.blocks if pascal(name) == pascal(probe.block)]
    cls = block_class(probe.block, module) if len(alike) == 1 else None
    if cls is None:
        tally.notes["block: no class of its name"] += 1
        return
    generator = torch.Generator().manual_seed(1)
    inputs = [torch.randn((BATCH, *shape), generator=generator) for shape in probe.shapes]
    wanted = made(lambda: make_block(text, probe.block, probe.args, {}, inputs))
    scope = wanted.scope if isinstance(wanted, Net) else settled(found, {}, None)
    own = {name: probe.args[name] for name in block.params if name in probe.args}
    arguments: dict[str, Any] = {}
    taken = inspect.signature(cls).parameters
    for name, parameter in taken.items():
        names = (name, name.rstrip("_")) if name.rstrip("_") not in taken else (name,)
        stem = next((each for each in names if each in block.params), None)
        size = told_size(cls, name, probe.shapes)
        if stem is None and size is not None:
            if settled(found, {}, None).get(name, size) != size:
                tally.notes["block: a size is a parameter of the file"] += 1
                return
            arguments[name] = size
        elif stem is not None:
            if stem in own:
                arguments[name] = as_argument(found, block.params[stem], own[stem], module)
        elif (
            known := next((each for each in (name, name.rstrip("_")) if each in found.network.params), None)
        ) is not None:
            value = settled(found, {}, None)[known]
            arguments[name] = as_argument(found, found.network.params[known], plain(value), module)
        elif name in scope:
            arguments[name] = scope[name]
        elif (size := size_of(name, block.inputs, probe.shapes)) is not None:
            arguments[name] = size
        elif parameter.default is inspect.Parameter.empty:
            tally.notes[f"block: what is {name}?"] += 1
            return
    if told_ranks(cls) != tuple(len(shape) + 1 for shape in probe.shapes):
        tally.notes["block: the network feeds it other ranks"] += 1
        return
    if any(name in found.network.params for name in arguments) and not any(
        SIZES.get(name) in (0, -1) for name in arguments
    ):
        tally.notes["block: a size may be a parameter of the file"] += 1
        return
    if set(own) - {each.rstrip("_") for each in arguments} - set(arguments):
        tally.notes["block: a parameter is no argument"] += 1
        return
    tally.counts["blocks"] += 1
    if isinstance(wanted, Exception):
        yield from refused("block", at, cls, arguments, str(wanted), lambda: inputs, tally)
        return
    yield from held("block", at, lambda: seeded(lambda: cls(**arguments)), wanted, inputs)


def told_size(cls: type[nn.Module], name: str, shapes: Sequence[tuple[int, ...]]) -> int | None:
    """The size of an input that a class's docstring gives an argument's name to."""
    for told, shape in zip(told_shapes(cls), shapes, strict=False):
        dims = [part.strip() for part in told.split(",")][1:]
        if name in dims and len(dims) == len(shape):
            return shape[dims.index(name)]
    return None


def told_shapes(cls: type[nn.Module]) -> list[str]:
    """The shapes of the inputs, as a class's docstring tells them."""
    before = (cls.__doc__ or "").partition("Shape:")[2].partition("->")[0]
    return re.findall(r"\((N\b[^()]*(?:\([^()]*\)[^()]*)*)\)", before)


def told_ranks(cls: type[nn.Module]) -> tuple[int, ...]:
    """The ranks of the inputs that a class's docstring tells the shapes of."""
    return tuple(shape.count(",") + 1 for shape in told_shapes(cls))


def plain(value: Any) -> Any:
    """A value without rows."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return tuple(value.values()) if isinstance(value, dict) else value


def size_of(name: str, inputs: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> int | None:
    """The size of an input that an argument is called after."""
    for at, port in enumerate(inputs):
        if name.startswith(f"{port}_") and name[len(port) + 1 :] in SIZES:
            return dimension(shapes[at], SIZES[name[len(port) + 1 :]])
    return dimension(shapes[0], SIZES[name]) if name in SIZES else None


def dimension(shape: tuple[int, ...], at: int) -> int | None:
    """One size of a shape."""
    return shape[at] if -len(shape) <= at < len(shape) else None


def held(
    side: str, at: str, build: Callable[[], nn.Module], wanted: Net, inputs: Sequence[Tensor]
) -> Iterator[Disagreement]:
    """Everything in which a module differs from the oracle's."""
    module = attempt(build)
    if not isinstance(module, nn.Module):
        yield Disagreement(side, "crash", at, repr(module))
        return
    theirs, ours = module.state_dict(), wanted.state_dict()
    if list(theirs) != list(ours):
        yield Disagreement(side, "keys", at, f"{list(theirs)} is not {list(ours)}")
        return
    apart = [key for key in ours if theirs[key].shape != ours[key].shape or theirs[key].dtype != ours[key].dtype]
    if apart:
        yield Disagreement(
            side, "shapes", at, f"{apart[0]}: {tuple(theirs[apart[0]].shape)} is not {tuple(ours[apart[0]].shape)}"
        )
        return
    yield from same_start(side, at, theirs, wanted)
    fresh = {key: scrambled(key, value) for key, value in ours.items()}
    module.load_state_dict(fresh)
    wanted.load_state_dict(fresh)
    for training in (True, False):
        module.train(training)
        wanted.train(training)
        found = attempt(lambda: run(module, inputs))
        expected = attempt(lambda: run(wanted, inputs))
        mode = "in training" if training else "in inference"
        if isinstance(expected, Exception):
            continue  # such as a norm of single values, in training alone
        if isinstance(found, Exception):
            yield Disagreement(side, f"crash {mode}", at, repr(found))
            return
        if (problem := differ(found, expected)) is not None:
            yield Disagreement(side, f"values {mode}", at, problem)
            return
    after = [key for key, value in module.state_dict().items() if not equal(value, wanted.state_dict()[key])]
    if after:
        yield Disagreement(side, "statistics", at, after[0])


def same_start(side: str, at: str, theirs: Mapping[str, Tensor], wanted: Net) -> Iterator[Disagreement]:
    """Whether the initial weights are the same; where rules draw numbers, whether those that are constant are."""
    for key, value in wanted.facts.start.items():
        unsure = value.numel() < 3 or (is_varied(value) and is_varied(theirs[key]))
        if (wanted.facts.drawn_by_rules and unsure) or equal(value, theirs[key]):
            continue
        kind = "order of random numbers" if wanted.facts.draws else "initial weights"
        detail = f"{key}: {theirs[key].flatten()[:3]} is not {value.flatten()[:3]}"
        yield Disagreement(side, kind, at, detail)
        return


def is_varied(value: Tensor) -> bool:
    """Whether not all numbers of a tensor are the same."""
    return value.numel() > 1 and not bool((value == value.flatten()[0]).all())


def scrambled(key: str, value: Tensor) -> Tensor:
    """Other numbers for a weight, so that nothing is hidden by zeros and ones."""
    if not value.is_floating_point() or not bool(torch.isfinite(value).all()):
        return value
    generator = torch.Generator().manual_seed(len(key) + value.numel())
    found = 0.5 * torch.randn(value.shape, generator=generator)
    return found.abs() + 0.1 if key.endswith("running_var") else found


def run(module: nn.Module, inputs: Sequence[Tensor]) -> dict[str, Tensor]:
    """The outputs by name, or by place where there are no names."""
    torch.manual_seed(7)
    with torch.no_grad():
        found = module(*inputs)
    if isinstance(found, Tensor):
        return {"": found}
    if isinstance(found, dict):
        return found
    named = found._asdict().items() if hasattr(found, "_asdict") else enumerate(found)
    return {name: value for name, value in named if value is not None}


def differ(found: Mapping[Any, Tensor], expected: Mapping[str, Tensor]) -> str | None:
    """In what outputs differ."""
    if len(found) != len(expected):
        return f"outputs {list(found)} are not {list(expected)}"
    by_name = set(found) == set(expected)
    for at, (name, value) in enumerate(expected.items()):
        other = found[name] if by_name else list(found.values())[at]
        if other.shape != value.shape or other.dtype != value.dtype:
            return f"{name}: {tuple(other.shape)} {other.dtype} is not {tuple(value.shape)} {value.dtype}"
        if not equal(value, other):
            return f"{name}: off by {float((other.double() - value.double()).abs().max()):.3g}"
    return None


def equal(a: Tensor, b: Tensor) -> bool:
    """Whether all numbers are equal, bit by bit or both none."""
    return bool(((a == b) | ((a != a) & (b != b))).all())
