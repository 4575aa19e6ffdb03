"""The source file of a network: standalone Python that imports torch alone and reads as if written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from archc.codegen import ir
from archc.codegen.arguments import Analysis, Argument, fields_of, forward_formulas, modules_of
from archc.codegen.assembly import KNOWN_IMPORTS, MAKE_DIVISIBLE, output_class, row_class
from archc.codegen.binding import replaced
from archc.codegen.bodies import made_in, with_calls, with_locals
from archc.codegen.chains import UntranslatableError
from archc.codegen.classnames import network_class
from archc.codegen.constructor import CALLED, Constructor, singular
from archc.codegen.docs import doc_text, fill, fill_entry, fill_shape, quoted
from archc.codegen.forward import (
    Forward,
    attributes,
    flags,
    kept_symbols,
    may_be_missing,
    module_names,
    training_actions,
)
from archc.codegen.headers import head_lines, letters_of, paragraphs, written_out
from archc.codegen.ir import Unit
from archc.codegen.joined import joined
from archc.codegen.layout import STEP, lay_out
from archc.codegen.ops import RefusedError
from archc.codegen.parameters import annotation, arguments
from archc.codegen.tensors import (
    makers_in,
    own_tensors,
    reset,
    reset_formulas,
    rule_formulas,
    rules,
    wrapper_class,
)
from archc.codegen.text import BUILTINS, HELPERS, OWN, File, Scope, free
from archc.codegen.translate import Translator
from archc.codegen.typed import typed_result
from archc.dims import BATCH
from archc.expr import Expr, Number, simplify
from archc.expr import names as _names
from archc.naming import pascal, variant_name
from archc.spec.arguments import Param
from archc.spec.model import Block, Spec, SymbolDecl, Variant
from archc.tensor import TensorType

if TYPE_CHECKING:
    from archc.network import Network


def write_source(network: Network) -> str:
    """The source of a network, equal for equal specs to the byte."""
    return Writer(network).write()


class Writer:
    """One file."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.spec = network.spec
        self.class_name = network_class(network.spec)
        self.constants: dict[str, str] = {}
        """Parameters that stay as they are set, each with the reason."""

    def write(self) -> str:
        """The text of the file."""
        translator, units = self._translated()
        self.translator, self.units = translator, units
        for unit in units:
            unit.actions = joined(unit.actions, [o.tensor for o in unit.outputs], training_actions(unit))
        self.analysis = Analysis(units, translator.exports)
        self.file = File(self.analysis)
        self.file.taken = {self.class_name, f"{self.class_name}Output", *OWN, *BUILTINS, *HELPERS}
        self._name_classes()
        self._rows()
        for unit in units:
            self.file.arguments[id(unit)] = self._arguments(unit)
        self._wrappers()
        classes = list(self._classes())
        variants = list(self._variants())
        return self._assemble(classes, variants)

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
                more = names - constants or {p.name for p in self.spec.scope.params} - constants or {""} - constants
                if not more:
                    raise
                self.constants |= dict.fromkeys(more, str(error))
                constants |= more
            except RefusedError as error:
                raise UntranslatableError(str(error)) from error

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

    def _name_classes(self) -> None:
        by_block: dict[int, str] = {}
        taken = self.file.taken
        for unit in self.units:
            if isinstance(unit.definition, Spec):
                self.file.classes[id(unit)] = self.class_name
                continue
            known = by_block.get(id(unit.definition))
            name = (
                self._class_name(unit, taken)
                if known is None
                else free(f"{known}{unit.inputs[0].type.rank - 2}d", taken)
            )
            by_block.setdefault(id(unit.definition), name)
            taken.add(name)
            self.file.classes[id(unit)] = name
        for name, block in self.spec.scope.blocks.items():
            if id(block) in by_block:
                self.file.by_definition[name] = by_block[id(block)]
        for unit in self.units:
            for name, block in unit.scope.blocks.items():
                if id(block) in by_block:
                    self.file.by_definition.setdefault(name, by_block[id(block)])

    def _class_name(self, unit: Unit, taken: set[str]) -> str:
        name = pascal(unit.stem)
        if name not in taken:
            return name
        if isinstance(unit.definition, Block):
            space = next((n for n, b in self.spec.scope.blocks.items() if b is unit.definition and "." in n), "")
            longer = pascal(space.replace(".", "_"))
            if space and longer not in taken:
                return longer
            return free(f"{name}Block", taken)
        return free(f"{name}Chain", taken)

    def _rows(self) -> None:
        """The classes of tables' rows."""
        tables = [p for p in self.spec.scope.params if p.type == "table"]
        tables += [
            p for unit in self.units if isinstance(unit.definition, Block) for p in unit.params if p.type == "table"
        ]
        by_columns: dict[tuple[object, ...], str] = {}
        for param in tables:
            known = by_columns.get(param.columns)
            if known is None:
                known = pascal(singular(param.name))
                known = "Row" if known in self.file.taken else known
                known = free(known, self.file.taken)
                self.file.taken.add(known)
                by_columns[param.columns] = known
                self.file.row_classes[known] = param
            self.file.rows[id(param)] = known

    def _wrappers(self) -> None:
        uses: dict[str, list[ir.OpMaker]] = {}
        for unit in self.units:
            for maker in makers_in(unit.body):
                if maker.wrapped:
                    uses.setdefault(maker.op.name, []).append(maker)
        for name, makers in uses.items():
            cls = free(pascal(name), self.file.taken)
            self.file.taken.add(cls)
            fields = list(dict.fromkeys(f for maker in makers for f in fields_of(maker.node)))
            self.file.wrapped[name] = (cls, fields)
            scope = Scope(self.file, self.units[-1], {})
            text = wrapper_class(scope, makers[0].op, cls, fields, [maker.op for maker in makers])
            self.file.wrapper_texts.append("\n".join(line for each in text for line in lay_out([each], 0)))

    # arguments

    def _arguments(self, unit: Unit) -> tuple[Argument, ...]:
        needs = self.analysis.needs[id(unit)]
        if not isinstance(unit.definition, Spec):
            return arguments(self.file, unit, needs, {})
        found: list[Argument] = []
        sizing = self._only_sizing()
        for param in self.spec.scope.params:
            symbol = f"f:{param.name}"
            if param.name in self.constants or (param.name in sizing and symbol not in needs.live):
                continue
            found.append(Argument(symbol, free(param.name, {"self"}), param, False, self._default(param), True))
        taken = {each.name for each in found} | {"self"}
        for symbol in sorted(needs.live):
            if symbol.startswith("$:"):
                name = free(self._free_name(symbol.removeprefix("$:")), taken)
                taken.add(name)
                found.append(Argument(symbol, name, None, False, self.network.settled.sizes[symbol[2:]], True))
        return tuple(found)

    def _default(self, param: Param) -> object:
        """The value that the class has by default: that of the first variant, or what was set beside it."""
        first: Mapping[str, object] = self.spec.variants[0].values if self.spec.variants else {}
        given = self.network.given.get(param.name, first.get(param.name, param.default))
        return self.network.settled.values.get(param.name) if param.required and given is None else given

    def _only_sizing(self) -> set[str]:
        """The parameters that give free sizes their defaults."""
        return {
            name
            for decl in self.spec.inputs
            for dim in decl.dims
            if isinstance(dim, SymbolDecl) and dim.default is not None
            for name in _names(dim.default.expr)
        }

    def _free_name(self, symbol: str) -> str:
        for decl in self.spec.inputs:
            for at, dim in enumerate(decl.dims):
                if isinstance(dim, SymbolDecl) and dim.name == symbol:
                    rank = len(decl.dims)
                    spatial = {
                        3: {1: "height", 2: "width"},
                        4: {1: "depth", 2: "height", 3: "width"},
                        2: {0: "length", 1: "length"},
                    }
                    return spatial.get(rank, {}).get(at, "length" if rank == 1 else symbol.lower())
        return symbol.lower()

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
        kept = [] if unit.sequential else kept_symbols(unit, more)
        flagged = {name for condition in marks for name in _names(condition)}
        kept = [each for each in kept if each not in flagged or self._read_plainly(unit, each, marks, more)]
        constructor = Constructor(self.file, unit, needs, args, dict.fromkeys(kept, ""), marks)
        order = {symbol: at for at, symbol in enumerate([*(a.symbol for a in args), *(name for name, _ in unit.lets)])}
        kept.sort(key=lambda symbol: order.get(symbol, len(order)))
        held = attributes(unit, kept, constructor.scope.names)
        constructor.kept = held
        lines = constructor.lines()
        names = {**constructor.scope.names, **{symbol: f"self.{name}" for symbol, name in held.items()}}
        scope = Scope(self.file, unit, names)
        forward: list[str] = []
        modules: list[str] = []
        if not unit.sequential:
            writer = Forward(scope, unit, marks, training_actions(unit), f"{self.class_name}Output")
            forward = writer.lines()
            made = dict(made_in(unit.body))
            modules = [f"{name}: {self._module_type(made[id(place)])}" for name, place in writer.typed.items()]
        own = [reset(scope, each.name, each.op) for each in tensors]
        ruled = rules(scope, init, env, self.units) if init else []
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
        found = [f"class {name}({base}):", *(STEP + line if line else "" for line in self._doc(unit, args)), ""]
        if typed:
            found += [*(STEP + line for line in typed), ""]
        body = list(lines)
        body = with_calls(body, own=bool(own), rules=self._rules_name() if ruled else "")
        if body not in (["super().__init__()"], []):
            found += self._method(f"def __init__({self._signature(args)}) -> None:", self._aliased(body, args))
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
            inputs = self._inputs(unit)
            forward = with_locals(list(forward), inputs, tensors)
            found += self._method(self._forward_head(unit), typed_result(forward, inputs, self._result_names(unit)))
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
        for argument in args:
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
                changed = [pattern.sub(f"_{name}", line) for line in found]
                if changed != found:
                    self.file.aliases.add(name)
                    found = changed
        return [line.replace(CALLED, "") for line in found]

    def _signature(self, args: Sequence[Argument]) -> str:
        parts = ["self"]
        star = False
        for each in args:
            if each.keyword and not star:
                parts.append("*")
                star = True
            kind = self._annotation(each)
            default = f" = {self._default_text(each)}" if each.has_default else ""
            parts.append(f"{each.name}: {kind}{default}")
        return ", ".join(parts)

    def _annotation(self, argument: Argument) -> str:
        param = argument.param
        if param is None and argument.symbol.startswith("f:"):
            param = next((p for p in self.spec.scope.params if f"f:{p.name}" == argument.symbol), None)
        if param is not None:
            return annotation(self.file, param)
        if argument.symbol.startswith(("p:", "l:", "i", "f:")):
            for unit in self.units:
                kind = unit.types.get(argument.symbol)
                if kind is not None:
                    return self._kind(kind)
        return "int"

    def _kind(self, kind: str) -> str:
        if kind.startswith("list["):
            self.file.imports.add("Sequence")
            return f"Sequence[{kind[5:-1]}]"
        if kind.startswith(("row", "table")):
            columns = kind.partition("(")[2].removesuffix(")")
            for name, param in self.file.row_classes.items():
                if ",".join(f"{n}:{k}" for n, k in param.columns) == columns:
                    if kind.startswith("row"):
                        return name
                    self.file.imports.add("Sequence")
                    return f"Sequence[{name}]"
        return "type[nn.Module]" if kind == "block" else kind

    def _default_text(self, argument: Argument) -> str:
        if argument.param is None:
            return repr(argument.default)
        return self.file.literal(argument.param, argument.default, self._table_name)

    def _table_name(self, param: Param, value: object) -> str:
        return self.file.table(param, value)

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

    def _forward_head(self, unit: Unit) -> str:
        parts = ", ".join(["self", *(f"{name}: Tensor" for name in self._inputs(unit))])
        return f"def forward({parts}) -> {self._returned(unit)}:"

    def _inputs(self, unit: Unit) -> list[str]:
        return Forward(Scope(self.file, unit, {}), unit, {}, frozenset(), "").inputs

    def _returned(self, unit: Unit) -> str:
        missing = may_be_missing(unit.actions)
        kinds = ["Tensor | None" if id(output.tensor) in missing else "Tensor" for output in unit.outputs]
        if len(unit.outputs) == 1:
            return kinds[0]
        if isinstance(unit.definition, Spec):
            always = [output for output in unit.outputs if not output.train_only]
            return f"Tensor | {self.class_name}Output" if len(always) == 1 else f"{self.class_name}Output"
        return f"tuple[{', '.join(kinds)}]"

    # text around classes

    def _doc(self, unit: Unit, args: Sequence[Argument]) -> list[str]:
        definition = unit.definition
        doc = definition.doc if isinstance(definition, (Block, Spec)) else ""
        if isinstance(definition, Spec) and not doc:
            doc = f"{definition.title.rstrip('.')}."
        shape = f"Shape: {self._shapes(unit)}"
        lines = paragraphs(doc)
        if isinstance(definition, Block) and definition.cite:
            lines += ["", *fill(doc_text(definition.cite))]
        lines += ["", *fill_shape(shape)] if lines else fill_shape(shape)
        documented = [(a, a.param.doc) for a in args if a.param is not None and a.param.doc]
        if documented:
            lines += ["", "Args:"]
            lines += [line for a, text in documented for line in fill_entry(a.name, text)]
        if isinstance(definition, Spec) and self.constants:
            lines += [
                "",
                *fill(f"Not arguments, as what is built depends on them: {self._constants()}."),
            ]
        return quoted(lines)

    def _constants(self) -> str:
        found = sorted(name for name in self.constants if name)
        return ", ".join([*found, *(["the sizes of its inputs"] if "" in self.constants else [])])

    def _shapes(self, unit: Unit) -> str:
        letters: dict[str, str] = {}
        given = ", ".join(self._shape(unit, t.type, letters, at) for at, t in enumerate(unit.inputs))
        outputs = [output for output in unit.outputs if not output.train_only] or unit.outputs
        made = ", ".join(self._shape(unit, o.tensor.type, letters) for o in outputs)
        return f"{given} -> {made}"

    def _shape(self, unit: Unit, type_: TensorType, letters: dict[str, str], port: int = -1) -> str:
        """A shape in terms of arguments, with letters for sizes that no short formula gives."""
        declared = self.spec.inputs[port].dims if port >= 0 and isinstance(unit.definition, Spec) else ()
        args = {a.symbol: a.name for a in self.file.arguments[id(unit)]}
        merged = self.analysis.merged.get(id(unit), {})
        args |= {symbol: args[other] for symbol, other in merged.items() if other in args}
        lets = written_out(unit.lets)
        trees = [simplify(replaced(getattr(size, "expr", Number(0)), lets)) for size in type_.shape]
        known = [
            "N" if size is BATCH
            else str(size) if isinstance(size, int)
            else self._short(unit, tree, args)
            for size, tree in zip(type_.shape, trees, strict=True)
        ]  # fmt: skip
        usual = letters_of(known)
        texts: list[str] = []
        for at, (text, tree) in enumerate(zip(known, trees, strict=True)):
            key = repr(tree)
            symbol = declared[at - 1] if declared else None
            if text:
                texts.append(text)
            elif isinstance(symbol, SymbolDecl):  # two free sizes may have one default
                letters.setdefault(key, symbol.name)
                letters[f"{key} {symbol.name}"] = symbol.name
                texts.append(symbol.name)
            else:
                letter = usual[at] if at < len(usual) else f"D{at}"
                while key not in letters and letter in letters.values():
                    letter += "'"
                texts.append(letters.setdefault(key, letter))
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"

    def _short(self, unit: Unit, tree: Expr, args: Mapping[str, str]) -> str:
        """A size in terms of arguments; empty where that is long, or cannot be."""
        text = Scope(self.file, unit, dict(args)).text(tree) if _names(tree) <= args.keys() else ""
        return text if len(text) <= 24 else ""

    def _variants(self) -> Iterator[str]:
        args = {a.param.name: a for a in self.file.arguments[id(self.units[-1])] if a.param is not None}
        for variant in self.spec.variants:
            if not self.is_made(variant):
                continue
            values = {**variant.values, **self.network.given}
            table = partial(self.file.table, variant=variant.name)
            given = {
                name: values.get(name, a.param.default if a.param is not None and not a.param.required else a.default)
                for name, a in args.items()
            }
            parts = [
                f"{a.name}={self.file.literal(a.param, given[name], table)}"
                for name, a in args.items()
                if a.param is not None and not _equal(given[name], a.default)
            ]
            name = variant_name(self.spec.name, variant.name)
            head = f"def {free(name, self.file.taken)}() -> {self.class_name}:"
            doc = [STEP + line for line in quoted(paragraphs(variant.doc))] if variant.doc else []
            call = f"return {self.class_name}({', '.join(parts)})"
            yield "\n".join([*head_lines(head, 0), *doc, *lay_out([call], 1)])

    def is_made(self, variant: Variant) -> bool:
        """Whether the class is that of a variant, or what is no argument differs."""
        defaults = {param.name: param.default for param in self.spec.scope.params}
        values = {**defaults, **variant.values, **self.network.given}
        return all(_equal(values[name], self.network.settled.values[name]) for name in self.constants if name)

    def _assemble(self, classes: Sequence[str], variants: Sequence[str]) -> str:
        tables = [line for each in self.file.tables.values() for line in lay_out([each], 0)]
        dictionaries = [line for each in self.file.dictionaries.values() for line in lay_out([each], 0)]
        helpers = [MAKE_DIVISIBLE.strip("\n")] if "make_divisible" in self.file.helpers else []
        outputs = [output_class(self.class_name, self.units[-1])] if len(self.units[-1].outputs) > 1 else []
        used = "\n".join([*tables, *classes, *variants])
        rows = [
            row_class(name, param) for name, param in self.file.row_classes.items() if re.search(rf"\b{name}\b", used)
        ]
        text = "\n\n\n".join(
            self._with_alias(each) for each in
            filter(None, [*rows, "\n".join(tables), *helpers, *self.file.functions.values(), *self.file.wrapper_texts,
                          *classes[:-1], "\n".join(dictionaries), *outputs, classes[-1], *variants])
        )  # fmt: skip
        own = set(re.findall(r"^(?:class|def) (\w+)", text, re.MULTILINE))
        aliases = "".join(f"_{name} = {name}\n" for name in sorted(self.file.aliases - own))
        head = "\n".join([*self._header(), "", "from __future__ import annotations", "", *self._imports(text)])
        return f"{head}\n{chr(10) + aliases if aliases else ''}\n\n{text}\n"

    def _with_alias(self, text: str) -> str:
        """A definition with the other name that it has where an argument is called like it."""
        found = re.match(r"(?:class|def) (\w+)", text)
        name = found.group(1) if found else ""
        return f"{text}\n\n\n_{name} = {name}" if name in self.file.aliases else text

    def _header(self) -> list[str]:
        from archc import __version__

        spec = self.spec
        lines = fill(doc_text(f"{spec.title.rstrip('.')}."))
        if spec.cite:
            lines += ["", *(line for each in spec.cite.strip().splitlines() for line in fill(doc_text(each)))]
        lines += ["", *fill(f"Generated by archc {__version__} from {doc_text(Path(spec.file).name)}.")]
        return quoted(lines)

    def _imports(self, text: str) -> list[str]:
        standard: list[str] = []
        if re.search(r"\bmath\.", text):
            standard.append("import math")
        if re.search(r"(?<![\w.])OrderedDict\(", text):
            standard.append("from collections import OrderedDict")
        abstract = [each for each in ("Callable", "Sequence") if re.search(rf"(?<![\w.]){each}\[", text)]
        if abstract:
            standard.append(f"from collections.abc import {', '.join(abstract)}")
        if re.search(r"(?<![\w.])fnmatchcase\(", text):
            standard.append("from fnmatch import fnmatchcase")
        uses = {"Any": r": Any =|, Any\]", "NamedTuple": r"\(NamedTuple\)"}
        typing = [name for name, use in uses.items() if re.search(use, text)]
        if typing:
            standard.append(f"from typing import {', '.join(typing)}")
        packages = sorted(f"import {each}" for each in self.file.imports if "." in each or each not in KNOWN_IMPORTS)
        if re.search(r"(?<![\w.])torch\.", text):
            packages.append("import torch")
        packages.sort()
        tensor = "Tensor, " if re.search(r"(?::|->|\[|,|\|) ?Tensor\b", text) else ""
        packages.append(f"from torch import {tensor}nn")
        if re.search(r"(?<![\w.])F\.", text):
            packages.append("from torch.nn import functional as F")
        return [*standard, *([""] if standard else []), *packages]


def _equal(left: object, right: object) -> bool:
    return left == right and type(left) is type(right)


def _called(network: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The classes that the network needs, callees first; others were translated on the way alone."""
    found = {id(network)}
    waiting = [network]
    while waiting:
        for _, callees in modules_of(waiting.pop().body):
            waiting += [each for each in callees if id(each) not in found]
            found |= {id(each) for each in callees}
    return [unit for unit in units if id(unit) in found]
