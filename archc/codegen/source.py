"""The source file of a network: standalone Python that imports torch alone and reads as if written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archc.codegen import ir
from archc.codegen.arguments import Analysis, Argument
from archc.codegen.assembly import assemble, write_wrappers
from archc.codegen.attributes import attributes, flags, kept_symbols, module_names
from archc.codegen.bodies import with_calls, with_locals
from archc.codegen.classnames import name_classes, name_rows
from archc.codegen.constructor import Constructor
from archc.codegen.docs import class_doc
from archc.codegen.draft import Draft
from archc.codegen.formulas import forward_formulas
from archc.codegen.forward import Forward
from archc.codegen.headers import forward_head, head_lines, inputs_of, signature
from archc.codegen.ir import Unit
from archc.codegen.joined import joined
from archc.codegen.layout import STEP, lay_out
from archc.codegen.making import CALLED
from archc.codegen.ops import RefusedError
from archc.codegen.parameters import constructor_arguments
from archc.codegen.sites import UntranslatableError
from archc.codegen.statements import modules_of
from archc.codegen.tensors import (
    makers_in,
    own_tensors,
    reset,
    reset_formulas,
    rule_formulas,
    rules,
)
from archc.codegen.text import BUILTINS, HELPERS, OWN, File, Scope, free
from archc.codegen.training import training_actions
from archc.codegen.translate import Translator
from archc.codegen.typed import typed_result
from archc.codegen.variants import variant_functions
from archc.expr import Expr
from archc.expr import names as _names
from archc.quiet import quiet
from archc.spec.model import Spec

if TYPE_CHECKING:
    from archc.network import Network


@quiet()
def write_source(network: Network) -> str:
    """The source of a network, equal for equal specs to the byte."""
    return Writer(network).write()


class Writer(Draft):
    """One file."""

    def write(self) -> str:
        """The text of the file."""
        translator, units = self._translated()
        self.translator, self.units = translator, units
        for unit in units:
            unit.actions = joined(unit.actions, [o.tensor for o in unit.outputs], training_actions(unit))
        self.analysis = Analysis(units, translator.exports)
        self.file = File(self.analysis)
        self.file.taken = {self.class_name, f"{self.class_name}Output", *OWN, *BUILTINS, *HELPERS}
        name_classes(self)
        name_rows(self)
        for unit in units:
            self.file.arguments[id(unit)] = constructor_arguments(self, unit)
        write_wrappers(self)
        classes = list(self._classes())
        variants = list(variant_functions(self))
        return assemble(self, classes, variants)

    def _translated(self) -> tuple[Translator, list[Unit]]:
        """The classes, with as many of the parameters as arguments as can be."""
        constants: set[str] = set()
        while True:
            translator = Translator(self.network, frozenset(constants))
            try:
                network = translator.network()
                return translator, _called(network, translator.units)
            except UntranslatableError as error:
                names = {n.removeprefix("f:") for tree in error.formulas for n in _names(tree) if n.startswith("f:")}
                is_size = any(n.startswith("$") for tree in error.formulas for n in _names(tree))
                every = {""} if is_size else {p.name for p in self.spec.scope.params}
                more = names - constants or every - constants or {""} - constants
                if not more:
                    raise
                self.constants |= dict.fromkeys(more, str(error))
                constants |= more
            except RefusedError as error:  # such as joins of sizes that are the same for some inputs alone
                if "" in constants:
                    raise UntranslatableError(str(error)) from error
                self.constants[""] = str(error)
                constants.add("")

    def _classes(self) -> Iterator[str]:
        """The text of each class; one for several ranks of its input where it reads the same."""
        written: dict[int, list[tuple[Unit, str]]] = {}
        for unit in self.units:
            text = self._class(unit)
            same = next(
                (each for each, known in written.get(id(unit.definition), ()) if self._alike(unit, text, each, known)),
                None,
            )
            if same is not None:
                self.file.classes[id(unit)] = self.file.classes[id(same)]
                continue
            written.setdefault(id(unit.definition), []).append((unit, text))
            yield text

    def _alike(self, unit: Unit, text: str, other: Unit, known: str) -> bool:
        """Whether the classes of two units read the same but for their names and the shapes that they tell."""
        mine, its = self.file.classes[id(unit)], self.file.classes[id(other)]
        shapeless = [re.sub(r"\n    Shape: .*|\"\"\"Shape: .*", "", each) for each in (text, known)]
        return re.sub(rf"\b{mine}\b", its, shapeless[0]) == shapeless[1]

    # arguments

    # classes

    def _class(self, unit: Unit) -> str:
        needs = self.analysis.needs[id(unit)]
        args = self.file.arguments[id(unit)]
        is_network = isinstance(unit.definition, Spec)
        init = self.spec.init if is_network else ()
        env = self.translator.scope_env(self.spec.scope)[0]
        tensors = list(own_tensors(unit.body))
        more = [*(tree for each in tensors for tree in reset_formulas(each.op)), *rule_formulas(init, env)]
        marks = {} if unit.sequential else flags(unit)
        kept = kept_symbols(unit, more)
        flagged = {name for condition in marks for name in _names(condition)}
        kept = [each for each in kept if each not in flagged or self._read_plainly(unit, each, marks, more)]
        constructor = Constructor(self.file, unit, needs, args, dict.fromkeys(kept, ""), marks)
        order = {symbol: at for at, symbol in enumerate([*(a.symbol for a in args), *(name for name, _ in unit.lets)])}
        kept.sort(key=lambda symbol: order.get(symbol, len(order)))
        held = attributes(unit, kept, constructor.scope.names)
        names = {**constructor.scope.names, **{symbol: f"self.{name}" for symbol, name in held.items()}}
        scope = Scope(self.file, unit, names)
        forward: list[str] = []
        modules: list[str] = []
        if not unit.sequential:
            writer = Forward(scope, unit, marks, training_actions(unit), f"{self.class_name}Output")
            forward = writer.lines()
            made = {id(each.place): each.maker for each in ir.every(unit.body) if isinstance(each, ir.Make)}
            modules = [f"{name}: {self._module_type(made[id(place)])}" for name, place in writer.typed.items()]
        own = [reset(scope, each.name, each.op) for each in tensors]
        ruled = rules(scope, init, env, self.units) if init else []
        read = set(re.findall(r"self\.(\w+)", "\n".join([*forward, *own, *ruled])))
        constructor.kept = {symbol: name for symbol, name in held.items() if name in read}
        lines = constructor.lines()
        return self._text(unit, args, lines, forward, own, ruled, [*modules, *self._typed(tensors)])

    def _read_plainly(self, unit: Unit, symbol: str, marks: Mapping[Expr, str], more: Sequence[Expr]) -> bool:
        """Whether methods read a symbol outside the conditions that flags stand for."""
        return any(symbol in _names(tree) for tree in (*forward_formulas(unit.actions), *more) if tree not in marks)

    def _text(
        self, unit: Unit, args: Sequence[Argument], lines: Sequence[str], forward: Sequence[str],
        own: Sequence[str], ruled: Sequence[str], typed: Sequence[str],
    ) -> str:  # fmt: skip
        name = self.file.classes[id(unit)]
        base = "nn.Sequential" if unit.sequential else "nn.Module"
        found = [f"class {name}({base}):", *(STEP + line if line else "" for line in class_doc(self, unit, args)), ""]
        if typed:
            found += [*(STEP + line for line in typed), ""]
        body = list(lines)
        body = with_calls(body, own=bool(own), rules=self._rules_name() if ruled else "")
        if args or body not in (["super().__init__()"], []):
            found += self._method(f"def __init__({signature(self, args)}) -> None:", self._aliased(body, args))
            found.append("")
        if own:
            found += self._method(
                "def reset_parameters(self) -> None:", ['"""Initialise the tensors of this module alone."""', *own]
            )
            found.append("")
        if ruled:
            found += self._method(
                f"def {self._rules_name()}(self) -> None:",
                ['"""Apply the initialisation rules of the network."""', *ruled],
            )
            found.append("")
        makes = any(list(own_tensors(each.body)) for each in self.units) or self._attends()
        if isinstance(unit.definition, Spec) and (ruled or makes):
            found += self._method("def init_weights(self) -> None:", self._init_weights(bool(ruled)))
            found.append("")
        if forward:
            tensors = {each.name for each in own_tensors(unit.body)} | set(module_names(unit.body))
            inputs = inputs_of(self, unit)
            forward = with_locals(list(forward), inputs, tensors)
            found += self._method(forward_head(self, unit), typed_result(forward, inputs, self._result_names(unit)))
        while found and not found[-1]:
            found.pop()
        return "\n".join(found)

    def _result_names(self, unit: Unit) -> list[str]:
        """What the result may be called: as the spec calls it, else what comes to mind."""
        always = [output.name for output in unit.outputs if not output.train_only]
        own = [name for name in always if name.isidentifier() and name != "output"] if len(always) == 1 else []
        taken = {*OWN, *BUILTINS, *self.file.taken}
        return [free(name, taken) for name in (*own, "out", "result", "y", "z", "made")]

    def _attends(self) -> bool:
        """Whether there are attention modules, which alone have `_reset_parameters`."""
        return any(m.op.family == "attention" for unit in self.units for m in makers_in(unit.body))

    def _init_weights(self, ruled: bool) -> list[str]:
        attention = self._attends()
        second = ' or getattr(module, "_reset_parameters", None)' if attention else ""
        return [
            '"""Initialise all weights anew, as after `to_empty`."""',
            *(["# Children first: attention resets its `out_proj` after them."] if attention else []),
            f"for module in {'reversed(list(self.modules()))' if attention else 'self.modules()'}:",
            f'{STEP}reset = getattr(module, "reset_parameters", None){second}',
            f"{STEP}if reset is not None:",
            f"{STEP * 2}reset()",
            *([f"self.{self._rules_name()}()"] if ruled else []),
        ]

    def _rules_name(self) -> str:
        return free("apply_init", set(module_names(self.units[-1].body)))

    def _method(self, head: str, body: Sequence[str]) -> list[str]:
        return [*head_lines(head), *lay_out(body, 2)]

    def _aliased(self, body: Sequence[str], args: Sequence[Argument]) -> list[str]:
        """Lines in which a global name that an argument hides is read by another one."""
        found = list(body)
        for argument in sorted(args, key=lambda each: each.name != "super"):
            name = argument.name
            if name == "super":
                base = (
                    "nn.Sequential"
                    if any("super().__init__(" in line and "super().__init__()" not in line for line in found)
                    else "nn.Module"
                )
                found = [
                    line.replace("super().__init__(", f"{base}.__init__(self, ").replace("(self, )", "(self)")
                    for line in found
                ]
            elif name in OWN | BUILTINS | self.file.taken:
                used = r"\." if name in ("nn", "F", "torch", "math") else r"\("
                pattern = re.compile(rf"(?<![\w.\"\x01]){re.escape(name)}(?={used})")
                annotated = re.compile(rf"(?<=\w: ){re.escape(name)}(?=\[.*\] = )")
                changed = [annotated.sub(f"_{name}", pattern.sub(f"_{name}", line)) for line in found]
                if changed != found:
                    self.file.aliases.add(name)
                    found = changed
        return [line.replace(CALLED, "") for line in found]

    def _module_type(self, maker: ir.Maker) -> str:
        match maker:
            case ir.SequentialMaker():
                return "nn.Sequential"
            case ir.UnitMaker():
                return self.file.classes[id(maker.unit)]
            case ir.OpMaker():
                return getattr(maker.node, "target", "nn.Module")
            case ir.ChoiceMaker():
                return "nn.Module"

    def _typed(self, tensors: Sequence[ir.MakeTensor]) -> Iterator[str]:
        """Attributes that type checkers could not tell."""
        for each in tensors:
            if each.op.name == "Buffer":
                yield f"{each.name}: Tensor"

    # text around classes


def _called(network: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The classes that the network needs, each behind those that its text names; others were translated on the way."""
    found: dict[int, Unit] = {}
    called = {id(network)}
    waiting = [network]
    while waiting:
        for _, callees in modules_of(waiting.pop().body):
            waiting += [each for each in callees if id(each) not in called]
            called |= {id(each) for each in callees}

    def put(unit: Unit) -> None:
        if id(unit) in found:
            return
        named = {p.default for p in unit.params if p.type == "block"}
        defaults = [block for name, block in unit.scope.blocks.items() if name in named]
        for each in units:
            if each is not unit and id(each) in called and any(each.definition is block for block in defaults):
                put(each)
        found[id(unit)] = unit

    for unit in units:
        if id(unit) in called:
            put(unit)
    return list(found.values())
