"""Holding `init` rules to the network: each names parameters that are there, with arguments that have values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from archc import codes, ops
from archc.diagnostics import Diagnostic, Note
from archc.expand.run import MAX_FINDINGS
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg, expr_finding
from archc.expr import ExprError
from archc.ops.base import Op
from archc.spec.model import Chain, Initialiser, Step
from archc.spec.walk import chains_in, plain_names
from archc.suggest import hint, known, renaming, suggest
from archc.tree import Body, kinds_of_ops, ops_in

if TYPE_CHECKING:
    from archc.network import Network


RANKS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal"), (2, 99)),
    "sparse": (2, 2), "eye": (2, 2), "dirac": (3, 5),
}  # fmt: skip
"""The fewest and the most dimensions that the functions of torch.nn.init take, where that is limited."""
REQUIRED = {"sparse": "sparsity", "constant": "val"}
"""The arguments that they do not do without."""
MOST_TRIES = 500_000
"""How many names are held against patterns."""


def check_init(network: Network, *, own: bool) -> tuple[Diagnostic, ...]:
    """Everything wrong with the rules.

    `own` says that the spec stands as written, without variants or settings from outside: only then must every path
    be there, for what a rule is about may be in another variant.
    """
    rules = network.spec.init
    here = _Parameters(network.body)
    patterns = sum(any(mark in rule.pattern for mark in "*?[") for rule in rules)
    if patterns and patterns * len(here.paths) > MOST_TRIES:
        message = f"`init` has {patterns:,} patterns for {len(here.paths):,} parameters, which are too many to try"
        return (Diagnostic(codes.LIMIT, message, rules[0].where),)
    findings = (finding for rule in rules for finding in _check(network, rule, here, own=own))
    return tuple(islice(findings, MAX_FINDINGS))


class _Parameters:
    """The parameters of a network; rules for an op need no paths, of which there may be many."""

    def __init__(self, body: Body) -> None:
        self.body = body

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """By path: the op that has it."""
        return {f"{path}.{name}".rstrip("."): op.name for path, op in ops_in(self.body) for name in _names(op)}

    def ranks(self, rule: Initialiser) -> Iterator[tuple[str, int]]:
        """What a rule sets: names or paths, each with how many dimensions it has."""
        owner, _, name = rule.pattern.rpartition(".")
        op = ops.find(owner) if owner else None
        if op is not None and op.is_module:
            of_kind = (each for each in kinds_of_ops(self.body) if each.name == owner)
            yield from ((rule.pattern, len(w.shape)) for each in of_kind for w in each.weights() if w.name == name)
            return
        for path, each in ops_in(self.body):
            for weight in each.weights():
                whole = f"{path}.{weight.name}".rstrip(".")
                if not weight.buffer and fnmatchcase(whole, rule.pattern):
                    yield whole, len(weight.shape)

    @cached_property
    def own(self) -> Mapping[str, Step]:
        """The steps that say themselves what their tensor begins with, by its path."""
        return dict(_with_init(self.body, ""))

    @cached_property
    def kinds(self) -> Set[str]:
        """The ops that have any."""
        return frozenset(op.name for op in kinds_of_ops(self.body) if _names(op))

    def of_kind(self, kind: str) -> Iterator[Sequence[str]]:
        """The names of those of each op of a kind."""
        return (_names(op) for op in kinds_of_ops(self.body) if op.name == kind)


def _with_init(body: Body, prefix: str) -> Iterator[tuple[str, Step]]:
    for item in body.items:
        path = f"{prefix}{item.name}"
        if isinstance(item.content, Body):
            yield from _with_init(item.content, f"{path}.")
        elif item.content.op.is_source and "init" in item.content.op.model_fields_set:
            yield path, item.step


def _names(op: Op) -> list[str]:
    return [weight.name for weight in op.weights() if not weight.buffer]


def _check(network: Network, rule: Initialiser, here: _Parameters, *, own: bool) -> Iterator[Diagnostic]:
    env = Env(network.settled.values)
    for _, arg in rule.args:
        try:
            evaluate_arg(arg, env)
        except ExprError as error:
            yield expr_finding(error, arg.where)
    yield from _check_function(rule, here)
    owner, _, name = rule.pattern.rpartition(".")
    op = ops.find(owner) if owner else None
    if op is not None and op.is_module:
        yield from _check_op(rule, owner, name, here, own=own)
        return
    if any(fnmatchcase(path, rule.pattern) for path in here.paths):
        yield from _check_own(rule, here)
        return
    near = suggest(owner, here.kinds) if owner else ""
    near = near.removesuffix("`?") + f".{name}`?" if near else suggest(rule.pattern, here.paths)
    chain = network.spec.chain
    is_dropped = chain is not None and owner.partition(".")[0] in _names_in(chain)
    if own or (near and not is_dropped):
        message, help = f"no parameter fits `{rule.pattern}`", near or known("parameters", here.paths)
        fixes = renaming(owner, here.kinds, rule.where) or renaming(rule.pattern, here.paths, rule.where)
        yield Diagnostic(codes.UNKNOWN_REFERENCE, message, rule.where, help=help, fixes=fixes)


def _check_function(rule: Initialiser, here: _Parameters) -> Iterator[Diagnostic]:
    """Report an argument that the function needs, or a parameter whose dimensions it does not take."""
    needed = REQUIRED.get(rule.function)
    if needed is not None and needed not in dict(rule.args):
        message = f"`{rule.function}` needs `{needed}`"
        yield Diagnostic(codes.MISSING_ARGUMENT, message, rule.where, help=f"`{{{rule.function}: {{{needed}: ...}}}}`")
    least, most = RANKS.get(rule.function, (0, 99))
    wrong = next(((name, n) for name, n in here.ranks(rule) if not least <= n <= most), None) if least else None
    if wrong is not None:
        name, rank = wrong
        wanted = f"{least}" if least == most else f"{least} to {most}" if most < 99 else f"at least {least}"
        message = f"`{rule.function}` takes tensors of {wanted} dimensions, and `{name}` has {rank}"
        yield Diagnostic(codes.BAD_ARGUMENT, message, rule.where, help="give it a rule of its own")


def _names_in(chain: Chain) -> Iterator[str]:
    """The names that steps give, be they there or not."""
    for step in chain.steps:
        yield from plain_names(step)
        for inner in chains_in(step):
            yield from _names_in(inner)


def _check_own(rule: Initialiser, here: _Parameters) -> Iterator[Diagnostic]:
    """Report a rule for a tensor that says itself what it begins with."""
    path = next((path for path in here.own if fnmatchcase(path, rule.pattern)), None)
    if path is not None:
        message = f"`{path}` has an `init` of its own, over which this rule wins"
        notes = (Note("its own `init`", here.own[path].where),)
        yield Diagnostic(codes.INIT_TWICE, message, rule.where, "warning", notes, help="leave one of them out")


def _check_op(rule: Initialiser, op: str, name: str, here: _Parameters, *, own: bool) -> Iterator[Diagnostic]:
    if any(name in names for names in here.of_kind(op)):
        return
    names = {each for names in here.of_kind(op) for each in names}
    if names and name != "bias":
        help = hint(name, "parameters", names)
        fixes = renaming(name, names, replace(rule.where, at=len(op) + 1))
        message = f"`{op}` has no parameter `{name}`"
        yield Diagnostic(codes.UNKNOWN_REFERENCE, message, rule.where, help=help, fixes=fixes)
    elif own and not names:
        message = f"no `{op}` here has parameters that `{rule.pattern}` could set"
        help = known("ops with parameters", here.kinds)
        yield Diagnostic(codes.UNKNOWN_REFERENCE, message, rule.where, help=help)
