"""A checked network: what `archc.load` gives, and every command works on.

What only some specs or commands need is imported where it is used, so that a check starts fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from archc import codes
from archc.diagnostics import Diagnostic, Edit, Fix, Where
from archc.expand import Expansion, Settings, Settled, expand_fitting, settle
from archc.inplace import check_in_place
from archc.loading import Loaded
from archc.naming import network_name
from archc.quiet import quiet
from archc.renamed import check_renamed
from archc.spec.model import InputDecl, Spec
from archc.spec.walk import references_in
from archc.tree import Body, holds, is_whole

if TYPE_CHECKING:
    import networkx as nx
    from torch import nn  # noqa: TID251 - a type alone

    from archc.diagram import Format
    from archc.diagram.options import Direction, Level, Style
    from archc.graph import Node
    from archc.sizes import InputSizes
    from archc.summary import Summary
    from archc.wiring import Wiring


ASTRAY = frozenset({codes.UNKNOWN_REFERENCE, codes.FORWARD_REFERENCE, codes.ROUNDS, codes.ARITY, codes.MERGE})
"""Faults of steps that may have meant to use something else, or something more."""


@dataclass(frozen=True)
class Network:
    """A network without errors, for one variant and one set of parameters and sizes."""

    spec: Spec
    settled: Settled
    body: Body
    loaded: Loaded
    given: Mapping[str, object] = field(default_factory=dict[str, object])
    """The parameters that were set from outside."""
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    """The sizes that were."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """What is worth knowing though it is no error."""

    @property
    def name(self) -> str:
        """What its files are called: `resnet50`, `lenet_lecture`."""
        return network_name(self.spec.name, self.settled.variant)

    @property
    def variant(self) -> str | None:
        """The variant it is, if the spec has any."""
        return self.settled.variant

    @cached_property
    def graph(self) -> nx.DiGraph[Node]:
        """The typed graph; see `archc.graph`. Made, and networkx imported, when it is first asked for."""
        from archc.graph import build_graph

        return build_graph(self.wiring, self.body)

    @cached_property
    def wiring(self) -> Wiring:
        """The same as plain values, without networkx."""
        from archc.wiring import wire

        return wire(self.body)

    @cached_property
    def input_sizes(self) -> InputSizes:
        """For exactly which sizes of its inputs it works; see `archc.sizes`."""
        from archc.sizes import input_sizes

        return input_sizes(self)

    def diagram(
        self,
        format: Format = "svg",
        *,
        block: str | None = None,
        level: Level | None = None,
        style: Style | None = None,
        direction: Direction | None = None,
        theme: str = "light",
        fit: str = "16:9",
        labels: Iterable[str] = ("shapes", "kernel"),
        dpi: int = 144,
    ) -> bytes:
        """The picture of the network or of one of its blocks: `svg`, `pdf`, `png`, a page of `html`, or `dot` text.

        The options are those of `archc diagram`. Raises `archc.diagram.OptionError` for what cannot be asked for,
        `archc.diagram.EngineError` where no Graphviz can draw it.
        """
        from archc.diagram import options_of, render

        asked = options_of(
            block=block, level=level, style=style, direction=direction, theme=theme, fit=fit, labels=labels
        )
        return render(self, format, asked, dpi)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the picture, and the summary where there is none."""
        from archc.diagram import EngineError

        shown = {"text/plain": str(self.summary())}
        try:
            return {**shown, "image/svg+xml": self.diagram("svg").decode()}
        except EngineError:
            return shown

    def summary(self) -> Summary:
        """Its layers with shapes, parameters and multiply-adds, and their sums."""
        from archc.summary import summarise

        return summarise(self)

    def source(self) -> str:
        """The standalone PyTorch module, as Python source."""
        return self._source

    @cached_property
    def _source(self) -> str:
        from archc.codegen.proven import proven_source

        return proven_source(self)

    def module(self, device: str | None = None, dtype: object = None, *, max_weights: int | None = None) -> nn.Module:
        """The network as an `nn.Module`, on `device` and of `dtype` where given.

        Raises `SpecError` where its weights take more than `max_weights` bytes, 64 GB unless said; on the device `meta`
        they take none.
        """
        from archc.codegen.module import build_module
        from archc.weights import MOST, refuse_weights

        if str(device) != "meta":
            refuse_weights(self, MOST if max_weights is None else max_weights)
        return build_module(self, device, dtype)


@dataclass(frozen=True)
class Checked:
    """The outcome of checking a spec: the network where there are no errors, and all findings either way."""

    network: Network | None
    findings: tuple[Diagnostic, ...]
    loaded: Loaded = field(repr=False)


