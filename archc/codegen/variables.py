"""Names for the sizes that a constructor works out on its way; a variable that nothing reads again is taken over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from archc.codegen import ir
from archc.codegen.binding import replaced
from archc.codegen.formulas import formulas_in, of_text
from archc.codegen.merged_statements import guards_first
from archc.codegen.statements import has_content
from archc.expr import Expr, Name, names

_Formulas = Callable[[ir.Maker], Iterable[Expr]]


@dataclass
class _Life:
    """Where a size is worked out, and where it is read."""

    made: int
    reads: list[int] = field(default_factory=list[int])
    next: str = ""
    """What it becomes from round to round."""
    end: int = 0
    """The end of the loop that it is carried through."""
    early: int = 0
    """Where it is set, unless it stands in the variable of `kept`: before a condition."""
    kept: str = ""


class _Reader:
    """Walks statements in the order in which they are written."""

    def __init__(self, live: Collection[str], same: Mapping[str, str]) -> None:
        self.live, self.same = live, same
        self.at = 0
        self.lives: dict[str, _Life] = {}
        self.loops: list[tuple[int, int]] = []

    def read(self, trees: Iterable[Expr]) -> None:
        self.at += 1
        for tree in trees:
            for name in names(tree):
                if name in self.lives:
                    self.lives[name].reads.append(self.at)

    def make(self, symbol: str) -> None:
        self.at += 1
        if symbol in self.live:
            self.lives[symbol] = self.lives.get(self.same.get(symbol, ""), _Life(self.at))

    def walk(self, body: Sequence[ir.Statement], maker_formulas: _Formulas) -> None:
        for statement in guards_first(body):
            match statement:
                case ir.Assign():
                    if statement.symbol in self.live:
                        self.read([statement.value])
                        self.make(statement.symbol)
                case ir.Make(maker=ir.SequentialMaker(body=inner)):
                    self.walk(inner, maker_formulas)
                case ir.Make():
                    self.read(maker_formulas(statement.maker))
                    self.read(of_text(statement.place.name))
                case ir.MakeTensor(op=op):
                    self.read(tree for name in type(op).model_fields for tree in formulas_in(getattr(op, name)))
                case ir.Guard():
                    self.read([statement.condition])
                case ir.If():
                    self._branch(statement, maker_formulas)
                case ir.For():
                    self._loop(statement, maker_formulas)

    def _branch(self, statement: ir.If, maker_formulas: _Formulas) -> None:
        phis = [phi for phi in statement.phis if phi.symbol in self.live]
        if has_content(statement) or phis:
            self.read([statement.condition])
        self.read([phi.second for phi in phis])
        before = self.at
        self.walk(statement.then, maker_formulas)
        self.read([phi.first for phi in phis])
        self.walk(statement.other, maker_formulas)
        for phi in phis:
            self.make(phi.symbol)
            life = self.lives[phi.symbol]
            life.early, life.kept = before, phi.second.id if isinstance(phi.second, Name) else ""

    def _loop(self, statement: ir.For, maker_formulas: _Formulas) -> None:
        phis = [phi for phi in statement.phis if phi.symbol in self.live]
        self.read([*([statement.loop.count] if statement.loop.rows is None else [statement.loop.rows])])
        self.read([phi.first for phi in phis])
        start = self.at
        for phi in phis:
            self.make(phi.symbol)
        self.walk(statement.body, maker_formulas)
        self.read([phi.second for phi in phis])
        self.at += 1
        for phi in phis:
            life = self.lives[phi.symbol]
            life.next, life.end = phi.second.id if isinstance(phi.second, Name) else "", self.at
        for life in self.lives.values():
            if life.made <= start and any(start < read <= self.at for read in life.reads):
                life.reads.append(self.at)


def twins(body: Iterable[ir.Statement], merged: Mapping[str, str], live: Collection[str]) -> dict[str, str]:
    """Sizes that always equal one beside them, as the width of a square its height, by symbol."""
    found: dict[str, str] = {}
    for statement in ir.every(body):
        known: dict[tuple[Expr, Expr], str] = {}
        for phi in statement.phis if isinstance(statement, (ir.If, ir.For)) else ():
            same = {name: Name(other) for name, other in {**merged, **found, phi.symbol: ""}.items()}
            one = known.setdefault((replaced(phi.first, same), replaced(phi.second, same)), phi.symbol)
            if one != phi.symbol and {one, phi.symbol} <= {*live}:
                found[phi.symbol] = one
    return found


def variables(
    body: Sequence[ir.Statement], live: Collection[str], taken: Collection[str], sizes: Mapping[str, str],
    reads_behind: Iterable[Expr], maker_formulas: _Formulas, stems: Mapping[str, str],
    same: Mapping[str, str],
) -> dict[str, str]:  # fmt: skip
    """Names for the sizes that are worked out, by symbol; `same` are those that have another one's variable."""
    reader = _Reader({name for name in live if name.startswith("v")}, same)
    reader.lives |= {symbol: _Life(0) for symbol in sizes}
    reader.walk(body, maker_formulas)
    reader.read(reads_behind)
    found = dict(sizes)
    for symbol, life in sorted(reader.lives.items(), key=lambda item: item[1].made):
        if symbol in sizes:
            continue
        if symbol in same:
            found[symbol] = found[same[symbol]]
            continue
        shown = {each.partition(":")[2] for each in (symbol, *(one for one, other in same.items() if other == symbol))}
        stem = stems.get(symbol) or ("side" if shown == {"height", "width"} else symbol.partition(":")[2])
        other = f"in_{stem}" if stem in ("channels", "features") else "current"
        for name in chain((stem, other), (f"{stem}_{number}" for number in count(2))):
            holders = [reader.lives[other] for other, held in found.items() if held == name]
            made = life.made if not life.early or found.get(life.kept) == name else life.early
            if name not in taken and not any(_clash(held, symbol, made) for held in holders):
                found[symbol] = name
                break
    return found


def _clash(held: _Life, symbol: str, made: int) -> bool:
    """Whether a variable still holds something that is read after it would be taken over."""
    later = [read for read in held.reads if read > made]
    if held.next == symbol and held.made < made <= held.end:
        return any(read < held.end - 1 for read in later)
    return bool(later)
