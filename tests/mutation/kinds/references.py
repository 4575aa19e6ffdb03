"""Names that refer to nothing, or to the wrong thing."""

from __future__ import annotations

import random
from collections.abc import Iterator

from archc import codes
from archc.diagnostics import Route
from tests.mutation.specimen import Fault, Site, Specimen
from tests.mutation.text import Change
from tests.mutation.writing import beside, misspelt


def _all_names(specimen: Specimen) -> set[str]:
    found = {name for site in specimen.sites for name in (site.named or "", *site.step.results)}
    return found | {decl.name for decl in specimen.spec.inputs} | {"input", "x", "skip", "total"}


def _references(specimen: Specimen) -> Iterator[tuple[Route, str, Site | None]]:
    """The places of names that refer to steps."""
    for site in specimen.sites:
        for source in site.step.sources or ():
            yield source.where.route, source.name, site
    for output in specimen.spec.outputs:
        if output.where.route[0] == "outputs":
            yield output.where.route, output.source, None


def typo_reference(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A misspelt name under `from`, in a merge or under `outputs`."""
    found = [place for place in _references(specimen) if "." not in place[1]]
    if not found:
        return None
    route, name, _ = rng.choice(found)
    change = specimen.page.replaced(route, misspelt(rng, name, _all_names(specimen)))
    return change and specimen.fault("typo_reference", change.start, [codes.UNKNOWN_REFERENCE], change)


def unknown_reference(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A name that is like no other."""
    found = list(_references(specimen))
    if not found:
        return None
    change = specimen.page.replaced(rng.choice(found)[0], "quuxquux")
    return change and specimen.fault("unknown_reference", change.start, [codes.UNKNOWN_REFERENCE], change)


def forward_reference(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A name that is given only later in the chain."""
    found = [
        (route, site, other)
        for route, _, site in _references(specimen)
        if site is not None
        for other in site.chain.steps[site.index :]
        if other.name is not None and other.name.plain is not None
    ]
    if not found:
        return None
    route, _, other = rng.choice(found)
    change = specimen.page.replaced(route, (other.name and other.name.plain) or "")
    return change and specimen.fault("forward_reference", change.start, [codes.FORWARD_REFERENCE], change)


def duplicate_name(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A step called like an earlier one of its chain."""
    found = [
        (site, other.name.plain)
        for site in specimen.live
        if site.step.name is None and not site.step.results and site.step.repeat is None and site.op is not None
        for other in site.chain.steps[: site.index]
        if other.name is not None and other.name.plain is not None and other.when is None and site.step.when is None
    ]
    if not found:
        return None
    site, name = rng.choice(found)
    change = beside(specimen, site, "as", name or "")
    return change and specimen.fault("duplicate_name", change.start, [codes.DUPLICATE_NAME], change)


def too_many_inputs(specimen: Specimen, rng: random.Random) -> Fault | None:
    """Two tensors into an op that takes one."""
    found = [
        (site, source)
        for site in specimen.live
        if site.op is not None and not site.op.merges and len(site.op.ports) == 1 and not site.op.is_source
        for source in site.step.sources or ()
        if len(site.step.sources or ()) == 1 and site.step.when is None and not source.port
    ]
    if not found:
        return None
    site, source = rng.choice(found)
    change = specimen.page.replaced((*site.route, "from"), f"[{source.name}, {source.name}]")
    return change and specimen.fault("too_many_inputs", change.start, [codes.ARITY], change)


def merge_of_one(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A merge that has lost one of its two tensors."""
    found = [
        site
        for site in specimen.live
        if site.op is not None
        and site.op.merges
        and len(site.step.sources or ()) == 2
        and site.step.when is None
        and site.step.key in {"add", "mul", "sub", "div", "matmul", "bmm"}
    ]
    site = specimen.pick(rng, found)
    if site is None or site.step.sources is None:
        return None
    kept = rng.choice(site.step.sources).name
    route = site.step.sources[0].where.route[:-1]
    change = specimen.page.replaced(route, f"[{kept}]")
    return change and specimen.fault("merge_of_one", change.start, [codes.ARITY, codes.MERGE], change)


def unknown_variant(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A check case of a variant that there is not."""
    routes = [("check", at, "variant") for at, check in enumerate(specimen.spec.checks) if check.variant]
    if not routes:
        return None
    change = specimen.page.replaced(rng.choice(routes), "other_one")
    return change and specimen.fault("unknown_variant", change.start, [codes.UNKNOWN_VARIANT], change)


def unknown_file(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A used file that is not there."""
    uses = specimen.spec.uses
    if not uses:
        return None
    name, path = rng.choice(uses)
    at = [written for written, _ in uses].index(name)
    page = specimen.page
    change: Change | None = page.replaced(("use", name), path + "x") or page.replaced(("use", at), path + "x")
    return change and specimen.fault("unknown_file", change.start, [codes.USE], change)
