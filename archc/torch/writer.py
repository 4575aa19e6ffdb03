"""Writing one class: its constructor, its `forward`, and how they are laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archc import expr
from archc.labels import label_of
from archc.naming import auto_name
from archc.spec.model import Block, Param
from archc.torch.align import Rounds, Slot, Unit, align
from archc.torch.constructor import Constructor, Loop, unrolled
from archc.torch.docs import class_doc, shapes
from archc.torch.formulas import Case, Inexpressible, choose, literal_text
from archc.torch.forward import Forward, argument_name
from archc.torch.forward import Plan as ForwardPlan
from archc.torch.layout import STEP, wrap
from archc.torch.scribe import Argument, ForwardScribe, Plan, Scribe, annotation
from archc.torch.sequential import listed, own_modules, sequential_arguments
from archc.torch.trace import input_sizes, size_name
from archc.tree import Body, Item, Leaf, Output, Src, is_plain_chain

if TYPE_CHECKING:
    from archc.torch.classes import Classes

LONGEST = 16
"""The longest formula of a network's arguments that is still clearer than the number: `32 * width`."""


def is_clumsy(body: Body, names: Sequence[str]) -> bool:
    """Whether the network's own steps would need long formulas of its arguments: told before anything is written."""
    for item in body.items:
        content = item.content
        if isinstance(content, Body) and content.is_group:
            if is_clumsy(content, names):
                return True
            continue
        labels = [label_of(size) for t in (content.inputs if isinstance(content, Body) else ()) for size in t.shape]
        labels += [
            label
            for label in (content.labels.values() if isinstance(content, Leaf) else ())
            if not isinstance(label, tuple)
        ]
        if any(
            label is not None and expr.names(label) & set(names) and len(expr.to_python(label)) > LONGEST + 8
            for label in labels
        ):
            return True
    return False


