"""What all readers of a spec share: findings, expressions with their places, and pydantic models with routes."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from archc import codes, expr
from archc.diagnostics import Diagnostic, Edit, Fix, Route, Where
from archc.expr import Expr, ExprError
from archc.naming import problem_with_name
from archc.record import record
from archc.spec.arguments import Formula, Param, Template
from archc.spec.data import is_mapping, kind, quote
from archc.spec.faults import Fault, faults_in
from archc.spec.mend import Misspelt, mended, written
from archc.spec.retyped import TYPES, retyped
from archc.suggest import hint, meant, renaming, rewriting, suggest

QUOTES = "within YAML's own brackets a comma ends a value: put an expression that has one in quotes"
"""What to say of an expression that breaks off inside its brackets."""

Model = TypeVar("Model", bound=BaseModel)
MAX_FINDINGS = 200
"""How many faults of a file are told before the rest of it is not looked at: no report shows as many."""
NOTHING = ""
"""A name that no value has: what stands for an expression that cannot be read."""


_OTHER_YAML = {**dict.fromkeys(("yes", "on"), "true"), **dict.fromkeys(("no", "off"), "false")}
"""What are booleans to YAML 1.1 but text to 1.2."""


class TooManyError(Exception):
    """So much is wrong that nothing is gained by reading on; the findings say what."""


@record
class Header:
    """What a caller must know of a block: its parameters and how many inputs it takes."""

    params: tuple[Param, ...]
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """Where reading stands: the file, what names mean here, and the list that findings go to.

    The list, and what is said to grow like it, is all that is shared and changed while a file is read.
    """

    file: str
    findings: list[Diagnostic]
    headers: Mapping[str, Header] = field(default_factory=dict[str, Header])
    params: Mapping[str, Param] = field(default_factory=dict[str, Param])
    """Parameters in scope: the file's, and within a block also the block's."""
    names: frozenset[str] = frozenset()
    """Names that expressions may use."""
    tensors: ChainMap[str, None] = field(default_factory=ChainMap[str, None])
    """Names of tensors in sight; the innermost map is that of the chain being read, and grows with it."""
    symbols: frozenset[str] = frozenset()
    """The input's free dimensions, which `expect` may name."""
    lost: frozenset[str] = frozenset()
    """Blocks and namespaces that are declared but could not be read, which is reported where they stand."""

    whole: set[str] = field(default_factory=set[str])
    """Names that are used where a whole number is wanted; it grows like the findings."""

    misspelt: Misspelt = field(default_factory=dict[Route, str])
    """Keys that are read as what they were meant to be; it grows like the findings."""

    def where(self, route: Route, *, on_key: bool = False) -> Where:
        """The place of a route in this file."""
        return Where(self.file, written(route, self.misspelt), on_key)

    def bind(self, names: Iterable[str]) -> Context:
        """The same place with more names for expressions."""
        return replace(self, names=self.names | frozenset(names))

    def report(self, code: str, message: str, where: Where, help: str = "", fixes: tuple[Fix, ...] = ()) -> None:
        """Add a finding, once for its place: what a choice offers is read for each alternative."""
        if any(found.code == code and found.where == where for found in self.findings):
            return
        self.findings.append(Diagnostic(code, message, where, help=help, fixes=fixes))
        if len(self.findings) >= MAX_FINDINGS:
            raise TooManyError

    def report_type(self, what: str, value: object, where: Where) -> None:
        """Add the finding that a value is of the wrong kind; `what` says which is the right one."""
        self.report(codes.WRONG_TYPE, f"{what}, not {kind(value)}", where)

    def check_name(self, name: str, where: Where, what: str) -> bool:
        """Whether a name is an identifier that a Python file could use; reports it where not."""
        problem = problem_with_name(name)
        if problem:
            help, better = "use letters, digits and _, as in Python", re.sub(r"\W+", "_", name.strip(), flags=re.ASCII)
            fixes = () if problem_with_name(better) else (Fix(f"write `{better}`", (Edit(where, "replace", better),)),)
            self.report(codes.BAD_NAME, f"{what} name {quote(name)} {problem}", where, help, fixes)
        return not problem

    def mapping(self, value: object, what: str, route: Route) -> Mapping[str, object]:
        """`value` as the mapping that `what` is; empty where it is left out or, with a finding, something else."""
        if is_mapping(value):
            return value
        if value is not None:
            self.report_type(f"{what} must be a mapping", value, self.where(route))
        return {}

    def formula(self, text: str, where: Where, words: Iterable[str] = (), *, fraction: bool | None = False) -> Formula:
        """The expression in `text`, its names checked; with a finding, one that has no value where it is none.

        `words` are what could have been meant in its place. `fraction` says whether its number need not be whole; None
        leaves that open.
        """
        try:
            parsed = expr.parse(text)
        except ExprError as error:
            cut = any(text.count(opening) > text.count(closing) for opening, closing in ("()", "[]"))
            self.report_expr(error, where, QUOTES if cut else "")
            return Formula(expr.Name(NOTHING), where)
        return Formula(self._divided(self._checked(parsed, where, words), fraction), where)

    def template(self, text: str, where: Where) -> Template | None:
        """Text whose `{...}` parts are expressions."""
        try:
            parts = expr.parse_template(text)
        except ExprError as error:
            self.report_expr(error, where)
            return None
        checked = tuple(
            part if isinstance(part, str) else self._divided(self._checked(part, where), False) for part in parts
        )
        return Template(checked, where)

    def _divided(self, tree: Expr, fraction: bool | None) -> Expr:
        """`tree` with every `/` as it is meant here; what in it must be whole is noted."""
        if fraction is None:
            return tree
        self.whole.update(expr.whole_names(tree, fraction=fraction))
        return expr.divided(tree, fraction=fraction)

    def report_expr(self, error: ExprError, where: Where, otherwise: str = "") -> None:
        """Add what is wrong with the expression at `where`; `otherwise` helps where the fault itself has no cure."""
        at = replace(where, at=error.at, length=error.length)
        self.report(error.code, error.message, at, error.help or otherwise, error.fixes_at(where))

    def _checked(self, tree: Expr, where: Where, words: Iterable[str] = ()) -> Expr:
        """`tree` with the names that were meant, every one in it that means nothing here being reported.

        `words` may stand in place of it all.
        """
        unknown = [name for name in _names(tree) if name.id not in self.names]
        for name in unknown:
            at = replace(where, at=name.at, length=name.end - name.at)
            known = self.names.union(words) if isinstance(tree, expr.Name) else self.names
            help, fixes = hint(name.id, "names here", known), renaming(name.id, known, at)
            if name.id.lower() in _OTHER_YAML:
                help = f"did you mean `{_OTHER_YAML[name.id.lower()]}`?"
                whole = where if isinstance(tree, expr.Name) else at
                fixes = (rewriting(name.id, _OTHER_YAML[name.id.lower()], whole),)
            self.report(codes.EXPR_NAME, f"unknown name `{name.id}` in an expression", at, help, fixes)
        right = {name.id: expr.Name(found) for name in unknown if (found := meant(name.id, self.names))}
        return expr.substitute(tree, right) if right else tree

    def validate(self, model: type[Model], value: object, route: Route, what: str) -> Model | None:
        """`value` as a pydantic model; each fault becomes a finding at its own place."""
        if not is_mapping(value):
            self.report_type(f"{what} must be a mapping", value, self.where(route))
            return None
        try:
            return model.model_validate(value, strict=True)
        except ValidationError as error:
            self._report_faults(faults_in(error), route, what, _keys(model))
        try:
            return model.model_validate(mended(value, _keys(model), route, self.misspelt), strict=True)
        except ValidationError:
            return None

    def _report_faults(self, faults: Sequence[Fault], route: Route, what: str, keys: Sequence[str]) -> None:
        meant = {suggest(fault.key, keys) for fault in faults if fault.type == "extra_forbidden"}
        for fault in faults:
            at = (*route, *fault.route)
            if fault.type == "extra_forbidden":
                message, help = f"unknown key `{fault.key}` in {what}", hint(fault.key, "keys", keys)
                key = self.where(at, on_key=True)
                self.report(codes.UNKNOWN_KEY, message, key, help, renaming(fault.key, keys, key))
            elif fault.type != "missing":
                name = ".".join(str(part) for part in fault.route)
                fixes = retyped(fault.given, TYPES.get(fault.type.partition("_")[0], ""), self.where(at))
                help = next((fix.title for fix in fixes), "")
                self.report(codes.WRONG_TYPE, f"`{name}` of {what} {fault.problem}", self.where(at), help, fixes)
            elif f"did you mean `{fault.key}`?" not in meant:  # a key that is there but misspelt is not missing too
                self.report(codes.MISSING_KEY, f"{what} lacks `{fault.key}`", self.where(route))


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _names(tree: Expr) -> Iterator[expr.Name]:
    """All names in an expression, with their places."""
    if isinstance(tree, expr.Name):
        yield tree
        return
    for child in expr.children(tree):
        yield from _names(child)
