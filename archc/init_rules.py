"""Holding `init` rules to the network: each names parameters that are there, with arguments that have values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING

from archc import codes, ops
from archc.diagnostics import Diagnostic
from archc.expand.run import MAX_FINDINGS
from archc.expand.scope import Env
from archc.expand.values import evaluate_arg, expr_finding
from archc.expr import ExprError
from archc.spec.model import Initialiser
from archc.suggest import hint, known, renaming, suggest
from archc.tree import ops_in

if TYPE_CHECKING:
    from archc.network import Network


MOST_TRIES = 500_000
"""How many names are held against patterns."""


def check_init(network: Network, *, own: bool) -> tuple[Diagnostic, ...]:
    """Everything wrong with the rules.

    `own` says that the spec stands as written, without variants or settings from outside: only then must every path
    be there, for what a rule is about may be in another variant.
    """
    parameters = {
        f"{path}.{weight.name}".rstrip("."): op.name
        for path, op in ops_in(network.body)
        for weight in op.weights()
        if not weight.buffer
    }
    patterns = sum(any(mark in rule.pattern for mark in "*?[") for rule in network.spec.init)
    if patterns * len(parameters) > MOST_TRIES:
        message = f"`init` has {patterns:,} patterns for {len(parameters):,} parameters, which are too many to try"
        return (Diagnostic(codes.LIMIT, message, network.spec.init[0].where),)
    findings = (finding for rule in network.spec.init for finding in _check(network, rule, parameters, own=own))
    return tuple(islice(findings, MAX_FINDINGS))


def _check(network: Network, rule: Initialiser, parameters: dict[str, str], *, own: bool) -> Iterator[Diagnostic]:
    env = Env(network.settled.values)
    for _, arg in rule.args:
        try:
            evaluate_arg(arg, env)
        except ExprError as error:
            yield expr_finding(error, arg.where)
    owner, _, name = rule.pattern.rpartition(".")
    op = ops.find(owner) if owner else None
    if op is not None and op.is_module:
        yield from _check_op(rule, owner, name, parameters, own=own)
        return
    if any(fnmatchcase(path, rule.pattern) for path in parameters):
        return
    near = suggest(owner, set(parameters.values())) if owner else ""
    near = near.removesuffix("`?") + f".{name}`?" if near else suggest(rule.pattern, parameters)
    if own or near:
        message, help = f"no parameter fits `{rule.pattern}`", near or known("parameters", parameters)
        ops_here = set(parameters.values())
        fixes = renaming(owner, ops_here, rule.where) or renaming(rule.pattern, parameters, rule.where)
        yield Diagnostic(codes.UNKNOWN_REFERENCE, message, rule.where, help=help, fixes=fixes)


def _check_op(rule: Initialiser, op: str, name: str, parameters: dict[str, str], *, own: bool) -> Iterator[Diagnostic]:
    names = {path.rpartition(".")[2] for path, kind in parameters.items() if kind == op}
    if name in names:
        return
    if names and name != "bias":
        help = hint(name, "parameters", names)
        fixes = renaming(name, names, replace(rule.where, at=len(op) + 1))
        message = f"`{op}` has no parameter `{name}`"
        yield Diagnostic(codes.UNKNOWN_REFERENCE, message, rule.where, help=help, fixes=fixes)
    elif own and not names:
        message = f"no `{op}` here has parameters that `{rule.pattern}` could set"
        help = known("ops with parameters", set(parameters.values()))
        yield Diagnostic(codes.UNKNOWN_REFERENCE, message, rule.where, help=help)