@dataclass
class Writer:
    """The writing of one class."""

    classes: Classes
    name: str
    bodies: list[Body]
    cases: list[Case]
    lets: list[Mapping[str, expr.Expr]] = field(default_factory=list[Mapping[str, expr.Expr]])
    """By instance: the formulas of the block's lets."""
    scribe: Scribe = field(default_factory=Scribe)
    tests: dict[int, str] = field(default_factory=dict[int, str])
    loops: dict[int, Loop] = field(default_factory=dict[int, Loop])
    skipped: set[int] = field(default_factory=set[int])
    kept: dict[str, str] = field(default_factory=dict[str, str])
    """Constructor arguments that `forward` needs, by the attribute that keeps them."""

    @property
    def body(self) -> Body:
        """The fullest instance, which the class is written after."""
        return self.bodies[0]

    def block(self, block: Block) -> Plan:
        """The class of a block."""
        units = align(self.bodies)
        self._check_structure()
        plain = is_plain_chain(self.body)
        sequential = block.numbered or (plain and any(isinstance(unit, Rounds) for unit in units))
        if block.numbered and not plain:
            init, forward = self._numbered(units), self._forward(units, numbered=True)
        elif sequential:
            init, forward = self._sequential(units), []
        else:
            init, forward = self._attributes(units, numbered=False), self._forward(units, numbered=False)
        init = [*self._lets(), *init]
        arguments = self._arguments(block)
        doc = class_doc(block.doc, block.cite, block.name, shapes(self.bodies, self.cases), arguments)
        return self._plan("nn.Sequential" if sequential else "nn.Module", arguments, doc, init, forward, block.inputs)

    def group(self, cases: Sequence[Case]) -> Plan:
        """The class of a group that is no plain `nn.Sequential`."""
        units = align(self.bodies)
        self._check_structure()
        numbered = any(item.name.isdigit() and own_modules(item) for item in self.body.items)
        init = self._numbered(units) if numbered else self._attributes(units, numbered=False)
        forward = self._forward(units, numbered=numbered)
        names = [name for name in cases[0].env if name in self.scribe.used] + [n for n in self.scribe.extras]
        if self.scribe.extras:
            raise Inexpressible
        arguments = tuple(Argument(name, annotation(cases[0].env[name])) for name in names)
        doc = class_doc("", "", "", shapes(self.bodies, self.cases), ())
        return self._plan(
            "nn.Sequential" if numbered else "nn.Module", arguments, doc, init, forward, self.body.input_names
        )

    def network(self, free: Sequence[Param], init_lines: Sequence[str], doc: Sequence[str], output: str) -> Plan:
        """The class of the network itself."""
        units = align(self.bodies)
        self._check_structure()
        arguments = tuple(Argument(p.name, p.type, literal_text(self.cases[0].env[p.name]), doc=p.doc) for p in free)
        if is_plain_chain(self.body):
            init, forward = self._sequential(units), list[str]()
        else:
            init, forward = self._attributes(units, numbered=False), self._forward(units, numbered=False, network=True)
        forward = [line.replace("OUTPUT(", f"{output}(") for line in forward]
        arguments = tuple(a for a in arguments if a.name in self.scribe.used)
        if self.free_is_clumsy(arguments):
            raise Inexpressible
        base = "nn.Sequential" if is_plain_chain(self.body) else "nn.Module"
        names = tuple(argument_name(n) for n in self.body.input_names)
        return self._plan(
            base,
            arguments,
            doc,
            [*init, *(["", *init_lines] if init_lines else [])],
            forward,
            names,
            returns=_returns(self.body.outputs, output),
        )

    def _lets(self) -> list[str]:
        """The block's lets that the text uses, as variables of the constructor; a let may use those before it."""
        lines: list[str] = []
        for name, label in reversed((self.lets[0] if self.lets else {}).items()):
            if name not in self.scribe.used:
                continue
            values = [case.env[name] for case in self.cases]
            labels = [lets.get(name) for lets in self.lets]
            chosen = choose(values, [label, *labels[1:]], self.cases)
            if chosen is None:
                raise Inexpressible
            lines.insert(0, f"{name} = {self.scribe.write(chosen)}")
        return lines

    def free_is_clumsy(self, arguments: Sequence[Argument]) -> bool:
        """Whether the network reads worse for having arguments: long formulas, or attributes kept for `forward` alone."""
        names = {argument.name for argument in arguments}
        longest = max((len(expr.to_python(f)) for f in self.scribe.formulas if expr.names(f) & names), default=0)
        return bool(arguments) and (longest > LONGEST or bool(self.kept))

    def _check_structure(self) -> None:
        """All instances must wire their items alike, what they lack aside."""
        for other in self.bodies[1:]:
            if len(other.items) == len(self.body.items):
                same = all(
                    a.inputs == b.inputs and a.ports == b.ports
                    for a, b in zip(self.body.items, other.items, strict=True)
                )
                if not same or [o.src for o in other.outputs] != [o.src for o in self.body.outputs]:
                    raise Inexpressible

    def _constructor(self) -> Constructor:
        return Constructor(self.scribe, self.classes, self.name)

    def _sequential(self, units: Sequence[Unit]) -> list[str]:
        children = self._constructor().children(units, self.cases, self.bodies)
        numbers = all(child.name.isdigit() for child in children)
        if numbers and not any(child.test for child in children):
            return [f"super().__init__({sequential_arguments(children, self.scribe)})"]
        if numbers:
            return [*listed(children), "super().__init__(*layers)"]
        lines = ["super().__init__()"]
        for child in children:
            name = child.name if child.name.startswith('f"') else f'"{child.name}"'
            name = "str(len(self))" if child.loop and child.name.isdigit() else name
            line = (
                f"self.{child.name} = {child.text}"
                if child.name.isidentifier()
                else f"self.add_module({name}, {child.text})"
            )
            around = f"{child.loop}:" if child.loop else f"if {child.test}:" if child.test else ""
            lines += [around, STEP + line] if around else [line]
        return lines

    def _numbered(self, units: Sequence[Unit]) -> list[str]:
        constructor = self._constructor()
        names: list[str] = []
        texts: list[str] = []
        for unit in units:
            for at, slot in _flat(unit):
                cases = self.cases if at is None else unrolled(unit, at, self.cases)  # type: ignore[arg-type]
                if slot.conditional or None in slot.items:
                    raise Inexpressible
                items, present = slot.present(cases)
                if own_modules(items[0]):
                    names.append(items[0].name)
                    texts.append(constructor.module(items, present))
        if names == [str(at) for at in range(len(names))]:
            return [f"super().__init__({', '.join(texts)})"]
        self.scribe.imports.add("from collections import OrderedDict")
        pairs = [f'("{name}", {text})' for name, text in zip(names, texts, strict=True)]
        return [f"super().__init__(OrderedDict([{', '.join(pairs)}]))"]

    def _attributes(self, units: Sequence[Unit], *, numbered: bool) -> list[str]:
        constructor = self._constructor()
        lines: list[str] = []
        for unit in units:
            if isinstance(unit, Slot):
                made = self._attribute(constructor, unit, self.cases)
                lines += [] if len(made) == 1 and made[0] in lines else made  # two steps under one flag
                continue
            loop, peeled = self._body_loop(constructor, unit)
            for at in range(len(unit.rounds) if loop is None else peeled):
                for slot in unit.rounds[at]:
                    lines += self._attribute(constructor, slot, unrolled(unit, at, self.cases))
            if loop is not None:
                text = constructor.looped_text(unit, loop.start, self.cases)
                lines += [f"for {loop.variable} in {loop.range}:", f"{STEP}self.add_module({loop.name}, {text})"]
        return lines

    def _body_loop(self, constructor: Constructor, unit: Rounds) -> tuple[Loop | None, int]:
        """A repeated step outside an `nn.Sequential`: a loop where rounds are many or their number varies."""
        counts = {sum(1 for round_ in unit.rounds if round_[0].items[at] is not None) for at in range(len(self.cases))}
        varies = len(counts) > 1 or self.bodies[0].counts.get(id(unit.step)) is not None
        first = unit.rounds[0][0].first
        chained = all(len(r) == 1 and own_modules(r[0].first) and len(r[0].first.inputs) == 1 for r in unit.rounds)
        if (
            not chained
            or not (varies or len(unit.rounds) > 4)
            or (isinstance(first.content, Leaf) and first.content.op.unpack())
        ):
            if len(counts) > 1:
                raise Inexpressible
            return None, 0
        loop, peeled = constructor.loop(unit, self.cases, self.bodies)
        start = self.body.items.index(unit.rounds[0][0].first)
        chain = all(self.body.items[start + k].inputs == (Src(start + k - 1),) for k in range(1, len(unit.rounds)))
        plain = all(self._single_use(start + k) for k in range(len(unit.rounds) - 1))
        if loop is None or not loop.name.startswith('f"') or not chain or not plain:
            if len(counts) > 1:
                raise Inexpressible
            return None, 0
        self.loops[start + peeled] = loop
        self.skipped |= set(range(start + peeled + 1, start + len(unit.rounds)))
        return loop, peeled

    def _single_use(self, at: int) -> bool:
        readers = sum(src.item == at for item in self.body.items for src in item.inputs)
        return readers + sum(o.src.item == at for o in self.body.outputs) == 1

    def _attribute(self, constructor: Constructor, slot: Slot, cases: Sequence[Case]) -> list[str]:
        item = slot.first
        index = next(at for at, other in enumerate(self.body.items) if other is item)
        items, present = slot.present(cases)
        if not slot.conditional and len(items) < len(cases):
            raise Inexpressible
        test = constructor.test(slot, cases, self.bodies) if slot.conditional else ""
        if not own_modules(item):
            return self._flag(constructor, slot, index, test) if test else []
        target = f"self.{item.name}"
        if isinstance(item.content, Leaf) and item.content.op.is_source:
            if test:
                raise Inexpressible
            return [self._state(constructor, items, present, item, target)]
        lines = constructor.sequential_lines(items, present, target)
        if lines is None:
            lines = [f"{target} = {constructor.module(items, present)}"]
        if not test:
            return lines
        self.tests[index] = f"{target} is not None"
        return [f"{target}: nn.Module | None = None", f"if {test}:", *(STEP + line for line in lines)]

    def _flag(self, constructor: Constructor, slot: Slot, index: int, test: str) -> list[str]:
        """A function that some instances lack: whether it is there is kept as an attribute."""
        outer = [other for other in self.body.items if other.outer is slot.first.outer]
        if len(outer) > 1:
            raise Inexpressible
        flag = test if test.isidentifier() else f"use_{auto_name(slot.first.step.key)}"
        self.tests[index] = f"self.{flag}"
        return [f"self.{flag} = {test}"]

    def _state(
        self, constructor: Constructor, items: Sequence[Item], cases: Sequence[Case], item: Item, target: str
    ) -> str:
        leaf = item.content
        assert isinstance(leaf, Leaf)
        text = self.scribe.lowering(items, cases, leaf.op.as_torch(), item.name)
        weight = leaf.op.weights()[0]
        if not weight.buffer:
            return f"{target} = {text}"
        return f'self.register_buffer("{item.name}", {text}{"" if weight.persistent else ", persistent=False"})'

    def _forward(self, units: Sequence[Unit], *, numbered: bool, network: bool = False) -> list[str]:
        positions = {id(item): at for at, item in enumerate(i for i in self.body.items if own_modules(i))}

        def attribute(item: Item) -> str:
            made = item if item.reuse is None else self.body.items[item.reuse]
            return f"self[{positions[id(made)]}]" if numbered and made.name.isdigit() else f"self.{made.name}"

        slots = {id(slot.first): slot for unit in units for _, slot in _flat(unit)}
        aligned = {at: slots[id(item)] for at, item in enumerate(self.body.items) if id(item) in slots}
        plan = ForwardPlan(
            attribute,
            self.tests,
            self.loops,
            frozenset(self.skipped),
            network,
            _training_items(self.body) if network else frozenset(),
        )
        reader = ForwardScribe(self.scribe, frozenset(item.name for item in self.body.items))
        lines = Forward(self.body, self.cases, aligned, reader, plan).write()
        self.kept = reader.kept
        return lines

    def _arguments(self, block: Block) -> tuple[Argument, ...]:
        used = self.scribe.used
        sizes = [
            Argument(name, "int", size=(at, dim))
            for at, type_ in enumerate(self.body.inputs)
            for dim, stem in input_sizes(block, type_.rank)
            if (name := size_name(stem, at, block)) in used
        ]
        params = [
            Argument(p.name, _param_annotation(p), _default_text(p), p.default, p.type == "block", doc=p.doc)
            for p in block.params
            if p.name in used
        ]
        own = {p.name for p in block.params}
        files = [Argument(n, "int") for n in self.body.args if n in used and n not in own]
        extras = [*files, *(Argument(name, annotation(row[0])) for name, row in self.scribe.extras.items())]
        required = [p for p in params if p.default is None]
        return (*sizes, *required, *extras, *(p for p in params if p.default is not None))

    def _plan(
        self, base: str, arguments: Sequence[Argument], doc: Sequence[str], init: Sequence[str], forward: Sequence[str],
        inputs: Sequence[str], returns: str | None = None,
    ) -> Plan:  # fmt: skip
        self.classes.imports |= self.scribe.imports
        given = ", ".join(
            [
                "self",
                *(
                    f"{a.name}: {a.annotation}" + (f" = {a.default}" if a.default is not None else "")
                    for a in arguments
                ),
            ]
        )
        lines = [f"class {self.name}({base}):", *(STEP + line if line else "" for line in doc), ""]
        lines += wrap(f"def __init__({given}) -> None:", 1)
        lets = [line for line in init if line.split(" = ")[0] in (self.lets[0] if self.lets else {})]
        rest = [line for line in init if line not in lets]
        if base == "nn.Module" or not any("super().__init__" in line for line in init):
            lines.append(STEP * 2 + "super().__init__()")
        lines += _laid_out([*lets, *(f"self.{attribute} = {name}" for attribute, name in self.kept.items()), *rest])
        if forward:
            tensors = ", ".join(["self", *(f"{argument_name(name)}: Tensor" for name in inputs)])
            kind = returns or (
                "Tensor" if len(self.body.outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(self.body.outputs))}]"
            )
            lines += ["", *wrap(f"def forward({tensors}) -> {kind}:", 1)]
            lines += _laid_out(forward)
        return Plan(self.name, tuple(arguments), tuple(lines), len(self.scribe.extras))


