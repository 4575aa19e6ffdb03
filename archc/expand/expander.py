"""The expansion itself: the network, its blocks and its groups as bodies."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from archc import codes, dims
from archc.diagnostics import Diagnostic
from archc.expand.bodies import Plan, expand_body
from archc.expand.count import first_too_many
from archc.expand.frame import Site
from archc.expand.run import LimitError, Run, Types
from archc.expand.scope import Env, Names, Value, input_record
from archc.expand.settings import GUESSES, Settled, scope_values
from archc.expand.steps import expand_chain
from archc.expand.unsure import UNSURE
from archc.expr import UNKNOWN
from archc.quiet import quiet
from archc.record import record
from archc.spec.arguments import Formula
from archc.spec.context import Context
from archc.spec.data import is_whole
from archc.spec.model import Block, Chain, InputDecl, Scope, Spec
from archc.spec.sequential import is_sequential
from archc.spec.values import frozen
from archc.tensor import TensorType, too_large
from archc.tree import Body

MANY = 10
"""Of more faults than this, sizes that nobody gave are not to blame."""


@record
class Expansion:
    """A network's body, None where faults left nothing to build, with the findings of making it."""

    body: Body | None
    findings: tuple[Diagnostic, ...]
    settled: Settled
    partial: Body | None = None
    """What was made in spite of faults: of its outputs those that are sure can be relied upon, of its items nothing."""


def expand(spec: Spec, settled: Settled) -> Expansion:
    """The network of `spec`, typed."""
    builder = Builder(spec, settled)
    body: Body | None = None
    with quiet(), suppress(LimitError):
        body = builder.network()
    failed = any(finding.severity == "error" for finding in builder.findings.values())
    return Expansion(None if failed else body, tuple(builder.findings.values()), settled, body)


def expand_fitting(spec: Spec, settled: Settled, beside: int = 0) -> Expansion:
    """The same; where nobody gave a size, at the first usual one that the network can take.

    Where it has other faults, so that it takes none, it is the one with the fewest; `beside` says how many are known.
    """
    best = expand(spec, settled)
    if not settled.guessed or beside + len(best.findings) > MANY or any(f.code == codes.LIMIT for f in best.findings):
        return best
    for size in GUESSES[1:]:
        if best.body is not None or not any(f.code.startswith("ARC3") for f in best.findings):
            break
        tried = expand(spec, settled.with_guess(size))
        if tried.body is not None or len(tried.findings) < len(best.findings):
            best = tried
    return best


class Builder(Run):
    """One run of expansion, for a whole network or for one block of it."""

    def __init__(self, spec: Spec, settled: Settled) -> None:
        super().__init__(spec, settled)
        self.scopes: dict[int, Env] = {id(spec.scope): Env(settled.values)}
        """What the blocks of each file see of that file, by the `id` of its scope."""

    def network(self) -> Body | None:
        """The whole network."""
        spec = self.spec
        if spec.chain is None or not spec.inputs:
            return None
        if (step := first_too_many(spec, self.settled.values)) is not None:
            self.refuse_size(step)
        env = Env(self.settled.values)
        types = tuple(self._input_type(decl, env) for decl in spec.inputs)
        if len(types) == 1:
            env = env.with_value("input", input_record(types))
        input_names = tuple(decl.name for decl in spec.inputs)
        plan = Plan(spec, spec.chain, types, input_names, {}, spec.outputs, numbered=is_sequential(spec))
        return expand_body(self, plan, plan.names(first_is_input=len(types) == 1), env)

    def _input_type(self, decl: InputDecl, env: Env) -> TensorType:
        """The type of an input; a size without a value is unknown, with a finding."""
        shape: list[dims.Dim] = [dims.BATCH]
        for dim in decl.dims:
            if not isinstance(dim, Formula):
                shape.append(dims.symbol(dim.name, self.settled.sizes[dim.name]))
                continue
            size = self.evaluate(dim, env)
            if size is not UNKNOWN and (not is_whole(size) or size < 1):
                message = f"a dimension is a whole number of at least 1, not {size}"
                self.report(codes.OUT_OF_RANGE, message, dim.where)
                size = UNKNOWN
            shape.append(size if is_whole(size) else UNSURE)
        type_ = TensorType(tuple(shape), decl.dtype)
        if problem := too_large(type_.shape):
            self.report(codes.LIMIT, f"the input `{decl.name}` {problem}", decl.where)
        return type_

    def chain(self, chain: Chain, site: Site, current: Value) -> Value:
        """Expand a chain in place; see `archc.expand.steps`."""
        return expand_chain(self, chain, site, current)

    def group(self, chain: Chain, env: Env, names: Names, types: Types, input_names: tuple[str, ...]) -> Body | None:
        """Expand a chain as a submodule that numbers its children."""
        return expand_body(self, Plan(chain, chain, types, input_names, {}, numbered=True), names, env)

    def block(self, block: Block, args: Mapping[str, object], types: Types) -> Body | None:
        """The instance of a block for these arguments and inputs."""
        env = Env({**self._scope_env(block.scope).values, **args, "input": input_record(types)})
        for name, formula in block.lets:
            env = env.with_value(name, frozen(self.evaluate(formula, env)))
        outside, self.blocks = self.blocks, block.scope.blocks
        plan = Plan(block, block.chain, types, block.inputs, args, block.outputs, numbered=block.numbered)
        body = expand_body(self, plan, plan.names(first_is_input=True), env)
        self.blocks = outside
        return body

    def _scope_env(self, scope: Scope) -> Env:
        """The parameters and lets that the blocks of a file see."""
        known = self.scopes.get(id(scope))
        if known is not None:
            return known
        findings: list[Diagnostic] = []
        env = self.scopes[id(scope)] = Env(scope_values(Context(scope.file, findings), scope, {}))
        for finding in findings:
            self.add(finding)
        return env
