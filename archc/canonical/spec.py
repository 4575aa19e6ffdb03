"""A spec as plain data in its long form: what the file around the steps says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from archc.canonical.steps import arg_data, chain_data, formula_data, plain_data, step_data
from archc.canonical.writer import Data
from archc.expr import to_text
from archc.spec.arguments import Arg
from archc.spec.model import (
    Block,
    Budget,
    Check,
    Formula,
    Initialiser,
    InputDecl,
    OutputDecl,
    Param,
    Scope,
    Spec,
    SymbolDecl,
    TargetDecl,
)
from archc.spec.read import FORMAT


def spec_data(spec: Spec) -> dict[str, Data]:
    """The whole file; raises `ValueError` where part of it could not be read."""
    scope = spec.scope
    return _without_empty(
        archc=FORMAT,
        name=spec.name,
        title=spec.title if spec.title != spec.name else "",
        cite=spec.cite,
        doc=spec.doc,
        use=dict(spec.uses),
        params={param.name: _param(param) for param in scope.params},
        let=_lets(scope.lets),
        variants={variant.name: _values(variant.values) for variant in spec.variants},
        inputs={declared.name: _input(declared) for declared in spec.inputs},
        blocks={name: _block(block) for name, block in _own_blocks(scope).items()},
        steps=None if spec.chain is None else [step_data(step) for step in spec.chain.steps],
        outputs=_outputs(spec.outputs),
        targets={target.name: _target(target) for target in spec.targets},
        loss=[step_data(step) for step in spec.losses],
        init={rule.pattern: _initialiser(rule) for rule in spec.init},
        check=[_check(case) for case in spec.checks],
        allow=plain_data(spec.allow),
    )


def _without_empty(**sections: Data) -> dict[str, Data]:
    return {name: value for name, value in sections.items() if value not in (None, "", {}, [])}


def _own_blocks(scope: Scope) -> Mapping[str, Block]:
    return {name: block for name, block in scope.blocks.items() if "." not in name}


def _param(param: Param) -> dict[str, Data]:
    declared: dict[str, Data] = {"type": param.type}
    if not param.required:
        declared["default"] = plain_data(param.default)
    limits = {"min": param.minimum, "max": param.maximum}
    declared |= {name: _whole(limit) for name, limit in limits.items() if limit is not None}
    if param.choices:
        declared["choices"] = [plain_data(choice) for choice in param.choices]
    if param.length is not None:
        declared["length"] = param.length
    if param.columns:
        declared["columns"] = dict(param.columns)
    if param.doc:
        declared["doc"] = param.doc
    return declared


def _whole(limit: float) -> int | float:
    return int(limit) if float(limit).is_integer() else limit


def _lets(lets: Sequence[tuple[str, Formula]]) -> dict[str, Data]:
    return {name: formula_data(formula) for name, formula in lets}


def _values(values: Mapping[str, object]) -> dict[str, Data]:
    return {name: plain_data(value) for name, value in values.items()}


def _input(declared: InputDecl) -> dict[str, Data]:
    shape: list[Data] = [_symbol(dim) if isinstance(dim, SymbolDecl) else formula_data(dim) for dim in declared.dims]
    return {"shape": shape, **_without_empty(dtype=declared.dtype, doc=declared.doc)}


def _symbol(dim: SymbolDecl) -> str:
    return dim.name if dim.default is None else f"{dim.name}={to_text(dim.default.expr)}"


def _block(block: Block) -> dict[str, Data]:
    chain = chain_data(block.chain)
    steps: dict[str, Data] = {"steps": {"Sequential": chain} if block.numbered else chain}
    before = _without_empty(
        doc=block.doc,
        cite=block.cite,
        params={param.name: _param(param) for param in block.params},
        let=_lets(block.lets),
        inputs=[] if block.inputs == ("input",) else list(block.inputs),
    )
    return before | steps | _without_empty(outputs=_outputs(block.outputs))


def _outputs(outputs: Sequence[OutputDecl]) -> dict[str, Data]:
    return {
        output.name: cast("Data", {"from": output.source, **({"only": "train"} if output.train_only else {})})
        for output in outputs
    }


def _target(target: TargetDecl) -> dict[str, Data]:
    declared: dict[str, Data] = {"shape": [arg_data(size) for size in target.shape], "dtype": target.dtype}
    if target.classes is not None:
        declared["classes"] = arg_data(target.classes)
    return declared | _without_empty(doc=target.doc)


def _initialiser(rule: Initialiser) -> dict[str, Data]:
    return {rule.function: {name: arg_data(arg) for name, arg in rule.args}}


def _check(case: Check) -> dict[str, Data]:
    return (
        _without_empty(doc=case.doc, variant=case.variant, set=_values(case.params), sizes=dict(case.sizes))
        | ({"batch": case.batch} if case.batch != 1 else {})
        | {name: _amount(amount) for name, amount in case.amounts.items()}
        | _without_empty(shapes={name: _checked_shape(shape) for name, shape in case.expect_shapes})
    )


def _amount(amount: int | Budget) -> Data:
    return {"max": amount.maximum} if isinstance(amount, Budget) else amount


def _checked_shape(shape: Sequence[Arg | None]) -> list[Data]:
    return ["_" if size is None else arg_data(size) for size in shape]
