"""A feed held to every variant of a spec: names, shapes, dtypes, one batch size, and sizes that the network takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archc import codes
from archc.diagnostics import Diagnostic, Note, Where
from archc.expand import Settings
from archc.feed.arrays import Array, Feed
from archc.feed.fit import matches, misfits
from archc.feed.slots import Slot, inputs, targets
from archc.findings import Found, resolve
from archc.loading import Loaded
from archc.network import Network, check
from archc.suggest import hint, known

Pairs = Sequence[tuple[Slot, Array]]


def survey_feed(loaded: Loaded, settings: Settings, feed: Feed) -> tuple[Found, ...]:
    """What is wrong between a feed and the variant that is asked for, or every one; nothing for specs with errors."""
    spec = loaded.spec
    if spec is None or spec.chain is None or feed.findings:
        return ()
    wanted = settings.variant or loaded.variant
    names = [wanted] if wanted or not spec.variants else [variant.name for variant in spec.variants]
    told: dict[tuple[str, str, Where], tuple[Diagnostic, list[str]]] = {}
    held = 0
    for name in names:
        chosen = replace(settings, variant=name)
        network = check(loaded, chosen).network
        if network is None:
            continue
        held += 1
        for finding in _hold(network, chosen, feed):
            key = (finding.code, finding.message, finding.where)
            told.setdefault(key, (finding, []))[1].append(name or "")
    return tuple(
        replace(found, variants=tuple(variants) if len(variants) < held else ())
        for finding, variants in told.values()
        for found in resolve(loaded, (finding,))
    )


def _hold(network: Network, settings: Settings, feed: Feed) -> Iterator[Diagnostic]:
    """The findings for one network."""
    takes = inputs(network, settings.sizes)
    names = {slot.name for slot in takes} | {target.name for target in network.spec.targets}
    pairs = _assigned(takes, feed)
    missing = [slot for slot in takes if slot not in {slot for slot, _ in pairs}]
    wrong = [_missing(slot, feed, names) for slot in missing]
    if not missing:
        used = {id(array) for _, array in pairs}
        wrong += [_unused(array, names) for array in feed.arrays if id(array) not in used and array.name not in names]
    wrong += [finding for slot, array in pairs for finding in misfits(array, slot)]
    sizes, clashes = _bound(pairs)
    wrong += clashes
    sized = not any(finding.severity == "error" for finding in wrong)
    if sized and sizes:
        outcome = check(network.loaded, replace(settings, sizes={**settings.sizes, **sizes}))
        if outcome.network is None:
            wrong.append(_untakable(pairs, sizes, outcome.findings))
            sized = False
        else:
            network = outcome.network
    free = any(isinstance(size, str) for slot in takes for size in slot.sizes)
    against = _assigned(targets(network, sized=sized or not free), feed)
    wrong += [finding for slot, array in against for finding in misfits(array, slot)]
    yield from wrong
    yield from _batches((*pairs, *against))


def _assigned(slots: Sequence[Slot], feed: Feed) -> Pairs:
    """Which array each input or target is fed: that of its name, or the only one there is."""
    named = {array.name: array for array in feed.arrays}
    if len(feed.arrays) == 1 and len(slots) == 1 and slots[0].kind == "input":
        return ((slots[0], feed.arrays[0]),)
    return tuple((slot, named[slot.name]) for slot in slots if slot.name in named)


def _bound(pairs: Pairs) -> tuple[Mapping[str, int], tuple[Diagnostic, ...]]:
    """The sizes that arrays of the right shape give the free dimensions, and where two disagree."""
    sizes: dict[str, tuple[int, Array]] = {}
    clashes: list[Diagnostic] = []
    for slot, array in pairs:
        if not matches(array.header.shape[1:], slot.sizes):
            continue
        for name, size in zip(slot.sizes, array.header.shape[1:], strict=True):
            if not isinstance(name, str):
                continue
            first, source = sizes.setdefault(name, (size, array))
            if first != size and source is not array:
                message = f"`{name}` is {size} in {array.label}, but {first} in {source.label}"
                clashes.append(Diagnostic(codes.FEED_SIZE, message, array.where))
    return {name: size for name, (size, _) in sizes.items()}, tuple(clashes)


def _untakable(pairs: Pairs, sizes: Mapping[str, int], findings: Sequence[Diagnostic]) -> Diagnostic:
    """The finding where the network has errors at the sizes of the feed, and only there."""
    first = next(finding for finding in findings if finding.severity == "error")
    array = next(array for slot, array in pairs if any(isinstance(size, str) for size in slot.sizes))
    at = ", ".join(f"{name}={size}" for name, size in sizes.items())
    own = () if first.code == codes.SIZE else (Note(f"the feed has {at}, which does not fit", first.where),)
    notes = (*own, *first.notes)
    message = f"the sizes of the feed do not fit: {first.message}"
    return Diagnostic(codes.FEED_SIZE, message, array.where, notes=notes, help=first.help)


def _batches(pairs: Pairs) -> Iterator[Diagnostic]:
    """Report arrays of the right rank with another batch size than the first such has."""
    fitting = [array for slot, array in pairs if len(array.header.shape) == len(slot.sizes) + 1]
    for array in fitting[1:]:
        first, other = fitting[0], array.header.shape[0]
        if other != first.header.shape[0]:
            message = f"{array.label} has {other} samples, but {first.label} {first.header.shape[0]}"
            help = "a batch has one sample of each in every place"
            yield Diagnostic(codes.FEED_SIZE, message, array.where, help=help)


def _missing(slot: Slot, feed: Feed, names: set[str]) -> Diagnostic:
    spare = [array.name for array in feed.arrays if array.name not in names]
    message = f"no array is called `{slot.name}`, as {slot.label} is"
    if any(not name for name in spare):
        help = f"a .npy file names nothing: save several arrays with `np.savez(file, {slot.name}=...)`"
    else:
        help = hint(slot.name, "arrays", filter(None, spare), f"save it with `np.savez(file, {slot.name}=...)`")
    return Diagnostic(codes.FEED_NAME, message, Where(feed.files[0]), help=help)


def _unused(array: Array, names: set[str]) -> Diagnostic:
    message = f"no input or target takes {array.label}"
    help = hint(array.name, "inputs and targets", names) if array.name else known("inputs and targets", names)
    return Diagnostic(codes.FEED_NAME, message, array.where, "warning", help=help)
