"""The differences of two networks, from which of their steps correspond."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from archc.differences.description import Described, Description, Input, Key, Output, Tensor
from archc.differences.matching import Matching, Side, match
from archc.differences.records import Change, What
from archc.record import record
from archc.tensor import TensorType

MOST_SOURCES = 8
"""Beyond so many tensors it is not followed further what goes into steps that one network has alone."""
Uses = Mapping[Key, tuple[tuple[Key, int, int], ...]]
"""Who takes a step's results: the taker, its port, and which result. An output is a taker at port -1."""
Origins = Mapping[Key, frozenset[Tensor] | None]
"""What steps without a counterpart at their place are made from, as tensors of the first network; None if unknown."""


@record
class _Pair:
    """Two networks with all that is worked out of them once."""

    one: Description
    other: Description
    there: Mapping[Key, Key]
    """From the first to the second."""
    back: Mapping[Key, Key]
    homes: tuple[Mapping[Key, Key], Mapping[Key, Key]]
    """The steps and inputs of either that have a counterpart at the same place, as those of the first."""
    uses: tuple[Uses, Uses]
    origins: tuple[Origins, Origins]
    modules: tuple[frozenset[str], frozenset[str]]
    """The modules of either with steps that the other has as well."""


def changes(one: Side, other: Side) -> tuple[Change, ...]:
    """All differences: of inputs, then of steps in the order they run, of outputs, and of how parameters start."""
    pair = _pair(one, other, match(one, other))
    return (*_inputs(pair), *_steps(pair, one.keys, other.keys), *_outputs(pair), *_init(pair))


def _pair(one: Side, other: Side, matching: Matching) -> _Pair:
    there, back = matching.pairs, {b: a for a, b in matching.pairs.items()}
    a, b = one.description, other.description
    uses = _uses(a), _uses(b)
    moved = frozenset(key for key in matching.crossing if not _same_place(a, b, there, uses, key))
    homes = {key: key for key in there if key not in moved}, {there[key]: key for key in there if key not in moved}
    origins = _origins(a, one.keys, homes[0]), _origins(b, other.keys, homes[1])
    modules = frozenset(_around(there)), frozenset(_around(back))
    return _Pair(a, b, there, back, homes, uses, origins, modules)


def _around(keys: Iterable[Key]) -> Iterator[str]:
    """The modules around steps."""
    for path, _ in keys:
        yield from (path[:at] for at, letter in enumerate(path) if letter == ".")


def _uses(description: Description) -> Uses:
    found: dict[Key, list[tuple[Key, int, int]]] = defaultdict(list)
    for key, step in description.steps.items():
        for port, (source, result) in enumerate(step.sources):
            found[source].append((key, port, result))
    for output in description.outputs:
        source, result = output.source
        found[source].append(((output.name, -1), -1, result))
    return {key: tuple(takers) for key, takers in found.items()}


def _same_place(
    one: Description, other: Description, there: Mapping[Key, Key], uses: tuple[Uses, Uses], key: Key
) -> bool:
    """Whether a step is fed by the same and feeds the same, so that only the order of the text is another."""
    now = there[key]
    if _mapped(one.steps[key].sources, there) != other.steps[now].sources:
        return False
    takers = {(there.get(taker, taker), port, result) for taker, port, result in uses[0].get(key, ())}
    return takers == set(uses[1].get(now, ()))


def _mapped(sources: Sequence[Tensor], there: Mapping[Key, Key]) -> tuple[Tensor | None, ...]:
    """Tensors of the first network as those of the second."""
    return tuple((there[key], result) if key in there else None for key, result in sources)


def _origins(description: Description, keys: Sequence[Key], home: Mapping[Key, Key]) -> Origins:
    """What feeds the steps that are not at home, through others such."""
    found: dict[Key, frozenset[Tensor] | None] = {}
    for key in keys:
        if key not in home:
            found[key] = _joined([_origin(source, home, found) for source in description.steps[key].sources])
    return found


def _origin(tensor: Tensor, home: Mapping[Key, Key], origins: Origins) -> frozenset[Tensor] | None:
    key, result = tensor
    return frozenset({(home[key], result)}) if key in home else origins.get(key, frozenset())


def _joined(sets: Sequence[frozenset[Tensor] | None]) -> frozenset[Tensor] | None:
    known = [each for each in sets if each is not None]
    joined = frozenset(chain.from_iterable(known))
    return joined if len(known) == len(sets) and len(joined) <= MOST_SOURCES else None


# steps


