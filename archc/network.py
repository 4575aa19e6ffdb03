"""A checked network: what `archc.load` gives, and every command works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from archc import codes
from archc.diagnostics import Diagnostic, SpecError, Where
from archc.expand import Settings, expand, settle
from archc.expand.settings import GUESSES, Settled
from archc.inplace import check_in_place
from archc.loading import Loaded, load_file, load_text
from archc.naming import network_name
from archc.spec.model import Spec
from archc.tree import Body

if TYPE_CHECKING:
    import networkx as nx
    from torch import nn  # noqa: TID251  (for its types alone)

    from archc.diagram import Format
    from archc.graph import Node
    from archc.summary import Summary


@dataclass(frozen=True)
class Network:
    """A network without errors, for one variant and one set of parameters and sizes."""

    spec: Spec
    settled: Settled
    body: Body
    loaded: Loaded
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

        return build_graph(self.body)

    def diagram(self, format: Format = "svg") -> bytes:
        """The picture of the network: `svg`, `pdf`, `png`, or its `dot` text."""
        from archc.diagram import render

        return render(self, format)

    def summary(self) -> Summary:
        """Its layers with shapes, parameters and multiply-adds, and their sums."""
        from archc.summary import summarise

        return summarise(self)

    def source(self) -> str:
        """The standalone PyTorch module, as Python source."""
        return self._source

    @cached_property
    def _source(self) -> str:
        from archc.torch.source import write_source

        return write_source(self)

    def module(self, device: str | None = None, dtype: object = None) -> nn.Module:
        """The network as an `nn.Module`, on `device` and of `dtype` where given."""
        from archc.torch.module import build_module

        return build_module(self, device, dtype)


@dataclass(frozen=True)
class Checked:
    """The outcome of checking a spec: the network where there are no errors, and all findings either way."""

    network: Network | None
    findings: tuple[Diagnostic, ...]
    loaded: Loaded = field(repr=False)


def check(loaded: Loaded, settings: Settings) -> Checked:
    """Expand and check one variant of a loaded spec."""
    spec = loaded.spec
    settings = replace(settings, variant=settings.variant or loaded.variant)
    errors = tuple(loaded.findings)
    if spec is None or any(f.code == codes.RECURSION for f in errors):
        return Checked(None, errors, loaded)
    if spec.chain is None and not errors:
        where = Where(spec.file)
        problem = Diagnostic(
            codes.MISSING_KEY,
            f"`{spec.name}` is a library of blocks: it has no network of its own",
            where,
            help="`use:` it from a spec",
        )
        return Checked(None, (problem,), loaded)
    settled, found = settle(spec, settings)
    if settled is None:
        return Checked(None, errors + found, loaded)
    expansion, settled = _expand_guessing(spec, settled)
    findings = errors + _news(expansion.findings, errors)
    if expansion.body is None or any(f.severity == "error" for f in findings):
        return Checked(None, findings, loaded)
    network = Network(spec, settled, expansion.body, loaded, findings)
    wrong = (*check_in_place(network.body), *_unused_inputs(spec, expansion.body))
    if spec.targets or spec.losses:
        from archc.contract import check_contract

        wrong += check_contract(network)
    if spec.init:
        from archc.init_rules import check_init

        wrong += check_init(network, own=not (spec.variants or settings.params))
    return Checked(None if wrong else network, findings + wrong, loaded)


def _news(findings: Sequence[Diagnostic], known: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What `findings` add to those known: no repetitions, nothing unused where a name that went astray may use it."""
    told = {finding.where for finding in known}
    astray = any(f.code in {codes.UNKNOWN_REFERENCE, codes.FORWARD_REFERENCE} for f in (*known, *findings))
    return tuple(f for f in findings if f.where not in told and not (astray and f.code == codes.UNUSED_RESULT))


def _unused_inputs(spec: Spec, body: Body) -> Iterator[Diagnostic]:
    """Report inputs that no step, output or loss takes."""
    taken = {src.item for item in body.items for src in item.inputs} | {output.src.item for output in body.outputs}
    compared = {source.name for step in spec.losses for source in step.sources or ()}
    for at, declared in enumerate(spec.inputs):
        if -1 - at not in taken and declared.name not in compared:
            help = f"take it with `from: {declared.name}`, or leave it out"
            yield Diagnostic(
                codes.UNUSED_RESULT, f"nothing uses the input `{declared.name}`", declared.where, help=help
            )


def _expand_guessing(spec: Spec, settled: Settled):
    """Expand; where nobody gave a size, at the first usual one that the network can take."""
    first = expand(spec, settled)
    if first.body is not None or not settled.guessed:
        return first, settled
    for size in GUESSES[1:]:
        guess = {**settled.sizes, **dict.fromkeys(settled.guessed, size)}
        again = replace(settled, sizes=guess, declared={**settled.declared, **dict.fromkeys(settled.guessed, size)})
        tried = expand(spec, again)
        if tried.body is not None:
            return tried, again
    return first, settled


def load(
    path: str | Path, *, variant: str | None = None, params: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Network:  # fmt: skip
    """The checked network of a spec: a path, `path:variant`, or the name of one that ships with archc.

    Raises `SpecError`, holding every diagnostic, where it has errors.
    """
    return _checked(load_file(str(path)), variant, params, sizes)


def loads(
    text: str, *, variant: str | None = None, params: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None, folder: str | Path | None = None,
) -> Network:  # fmt: skip
    """The checked network of a spec given as text; `use:` paths start from `folder`."""
    return _checked(load_text(text, folder=Path(folder) if folder is not None else None), variant, params, sizes)


def _checked(
    loaded: Loaded, variant: str | None, params: Mapping[str, object] | None, sizes: Mapping[str, int] | None
) -> Network:
    checked = check(loaded, Settings(variant, params or {}, sizes or {}))
    if checked.network is None:
        places = [
            loaded.documents[f.where.file].place(f.where) if f.where.file in loaded.documents else None
            for f in checked.findings
        ]
        raise SpecError(checked.findings, places)
    return checked.network


def build(
    path: str | Path, *, variant: str | None = None, params: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None, device: str | None = None, dtype: object = None,
) -> nn.Module:  # fmt: skip
    """The network of a spec as an `nn.Module`; arguments as for `load`.

    A spec that has not changed since it was last built is not compiled again.
    """
    key = (str(path), variant, repr(sorted((params or {}).items())), repr(sorted((sizes or {}).items())))
    known = _BUILT.get(key)
    if known is None or not known.loaded.is_current():
        known = _BUILT[key] = load(path, variant=variant, params=params, sizes=sizes)
    return known.module(device, dtype)


_BUILT: dict[tuple[str, str | None, str, str], Network] = {}
"""The networks that `build` has compiled, by what they were asked for."""