def _laid_out(lines: Sequence[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // len(STEP)
        text, _, comment = line.strip().partition("  # ")
        wrapped = wrap(text, 2 + depth)
        if comment and len(wrapped) == 1:
            wrapped[0] += f"  # {comment}"
        found += wrapped
    return found


def _flat(unit: Unit) -> list[tuple[int | None, Slot]]:
    if isinstance(unit, Slot):
        return [(None, unit)]
    return [(at, slot) for at, round_ in enumerate(unit.rounds) for slot in round_]


def _training_items(body: Body) -> frozenset[int]:
    """Items that only training-mode outputs need."""
    needed: set[int] = set()
    wanted = [output.src.item for output in body.outputs if not output.train_only]
    while wanted:
        at = wanted.pop()
        if at >= 0 and at not in needed:
            needed.add(at)
            wanted += [src.item for src in body.items[at].inputs]
    return frozenset(range(len(body.items))) - needed


def _returns(outputs: Sequence[Output], name: str) -> str:
    if len(outputs) == 1:
        return "Tensor"
    always = sum(not output.train_only for output in outputs)
    return f"Tensor | {name}" if always == 1 else name


def _param_annotation(param: Param) -> str:
    if param.type.startswith("list[") and param.length is not None and param.length <= 4:
        return f"tuple[{', '.join([param.type[5:-1]] * param.length)}]"
    if param.type.startswith("list["):
        return f"Sequence[{param.type[5:-1]}]"
    return {"enum": "str", "block": "type[nn.Module]"}.get(param.type, param.type)


def _default_text(param: Param) -> str | None:
    if param.required:
        return None
    return f"nn.{param.default}" if param.type == "block" else literal_text(param.default)
