"""Shapes that do not fit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import prod

from archc import codes
from archc.spec.model import OpCall, Step
from tests.mutation.specimen import Fault, Site, Specimen, sizes
from tests.mutation.writing import PRIME, args_of, beside, constant, with_argument

TOLD = ("in_channels", "num_features", "in_features", "input_size", "num_channels")
WINDOWS = (
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "MaxPool1d",
    "MaxPool2d",
    "AvgPool2d",
    "max_pool2d",
    "avg_pool2d",
    "max_pool1d",
)
PASSING = (
    "BatchNorm1d",
    "BatchNorm2d",
    "ReLU",
    "relu",
    "ReLU6",
    "GELU",
    "gelu",
    "Sigmoid",
    "Dropout",
    "Hardswish",
    "SiLU",
)
OTHER_RANK = {
    "BatchNorm2d": "BatchNorm3d", "MaxPool2d": "MaxPool3d", "AvgPool2d": "AvgPool3d", "Conv2d": "Conv3d",
    "max_pool2d": "max_pool3d", "avg_pool2d": "avg_pool3d", "adaptive_avg_pool2d": "adaptive_avg_pool3d",
}  # fmt: skip


def _calls(specimen: Specimen) -> Iterator[Site]:
    """Ops that some variant takes, and no variant leaves out."""
    return (site for site in specimen.live if site.op is not None and site.step.when is None)


def told_wrong(specimen: Specimen, rng: random.Random) -> Fault | None:
    """An explicit `in_channels`, `num_features`, `in_features`... that is not what arrives."""
    sites = [(s, name) for s in _calls(specimen) if s.op for name in s.op.inferred_fields() if name in TOLD]
    if not sites:
        return None
    site, name = rng.choice(sites)
    change = with_argument(specimen, site, name, str(PRIME))
    return change and specimen.fault("told_wrong", change.start, [codes.ASSERTION], change)


def wrong_groups(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A number of groups that does not divide the channels."""
    site = specimen.pick(rng, (s for s in _calls(specimen) if s.step.key in {"Conv1d", "Conv2d"}))
    if site is None:
        return None
    change = with_argument(specimen, site, "groups", str(PRIME))
    key = specimen.page.key_span(site.value)
    if change is None or key is None:
        return None
    return specimen.fault("wrong_groups", key[0], [codes.CHANNELS, codes.BAD_ARGUMENT], change)


