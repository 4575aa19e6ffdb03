"""What a file has around its classes: rows of tables, outputs, imported names, and helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.codegen.forward import (
    may_be_missing,
)
from archc.codegen.ir import Unit
from archc.codegen.layout import STEP
from archc.codegen.naming import field_names
from archc.spec.arguments import Param

if TYPE_CHECKING:
    pass


MAKE_DIVISIBLE = '''
def make_divisible(value: float, divisor: int = 8, least: int | None = None) -> int:
    """Round to a multiple of `divisor`, by no more than a tenth down (MobileNet)."""
    rounded = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded
'''


KNOWN_IMPORTS = frozenset({"torch", "F", "math", "Any", "Callable", "Sequence", "OrderedDict", "fnmatch"})


def row_class(name: str, param: Param) -> str:
    """The class of a table's rows."""
    fields = [f"{STEP}{column}: {kind}" for column, kind in param.columns]
    return "\n".join([f"class {name}(NamedTuple):", f'{STEP}"""A row of `{param.name}`."""', "", *fields])


def output_class(name: str, unit: Unit) -> str:
    """The class of what a network with several outputs returns."""
    outputs = sorted(unit.outputs, key=lambda output: output.train_only)
    always = [output for output in outputs if not output.train_only]
    in_training = len(always) == 1 and len(outputs) > 1
    doc = (
        f'"""What `{name}` returns in training, where it has auxiliary heads."""'
        if in_training
        else f'"""What `{name}` returns."""'
    )
    missing = may_be_missing(unit.actions)
    lines = [f"class {name}Output(NamedTuple):", f"{STEP}{doc}", ""]
    for field, output in zip(field_names(output.name for output in outputs), outputs, strict=True):
        kind = "Tensor | None" if id(output.tensor) in missing and not in_training else "Tensor"
        in_the_end = output.train_only and not in_training
        lines.append(f"{STEP}{field}: " + ("Tensor | None = None" if in_the_end else kind))
    return "\n".join(lines)