def _steps(pair: _Pair, before: Sequence[Key], after: Sequence[Key]) -> Iterator[Change]:
    """What is said of each step; what is gone stands behind what stood before it."""
    gone: dict[Key | None, list[Key]] = defaultdict(list)
    last: Key | None = None
    for key in before:
        if key in pair.homes[0]:
            last = pair.there[key]
        elif key not in pair.there:
            gone[last].append(key)
    for now in (None, *after):
        if now is not None and now in pair.back:
            yield from _step(pair, pair.back[now], now)
        elif now is not None:
            yield _alone(pair, 1, now)
        for key in gone.get(now, ()):
            yield _alone(pair, 0, key)


def _alone(pair: _Pair, side: int, key: Key) -> Change:
    """A step that one network has alone."""
    step = (pair.one, pair.other)[side].steps[key]
    around = [*_around([key]), key[0]]
    return Change(
        "added" if side else "removed",
        key[0],
        f"{step.text}, again" if key[1] else step.text,
        takes=_sources(step),
        feeds=_takers(pair, side, key),
        params=sum(number for _, number in step.params),
        within=next((module for module in around if module not in pair.modules[side]), key[0]),
    )


def _sources(step: Described) -> tuple[str, ...]:
    return tuple(map(_name, step.sources))


def _name(tensor: Tensor) -> str:
    (path, _), result = tensor
    return f"{path}[{result}]" if result else path


def _takers(pair: _Pair, side: int, key: Key) -> tuple[str, ...]:
    takers = pair.uses[side].get(key, ())
    return tuple(dict.fromkeys(f"output {path}" if port < 0 else path for (path, _), port, _ in takers))


def _step(pair: _Pair, key: Key, now: Key) -> Iterator[Change]:
    """What differs between two steps that correspond."""
    one, other, path = pair.one.steps[key], pair.other.steps[now], now[0]
    if key[0] != path and not now[1]:
        yield Change("renamed", path, other.op, before=key[0], after=path)
    if key not in pair.homes[0]:
        yield Change("moved", path, other.op, takes=_sources(other), feeds=_takers(pair, 1, now))
    if one.op != other.op:
        yield Change("op", path, other.op, before=one.text, after=other.text)
    elif not now[1]:
        yield from _arguments(one, other, path)
    if key in pair.homes[0]:
        yield from _wiring(pair, one, other, path)


def _arguments(one: Described, other: Described, path: str) -> Iterator[Change]:
    for (name, before), (_, after) in zip(one.args, other.args, strict=True):
        if not _same(before, after):
            yield Change("argument", path, other.op, name, before, after)
    for (name, before), (_, after) in zip(one.inferred, other.inferred, strict=True):
        if before != after:
            yield Change("argument", path, other.op, name, before, after, follows=type(before) is type(after))


def _same(before: object, after: object) -> bool:
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def _wiring(pair: _Pair, one: Described, other: Described, path: str) -> Iterator[Change]:
    """What a step takes, where that is not because of steps that came, went or moved."""
    mapped = _mapped(one.sources, pair.there)
    if mapped == other.sources and one.ports == other.ports:
        return
    if one.ports == other.ports and sorted(map(str, mapped)) == sorted(map(str, other.sources)):
        yield Change("order", path, other.op, before=_sources(one), after=_sources(other))
    elif one.ports != other.ports or not _explained(pair, one.sources, other.sources):
        yield Change("wiring", path, other.op, before=_fed(one), after=_fed(other))


def _fed(step: Described) -> tuple[str, ...]:
    """What a step takes, with the names of ports where it has several."""
    names = _sources(step)
    named = len(names) > 1 and all(step.ports)
    return tuple(f"{port}: {name}" for port, name in zip(step.ports, names, strict=True)) if named else names


def _explained(pair: _Pair, before: Sequence[Tensor], after: Sequence[Tensor]) -> bool:
    """Whether tensors are the same but for steps between that came, went or moved."""
    if len(before) != len(after):
        return False
    for was, now in zip(before, after, strict=True):
        left, right = _origin(was, pair.homes[0], pair.origins[0]), _origin(now, pair.homes[1], pair.origins[1])
        if left is None or right is None or bool(left) != bool(right) or not (left <= right or right <= left):
            return False
    return True


# inputs and outputs


