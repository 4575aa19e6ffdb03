"""Differences for people: in the order of the modules, equal ones said once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, cast

from archc.differences.description import value_text
from archc.differences.records import Change, Reshaped
from archc.record import record
from archc.report.terminal import cells, count, paint
from archc.summary import bytes_text, short, times

if TYPE_CHECKING:
    from archc.differences.difference import Difference

_NUMBER = re.compile(r"[0-9]+")
_FEW = 2
"""As many names are listed; of more the first and the last are."""
_MOST = 8
"""So many ranges of keys, or lines about their shapes, are shown."""
_WIDEST = 40
_STYLES = {"added": "green", "removed": "red", "missing": "red", "unexpected": "red", "reshaped": "red"}


@record
class Line:
    """What is said of a place, or of several of which the same is to be said: `added`, `layer1.2`, `2 Conv2d, relu`."""

    word: str
    where: str
    what: str


@record
class _Entry:
    """A line to be, and what it has in common with those that are put into one with it."""

    at: int
    word: str
    where: str
    what: str
    shared: str
    """What is said in place of `what` where it is said of several."""
    alike: Hashable


def as_text(found: Difference, *, color: bool = False) -> str:
    """The differences as lines in columns, what becomes of a checkpoint, and the sums that differ."""
    if found.identical:
        return "identical\n"
    sections = [list(_in_columns(lines, color=color)) for lines in (changed_lines(found), checkpoint_lines(found))]
    rows = list(_sums(found))
    columns = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    sections.append(["  ".join(map(str.ljust, row, columns)).rstrip() for row in rows])
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def as_markdown(found: Difference) -> str:
    """The same as lists and a table."""
    if found.identical:
        return "identical\n"
    sections = [
        [f"- {line.word}{f' `{line.where}`' if line.where else ''}: {line.what}" for line in lines]
        for lines in (changed_lines(found), checkpoint_lines(found))
    ]
    rows = [f"| {' | '.join(row)} |" for row in _sums(found)]
    sections.append(["| | before | after | |", "|---|---:|---:|---:|", *rows] if rows else [])
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _in_columns(lines: Sequence[Line], *, color: bool) -> Iterator[str]:
    words, places = (max((cells(cell) for cell in column), default=0) for column in _columns(lines))
    for line in lines:
        word = paint(line.word, _STYLES.get(line.word, "cyan"), color=color) + " " * (words - cells(line.word))
        where = line.where + " " * (min(places, _WIDEST) - cells(line.where))
        yield f"{word}  {f'{where}  ' if line.where else ''}{line.what}".rstrip()


def _columns(lines: Sequence[Line]) -> tuple[list[str], list[str]]:
    return [line.word for line in lines], [line.where for line in lines]


def changed_lines(found: Difference) -> list[Line]:
    """A line for each difference, or for all that are equal; what follows from others is left out beside them."""
    changes = [change for change in found.changes if not change.follows] or list(found.changes)
    numbered = list(enumerate(changes))
    entries = [*_modules(numbered), *_renamed(numbered), *_arguments(numbered), *_others(numbered)]
    return _merged(sorted(entries, key=lambda entry: entry.at))


def _merged(entries: Iterable[_Entry]) -> list[Line]:
    """Entries that say the same of places of one kind as one line, at the place of the first."""
    groups: dict[Hashable, list[_Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.word, entry.alike), []).append(entry)
    return [
        Line(first.word, _range([first.where, *(each.where for each in rest)]), first.shared if rest else first.what)
        for first, *rest in groups.values()
    ]


def _range(places: Sequence[str]) -> str:
    """`a, b`; `layer1.0.bn1 ... layer4.2.bn1 (16)`, and so on both sides of an arrow."""
    if len(places) <= _FEW and (len(places) == 1 or not any("->" in place for place in places)):
        return ", ".join(places)
    sides = zip(*(place.split(" -> ") for place in places), strict=True)
    return f"{' -> '.join(f'{side[0]} ... {side[-1]}' for side in sides)} ({len(places)})"


def _kind(path: str) -> str:
    """What places in equal blocks have in common: the last name, without its number."""
    return _NUMBER.sub("#", path.rpartition(".")[2])


def _modules(changes: Iterable[tuple[int, Change]]) -> Iterator[_Entry]:
    """What came or went, by the outermost module that did so as a whole."""
    groups: dict[tuple[str, str], list[tuple[int, Change]]] = {}
    for at, change in changes:
        if change.what in {"added", "removed"}:
            groups.setdefault((change.what, change.within), []).append((at, change))
    for (word, within), group in groups.items():
        steps = [change for _, change in group]
        kinds = Counter(step.op.partition("(")[0] for step in steps)
        what = ", ".join(f"{number} {op}" if number > 1 else op for op, number in kinds.items())
        what = steps[0].op if len(steps) == 1 else what
        params = sum(step.params for step in steps)
        whole = f"{what}; {params:,} parameters" if params else what
        if len(steps) > 1:
            yield _Entry(group[0][0], word, within, whole, whole, (_kind(within), whole))
        else:
            yield _Entry(group[0][0], word, within, f"{whole}; {_between(steps[0])}", what, (_kind(within), what))


def _between(step: Change) -> str:
    takes, feeds = _listed(step, step.takes), _listed(step, step.feeds)
    if step.takes and step.feeds:
        return f"between {takes} and {feeds}"
    return f"behind {takes}" if step.takes else f"before {feeds}" if step.feeds else "by itself"


def _listed(step: Change, names: Sequence[str]) -> str:
    shown = [*_near(step.path, names[:_FEW]), *(["..."] if len(names) > _FEW else [])]
    return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"


def _near(path: str, names: Iterable[str]) -> list[str]:
    """Names as they are within the module that a step stands in, where they are in it and no numbers."""
    module = path[: path.rfind(".") + 1]
    return [name if name.removeprefix(module).isdigit() else name.removeprefix(module) for name in names]


def _renamed(changes: Iterable[tuple[int, Change]]) -> Iterator[_Entry]:
    """What is called otherwise, by the outermost module that is."""
    groups: dict[str, list[tuple[int, Change]]] = {}
    for at, change in changes:
        if change.what == "renamed":
            groups.setdefault(" -> ".join(_outermost(str(change.before), change.path)), []).append((at, change))
    for where, group in groups.items():
        first = group[0][1]
        one = where.endswith(f" -> {first.path}")
        what = first.op if one else count(len(group), "step")
        yield _Entry(
            group[0][0], "renamed", where, what, "" if one else "all their steps", (_NUMBER.sub("#", where), one)
        )


def _outermost(before: str, after: str) -> tuple[str, str]:
    """Two paths without the names at their ends that are the same."""
    one, other = before.split("."), after.split(".")
    while len(one) > 1 and len(other) > 1 and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return ".".join(one), ".".join(other)


def _arguments(changes: Iterable[tuple[int, Change]]) -> Iterator[_Entry]:
    """The arguments that differ, step by step."""
    groups: dict[str, list[tuple[int, Change]]] = {}
    for at, change in changes:
        if change.what == "argument":
            groups.setdefault(change.path, []).append((at, change))
    for path, group in groups.items():
        told = [f"{each.name} {value_text(each.before)} -> {value_text(each.after)}" for _, each in group]
        what = f"{group[0][1].op}: {', '.join(told)}"
        yield _Entry(group[0][0], "changed", path, what, what, (_kind(path), what))


def _others(changes: Iterable[tuple[int, Change]]) -> Iterator[_Entry]:
    for at, each in changes:
        match each.what:
            case "op":
                what = f"{value_text(each.before)} -> {value_text(each.after)}"
                yield _Entry(at, "changed", each.path, what, what, (_kind(each.path), what))
            case "wiring" | "order":
                sides = (_near(each.path, cast("tuple[str, ...]", side)) for side in (each.before, each.after))
                before, after = (", ".join(side) or "nothing" for side in sides)
                how = "operands in another order, " if each.what == "order" else "takes "
                what = f"{each.op}: {how}{after} instead of {before}"
                yield _Entry(at, "rewired", each.path, what, what, (_kind(each.path), _NUMBER.sub("#", what)))
            case "moved":
                yield _Entry(
                    at, "moved", each.path, f"{each.op}: now {_between(each)}", each.op, (_kind(each.path), each.op)
                )
            case "init":
                what = f"{value_text(each.before or 'as torch does')} -> {value_text(each.after or 'as torch does')}"
                yield _Entry(at, "init", each.path, what, what, (each.op, each.path.rpartition(".")[2], what))
            case "input" | "output":
                what = _end(each)
                yield _Entry(at, each.what, each.path, what, what, (each.path, what))
            case _:
                pass


def _end(change: Change) -> str:
    """What is said of an input or an output."""
    match change.name:
        case "added" | "removed":
            place = f"; {_between(change)}" if change.takes or change.feeds else ""
            return f"{change.name}, {value_text(change.before or change.after)}{place}"
        case "name":
            return f"was called {value_text(change.before)}"
        case "train_only":
            return "in training alone" if change.after else "no longer in training alone"
        case _:
            return f"{change.name} {value_text(change.before)} -> {value_text(change.after)}"


def checkpoint_lines(found: Difference) -> list[Line]:
    """Whether weights of the first network load into the second, and which entries are in the way."""
    result = found.checkpoint
    how = "loads into the second" if not result.reshaped else "does not load into the second"
    how = how if result.loads or result.reshaped else f"{how} with strict=False alone"
    lines = [Line("checkpoint", "", f"of the first {how}")]
    new = {change.within for change in found.changes if change.what == "added"}
    old = {change.within for change in found.changes if change.what == "removed"}
    for change in found.changes:
        if change.what == "renamed":
            before, after = _outermost(str(change.before), change.path)
            old.add(before)
            new.add(after)
    lines += [*_keys("missing", result.missing, new), *_keys("unexpected", result.unexpected, old)]
    lines += [*_reshaped("reshaped", result.reshaped), *_reshaped("cast", result.cast)]
    if result.reordered:
        lines.append(Line("reordered", "", "keys come in another order, as do parameters in an optimizer's state"))
    return lines


def _keys(word: str, keys: Sequence[str], modules: set[str]) -> Iterator[Line]:
    """How many keys, and which: where a module came or went with them, that module."""
    places: dict[str, list[str]] = {}
    for where in dict.fromkeys(_place(key, modules) for key in keys):
        places.setdefault(_NUMBER.sub("#", where), []).append(where)
    if keys:
        ranges = [_range(group) for group in places.values()]
        yield Line(
            word, count(len(keys), "key"), ", ".join([*ranges[:_MOST], *(["..."] if len(ranges) > _MOST else [])])
        )


def _place(key: str, modules: set[str]) -> str:
    ends = (at for at, letter in enumerate(key) if letter == ".")
    return next((f"{key[:at]}.*" for at in ends if key[:at] in modules), key)


def _reshaped(word: str, entries: Sequence[Reshaped]) -> list[Line]:
    """What is another shape or dtype, equal things once; the first of many."""
    told = [(each.key, f"{_shape(each.before)} -> {_shape(each.after)}") for each in entries]
    lines = _merged(
        _Entry(at, word, key, what, what, (_NUMBER.sub("#", key), what)) for at, (key, what) in enumerate(told)
    )
    if len(lines) <= _MOST:
        return lines
    return [Line(word, count(len(entries), "key"), "among them"), *lines[: _MOST // 2]]


def _shape(value: tuple[int, ...] | str) -> str:
    return value if isinstance(value, str) else times(value)


def _sums(found: Difference) -> Iterator[tuple[str, str, str, str]]:
    """The sums that differ."""
    for each in found.sums:
        if each.before != each.after:
            before, after = _amount(each.name, each.before), _amount(each.name, each.after)
            yield each.name.replace("_", " "), before, after, _ratio(each.before, each.after)


def _ratio(before: int, after: int) -> str:
    if not before:
        return ""
    ratio = after / before
    return f"{ratio - 1:+.1%}" if ratio < 2 else f"x{ratio:.3g}" if ratio < 100 else f"x{ratio:,.0f}"


def _amount(name: str, value: int) -> str:
    return bytes_text(value) if name.endswith("memory") else short(value) if name == "MACs" else f"{value:,}"
