"""Writing one class: of a block, of a group that is no plain `nn.Sequential`, or of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from archc.expr import Expr
from archc.spec.model import Block, Param
from archc.torch.align import Rounds, Slot, Unit, align, check_wiring
from archc.torch.arguments import LONGEST, Argument, block_arguments, longest_formula, network_arguments
from archc.torch.attributes import Attributes
from archc.torch.constructor import Constructor, Registry
from archc.torch.docs import class_doc, shapes
from archc.torch.formulas import Case, InexpressibleError, choose
from archc.torch.forward import Decisions, Forward
from archc.torch.items import own_modules, training_items
from archc.torch.layout import STEP, lay_out, wrap
from archc.torch.scribe import ForwardScribe, Plan, Scribe
from archc.torch.sequential import sequential_init
from archc.torch.values import annotation
from archc.torch.variables import argument_name
from archc.tree import Body, Item, Output, is_plain_chain


@dataclass(frozen=True, slots=True)
class Parts:
    """The statements of a class; an `nn.Sequential` calls its own `super().__init__`, and may have no `forward`."""

    base: str
    init: Sequence[str]
    forward: Sequence[str] = ()


@dataclass
class Writer:
    """The writing of one class. What its text turns out to use is noted along the way, in `scribe` and `kept`."""

    registry: Registry
    name: str
    bodies: Sequence[Body]
    """The instances, of which the first is the fullest: the class is written after it."""
    cases: Sequence[Case]
    lets: Sequence[Mapping[str, Expr]] = ()
    """By instance: the formulas of the block's lets."""
    scribe: Scribe = field(default_factory=Scribe)
    kept: dict[str, str] = field(default_factory=dict[str, str])
    """Constructor arguments that `forward` needs, by the attribute that keeps them."""

    @property
    def body(self) -> Body:
        """The fullest instance."""
        return self.bodies[0]

    @cached_property
    def units(self) -> list[Unit]:
        """The items of all instances side by side."""
        found = align(self.bodies)
        check_wiring(self.bodies)
        return found

    def block(self, block: Block) -> Plan:
        """The class of a block."""
        plain = is_plain_chain(self.body)
        if plain and (block.numbered or any(isinstance(unit, Rounds) for unit in self.units)):
            parts = self._sequential()
        else:
            parts = self._numbered() if block.numbered else self._module()
        lets = self._lets()
        arguments = block_arguments(block, self.body, self.scribe.used, self.scribe.extras)
        doc = class_doc(block.doc, block.cite, block.name, shapes(self.bodies, self.cases), arguments)
        return self._plan(parts, arguments, doc, lets=lets)

    def group(self) -> Plan:
        """The class of a group that is no plain `nn.Sequential`."""
        numbered = any(item.name.isdigit() and own_modules(item) for item in self.body.items)
        parts = self._numbered() if numbered else self._module()
        if self.scribe.extras:
            raise InexpressibleError
        env = self.cases[0].env
        arguments = [Argument(name, annotation(value)) for name, value in env.items() if name in self.scribe.used]
        return self._plan(parts, arguments, class_doc("", "", "", shapes(self.bodies, self.cases), ()))

    def network(self, free: Sequence[Param], last: Sequence[str], doc: Sequence[str], output_class: str) -> Plan:
        """The class of the network itself: `free` may be its arguments, the lines `last` end its constructor."""
        parts = self._sequential() if is_plain_chain(self.body) else self._module(output_class)
        arguments = network_arguments(free, self.cases[0].env, self.scribe.used)
        if arguments and (self.kept or self._longest(arguments) > LONGEST):
            raise InexpressibleError
        ended = Parts(parts.base, [*parts.init, *(["", *last] if last else [])], parts.forward)
        return self._plan(ended, arguments, doc, returns=_network_returns(self.body.outputs, output_class))

    def _longest(self, arguments: Sequence[Argument]) -> int:
        return longest_formula(self.scribe.formulas, {argument.name for argument in arguments})

    def _sequential(self) -> Parts:
        """A plain chain of modules."""
        children = self._constructor().children(self.units, self.cases, self.bodies)
        return Parts("nn.Sequential", sequential_init(children, self.scribe))

    def _numbered(self) -> Parts:
        """An `nn.Sequential` for the names of its modules, with a `forward` of its own."""
        attributes = self._attributes()
        init = attributes.numbered(self.units)
        return Parts("nn.Sequential", init, self._forward(attributes, self._by_number()))

    def _module(self, output_class: str = "") -> Parts:
        attributes = self._attributes()
        init = attributes.lines(self.units)
        return Parts("nn.Module", init, self._forward(attributes, {}, output_class))

    def _constructor(self) -> Constructor:
        return Constructor(self.scribe, self.registry, self.name)

    def _attributes(self) -> Attributes:
        return Attributes(self._constructor(), self.bodies, self.cases)

    def _by_number(self) -> dict[int, str]:
        """How modules named by numbers are reached, by the `id` of their item."""
        made = [item for item in self.body.items if own_modules(item)]
        return {id(item): f"self[{at}]" for at, item in enumerate(made) if item.name.isdigit()}

    def _forward(self, attributes: Attributes, by_number: Mapping[int, str], output_class: str = "") -> list[str]:
        def attribute(item: Item) -> str:
            made = item if item.reuse is None else self.body.items[item.reuse]
            return by_number.get(id(made), f"self.{made.name}")

        slots = [slot for unit in self.units for slot in _slots(unit)]
        by_item = {id(slot.first): slot for slot in slots}
        aligned = {at: by_item[id(item)] for at, item in enumerate(self.body.items) if id(item) in by_item}
        training = training_items(self.body) if output_class else frozenset[int]()
        decisions = Decisions(
            attribute, attributes.tests, attributes.loops, frozenset(attributes.skipped), output_class, training
        )
        scribe = ForwardScribe(self.scribe, frozenset(item.name for item in self.body.items))
        lines = Forward(self.body, self.cases, aligned, scribe, decisions).write()
        self.kept = scribe.kept
        return lines

    def _lets(self) -> list[str]:
        """The block's lets that the text uses, as variables of the constructor; a let may use those before it."""
        lines: list[str] = []
        for name in reversed([*self.lets[0]] if self.lets else []):
            if name not in self.scribe.used:
                continue
            values = [case.env[name] for case in self.cases]
            chosen = choose(values, [formulas.get(name) for formulas in self.lets], self.cases)
            if chosen is None:
                raise InexpressibleError
            lines.insert(0, f"{name} = {self.scribe.write(chosen)}")
        return lines

    def _plan(
        self, parts: Parts, arguments: Sequence[Argument], doc: Sequence[str], *, lets: Sequence[str] = (),
        returns: str | None = None,
    ) -> Plan:  # fmt: skip
        """The class, laid out."""
        given = ", ".join(["self", *(argument.text for argument in arguments)])
        kept = [f"self.{attribute} = {name}" for attribute, name in self.kept.items()]
        init = [*lets, *kept, *parts.init]
        lines = [f"class {self.name}({parts.base}):", *(STEP + line if line else "" for line in doc)]
        if init or arguments or not parts.forward:
            lines += ["", *wrap(f"def __init__({given}) -> None:", 1)]
            lines += [STEP * 2 + "super().__init__()"] if parts.base == "nn.Module" else []
            lines += lay_out(init, 2)
        if parts.forward:
            tensors = ", ".join(["self", *(f"{argument_name(name)}: Tensor" for name in self.body.input_names)])
            lines += ["", *wrap(f"def forward({tensors}) -> {returns or _returns(self.body.outputs)}:", 1)]
            lines += lay_out(parts.forward, 2)
        imports = frozenset(self.scribe.imports)
        return Plan(self.name, tuple(arguments), tuple(lines), imports, len(self.scribe.extras))


def _slots(unit: Unit) -> list[Slot]:
    return [unit] if isinstance(unit, Slot) else [slot for round_ in unit.rounds for slot in round_]


def _returns(outputs: Sequence[Output]) -> str:
    return "Tensor" if len(outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(outputs))}]"


def _network_returns(outputs: Sequence[Output], output_class: str) -> str:
    if len(outputs) == 1:
        return "Tensor"
    always = sum(not output.train_only for output in outputs)
    return f"Tensor | {output_class}" if always == 1 else output_class
