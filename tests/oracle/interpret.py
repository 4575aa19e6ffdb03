"""The language carried out in torch, lazily: an `nn.Module` that walks the spec in each forward pass.

Its modules have the names that the language gives them. They are made in a first pass, in evaluation mode, so that the
only random numbers drawn are those of constructors, in the language's order. Nothing here is shared with archc.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from tests.oracle import operations as ops
from tests.oracle.document import (
    Chain,
    Definition,
    Document,
    Step,
    document,
    first_port,
    has_default,
    is_text,
    op_arguments,
)
from tests.oracle.formulas import Refused, Row, evaluate
from tests.oracle.values import bound, default_of, settled, taken, text, with_lets

FAULTS = (
    RuntimeError, ValueError, TypeError, IndexError, AssertionError, ZeroDivisionError, OverflowError,
    NotImplementedError,
)  # fmt: skip
"""What torch raises for what it cannot run."""
BATCH = 2
DTYPES = {"float32": torch.float32, "int64": torch.int64, "float64": torch.float64, "bool": torch.bool}


@dataclass(eq=False, slots=True)
class Result:
    """What a step made, which something must use."""

    where: str
    used: bool = False


@dataclass(eq=False, slots=True)
class Value:
    """A tensor, and the result that it is part of."""

    tensor: Tensor
    result: Result


@dataclass(eq=False, slots=True)
class Instance:
    """What a step applied, for `reuse`."""

    kind: str
    args: Mapping[str, Any]
    module: nn.Module


@dataclass(eq=False, slots=True)
class Named:
    """A step's results, by name where they have any."""

    values: list[Value]
    ports: Sequence[str] = ("",)
    instance: Instance | None = None
    called: Sequence[str] = ()
    """What a block calls them, be there only one: so the next round takes them."""

    def get(self, port: str) -> Value:
        """The result of a name, the first one without."""
        if not port:
            return self.values[0]
        if port not in self.ports:
            raise Refused(f"there is no result {port}")
        return self.values[self.ports.index(port)]


Names = ChainMap[str, Named]


class Holder(nn.Module):
    """A body, or a list of rounds: whatever has children by name."""

    def child(self, path: str, make: Callable[[], nn.Module] | None) -> nn.Module:
        """The module at a path, made where it is not there yet; with `make` None it must be."""
        home: nn.Module = self
        *outer, name = path.split(".")
        for part in outer:
            if part not in home._modules:
                if make is None:
                    raise Refused(f"no module {path}")
                home.add_module(part, Holder())
            home = home._modules[part]  # pyright: ignore
        if name not in home._modules:
            if make is None:
                raise Refused(f"no module {path}")
            home.add_module(name, make())
        return home._modules[name]  # pyright: ignore


@dataclass(eq=False, slots=True)
class Frame:
    """A body being walked."""

    holder: Holder
    numbered: bool
    owner: Definition
    taken: set[str]
    results: list[Result] = field(default_factory=list)
    ordinals: dict[str, int] = field(default_factory=dict)
    branches: dict[str, int] = field(default_factory=dict)
    memo: dict[int, str] = field(default_factory=dict)
    """Names that are taken once, whatever the round."""
    places: int = 0
    dropped: set[str] = field(default_factory=set)
    """Side chains that are not there."""
    made: set[str] = field(default_factory=set)
    serials: dict[str, int] = field(default_factory=dict)
    """Where the text has the steps of its modules."""
    late: list[Callable[[], object]] = field(default_factory=list)
    """What fills the body's own tensors, at the end of its constructor."""

    def auto(self, step: Step) -> str:
        """The ordinal name of an unnamed step."""
        key = id(step)
        if key not in self.memo:
            stem = step.key.rsplit(".", 1)[-1].lower()
            while True:
                at = self.ordinals[stem] = self.ordinals.get(stem, 0) + 1
                if f"{stem}_{at}" not in self.taken:
                    break
            self.memo[key] = f"{stem}_{at}"
        return self.memo[key]

    def branch(self, chain: Chain, name: str) -> str:
        """The name of a branch, told apart from those of other forks."""
        key = id(chain)
        if key not in self.memo:
            at = self.branches.get(name, 0) + 1
            self.branches[name] = at
            while (unique := name if at == 1 else f"{name}_{at}") in self.taken:
                at += 1
            self.taken.add(unique)
            self.memo[key] = unique
        return self.memo[key]