def large_window(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A window larger than what it moves over."""
    site = specimen.pick(rng, (s for s in _calls(specimen) if s.step.key in WINDOWS and _plain_window(s)))
    if site is None:
        return None
    change = with_argument(specimen, site, "kernel_size", str(PRIME))
    key = specimen.page.key_span(site.value)
    return change and key and specimen.fault("large_window", key[0], [codes.EMPTY], change)


def _plain_window(site: Site) -> bool:
    args = args_of(site)
    return "padding" not in args or isinstance(constant(args["padding"]), int)


def wrong_expect(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A shape expected that is not the result's."""
    found = [site for site in _calls(specimen) if site.step.expect is None and site.step.repeat is None]
    site = specimen.pick(rng, (s for s in found if not s.step.results))
    if site is None:
        return None
    change = beside(specimen, site, "expect", f"[{PRIME}, {PRIME}, {PRIME}, {PRIME}, {PRIME}]")
    return change and specimen.fault("wrong_expect", change.end, [codes.EXPECT], change)


def changed_expect(specimen: Specimen, rng: random.Random) -> Fault | None:
    """One number of an expected shape changed."""
    found = [
        (*site.route, "expect", at)
        for site in specimen.live
        if site.step.when is None
        for at, size in enumerate(site.step.expect or ())
        if size is not None
    ]
    if not found:
        return None
    change = specimen.page.replaced(rng.choice(found), str(PRIME))
    return change and specimen.fault("changed_expect", change.start, [codes.EXPECT], change)


def wrong_rank(specimen: Specimen, rng: random.Random) -> Fault | None:
    """An op for another number of dimensions."""
    site = specimen.pick(rng, (s for s in _calls(specimen) if s.step.key in OTHER_RANK and _plain_kernel(s)))
    if site is None:
        return None
    word, page = OTHER_RANK[site.step.key], specimen.page
    change = page.replaced(site.value, word) if site.is_bare else page.renamed(site.value, word)
    return change and specimen.fault("wrong_rank", change.start, [codes.RANK], change)


def _plain_kernel(site: Site) -> bool:
    return all(isinstance(constant(arg), (int, float, bool)) for arg in args_of(site).values())


def axis_out_of_range(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A dimension that the tensor has not."""
    found = [
        (site, name)
        for site in _calls(specimen)
        for name in args_of(site)
        if name in {"dim", "dim0", "start_dim"} and isinstance(constant(args_of(site)[name]), int)
    ]
    if not found:
        return None
    site, name = rng.choice(found)
    change = with_argument(specimen, site, name, "9")
    key = specimen.page.key_span(site.value)
    return change and key and specimen.fault("axis_out_of_range", key[0], [codes.RANK, codes.BAD_ARGUMENT], change)


def missing_flatten(specimen: Specimen, rng: random.Random) -> Fault | None:
    """`Flatten` left out before a `Linear` that says how many features it takes."""
    found: list[tuple[Site, Site, int]] = []
    by_route = {site.step.where.route: site for site in specimen.sites}
    for site in _calls(specimen):
        following = site.chain.steps[site.index + 1 : site.index + 2]
        after = by_route[following[0].where.route] if following else None
        whole = all(constant(arg) == 1 for arg in args_of(site).values())
        if site.step.key not in {"flatten", "Flatten"} or not whole or after is None or after.step.key != "Linear":
            continue
        taken = {prod(sizes(types[:1])) for types in site.inputs}
        spread = all(prod(list(sizes(types[:1]))[:-1]) > 1 and list(sizes(types[:1]))[-1] > 1 for types in site.inputs)
        if len(taken) == 1 and spread and after.step.sources is None and site.step.name is None:
            found.append((site, after, taken.pop()))
    if not found:
        return None
    site, after, features = rng.choice(found)
    change = with_argument(specimen, after, "in_features", str(features))
    removed = specimen.page.entry_removed(site.route)
    return change and specimen.fault("missing_flatten", change.start, [codes.ASSERTION], change, removed)


def wrong_dtype(specimen: Specimen, rng: random.Random) -> Fault | None:
    """Floating-point numbers into an `Embedding`."""
    names = [
        decl.name for decl in specimen.spec.inputs if specimen.page.written(("inputs", decl.name, "dtype")) == "int64"
    ]
    takers = [site for site in specimen.live if any("int64" in str(t.dtype) for ts in site.inputs for t in ts)]
    if len(names) != 1 or len(takers) != 1 or takers[0].step.key != "Embedding":
        return None
    change = specimen.page.replaced(("inputs", names[0], "dtype"), "float32")
    key = specimen.page.key_span(takers[0].value)
    return (
        change and key and specimen.fault("wrong_dtype", key[0], [codes.DTYPE], change, lines=_line(specimen, key[0]))
    )


def _line(specimen: Specimen, at: int) -> list[int]:
    return [specimen.page.line(at)]


def wrong_operand(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A tensor added that is of another shape than the one which was meant."""
    found: list[tuple[Site, int, str]] = []
    for site in _calls(specimen):
        if site.step.key not in {"add", "sub"} or "broadcast" in args_of(site) or len(site.step.sources or ()) != 2:
            continue
        right = {types[0].shape for types in site.inputs}
        for other in specimen.sites:
            earlier = other.chain is site.chain and other.index < site.index and other.named is not None
            plain = other.step.when is None and other.step.repeat is None and bool(other.results)
            if earlier and plain and not any(result.shape in right for result in other.results):
                found += [(site, at, other.named or "") for at in range(2)]
    if not found:
        return None
    site, at, name = rng.choice(found)
    change = specimen.page.replaced((site.step.sources or ())[at].where.route, name)
    key = specimen.page.key_span(site.value)
    return change and key and specimen.fault("wrong_operand", key[0], [codes.MERGE], change)


def branch_channels(specimen: Specimen, rng: random.Random) -> Fault | None:
    """Other channels in the last convolution of a branch that is added to others."""
    return _broken_branch(specimen, rng, "out_channels", "branch_channels")


def branch_stride(specimen: Specimen, rng: random.Random) -> Fault | None:
    """A convolution of a branch that takes larger strides than the other branches."""
    return _broken_branch(specimen, rng, "stride", "branch_stride")


def _broken_branch(specimen: Specimen, rng: random.Random, name: str, kind: str) -> Fault | None:
    by_route = {site.step.where.route: site for site in specimen.sites}
    found: list[tuple[Site, Site]] = []
    for site in specimen.live:
        action = site.step.action
        wanted = {"add"} if name == "out_channels" else {"add", "cat"}
        if not isinstance(action, OpCall) or site.step.key not in wanted or site.step.when is not None:
            continue
        for branch in action.branches or ():
            conv = _last_conv(branch.chain.steps)
            if conv is not None:
                found.append((site, by_route[conv.where.route]))
        for source in site.step.sources or ():
            at = next((i for i, s in enumerate(site.chain.steps) if by_route[s.where.route].named == source.name), None)
            if at is not None and at < site.index and _is_private(specimen, site, source.name):
                conv = _last_conv(site.chain.steps[: at + 1])
                if conv is not None:
                    found.append((site, by_route[conv.where.route]))
    found = [(merge, conv) for merge, conv in found if conv.is_live and _is_wide(conv, name)]
    if not found:
        return None
    merge, conv = rng.choice(found)
    change = with_argument(specimen, conv, name, str(PRIME))
    key = specimen.page.key_span(merge.value)
    if change is None or key is None:
        return None
    low = specimen.page.line(min(change.start, key[0]))
    high = max(specimen.page.line(max(change.start, key[0])), *specimen.page.lines_of(merge.route))
    return specimen.fault(kind, key[0], [codes.MERGE], change, lines=range(low, high + 1))


def _last_conv(steps: tuple[Step, ...]) -> Step | None:
    """The convolution that decides the channels of a chain's result, if nothing else has part in it."""
    for step in reversed(steps):
        if step.key == "Conv2d" and step.when is None and step.repeat is None:
            return step
        if step.key not in PASSING or step.when is not None or step.sources is not None:
            return None
    return None


def _is_private(specimen: Specimen, merge: Site, name: str) -> bool:
    """Whether a merge alone refers to a name, once."""
    sites = [site for site in specimen.sites if site.chain is merge.chain]
    uses = [source.name for site in sites for source in site.step.sources or () if source.name.split(".")[0] == name]
    return len(uses) == 1


def _is_wide(conv: Site, name: str) -> bool:
    """Whether a larger stride makes a difference, or other channels cannot break the convolution itself."""
    args = args_of(conv)
    if "groups" in args:
        return False
    return name == "out_channels" or all(min(list(sizes(types))[1:]) > 4 for types in conv.inputs)
