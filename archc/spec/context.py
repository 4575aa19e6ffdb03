"""What all readers of a spec share: findings, expressions with their places, and pydantic models with routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from archc import codes, expr
from archc.diagnostics import Diagnostic, Route, Where
from archc.expr import Expr, ExprError
from archc.naming import problem_with_name
from archc.record import record
from archc.spec.arguments import Formula, Param, Template
from archc.spec.data import is_mapping, kind, quote
from archc.spec.faults import Fault, faults_in
from archc.suggest import hint, suggest

QUOTES = "within YAML's own brackets a comma ends a value: put an expression that has one in quotes"
"""What to say of an expression that breaks off inside its brackets."""

Model = TypeVar("Model", bound=BaseModel)


_OTHER_YAML = {
    **dict.fromkeys(("yes", "on"), "did you mean `true`?"),
    **dict.fromkeys(("no", "off"), "did you mean `false`?"),
}
"""What are booleans to YAML 1.1 but text to 1.2."""


@record
class Header:
    """What a caller must know of a block: its parameters and how many inputs it takes."""

    params: tuple[Param, ...]
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """Where reading stands: the file, what names mean here, and the list that findings go to.

    The list is the one thing shared and grown while a file is read; every reader only appends to it.
    """

    file: str
    findings: list[Diagnostic]
    headers: Mapping[str, Header] = field(default_factory=dict[str, Header])
    params: Mapping[str, Param] = field(default_factory=dict[str, Param])
    """Parameters in scope: the file's, and within a block also the block's."""
    names: frozenset[str] = frozenset()
    """Names that expressions may use."""
    symbols: frozenset[str] = frozenset()
    """The input's free dimensions, which `expect` may name."""
    lost: frozenset[str] = frozenset()
    """Blocks and namespaces that are declared but could not be read, which is reported where they stand."""

    def where(self, route: Route, *, on_key: bool = False) -> Where:
        """The place of a route in this file."""
        return Where(self.file, route, on_key)

    def bind(self, names: Iterable[str]) -> Context:
        """The same place with more names for expressions."""
        return replace(self, names=self.names | frozenset(names))

    def report(self, code: str, message: str, where: Where, help: str = "") -> None:
        """Add a finding, once for its place: what a choice offers is read for each alternative."""
        if not any(found.code == code and found.where == where for found in self.findings):
            self.findings.append(Diagnostic(code, message, where, help=help))

    def report_type(self, what: str, value: object, where: Where) -> None:
        """Add the finding that a value is of the wrong kind; `what` says which is the right one."""
        self.report(codes.WRONG_TYPE, f"{what}, not {kind(value)}", where)

    def check_name(self, name: str, where: Where, what: str) -> bool:
        """Whether a name is an identifier that a Python file could use; reports it where not."""
        problem = problem_with_name(name)
        if problem:
            help = "use letters, digits and _, as in Python"
            self.report(codes.BAD_NAME, f"{what} name {quote(name)} {problem}", where, help)
        return not problem

    def mapping(self, value: object, what: str, route: Route) -> Mapping[str, object]:
        """`value` as the mapping that `what` is; empty where it is left out or, with a finding, something else."""
        if is_mapping(value):
            return value
        if value is not None:
            self.report_type(f"{what} must be a mapping", value, self.where(route))
        return {}

    def formula(self, text: str, where: Where) -> Formula | None:
        """The expression in `text`, its names checked; None, with a finding, where it is not one."""
        try:
            parsed = expr.parse(text)
        except ExprError as error:
            cut = any(text.count(opening) > text.count(closing) for opening, closing in ("()", "[]"))
            self.report_expr(error, where, QUOTES if cut else "")
            return None
        return Formula(parsed, where) if self._check_names(parsed, where) else None

    def template(self, text: str, where: Where) -> Template | None:
        """Text whose `{...}` parts are expressions."""
        try:
            parts = expr.parse_template(text)
        except ExprError as error:
            self.report_expr(error, where)
            return None
        good = [self._check_names(part, where) for part in parts if not isinstance(part, str)]
        return Template(parts, where) if all(good) else None

    def report_expr(self, error: ExprError, where: Where, otherwise: str = "") -> None:
        """Add what is wrong with the expression at `where`; `otherwise` helps where the fault itself has no cure."""
        at = replace(where, at=error.at, length=error.length)
        self.report(error.code, error.message, at, error.help or otherwise)

    def _check_names(self, tree: Expr, where: Where) -> bool:
        """Report every name in `tree` that means nothing here."""
        unknown = [name for name in _names(tree) if name.id not in self.names]
        for name in unknown:
            at = replace(where, at=name.at, length=name.end - name.at)
            help = _OTHER_YAML.get(name.id.lower()) or hint(name.id, "names here", self.names)
            self.report(codes.EXPR_NAME, f"unknown name `{name.id}` in an expression", at, help)
        return not unknown

    def validate(self, model: type[Model], value: object, route: Route, what: str) -> Model | None:
        """`value` as a pydantic model; each fault becomes a finding at its own place."""
        if not is_mapping(value):
            self.report_type(f"{what} must be a mapping", value, self.where(route))
            return None
        try:
            return model.model_validate(value, strict=True)
        except ValidationError as error:
            self._report_faults(faults_in(error), route, what, _keys(model))
            return None

    def _report_faults(self, faults: Sequence[Fault], route: Route, what: str, keys: Sequence[str]) -> None:
        meant = {suggest(fault.key, keys) for fault in faults if fault.type == "extra_forbidden"}
        for fault in faults:
            at = (*route, *fault.route)
            if fault.type == "extra_forbidden":
                message, help = f"unknown key `{fault.key}` in {what}", hint(fault.key, "keys", keys)
                self.report(codes.UNKNOWN_KEY, message, self.where(at, on_key=True), help)
            elif fault.type != "missing":
                name = ".".join(str(part) for part in fault.route)
                self.report(codes.WRONG_TYPE, f"`{name}` of {what} {fault.problem}", self.where(at))
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