@dataclass(frozen=True, slots=True)
class Site:
    """Where steps are walked."""

    frame: Frame
    names: Names
    env: Mapping[str, Any]
    top: bool = True
    forced: str | None = None
    rounds: tuple[int, ...] = ()
    """The rounds of the repeated steps around."""

    def rounded(self, name: str) -> str:
        """A name in this round."""
        return ".".join((name, *map(str, self.rounds)))

    def in_round(self, at: int, env: Mapping[str, Any]) -> Site:
        """The site of one round of a step here."""
        return replace(self, env=env, rounds=(*self.rounds, at))

    @property
    def is_numbered(self) -> bool:
        """Whether unnamed steps are called by their place."""
        return self.frame.numbered and self.top

    def auto(self, step: Step) -> str:
        """The ordinal name of an unnamed step, without its round."""
        return self.frame.auto(step)

    def branch(self, chain: Chain, name: str) -> str:
        """The name of a branch."""
        return self.rounded(self.frame.branch(chain, name))


class Net(Holder):
    """A definition as a module."""

    def __init__(self, found: Document, names: Mapping[str, Any], definition: Definition, numbered: bool) -> None:
        super().__init__()
        object.__setattr__(self, "facts", Facts(found, names, definition, numbered))

    def forward(self, *inputs: Tensor) -> dict[str, Tensor]:
        """The outputs by name, those for training alone where it trains."""
        return Walk(self.facts, self, making=False, training=self.training).run(inputs)

    def make(self, inputs: Sequence[Tensor]) -> Net:
        """Make all modules, for inputs of these shapes; a refusal raises `Refused`."""
        walk = Walk(self.facts, self, making=True, training=False)
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            try:
                walk.run(inputs)
            except FAULTS as fault:
                raise Refused(f"{type(fault).__name__}: {fault}") from fault
        if self.facts.definition is self.facts.document.network:
            _initialise(self, self.facts)
        self.facts.start = {name: value.clone() for name, value in self.state_dict().items()}
        return self.train()

    @property
    def training_only(self) -> tuple[str, ...]:
        """The outputs that are for training alone."""
        outputs = self.facts.definition.outputs
        return tuple(
            name for name, given in outputs.items() if isinstance(given, dict) and given.get("only") == "train"
        )

    @property
    def scope(self) -> Mapping[str, Any]:
        """The values of all names that the definition's expressions know, once it is made."""
        return self.facts.scope


@dataclass(eq=False, slots=True)
class Facts:
    """What a net is made of."""

    document: Document
    names: Mapping[str, Any]
    """The file's parameters and lets, and a block's own parameters."""
    definition: Definition
    numbered: bool
    scope: Mapping[str, Any] = field(default_factory=dict)
    symbols: Mapping[str, int] = field(default_factory=dict)
    """The sizes that the symbols of the inputs have."""
    start: Mapping[str, Tensor] = field(default_factory=dict)
    """The weights as they are when they are made."""
    rounds: dict[int, Chain] = field(default_factory=dict)
    """The chains of those steps whose rounds are a `Sequential`."""
    is_own: bool = False
    """Whether the spec stands as it is written: then each rule of `init` must be about something."""
    draws: bool = False
    """Whether tensors of its own draw random numbers, at the end of the constructor that they belong to."""
    drawn_by_rules: bool = False
    """Whether rules of `init` draw random numbers."""


