"""What a file has around its classes: rows of tables, outputs, imported names, and helpers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from archc.codegen import ir
from archc.codegen.docs import doc_text, fill, quoted
from archc.codegen.draft import Draft
from archc.codegen.formulas import fields_of
from archc.codegen.ir import Unit
from archc.codegen.layout import STEP, lay_out
from archc.codegen.naming import field_names
from archc.codegen.tensors import wrapper_class
from archc.codegen.text import Scope, free
from archc.codegen.training import come_together, may_be_missing
from archc.naming import pascal
from archc.spec.arguments import Param

MAKE_DIVISIBLE = '''
def make_divisible(value: float, divisor: int = 8, least: int | None = None) -> int:
    """Round to a multiple of `divisor`, by no more than a tenth down (MobileNet)."""
    rounded = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded
'''


KNOWN_IMPORTS = frozenset({"torch", "F", "math", "Any", "Callable", "Sequence", "OrderedDict", "fnmatch"})

STANDARD = {
    "collections": {"OrderedDict": r"\("},
    "collections.abc": {"Callable": r"\[", "Sequence": r"\["},
    "dataclasses": {"dataclass": r"\("},
    "fnmatch": {"fnmatchcase": r"\("},
    "typing": {"Any": r"(?: =|[\]),])", "NamedTuple": r"\)"},
}
"""By module: the names that files use of Python's own modules, and what stands behind each."""


def row_class(name: str, param: Param) -> str:
    """The class of a table's rows: a tuple, unless a column is called like a method of one."""
    fields = [f"{STEP}{column}: {kind}" for column, kind in param.columns]
    is_tuple = not {"count", "index"} & {column for column, _ in param.columns}
    head = [f"class {name}(NamedTuple):"] if is_tuple else ["@dataclass(frozen=True)", f"class {name}:"]
    return "\n".join([*head, f'{STEP}"""A row of `{param.name}`."""', "", *fields])


def output_class(name: str, unit: Unit) -> str:
    """The class of what a network with several outputs returns."""
    outputs = sorted(unit.outputs, key=lambda output: output.train_only)
    always = [output for output in outputs if not output.train_only]
    in_training = len(always) == 1 and len(outputs) > 1
    doc = " in training, where it has auxiliary heads" if in_training else ""
    missing = may_be_missing(unit.actions)
    if in_training and come_together(unit.actions, [output.tensor for output in outputs[1:]]):
        missing = frozenset[int]()
    lines = [f"class {name}Output(NamedTuple):", f'{STEP}"""What `{name}` returns{doc}."""', ""]
    for field, output in zip(field_names(output.name for output in outputs), outputs, strict=True):
        kind = "Tensor | None" if id(output.tensor) in missing else "Tensor"
        if output.train_only and not in_training:
            kind = "Tensor | None = None"
        lines.append(f"{STEP}{field}: {kind}")
    return "\n".join(lines)


def write_wrappers(draft: Draft) -> None:
    """Write the modules that stand for functions, where a module is asked for."""
    uses: dict[str, list[ir.OpMaker]] = {}
    for unit in draft.units:
        for maker in ir.makers(unit.body):
            if isinstance(maker, ir.OpMaker) and maker.wrapped:
                uses.setdefault(maker.op.name, []).append(maker)
    for name, makers in uses.items():
        cls = free(pascal(name), draft.file.taken)
        draft.file.taken.add(cls)
        fields = list(dict.fromkeys(f for maker in makers for f in fields_of(maker.node)))
        draft.file.wrapped[name] = (cls, fields)
        scope = Scope(draft.file, draft.units[-1], {})
        text = wrapper_class(scope, makers[0].op, cls, fields, [maker.op for maker in makers])
        draft.file.wrapper_texts.append("\n".join(line for each in text for line in lay_out([each], 0)))


def assemble(draft: Draft, classes: Sequence[str], variants: Sequence[str]) -> str:
    """The text of the file around its classes and the functions of variants."""
    tables = [line for each in draft.file.tables.values() for line in lay_out([each], 0)]
    dictionaries = [line for each in draft.file.dictionaries.values() for line in lay_out([each], 0)]
    helpers = [MAKE_DIVISIBLE.strip("\n")] if "make_divisible" in draft.file.helpers else []
    outputs = [output_class(draft.class_name, draft.units[-1])] if len(draft.units[-1].outputs) > 1 else []
    used = "\n".join([*tables, *classes, *variants])
    rows = [row_class(name, param) for name, param in draft.file.row_classes.items() if re.search(rf"\b{name}\b", used)]
    text = "\n\n\n".join(
        _with_alias(draft, each) for each in
        filter(None, [*rows, "\n".join(tables), *helpers, *draft.file.functions.values(), *draft.file.wrapper_texts,
                      *classes[:-1], "\n".join(dictionaries), *outputs, classes[-1], *variants])
    )  # fmt: skip
    own = set(re.findall(r"^(?:class|def) (\w+)", text, re.MULTILINE))
    aliases = "".join(f"_{name} = {name}\n" for name in sorted(draft.file.aliases - own))
    head = "\n".join([*_header(draft), "", "from __future__ import annotations", "", *_imports(draft, text)])
    return f"{head}\n{chr(10) + aliases if aliases else ''}\n\n{text}\n"


def _with_alias(draft: Draft, text: str) -> str:
    """A definition with the other name that it has where an argument is called like it."""
    found = re.search(r"^(?:class|def) (\w+)", text, re.MULTILINE)
    name = found.group(1) if found else ""
    return f"{text}\n\n\n_{name} = {name}" if name in draft.file.aliases else text


def _header(draft: Draft) -> list[str]:
    from archc import __version__

    spec = draft.spec
    lines = fill(doc_text(f"{spec.title.rstrip('.')}."))
    if spec.cite:
        lines += ["", *(line for each in spec.cite.strip().splitlines() for line in fill(doc_text(each)))]
    lines += ["", *fill(f"Generated by archc {__version__} from {doc_text(Path(spec.file).name)}.")]
    return quoted(lines)


def _imports(draft: Draft, text: str) -> list[str]:
    def uses(name: str, behind: str) -> bool:
        """Whether a name is used, by itself or by another one that it has."""
        return name in draft.file.aliases or re.search(rf"{name}(?<![\w.]{name}){behind}", text) is not None

    standard = ["import math"] if uses("math", r"\.") else []
    for module, names in STANDARD.items():
        used = [name for name, behind in names.items() if uses(name, behind)]
        standard += [f"from {module} import {', '.join(used)}"] if used else []
    packages = sorted(f"import {each}" for each in draft.file.imports if "." in each or each not in KNOWN_IMPORTS)
    if uses("torch", r"\."):
        packages.append("import torch")
    packages.sort()
    tensor = "Tensor, " if re.search(r"(?::|->|\[|,|\|) ?Tensor\b", text) else ""
    packages.append(f"from torch import {tensor}nn")
    if uses("F", r"\."):
        packages.append("from torch.nn import functional as F")
    return [*standard, *([""] if standard else []), *packages]
