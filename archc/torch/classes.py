"""The classes of a source file: one for each block definition, and one for each group that is no `nn.Sequential`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archc.naming import pascal
from archc.spec.model import Block
from archc.torch.align import fullest_first, signature
from archc.torch.arguments import Argument
from archc.torch.formulas import Case, InexpressibleError
from archc.torch.layout import STEP, wrap
from archc.torch.render import Context, render
from archc.torch.scribe import Plan, Scribe
from archc.torch.trace import Instance
from archc.torch.values import annotation
from archc.torch.writer import Writer
from archc.tree import Body, Leaf

RESERVED = frozenset({"Tensor", "F", "NamedTuple", "OrderedDict", "Module"})


@dataclass
class Classes:
    """The classes made so far, in the order that the file needs them; filled while one file is written."""

    plans: list[Plan] = field(default_factory=list[Plan])
    instances: dict[tuple[object, ...], tuple[Plan, Mapping[str, object]]] = field(
        default_factory=dict[tuple[object, ...], tuple[Plan, Mapping[str, object]]]
    )
    taken: set[str] = field(default_factory=set[str])

    def plan_of(self, body: Body) -> tuple[Plan, Mapping[str, object]]:
        """The class of a block's instance, and the values of its arguments."""
        return self.instances[_key(body)]

    def add_block(self, block: Block, instances: Sequence[Instance]) -> None:
        """The class of a block, or several where its instances have no form in common."""
        chosen = [param.name for param in block.params if param.type == "block"]
        attempts = (
            [instances],
            _grouped(instances, lambda instance: tuple(instance.env[name] for name in chosen)),
            _grouped(instances, lambda instance: signature(instance.body)),
            [[instance] for instance in instances],
        )
        for attempt in attempts:
            before = (list(self.plans), dict(self.instances), set(self.taken))
            try:
                for group in attempt:
                    self._add(block, group)
                return
            except InexpressibleError:
                self.plans, self.instances, self.taken = before
        raise InexpressibleError

    def _add(self, block: Block, instances: Sequence[Instance]) -> None:
        order = fullest_first([instance.body for instance in instances])
        ordered = [instances[at] for at in order]
        name = pascal(block.name)
        cases = [Case(at, i.env) for at, i in enumerate(ordered)]
        writer = Writer(self, name, [i.body for i in ordered], cases, lets=[i.lets for i in ordered])
        plan = self._known(writer.block(block))
        for at, instance in enumerate(ordered):
            extras = {n: row[at] if at < len(row) else row[0] for n, row in writer.scribe.extras.items()}
            self.instances[_key(instance.body)] = (plan, {**instance.env, **extras})

    def group_class(self, bodies: Sequence[Body], cases: Sequence[Case], name: str, scribe: Scribe) -> str:
        """A class for a group that is no plain `nn.Sequential`; gives its construction."""
        writer = Writer(self, pascal(name), bodies, cases)
        plan = self._known(writer.group())
        scribe.used |= {argument.name for argument in plan.arguments}
        return f"{plan.name}({', '.join(argument.name for argument in plan.arguments)})"

    def function_class(self, leaf: Leaf) -> Plan:
        """A function as a module that an `nn.Sequential` can hold; its arguments are the constructor's."""
        fields = [name for name, _ in leaf.op.given()]
        context = Context(
            ("x",), {}, lambda name: f"self.{name}", lambda name: (f"*self.{name}",), "x.shape[0]", leaf.op.name != ""
        )
        call = render(leaf.op.as_torch(), context)
        kept = [name for name in fields if f"self.{name}" in call]
        name = pascal(leaf.op.name)
        given = ", ".join(["self", *(f"{n}: {annotation(getattr(leaf.op, n))}" for n in kept)])
        lines = [f"class {name}(nn.Module):", f'{STEP}"""`{leaf.op.name}` as a module."""', ""]
        if kept:
            lines += [*wrap(f"def __init__({given}) -> None:", 1), STEP * 2 + "super().__init__()"]
            lines += [*(f"{STEP * 2}self.{n} = {n}" for n in kept), ""]
        lines += [STEP + "def forward(self, x: Tensor) -> Tensor:", *wrap(f"return {call}", 2)]
        scribe = Scribe()
        scribe.note_imports(leaf.op.as_torch())
        imports = frozenset(scribe.imports)
        return self._known(Plan(name, tuple(Argument(n, "") for n in kept), tuple(lines), imports))

    def _known(self, plan: Plan) -> Plan:
        """The class, under a name that is still free; one that is already there if they are equal but for that."""
        for known in self.plans:
            if known.arguments == plan.arguments and known.lines[1:] == plan.lines[1:] and known.wanted == plan.name:
                return known
        unique = self.name(plan.name)
        lines = (plan.lines[0].replace(f"class {plan.name}(", f"class {unique}("), *plan.lines[1:])
        self.plans.append(replace(plan, name=unique, lines=lines, wanted=plan.name))
        return self.plans[-1]

    def name(self, wanted: str) -> str:
        """A class name that is still free."""
        free = f"{wanted}Block" if wanted in RESERVED else wanted
        name, at = free, 1
        while name in self.taken:
            at += 1
            name = f"{free}{at}"
        self.taken.add(name)
        return name


def _grouped(instances: Sequence[Instance], key: Callable[[Instance], object]) -> list[list[Instance]]:
    """The instances, those with equal keys together, in the order of their first."""
    groups: dict[object, list[Instance]] = {}
    for instance in instances:
        groups.setdefault(key(instance), []).append(instance)
    return list(groups.values())


def _key(body: Body) -> tuple[object, ...]:
    return (id(body.definition), tuple(bound.value for bound in body.args.values()), body.inputs)
