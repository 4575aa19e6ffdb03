"""A sound spec to plant faults in: its text, its steps, and which tensors reach them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from archc.diagnostics import Route
from archc.expand import Settings
from archc.loading import Loaded, load_text
from archc.network import check
from archc.ops.base import Op
from archc.spec.model import BlockCall, Chain, OpCall, Spec, Step
from archc.spec.walk import chains_in
from archc.tensor import TensorType
from archc.tree import Body, Src
from tests.mutation.text import Change, Page

Seen = dict[Route, tuple[set[tuple[TensorType, ...]], set[TensorType]]]
"""The types of the inputs and of the first result of each step, by its route."""
ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "specs", ROOT / "tests" / "networks" / "specs")


@dataclass(frozen=True)
class Fault:
    """One fault: the edits that plant it, and the finding they must lead to."""

    kind: str
    changes: tuple[Change, ...]
    at: int
    """Where in the original text the finding must stand."""
    codes: frozenset[str]
    lines: frozenset[int] = field(default_factory=frozenset[int])
    """Lines that other faults must keep off, beside those of the edits: what this one's finding depends on."""


@dataclass(frozen=True)
class Site:
    """A step of a specimen, with the chain that holds it and its place among that chain's steps."""

    step: Step
    chain: Chain
    index: int
    inputs: tuple[tuple[TensorType, ...], ...] = ()
    """The types of its inputs, for every way in which some variant takes it; none where no variant does."""
    results: tuple[TensorType, ...] = ()
    """The types of its first result, likewise."""

    @property
    def route(self) -> Route:
        """The place of the step itself, a mapping or a bare name."""
        where = self.step.where
        return where.route[:-1] if where.on_key else where.route

    @property
    def value(self) -> Route:
        """The place of what is given to the step's op."""
        return self.step.where.route

    @property
    def is_bare(self) -> bool:
        """Whether the step is a name alone."""
        return not self.step.where.on_key

    @property
    def op(self) -> type[Op] | None:
        """The step's op, if it is one without branches."""
        action = self.step.action
        return action.op if isinstance(action, OpCall) and action.branches is None else None

    @property
    def is_live(self) -> bool:
        """Whether some variant takes the step."""
        return bool(self.inputs)

    @property
    def named(self) -> str | None:
        """The step's plain name."""
        return self.step.name.plain if self.step.name is not None else None


@dataclass(frozen=True)
class Specimen:
    """A sound spec."""

    name: str
    folder: Path
    page: Page
    spec: Spec
    sites: tuple[Site, ...]

    def pick(self, rng: random.Random, sites: Iterable[Site]) -> Site | None:
        """One of some sites."""
        found = list(sites)
        return rng.choice(found) if found else None

    @property
    def live(self) -> Iterator[Site]:
        """The steps that some variant takes."""
        return (site for site in self.sites if site.is_live)

    def calls(self) -> Iterator[Site]:
        """The steps that are ops without a fork."""
        return (site for site in self.sites if site.op is not None)

    def blocks(self) -> Iterator[Site]:
        """The steps that are blocks."""
        return (site for site in self.sites if isinstance(site.step.action, BlockCall))

    def fault(
        self, kind: str, at: int, codes: Iterable[str], *changes: Change | None, lines: Iterable[int] = ()
    ) -> Fault | None:
        """A fault of these edits; none where one of them cannot be made."""
        good = tuple(change for change in changes if change is not None)
        return Fault(kind, good, at, frozenset(codes), frozenset(lines)) if len(good) == len(changes) else None


@cache
def specimens() -> tuple[Specimen, ...]:
    """The networks that ship with archc, and those of the tests."""
    return tuple(specimen(path) for folder in FOLDERS for path in sorted(folder.glob("*.yaml")))


def specimen(path: Path) -> Specimen:
    """The specimen in a file."""
    loaded = load_text(path.read_text(encoding="utf-8"), "<text>", path.parent)
    assert loaded.spec is not None
    assert not loaded.findings
    seen = _seen(loaded.spec, loaded)
    chains = [*_chains(loaded.spec.chain), *(c for b in _own_blocks(loaded.spec) for c in _chains(b))]
    sites = tuple(
        Site(step, chain, at, *(tuple(sorted(each, key=str)) for each in seen.get(step.where.route, ())))
        for chain in chains
        for at, step in enumerate(chain.steps)
    )
    return Specimen(path.stem, path.parent, Page(loaded.documents["<text>"]), loaded.spec, sites)


def _own_blocks(spec: Spec) -> Iterator[Chain]:
    yield from (block.chain for block in spec.scope.blocks.values() if block.where.file == "<text>")


def _chains(chain: Chain | None) -> Iterator[Chain]:
    """A chain and those within it."""
    if chain is None:
        return
    yield chain
    for step in chain.steps:
        for inner in chains_in(step):
            yield from _chains(inner)


def _seen(spec: Spec, loaded: Loaded) -> Seen:
    """The types that reach each step of the file, and those that leave it, over all variants."""
    found: Seen = {}
    for name in [variant.name for variant in spec.variants] or [None]:
        network = check(loaded, Settings(name)).network
        assert network is not None
        _visit(network.body, found, set())
    return found


def _visit(body: Body, found: Seen, done: set[int]) -> None:
    if id(body) in done:
        return
    done.add(id(body))
    for item in body.items:
        types = tuple(_type(body, src) for src in item.inputs)
        if item.step.where.file == "<text>":
            inputs, results = found.setdefault(item.step.where.route, (set(), set()))
            inputs.add(types)
            results.add(item.types[0])
        if isinstance(item.content, Body):
            _visit(item.content, found, done)


def _type(body: Body, src: Src) -> TensorType:
    return body.inputs[-1 - src.item] if src.item < 0 else body.items[src.item].types[src.result]


def sizes(types: Sequence[TensorType]) -> Iterator[int]:
    """All sizes of some types, the batch left out."""
    return (int(size) for each in types for size in each.sample)
