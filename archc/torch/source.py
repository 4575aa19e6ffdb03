"""The source file of a network: standalone Python that imports torch alone and reads as if written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from archc.graph import train_only_nodes
from archc.naming import class_name
from archc.spec.model import Block, Param
from archc.torch.arguments import is_clumsy
from archc.torch.classes import Classes
from archc.torch.docs import doc_text, fill, quoted, shapes
from archc.torch.formulas import Case, InexpressibleError
from archc.torch.initialise import initialisation
from archc.torch.parsed import check_source
from archc.torch.scribe import Plan
from archc.torch.trace import (
    Instance,
    blocks_used,
    blocks_within,
    free_parameters,
    output_names,
    own_parameters,
    trace_block,
    trace_network,
    trace_probes,
)
from archc.torch.writer import Writer
from archc.tree import Body, Output

if TYPE_CHECKING:
    from archc.network import Network

MAKE_DIVISIBLE = '''
def make_divisible(value: float, divisor: int = 8, minimum: int | None = None) -> int:
    """Round to a multiple of `divisor`, by no more than a tenth down (MobileNet)."""
    rounded = max(minimum or divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded
'''


def write_source(network: Network) -> str:
    """The source of a network, equal for equal networks to the byte."""
    text = _best(network).text
    check_source(text)
    return text


def _best(network: Network) -> _Text:
    """The file with as many of the spec's parameters as constructor arguments as leave it simple."""
    free = _visible(network, tuple(free_parameters(network.spec)))
    whole = _attempt(network, free)
    if whole is not None and whole.simple:
        return whole
    alone = {param: _attempt(network, (param,)) for param in free} if len(free) > 1 else {}
    good = tuple(param for param, found in alone.items() if found is not None)
    together = _attempt(network, good) if 1 < len(good) < len(free) else None
    if len(good) == 1:
        together = alone[good[0]]
    if together is not None and together.simple:
        return together
    return _simplest(network, [whole, together, *alone.values()])


def _visible(network: Network, free: tuple[Param, ...]) -> tuple[Param, ...]:
    """Those that the network's own steps use, or that size its outputs: others belong to the architecture."""
    hidden = {param.name for param in free} - own_parameters(network.spec)
    if not hidden:
        return free
    traced = trace_network(network.spec, network.settled, tuple(param.name for param in free))
    shown = output_names(traced.body) if traced is not None else set[str]()
    return tuple(param for param in free if param.name not in hidden or param.name in shown)


def _simplest(network: Network, found: Sequence[_Text | None]) -> _Text:
    """The first that takes no more classes and helper arguments than the file without any constructor argument."""
    plain = _File(network, ()).write()
    return next((text for text in found if text is not None and text.weight <= plain.weight), plain)


def _attempt(network: Network, free: tuple[Param, ...]) -> _Text | None:
    """The file with these parameters as the constructor's arguments; None where they cannot be."""
    try:
        return _File(network, free).write()
    except InexpressibleError:
        return None


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's text, and how many classes and helper arguments it took."""

    text: str
    weight: int
    simple: bool
    """Whether it has one class a block and no helper arguments: no other choice of arguments could be simpler."""