def _inputs(pair: _Pair) -> Iterator[Change]:
    one, other = ({each.name: each for each in each_.inputs} for each_ in (pair.one, pair.other))
    for name in one:
        if (name, -1) not in pair.there:
            yield Change(
                "input", name, name="removed", before=_input_text(one[name]), feeds=_takers(pair, 0, (name, -1))
            )
    for name, now in other.items():
        if (name, -1) not in pair.back:
            yield Change("input", name, name="added", after=_input_text(now), feeds=_takers(pair, 1, (name, -1)))
            continue
        was = one[pair.back[name, -1][0]]
        if was.name != name:
            yield Change("input", name, name="name", before=was.name, after=name)
        if (was.type.shape, was.sizes) != (now.type.shape, now.sizes):
            yield Change("input", name, name="shape", before=_input_text(was), after=_input_text(now))
        if was.type.dtype != now.type.dtype:
            yield Change("input", name, name="dtype", before=was.type.dtype, after=now.type.dtype)
    yield from _reordered("input", [pair.there[name, -1][0] for name in one if (name, -1) in pair.there], [*other])


def _input_text(declared: Input) -> str:
    """`3 x H=32 x W=32`."""
    sizes = dict(declared.sizes)
    return _sample(declared.type, [f"{text}={sizes[text]}" if text in sizes else text for text in _dims(declared.type)])


def _dims(type_: TensorType) -> list[str]:
    return [str(size) for size in type_.sample]


def _sample(type_: TensorType, dims: Sequence[str]) -> str:
    text = " x ".join(dims) or "scalar"
    return text if type_.batched else f"{text} without a batch"


def _reordered(what: What, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """The order in which what both have is given or returned."""
    both = {*before} & {*after}
    left, right = [name for name in before if name in both], [name for name in after if name in both]
    if left != right:
        yield Change(what, "", name="order", before=tuple(left), after=tuple(right))


def _outputs(pair: _Pair) -> Iterator[Change]:
    one, other = ({each.name: each for each in each_.outputs} for each_ in (pair.one, pair.other))
    names = _corresponding(pair, one, other)
    for name, each in one.items():
        if name not in names:
            yield Change(
                "output", name, name="removed", before=_sample(each.type, _dims(each.type)), takes=(_name(each.source),)
            )
    back = {now: name for name, now in names.items()}
    for name, each in other.items():
        if name in back:
            yield from _output(pair, one[back[name]], each)
        else:
            yield Change(
                "output", name, name="added", after=_sample(each.type, _dims(each.type)), takes=(_name(each.source),)
            )
    yield from _reordered("output", [names[name] for name in one if name in names], [*other])


def _corresponding(pair: _Pair, one: Mapping[str, Output], other: Mapping[str, Output]) -> Mapping[str, str]:
    """Outputs by name; those of other names by the tensor that they are, and what is left in order."""
    names = {name: name for name in one if name in other}
    free = {other[name].source: name for name in reversed([*other]) if name not in names}
    for name in one:
        (source,) = _mapped([one[name].source], pair.there)
        if name not in names and source in free:
            names[name] = free.pop(source)
    taken = set(names.values())
    rest = (name for name in one if name not in names), (name for name in other if name not in taken)
    return {**names, **dict(zip(*map(tuple, rest), strict=False))}


def _is_moved(pair: _Pair, was: Output, now: Output) -> bool:
    """Whether an output is another tensor, and that not because of steps that came, went or moved."""
    return _mapped([was.source], pair.there) != (now.source,) and not _explained(pair, [was.source], [now.source])


def _output(pair: _Pair, was: Output, now: Output) -> Iterator[Change]:
    if was.name != now.name:
        yield Change("output", now.name, name="name", before=was.name, after=now.name)
    if _is_moved(pair, was, now):
        yield Change("output", now.name, name="source", before=_name(was.source), after=_name(now.source))
    if was.type.shape != now.type.shape:
        shapes = [_sample(each.type, _dims(each.type)) for each in (was, now)]
        yield Change("output", now.name, name="shape", before=shapes[0], after=shapes[1])
    if was.type.dtype != now.type.dtype:
        yield Change("output", now.name, name="dtype", before=was.type.dtype, after=now.type.dtype)
    if was.train_only != now.train_only:
        yield Change("output", now.name, name="train_only", before=was.train_only, after=now.train_only)


# how parameters start


def _init(pair: _Pair) -> Iterator[Change]:
    """The rules for the parameters that both have; those of new ones count among what is new."""
    for now, key in pair.back.items():
        if now[1]:
            continue
        both = {name for name, _ in pair.one.steps[key].params} & {name for name, _ in pair.other.steps[now].params}
        for name, _ in pair.other.steps[now].params:
            was, rule = (
                each.init.get(f"{path}.{name}".rstrip("."), "")
                for each, path in ((pair.one, key[0]), (pair.other, now[0]))
            )
            if name in both and was != rule:
                yield Change(
                    "init",
                    f"{now[0]}.{name}".rstrip("."),
                    pair.other.steps[now].op,
                    before=was or None,
                    after=rule or None,
                )
