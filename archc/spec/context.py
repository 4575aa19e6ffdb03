"""What all readers of a spec share: findings, expressions with their places, and pydantic models with routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from archc import codes, expr
from archc.diagnostics import Diagnostic, Route, Where, suggest
from archc.expr import Expr, ExprError
from archc.spec.model import Formula, Param, Template

QUOTES = "within YAML's own brackets a comma ends a value: put an expression that has one in quotes"
"""What to say of an expression that breaks off inside its brackets."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
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

    def formula(self, text: str, where: Where) -> Formula | None:
        """The expression in `text`, its names checked; None, with a finding, where it is not one."""
        try:
            parsed = expr.parse(text)
        except ExprError as error:
            help = error.help or (QUOTES if any(text.count(a) > text.count(b) for a, b in ("()", "[]")) else "")
            self.report(error.code, error.message, replace(where, at=error.at, length=error.length), help)
            return None
        return Formula(parsed, where) if self.check_names(parsed, where) else None

    def template(self, text: str, where: Where) -> Template | None:
        """Text whose `{...}` parts are expressions."""
        try:
            parts = expr.parse_template(text)
        except ExprError as error:
            self.report(error.code, error.message, replace(where, at=error.at, length=error.length), error.help)
            return None
        good = [self.check_names(part, where) for part in parts if not isinstance(part, str)]
        return Template(parts, where) if all(good) else None

    def check_names(self, tree: Expr, where: Where) -> bool:
        """Report every name in `tree` that means nothing here."""
        unknown = [name for name in free_names(tree) if name.id not in self.names]
        for name in unknown:
            self.report(
                codes.EXPR_NAME,
                f"unknown name `{name.id}` in an expression",
                replace(where, at=name.at, length=name.end - name.at),
                suggest(name.id, self.names) or known("names here", self.names),
            )
        return not unknown

    def validate(self, model: type[Model], value: object, route: Route, what: str) -> Model | None:
        """`value` as a pydantic model; each fault becomes a finding at its own place."""
        if not isinstance(value, dict):
            self.report(codes.WRONG_TYPE, f"{what} must be a mapping, not {kind(value)}", self.where(route))
            return None
        try:
            return model.model_validate(value, strict=True)
        except ValidationError as error:
            faults = cast("list[Mapping[str, Any]]", error.errors(include_url=False))
            meant = {suggest(str(f["loc"][-1]), _keys(model)) for f in faults if f["type"] == "extra_forbidden"}
            for fault in faults:
                # a key that is there but misspelt is not missing too
                if fault["type"] != "missing" or f"did you mean `{fault['loc'][-1]}`?" not in meant:
                    self._report_fault(model, fault, route, what)
            return None

    def _report_fault(self, model: type[BaseModel], fault: Mapping[str, Any], route: Route, what: str) -> None:
        loc = tuple(part for part in fault["loc"] if isinstance(part, int) or not part.startswith(("list[", "dict[")))
        kinds = {"extra_forbidden": codes.UNKNOWN_KEY, "missing": codes.MISSING_KEY}
        code = kinds.get(fault["type"], codes.WRONG_TYPE)
        if code == codes.UNKNOWN_KEY:
            allowed = _keys(model)
            hint = suggest(str(loc[-1]), allowed) or known("keys", allowed)
            self.report(code, f"unknown key `{loc[-1]}` in {what}", self.where(route + loc, on_key=True), hint)
        elif code == codes.MISSING_KEY:
            self.report(code, f"{what} lacks `{loc[-1]}`", self.where(route))
        else:
            name = ".".join(str(part) for part in loc)
            self.report(code, f"`{name}` of {what} {plain(fault)}", self.where(route + loc))


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


_WANTED = {
    "int": "a whole number", "float": "a number", "finite": "a finite number", "bool": "true or false",
    "string": "text", "list": "a list", "tuple": "a list", "dict": "a mapping",
}  # fmt: skip
_RANGES = {
    "greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"), "less_than": ("less than", "lt"),
}  # fmt: skip


def plain(fault: Mapping[str, Any]) -> str:
    """A pydantic fault in archc's own words, beginning with a verb."""
    type_, given, details = str(fault["type"]), fault.get("input"), fault.get("ctx", {})
    shown = f"{kind(given)}" if isinstance(given, (list, tuple, dict)) else quote(given)
    if type_ in _RANGES:
        words, limit = _RANGES[type_]
        return f"must be {words} {details[limit]:g}, not {shown}"
    if type_ == "literal_error":
        return f"must be {details['expected']}, not {shown}".replace("'", "`")
    if type_ in {"too_long", "too_short"}:
        most, limit = ("at most", "max_length") if type_ == "too_long" else ("at least", "min_length")
        return f"must have {most} {details[limit]} entries, not {details['actual_length']}"
    wanted = _WANTED.get(type_.partition("_")[0])
    if wanted is not None and type_ != "string_pattern_mismatch":
        return f"must be {wanted}, not {shown}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"cannot be {shown}: {message[:1].lower()}{message[1:]}"


def quote(value: object) -> str:
    """A value from the file as messages show it: short, with control characters made visible."""
    text = {True: "true", False: "false", None: "null"}.get(cast("Any", value)) if isinstance(value, (bool, type(None))) else None
    shown = text or repr(value).strip("'")
    return f"`{shown[:40]}...`" if len(shown) > 43 else f"`{shown}`"


def kind(value: object) -> str:
    """What a YAML value is, in words."""
    if value is None:
        return "nothing"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", tuple: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)


def known(what: str, names: Iterable[str]) -> str:
    """`keys: a, b, c`, shortened where there are many."""
    listed = sorted(names)
    return f"{what}: {', '.join(listed[:12])}{', ...' if len(listed) > 12 else ''}" if listed else ""


def free_names(tree: Expr) -> Iterator[expr.Name]:
    """All names in an expression, with their places."""
    if isinstance(tree, expr.Name):
        yield tree
        return
    for child in expr.children(tree):
        yield from free_names(child)