def make(
    text: str | Mapping[str, Any],
    params: Mapping[str, Any] | None = None,
    variant: str | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Net:
    """The network of a spec, with its modules; raises `Refused` where the language refuses it."""
    found = document(text)
    names = settled(found, params or {}, variant)
    net = Net(found, names, found.network, is_sequential(found, found.network))
    net.facts.symbols = known = dict(sizes or {})
    net.facts.is_own = not params and variant is None and not found.raw.get("variants")
    return net.make(inputs_of(found, names, known))


def make_block(
    text: str | Mapping[str, Any],
    block: str,
    args: Mapping[str, Any],
    params: Mapping[str, Any] | None,
    inputs: Sequence[Tensor],
    variant: str | None = None,
) -> Net:
    """One block alone, given values for its parameters."""
    found = document(text)
    definition = found.blocks[block]
    own = {
        name: taken(name, how, args[name]) if name in args else default_of(name, how)
        for name, how in definition.params.items()
        if name in args or has_default(how)
    }
    if len(own) < len(definition.params):
        raise Refused(f"{block} needs all its parameters")
    names = {**settled(found, params or {}, variant), **own}
    return Net(found, names, definition, definition.numbered).make(inputs)


def inputs_of(
    found: Document, names: Mapping[str, Any], known: dict[str, int] | None = None, seed: int = 0
) -> list[Tensor]:
    """Tensors of the declared shapes: small numbers, whole ones all 0 or 1; symbols are noted in `known`."""
    known = {} if known is None else known
    generator = torch.Generator().manual_seed(seed)
    made: list[Tensor] = []
    for given in found.raw["inputs"].values():
        shape = given["shape"] if isinstance(given, dict) else given
        dtype = given.get("dtype", "float32") if isinstance(given, dict) else "float32"
        whole = [_size(dim, names, known) for dim in shape]
        if any(not isinstance(size, int) or isinstance(size, bool) or size < 1 for size in whole):
            raise Refused(f"an input has the shape {whole}")
        if dtype.startswith("float"):
            made.append(torch.randn((BATCH, *whole), generator=generator).to(DTYPES[dtype]))
        else:
            made.append(torch.randint(0, 2, (BATCH, *whole), generator=generator).to(DTYPES[dtype]))
    return made


def _size(dim: Any, names: Mapping[str, Any], known: dict[str, int]) -> Any:
    if not isinstance(dim, str):
        return dim
    symbol, equals, usual = dim.partition("=")
    symbol = symbol.strip()
    if equals and symbol.isidentifier():
        if symbol not in known:
            known[symbol] = evaluate(usual, names)
        return known[symbol]
    return known[dim] if dim in known else evaluate(dim, names)


def is_sequential(found: Document, network: Definition) -> bool:
    """Whether a network is modules alone by its definition, and so numbers its children."""
    tensors = {*network.inputs, *(step.name for step in network.chain.steps)}
    if len(network.inputs) != 1 or not _modules_alone(found, network, network.chain, tensors):
        return False
    sources = [given["from"] if isinstance(given, dict) else given for given in network.outputs.values()]
    only = [isinstance(given, dict) and "only" in given for given in network.outputs.values()]
    last = network.chain.steps[-1]
    return not sources or (len(sources) == 1 and not any(only) and sources[0] == last.name)


def _modules_alone(found: Document, owner: Definition, chain: Chain, tensors: Set[str | None]) -> bool:
    for step in chain.steps:
        if step.sources is not None or step.key in ("side", "reuse") or step.results:
            return False
        if isinstance(step.other, str) and step.other.partition(".")[0] in tensors:
            return False
        inner = [step.otherwise, *([step.group] if step.key == "chain" else [])]
        if not all(_modules_alone(found, owner, each, tensors) for each in inner if each is not None):
            return False
        if step.key == "Sequential" and step.group is not None and _reads(step.group) & tensors:
            return False
        kinds = found.alternatives(step.key, owner)
        if step.key not in ("chain", "Sequential") and not all(_is_plain(found, kind) for kind in kinds):
            return False
    return True


def _reads(chain: Chain) -> set[str | None]:
    """The names of tensors around it that a chain reads."""
    stems: set[str | None] = set()
    for step in chain.steps:
        stems |= {name.partition(".")[0] for _, name in step.sources or ()}
        stems |= {step.other.partition(".")[0]} if isinstance(step.other, str) else set()
        for inner in (step.otherwise, step.group, *(step.branches or {}).values()):
            stems |= _reads(inner) if inner is not None else set()
    return stems - {step.name for step in chain.steps}


def _is_plain(found: Document, kind: str) -> bool:
    """Whether a block or op is a module of one tensor to one."""
    if kind in found.blocks:
        return len(found.blocks[kind].inputs) == 1 and len(found.blocks[kind].outputs) <= 1
    return kind[0].isupper() and kind not in ops.ONE_TO_ONE_NOT


@dataclass(eq=False, slots=True)
class Walk:
    """One pass over a spec."""

    facts: Facts
    net: Holder
    making: bool
    training: bool
    serial: int = 0
    """The place in the text of the step that is being made."""
    again: int = 0
    """How many instances that are used again it is within."""

    @property
    def document(self) -> Document:
        return self.facts.document

    def run(self, inputs: Sequence[Tensor]) -> dict[str, Tensor]:
        """The outputs of the whole definition."""
        definition = self.facts.definition
        is_network = definition is self.document.network
        values = [
            Value(tensor, Result(f"input {name}")) for name, tensor in zip(definition.inputs, inputs, strict=True)
        ]
        names, env = self.enter(definition, values, self.facts.names, is_network)
        self.facts.scope = env
        found = self.body(definition.chain, self.net, self.facts.numbered, definition, names, env, values[0])
        if is_network and not all(value.result.used for value in values):
            raise Refused("an input that nothing uses")
        alone = [
            name for name, given in definition.outputs.items()
            if isinstance(given, dict) and given.get("only") == "train"
        ]  # fmt: skip
        wanted = {name: value.tensor for name, value in found.items() if name not in alone}
        if not is_network:
            wanted = {name: value.tensor for name, value in found.items()}
        elif self.training or self.making:
            wanted |= {name: found[name].tensor for name in alone if name in found}
        return wanted

    def enter(
        self, definition: Definition, values: Sequence[Value], known: Mapping[str, Any], is_network: bool
    ) -> tuple[Names, Mapping[str, Any]]:
        """What a definition's steps can name, and what its expressions can."""
        names: Names = ChainMap({})
        for name, value in zip(definition.inputs, values, strict=True):
            names[name] = Named([value])
        if not is_network or len(values) == 1:
            names.setdefault("input", Named([values[0]]))
        if is_network:
            return names, known
        return names, with_lets(definition, {**known, "input": about(values[0].tensor)})

    def body(
        self,
        chain: Chain,
        holder: Holder,
        numbered: bool,
        owner: Definition,
        names: Names,
        env: Mapping[str, Any],
        start: Value,
        outputs: Mapping[str, Any] | None = None,
    ) -> dict[str, Value]:
        """A chain with modules of its own; its outputs by name."""
        fixed = {step.name for step in chain.steps if step.name is not None and "{" not in step.name}
        frame, serial = Frame(holder, numbered, owner, fixed), self.serial
        last = self.chain(chain, Site(frame, names, env), start)
        self.serial = serial
        declared = owner.outputs if outputs is None else outputs
        wanted: dict[str, Value] = {}
        for name, given in declared.items():
            source = given["from"] if isinstance(given, dict) else given
            if source not in frame.dropped:
                wanted[name] = self.find(names, source)
        wanted = wanted or {"output": last}
        for value in wanted.values():
            value.result.used = True
        unused = [result.where for result in frame.results if not result.used]
        if unused:
            raise Refused(f"nothing uses the result of {unused[0]}")
        if self.making and not self.again:
            for fill in frame.late:
                fill()
            if not numbered:
                order = sorted(holder._modules, key=lambda name: frame.serials.get(name, -1))
                holder._modules = {name: holder._modules[name] for name in order}
        return wanted

    def find(self, names: Names, source: str) -> Value:
        """The tensor of a name."""
        stem, _, port = source.partition(".")
        if stem not in names:
            raise Refused(f"nothing is called {stem}")
        return names[stem].get(port)

    def chain(self, chain: Chain, site: Site, current: Value) -> Value:
        """Steps, each fed by the one before."""
        for step in chain.steps:
            current, _ = self.stand(step, site, current, {})
        return current

    def stand(self, step: Step, site: Site, current: Value, carried: Mapping[str, Value]) -> tuple[Value, Named | None]:
        """A step as often as it says: what the next one works on, and its results."""
        if step.repeat is None:
            return self.once(step, site, current, carried)
        value = self.repeated(step, site, current)
        return value, Named([value])

    def repeated(self, step: Step, site: Site, current: Value) -> Value:
        """A step in rounds."""
        is_plain = step.name is not None and "{" not in step.name
        if is_plain and site.is_numbered and self.owns(Chain([step]), site):
            chain = self.facts.rounds.setdefault(id(step), Chain([dataclasses.replace(step, name=None)]))
            current.result.used = True
            named = self.submodule(chain, step.name or "", site, current, own_input=False)
            return self.bind(step, site, named, current)[0]
        if not site.rounds:
            self.reserve(step, site)
        if site.is_numbered and not site.rounds and self.making and not self.again:
            for name in self.lists(step, site):
                site.frame.holder.child(name, Holder)
        variable, rounds = self.rounds(step, site)
        carried: dict[str, Value] = {}
        if not rounds and is_plain:
            site.names[step.name or ""] = Named([current])
        for at, value in enumerate(rounds):
            env = site.env if variable is None else {**site.env, variable: value}
            current, named = self.once(step, site.in_round(at, env), current, carried)
            if named is not None:
                carried = dict(zip(named.called, named.values, strict=False))
        return current

    def lists(self, step: Step, site: Site) -> Iterator[str]:
        """The names of the branches of the forks that a step repeats, which stand before what it numbers."""
        for inner in step.group.steps if step.key == "chain" and step.group is not None else ():
            yield from self.lists(inner, site)
        for name, chain in (step.branches or {}).items():
            if chain.lone or self.owns(chain, site):
                yield site.branch(chain, name)

    def rounds(self, step: Step, site: Site) -> tuple[str | None, Sequence[Any]]:
        """The loop variable and its value in each round."""
        if not isinstance(step.repeat, dict):
            return None, range(self.count(step.repeat, site))
        ((variable, given),) = step.repeat.items()
        if isinstance(given, str):
            for owner in (site.frame.owner, self.document.network):
                declared = owner.params.get(given)
                if isinstance(declared, dict) and declared.get("type") == "table":
                    return variable, site.env[given]
        return variable, range(self.count(given, site))

    def count(self, given: Any, site: Site) -> int:
        """A number of rounds."""
        count = evaluate(given, site.env) if isinstance(given, str) else given
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise Refused(f"{count!r} is no number of rounds")
        return count

    def once(self, step: Step, site: Site, current: Value, carried: Mapping[str, Value]) -> tuple[Value, Named | None]:
        """A step, one time: what the next one works on, and its results, None where it is dropped."""
        kind = self.kind(step, site)
        holds = True
        if step.when is not None:
            holds = evaluate(step.when, site.env, whole=False) if isinstance(step.when, str) else step.when
            if not isinstance(holds, bool):
                raise Refused(f"`when` is {holds!r}")
        if not holds:
            return self.dropped(step, kind, site, current, carried)
        sources = self.sources(step, kind, site, current, carried)
        for _, value in sources:
            value.result.used = True
        self.serial = step.serial
        named = self.act(step, kind, site, sources, current)
        self.reserve_else(step, site)
        return self.bind(step, site, named, current)

    def bind(self, step: Step, site: Site, named: Named, current: Value) -> tuple[Value, Named]:
        """Name a step's results."""
        if site.top and step.key != "chain":
            site.frame.places += 1
        if step.expect is not None:
            self.check_expect(step, site, named.values[0].tensor)
        if step.results:
            if len(step.results) != len(named.values):
                raise Refused(f"{step.key} has {len(named.values)} results, not {len(step.results)}")
            for name, value in zip(step.results, named.values, strict=True):
                if name != "_":
                    site.names[name] = Named([value])
        elif len(named.values) > 1 and step.key in ops.FUNCTIONS:
            raise Refused(f"{step.key} has results without names")
        elif step.name is not None:
            site.names[text(step.name, site.env)] = named
        return (current if step.key == "side" else named.values[0]), named

    def check_expect(self, step: Step, site: Site, tensor: Tensor) -> None:
        """Hold a result to the shape that a step expects."""
        wanted = [
            None
            if size == "_"
            else evaluate(size, {**self.facts.symbols, **site.env})
            if isinstance(size, str)
            else size
            for size in step.expect
        ]
        if len(wanted) != tensor.dim() - 1 or any(
            w is not None and w != s for w, s in zip(wanted, tensor.shape[1:], strict=True)
        ):
            raise Refused(f"{step.key} is expected to be {wanted}")

    def otherwise(self, step: Step, site: Site) -> Chain | None:
        """What stands under `else`; None for a tensor's name. Several steps that own modules are one `Sequential`."""
        if isinstance(step.other, str) and step.other.partition(".")[0] in site.names:
            return None
        chain = step.otherwise
        assert chain is not None
        if not chain.lone and chain.steps and step.key != "chain" and self.owns(chain, site):
            group = Step(
                "Sequential",
                None,
                step.name,
                step.results,
                step.sources,
                expect=step.expect,
                group=chain,
                serial=step.serial,
            )
            step.otherwise = chain = Chain([group], lone=True)
        return chain

    def dropped(
        self, step: Step, kind: str, site: Site, current: Value, carried: Mapping[str, Value]
    ) -> tuple[Value, Named | None]:
        """What a step whose condition does not hold gives."""
        if step.has_else:
            return self.alternative(step, site, current, carried)
        self.reserve(step, site)
        sources = [value for _, value in self.sources(step, kind, site, current, carried)]
        handed = current if not sources or current in sources else sources[0]
        if step.name is not None and "{" not in step.name:
            site.names[step.name] = Named([handed])
        if step.key == "side":
            site.frame.dropped.add(step.name or "")
            return current, None
        return handed, None

    def alternative(
        self, step: Step, site: Site, current: Value, carried: Mapping[str, Value]
    ) -> tuple[Value, Named | None]:
        """What stands under `else`: a tensor's name, a step that has the name of this one, or a chain."""
        chain, named = self.otherwise(step, site), takes_a_name(step) and step.name is None and not site.is_numbered
        if chain is not None and chain.lone:
            forced = site.forced
            if forced is None and named:
                forced = site.rounded(site.auto(step))
            self.reserve_inside(step, site)
            other, given = self.stand(chain.steps[0], replace(site, forced=forced), current, carried)
            return (current if step.key == "side" else other), given
        if named:
            site.auto(step)
        self.reserve_inside(step, site)
        if chain is None:
            value = self.find(site.names, step.other)
        else:
            start = current if step.sources is None else self.find(site.names, step.sources[0][1])
            names, top = site.names.new_child({"input": Named([start])}), site.top and step.key == "chain"
            value = self.chain(chain, replace(site, names=names, top=top, forced=None), start)
            site.frame.places += bool(chain.steps and site.top and step.key != "chain")
        if step.name is not None:
            site.names[text(step.name, site.env)] = Named([value])
        return (current if step.key == "side" else value), Named([value])

    def reserve_chain(self, chain: Chain | None, site: Site) -> None:
        """Take the names that a chain would."""
        for step in chain.steps if chain is not None else ():
            self.reserve(step, site)

    def reserve(self, step: Step, site: Site) -> None:
        """Take the names that a step would, so that those behind it are the same with and without it."""
        if step.key == "reuse":
            return
        if step.name is None and step.key != "chain" and site.forced is None and not site.is_numbered:
            site.auto(step)
        self.reserve_inside(step, site)
        self.reserve_else(step, site)

    def reserve_inside(self, step: Step, site: Site) -> None:
        """Take the names of the modules within a step that are the body's own."""
        inner = replace(site, top=site.top and step.key == "chain", forced=None)
        if step.key == "chain":
            self.reserve_chain(step.group, inner)
        for name, chain in (step.branches or {}).items():
            if chain.lone or self.owns(chain, site):
                site.branch(chain, name)
            if chain.lone:
                self.reserve_inside(chain.steps[0], inner)
            elif not self.owns(chain, site):
                self.reserve_chain(chain, inner)

    def reserve_else(self, step: Step, site: Site) -> None:
        """Take the names of what would stand in the place of a step that is there."""
        chain = self.otherwise(step, site) if step.has_else else None
        if chain is None:
            return
        if not chain.lone:
            self.reserve_chain(chain, replace(site, top=site.top and step.key == "chain", forced=None))
        elif takes_a_name(step):
            self.reserve_inside(chain.steps[0], site)
            self.reserve_else(chain.steps[0], site)
        else:
            self.reserve(chain.steps[0], site)

    def owns(self, chain: Chain, site: Site) -> bool:
        """Whether a chain makes any module, and so is one itself."""
        for step in chain.steps:
            kinds = self.document.alternatives(step.key, site.frame.owner)
            if kinds != [step.key] or step.key in self.document.blocks or step.key in ("Sequential", "side"):
                return True
            if step.key[0].isupper():
                return True
            named = isinstance(step.other, str) and step.other.partition(".")[0] in site.names
            inner = [step.group, *(step.branches or {}).values(), None if named else step.otherwise]
            if any(self.owns(each, site) for each in inner if each is not None):
                return True
        return False

    def kind(self, step: Step, site: Site) -> str:
        """What a step does: the name of an op, a block or a group."""
        if self.document.alternatives(step.key, site.frame.owner) != [step.key]:
            return site.env[step.key]
        return step.key

    def sources(
        self, step: Step, kind: str, site: Site, current: Value, carried: Mapping[str, Value]
    ) -> list[tuple[str, Value]]:
        """The tensors that a step works on, by port."""
        block = self.document.blocks.get(kind)
        if step.sources is None:
            found = [] if kind in ops.SOURCES else [("", current)]
        else:
            found = [(port, self.find(site.names, name)) for port, name in step.sources]
            first = first_port(self.document, kind)
            if first and all(port for port, _ in found) and first not in [port for port, _ in found]:
                found = [(first, current), *found]
        if block is None or not carried:
            return found
        ports = [port or block.inputs[at] for at, (port, _) in enumerate(found)]
        return [(port, carried.get(port, value)) for port, (_, value) in zip(ports, found, strict=True)]

    def named(self, step: Step, site: Site) -> str:
        """The path of a step's module."""
        if step.name is not None:
            name = text(step.name, site.env)
            is_plain = "{" not in step.name
            return site.rounded(name) if is_plain and not site.is_numbered else name
        if site.forced is not None:
            return site.forced
        if site.is_numbered:
            return str(site.frame.places)
        return site.rounded(site.auto(step))

    def act(self, step: Step, kind: str, site: Site, sources: list[tuple[str, Value]], current: Value) -> Named:
        """Carry a step out."""
        if kind == "chain":
            inner = replace(site, names=site.names.new_child({"input": Named([sources[0][1]])}), forced=None)
            return Named([self.chain(step.group or Chain([]), inner, sources[0][1])])
        if kind in ("Sequential", "side"):
            return self.group(step, kind, site, sources[0][1])
        if kind == "reuse":
            return self.reused(step, site, sources)
        if kind in self.document.blocks:
            return self.block(step, kind, site, sources)
        return self.op(step, kind, site, sources)

    def group(self, step: Step, kind: str, site: Site, start: Value) -> Named:
        """A `Sequential`, or a side chain."""
        name, chain = self.named(step, site), step.group or Chain([])
        if kind == "side" and chain.lone:
            return Named([self.chain(chain, replace(site, top=False, forced=name), start)])
        return self.submodule(chain, name, site, start)

    def submodule(self, chain: Chain, name: str, site: Site, start: Value, *, own_input: bool = True) -> Named:
        """A chain as a module of its own, which sees the names around it."""
        holder = self.holder(site, name)
        inner = Value(start.tensor, Result("input"))
        names = site.names.new_child({"input": Named([inner])} if own_input else {})
        (found,) = self.body(chain, holder, True, site.frame.owner, names, site.env, inner, {}).values()
        return self.put(site, name, [found.tensor], instance=Instance("Sequential", {}, holder))

    def holder(self, site: Site, name: str) -> Holder:
        """The module of a body."""
        made = self.child(site, name, Holder)
        assert isinstance(made, Holder)
        return made

    def child(self, site: Site, name: str, make: Callable[[], nn.Module]) -> nn.Module:
        """The module of a name, which no other step may have."""
        if name in site.frame.made:
            raise Refused(f"two steps are called {name}")
        site.frame.made.add(name)
        site.frame.serials.setdefault(name.partition(".")[0], self.serial)
        return site.frame.holder.child(name, make if self.making and not self.again else None)

    def put(
        self,
        site: Site,
        name: str,
        tensors: Sequence[Tensor],
        ports: Sequence[str] = (),
        instance: Instance | None = None,
        *,
        whole: bool = False,
    ) -> Named:
        """Tensors as the results of one step; `whole` where they have no batch."""
        result = Result(name)
        site.frame.results.append(result)
        for tensor in tensors:
            if whole:
                ops.without_batch(tensor)
            if tensor.numel() == 0:
                raise Refused(f"{name} gives {tuple(tensor.shape)}")
        named = ports if len(ports) >= len(tensors) else ("",) * len(tensors)
        return Named([Value(tensor, result) for tensor in tensors], named[: len(tensors)], instance)

    def reused(self, step: Step, site: Site, sources: list[tuple[str, Value]]) -> Named:
        """An earlier instance applied again."""
        if step.args not in site.names or (found := site.names[step.args]).instance is None:
            raise Refused(f"{step.args} is no instance")
        assert found.instance is not None
        kind, args, module = found.instance.kind, found.instance.args, found.instance.module
        self.again += 1
        if kind in self.document.blocks:
            made = self.instance(self.document.blocks[kind], args, module, site, sources)
        else:
            made = ops.call_module(kind, args, module, self.by_port(kind, sources))
        self.again -= 1
        tensors = made if isinstance(made, list) else [value.tensor for value in made.values()]
        return self.put(site, step.args, tensors, found.ports, found.instance)

    def block(self, step: Step, kind: str, site: Site, sources: list[tuple[str, Value]]) -> Named:
        """An instance of a block."""
        block = self.document.blocks[kind]
        own = bound(block, step.args, site.env)
        name = self.named(step, site)
        holder = self.holder(site, name)
        found = self.instance(block, own, holder, site, sources)
        ports = tuple(found) if len(found) > 1 else ("",)
        named = self.put(site, name, [value.tensor for value in found.values()], ports, Instance(kind, own, holder))
        named.called = tuple(found) if block.outputs else ()
        return named

    def instance(
        self, block: Definition, own: Mapping[str, Any], module: nn.Module, site: Site, sources: list[tuple[str, Value]]
    ) -> dict[str, Value]:
        """What a block gives for tensors on its inputs."""
        ports = dict(zip(block.inputs, (value for _, value in sources), strict=False))
        if any(port for port, _ in sources):
            ports = {port or block.inputs[at]: value for at, (port, value) in enumerate(sources)}
        if len(sources) != len(block.inputs) or set(ports) != set(block.inputs):
            raise Refused(f"{block.name} takes {block.inputs}")
        values = [Value(ports[name].tensor, Result("input")) for name in block.inputs]
        file_names = {
            name: self.facts.names[name] for name in (*self.document.network.params, *self.document.network.lets)
        }
        names, env = self.enter(block, values, {**file_names, **own}, False)
        assert isinstance(module, Holder)
        return self.body(block.chain, module, block.numbered, block, names, env, values[0])

    def op(self, step: Step, kind: str, site: Site, sources: list[tuple[str, Value]]) -> Named:
        """An op, on what it is fed or on the branches of a fork."""
        name = self.named(step, site)
        if step.branches is not None:
            values = [self.branch(each, chain, site, sources[0][1]) for each, chain in step.branches.items()]
            for value in values:
                value.result.used = True
            sources = [("", value) for value in values]
        args = arguments(kind, step.args, site.env)
        ops.check_args(kind, args)
        if kind in ops.SOURCES:
            return self.put(site, name, [ops.without_batch(self.own(kind, args, name, site))])
        tensors = [value.tensor for _, value in sources]
        whole = not any(map(ops.is_batched, tensors))
        if kind in ops.MERGES:
            return self.put(site, name, [ops.merge(kind, args, tensors)], whole=whole)
        ports = self.by_port(kind, sources)
        if not kind[0].isupper():
            return self.put(site, name, ops.call_function(kind, args, ports, self.training), whole=whole)
        module = self.child(site, name, lambda: ops.make_module(kind, args, ports).eval())
        if self.making and any(weight.numel() == 0 for weight in module.state_dict().values()):
            raise Refused(f"{kind} has a weight of no numbers")
        found = ops.call_module(kind, args, module, ports)
        return self.put(
            site, name, found, ops.RESULTS.get(kind, ("output",)), Instance(kind, args, module), whole=whole
        )

    def by_port(self, kind: str, sources: list[tuple[str, Value]]) -> dict[str, Tensor]:
        """An op's tensors by port, in the order of these."""
        known = list(ops.PORTS.get(kind, ("input",)))
        if len(sources) > len(known):
            raise Refused(f"{kind} takes {known}")
        found = {port or known[at]: value.tensor for at, (port, value) in enumerate(sources)}
        if not set(found) <= set(known) or known[0] not in found:
            raise Refused(f"{kind} takes {known}")
        return {port: found[port] for port in known if port in found}

    def branch(self, name: str, chain: Chain, site: Site, start: Value) -> Value:
        """One chain of a fork."""
        if not chain.steps:
            return start
        inner = replace(site, names=site.names.new_child({"input": Named([start])}), top=False, forced=None)
        if chain.lone:
            return self.chain(chain, replace(inner, forced=site.branch(chain, name)), start)
        if not self.owns(chain, site):
            return self.chain(chain, inner, start)
        return self.submodule(chain, site.branch(chain, name), site, start).values[0]

    def own(self, kind: str, args: Mapping[str, Any], name: str, site: Site) -> Tensor:
        """A tensor of the body's own."""
        holder = site.frame.holder
        if self.making and not self.again:
            tensor, draw = ops.own_tensor(kind, args)
            if kind == "Parameter":
                made = nn.Parameter(tensor, requires_grad=args.get("requires_grad", True))
                holder.register_parameter(name, made)
                if draw is not None:
                    self.facts.draws = True
                    site.frame.late.append(lambda: draw(made))
            else:
                holder.register_buffer(name, tensor, persistent=args.get("persistent", True))
        return getattr(holder, name)


def takes_a_name(step: Step) -> bool:
    """Whether a step is called something, be it that it has no name of its own."""
    return step.key not in ("chain", "reuse")


def arguments(op: str, given: Any, env: Mapping[str, Any]) -> dict[str, Any]:
    """An op's arguments by name, evaluated."""

    def value(name: str, raw: Any) -> Any:
        if isinstance(raw, list):
            return tuple(value(name, item) for item in raw)
        if not isinstance(raw, str) or raw in ops.WORDS:
            return raw
        if is_text(op, name):
            return text(raw, env)
        return evaluate(raw, env, whole=name not in ops.FLOATS)

    return {name: value(name, raw) for name, raw in op_arguments(op, given).items()}


def about(x: Tensor) -> Row:
    """What expressions can ask of a block's input."""
    shape = tuple(x.shape[1:])
    found = Row(shape=shape)
    if shape:
        found.update(channels=shape[0], features=shape[-1])
    names = {2: ("length",), 3: ("height", "width"), 4: ("depth", "height", "width")}.get(len(shape), ())
    found.update(zip(names, shape[1:], strict=True))
    return found


def _initialise(net: Net, facts: Facts) -> None:
    """Carry out the rules of `init`."""
    for pattern, rule in (facts.document.raw.get("init") or {}).items():
        kind, _, name = pattern.rpartition(".")
        if kind[:1].isupper() and hasattr(nn, kind):
            weights = [
                weight for module in net.modules() if isinstance(module, getattr(nn, kind))
                for own, weight in module.named_parameters(recurse=False) if own == name
            ]  # fmt: skip
        else:
            weights = [weight for path, weight in net.named_parameters() if fnmatchcase(path, pattern)]
        facts.drawn_by_rules = facts.drawn_by_rules or not (isinstance(rule, (int, float)) or rule in ("zeros", "ones"))
        is_there = weights if not kind[:1].isupper() else [m for m in net.modules() if type(m).__name__ == kind]
        if facts.is_own and not (weights and is_there):
            raise Refused(f"no parameter is called {pattern}")
        for weight in weights:
            _fill(weight, rule, facts.names)


def _fill(weight: nn.Parameter, rule: Any, names: Mapping[str, Any]) -> None:
    if isinstance(rule, (int, float)):
        nn.init.constant_(weight, rule)
        return
    if isinstance(rule, str):
        getattr(nn.init, f"{rule}_")(weight)
        return
    ((function, args),) = rule.items()
    given = {
        name: evaluate(value, names, whole=False)
        if isinstance(value, str) and name not in ("mode", "nonlinearity")
        else value
        for name, value in args.items()
    }
    getattr(nn.init, f"{function}_")(weight, **given)