@quiet()
def check(loaded: Loaded, settings: Settings) -> Checked:
    """Expand and check one variant of a loaded spec."""
    spec = loaded.spec
    settings = replace(settings, variant=settings.variant or loaded.variant)
    errors = loaded.findings
    if spec is None or any(finding.code == codes.RECURSION for finding in errors):
        return Checked(None, errors, loaded)
    if spec.chain is None and not errors:
        message = f"`{spec.name}` is a library of blocks: it has no network of its own"
        problem = Diagnostic(codes.MISSING_KEY, message, Where(spec.file), help="`use:` it from a spec")
        return Checked(None, (problem,), loaded)
    settled, found = settle(spec, settings)
    if settled is None:
        return Checked(None, errors + found, loaded)
    expansion = expand_fitting(spec, settled, len(errors))
    findings = errors + _news(expansion.findings, errors)
    if expansion.body is None or any(finding.severity == "error" for finding in findings):
        refused = _refused_size(loaded, settings, findings)
        if refused is not None:
            return Checked(None, (refused,), loaded)
        beside = _faults_beside(loaded, spec, expansion, own=not (spec.variants or settings.params))
        return Checked(None, findings + _news(beside, findings), loaded)
    given = {name: expansion.settled.values[name] for name in settings.params}
    network = Network(spec, expansion.settled, expansion.body, loaded, given, settings.sizes, findings)
    wrong = _faults(network, own=not (spec.variants or settings.params))
    if any(finding.severity == "error" for finding in wrong):
        return Checked(None, findings + wrong, loaded)
    return Checked(replace(network, diagnostics=findings + wrong) if wrong else network, findings + wrong, loaded)


def _refused_size(loaded: Loaded, settings: Settings, findings: Sequence[Diagnostic]) -> Diagnostic | None:
    """The finding that says which sizes work, where the sizes asked for are all that is wrong."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not settings.sizes or any(f.code != codes.ARITY and not f.code.startswith("ARC3") for f in errors):
        return None
    network = check(loaded, replace(settings, sizes={})).network
    if network is None:
        return None
    from archc.sizes.refused import refused_size

    return refused_size(network, settings.sizes, errors)


def _faults_beside(loaded: Loaded, spec: Spec, expansion: Expansion, *, own: bool) -> tuple[Diagnostic, ...]:
    """What else is wrong with a network that has errors: all, where they left it whole, else inputs and losses."""
    if any(finding.code == codes.LIMIT for finding in expansion.findings):
        return ()
    unused, body = tuple(_unnamed_inputs(spec)), expansion.partial
    if body is None:
        return unused
    network = Network(spec, expansion.settled, body, loaded)
    if expansion.body is not None and is_whole(body):
        return _faults(network, own=own)
    if not spec.losses:
        return unused
    from archc.contract import check_beside

    return (*unused, *check_beside(network))


def _faults(network: Network, *, own: bool) -> tuple[Diagnostic, ...]:
    """What is wrong with a network whose shapes are right; `own` as for `check_init`."""
    spec = network.spec
    wrong = (*check_in_place(network.body), *_unused_inputs(spec, network.body), *check_renamed(network))
    if spec.targets or spec.losses or holds(network.body, "loss"):
        from archc.contract import check_contract

        wrong += check_contract(network)
    if spec.init:
        from archc.init_rules import check_init

        wrong += check_init(network, own=own)
    return wrong


def _news(findings: Sequence[Diagnostic], known: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What `findings` add to those known: no repetitions, nothing unused that a fault in its body may have meant."""
    told = {finding.where for finding in known}
    astray = {_definition(f.where) for f in (*known, *findings) if f.code in ASTRAY and f.where.route[:1] != ("init",)}

    def is_news(finding: Diagnostic) -> bool:
        unused = finding.code == codes.UNUSED_RESULT and _definition(finding.where) in astray
        return finding.where not in told and not unused

    return tuple(filter(is_news, findings))


def _definition(where: Where) -> tuple[object, ...]:
    """The block, or the network, that a place is in: where names reach to."""
    inside = where.route[1:2] if where.route[:1] == ("blocks",) else ()
    return (where.file, *inside)


def _unnamed_inputs(spec: Spec) -> Iterator[Diagnostic]:
    """Report inputs that nothing in the text names; the first one is what the first step is fed."""
    if spec.chain is None:
        return
    named = {name.partition(".")[0] for name in references_in(spec.chain)} | {each.source for each in spec.outputs}
    named |= {source.name for step in spec.losses for source in step.sources or ()}
    yield from (_unused_input(spec, declared) for declared in spec.inputs[1:] if declared.name not in named)


def _unused_inputs(spec: Spec, body: Body) -> Iterator[Diagnostic]:
    """Report inputs that no step, output or loss takes."""
    taken = {src.item for item in body.items for src in item.inputs} | {output.src.item for output in body.outputs}
    compared = {source.name for step in spec.losses for source in step.sources or ()}
    for at, declared in enumerate(spec.inputs):
        if -1 - at not in taken and declared.name not in compared:
            yield _unused_input(spec, declared)


def _unused_input(spec: Spec, declared: InputDecl) -> Diagnostic:
    message = f"nothing uses the input `{declared.name}`"
    edit = Edit(Where(declared.where.file, declared.where.route), "remove")
    fixes = (Fix("leave it out", (edit,)),) if len(spec.inputs) > 1 else ()
    help = f"take it with `from: {declared.name}`, or leave it out"
    return Diagnostic(codes.UNUSED_RESULT, message, declared.where, help=help, fixes=fixes)