class _File:
    """One attempt at a file, with `free` as the network's constructor arguments."""

    def __init__(self, network: Network, free: Sequence[Param]) -> None:
        self.network = network
        self.free = free
        self.class_name = class_name(network.name, network.spec.title)

    def write(self) -> _Text:
        """The file; raises `InexpressibleError` where `free` cannot be arguments."""
        spec, settled = self.network.spec, self.network.settled
        names = tuple(param.name for param in self.free)
        first = trace_network(spec, settled, names)
        if first is None or is_clumsy(first.body, set(names)):
            raise InexpressibleError
        probes = trace_probes(spec, settled, names) if names else []
        if names and not probes:
            raise InexpressibleError
        instances = [first, *probes]
        output = f"{self.class_name}Output"
        classes = Classes(taken={self.class_name, output})
        blocks = _blocks(instances)
        for block, bodies in blocks.items():
            classes.add_block(block, trace_block(spec, settled, block, bodies))
        body = instances[0].body
        init, imports = initialisation(spec, settled.values, body)
        cases = [Case(at, instance.env) for at, instance in enumerate(instances)]
        writer = Writer(classes, self.class_name, [instance.body for instance in instances], cases)
        plan = writer.network(self.free, init, self._class_doc(instances, cases), output)
        if {argument.name for argument in plan.arguments} != {param.name for param in self.free}:
            raise InexpressibleError
        if plan.extras:
            raise InexpressibleError
        plans = [*classes.plans, plan]
        imports = imports.union(*(p.imports for p in plans))
        weight = len(plans) + sum(p.extras for p in plans)
        return _Text(self._assemble(plans, imports, body, output), weight, simple=weight == len(blocks) + 1)

    def _class_doc(self, instances: Sequence[Instance], cases: Sequence[Case]) -> list[str]:
        spec = self.network.spec
        lines = fill(doc_text(spec.doc) or f"{doc_text(spec.title)}.")
        lines += ["", *fill(f"Shape: {shapes([instance.body for instance in instances], cases)}")]
        documented = [f"    {p.name}: {' '.join(doc_text(p.doc).split())}" for p in self.free if p.doc]
        if documented:
            lines += ["", "Args:", *documented]
        return quoted(lines)

    def _assemble(self, plans: Sequence[Plan], imports: set[str], body: Body, output: str) -> str:
        classes = "\n\n\n".join("\n".join(plan.lines) for plan in plans)
        if len(body.outputs) > 1:
            classes = classes.replace(
                f"\n\n\nclass {self.class_name}(",
                f"\n\n\n{_output_class(output, body.outputs)}\n\n\nclass {self.class_name}(",
            )
            if not classes.count(f"class {output}("):
                classes = f"{_output_class(output, body.outputs)}\n\n\n{classes}"
        helper = MAKE_DIVISIBLE if "make_divisible" in imports else ""
        head = "\n".join(
            [*self._header(body), "", "from __future__ import annotations", "", *_imports(classes, imports)]
        )
        return f"{head}\n{helper and chr(10) + helper}\n\n{classes}\n"

    def _header(self, body: Body) -> list[str]:
        from archc import __version__

        network, spec = self.network, self.network.spec
        sizes = ", ".join(f"{name} = {size}" for name, size in network.settled.sizes.items())
        params = sum(node.params for node in network.graph)
        training = train_only_nodes(network.graph)
        macs = sum(node.macs for node in network.graph if node not in training)
        variant = f", variant {network.variant}" if network.variant else ""
        lines = fill(doc_text(f"{self.class_name}: {spec.title}" if spec.title != self.class_name else spec.title))
        if spec.cite:
            lines += ["", *fill(doc_text(spec.cite))]
        lines += ["", *fill(f"{params:,} parameters, {macs:,} multiply-adds" + (f" at {sizes}." if sizes else "."))]
        lines += ["", *fill(f"Generated by archc {__version__} from {doc_text(Path(spec.file).name)}{variant}.")]
        return quoted(lines)


def _blocks(instances: Sequence[Instance]) -> dict[Block, list[Body]]:
    """All instances of each block, a block after those that any of its instances uses."""
    found: dict[Block, list[Body]] = {}
    for instance in instances:
        for block, bodies in blocks_used(instance.body).items():
            found.setdefault(block, []).extend(bodies)
    uses = {block: [other for body in bodies for other in blocks_within(body)] for block, bodies in found.items()}
    return {block: found[block] for block in TopologicalSorter(uses).static_order()}


def _output_class(name: str, outputs: Sequence[Output]) -> str:
    ordered = sorted(outputs, key=lambda output: output.train_only)
    lines = [f"class {name}(NamedTuple):", '    """What the network gives."""', ""]
    lines += [f"    {o.name}: Tensor | None = None" if o.train_only else f"    {o.name}: Tensor" for o in ordered]
    return "\n".join(lines)


def _imports(classes: str, imports: set[str]) -> list[str]:
    """The import lines: the standard library's, then torch's among other packages'."""
    packages = {line for line in imports if line.startswith("import ") and line != "import math"}
    standard = [line for line in imports if " " in line and line not in packages]
    if "Sequence[" in classes:
        standard.append("from collections.abc import Sequence")
    if "(NamedTuple)" in classes:
        standard.append("from typing import NamedTuple")
    if "torch." in classes.replace("torch.nn", ""):
        packages.add("import torch")
    others = sorted(packages)
    others.append(f"from torch import {'Tensor, nn' if 'Tensor' in classes else 'nn'}")
    if "F." in classes:
        others.append("from torch.nn import functional as F")
    standard.sort(key=lambda line: (line.startswith("from"), line))
    return [*standard, *([""] if standard else []), *others]
