"""Writing `forward`: a statement for each item, calls that only a merge uses standing within it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archc.ops.lowering import Infix, Node, Pattern, Result
from archc.torch.align import Slot
from archc.torch.formulas import Case
from archc.torch.items import is_merge, is_source, leaf_of, own_modules
from archc.torch.layout import STEP, WIDTH
from archc.torch.loops import Loop
from archc.torch.render import Context, render
from archc.torch.scribe import Scribe
from archc.torch.variables import Variables, argument_name
from archc.tree import Body, Item, Leaf, Output, Src

LONGEST_INLINED = WIDTH - 20
"""A call longer than this has a line of its own."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the constructor decided that `forward` must follow."""

    attribute: Callable[[Item], str]
    """How an item's module is reached: `self.conv1`, `self[2]`."""
    tests: Mapping[int, str]
    """For conditional items (by index): what is true where the item is there."""
    loops: Mapping[int, Loop]
    """For the first item (by index) of a step kept as a loop: the loop."""
    skipped: frozenset[int]
    """Items within loops."""
    output_class: str = ""
    """For a network: the class of its outputs. Lines of a network tell the shape that they make."""
    training: frozenset[int] = frozenset()
    """Items that only training-mode outputs need."""

    @property
    def in_network(self) -> bool:
        """Whether the `forward` is the network's own."""
        return self.output_class != ""


@dataclass
class Forward:
    """The writing of one `forward`: its lines so far, and the variables in them, which nothing else looks at."""

    body: Body
    cases: Sequence[Case]
    aligned: Mapping[int, Slot]
    scribe: Scribe
    decisions: Decisions
    lines: list[str] = field(default_factory=list[str])
    variables: Variables = field(init=False)
    needs_batch: bool = False
    in_training: bool = False
    """Whether the last line stands under `if self.training:`."""
    shown: str = ""
    """The shape that the last comment told."""

    def __post_init__(self) -> None:
        self.variables = Variables(self.body, self.decisions.in_network, self.decisions.training)

    def write(self) -> list[str]:
        """The statements, the last one being the return."""
        for at, item in enumerate(self.body.items):
            if at in self.decisions.skipped:
                continue
            if at in self.decisions.loops:
                self._loop(at, self.decisions.loops[at])
            elif is_source(item):
                self.variables.names[Src(at)] = self.decisions.attribute(item)
            else:
                self._statement(at, item)
        if self.needs_batch:
            self.lines.insert(0, f"batch = {argument_name(self.body.input_names[0])}.shape[0]")
        self._return()
        return self.lines

    def _statement(self, at: int, item: Item) -> None:
        text = self._call(at, item)
        unpack = item.content.op.unpack() if isinstance(item.content, Leaf) else None
        if unpack is not None:
            self._unpacked(at, text, unpack)
        elif len(item.types) > 1 or item.step.results or _gives_tuple(item):
            self._several(at, item, text)
        elif at in self.decisions.tests:
            self._conditional(at, item, text)
        elif self._inlines(at, item, text):
            self.variables.inlined[Src(at)] = text
        else:
            self._assignment(at, item, text)

    def _assignment(self, at: int, item: Item, text: str) -> None:
        target = self.variables.choose(at)
        node = item.content.op.as_torch() if isinstance(item.content, Leaf) else None
        if isinstance(node, Infix) and self._updates_in_place(item, target):
            self._say(at, f"{target} {node.operator}= {' '.join(text.split(' ')[2:])}")
        else:
            self._say(at, f"{target} = {text}")
        self.variables.names[Src(at)] = target

    def _updates_in_place(self, item: Item, target: str) -> bool:
        """Whether a merge overwrites its first operand, and that under its own name."""
        changes = is_merge(item) and leaf_of(item).op.changes_input()
        return changes and len(item.inputs) == 2 and self.variables.names.get(item.inputs[0]) == target

    def _call(self, at: int, item: Item) -> str:
        """The call that makes an item's results."""
        tensors = tuple(self.variables.read(src) for src in item.inputs)
        if isinstance(item.content, Body):
            ordered = _by_port(item, tensors, item.content.input_names)
            return f"{self.decisions.attribute(item)}({', '.join(ordered)})"
        op = item.content.op
        if not op.is_module:
            self.scribe.note_imports(op.as_torch())
            return self._rendered(at, item, op.as_torch(), tensors)
        applied = op.apply()
        if applied is None:
            return f"{self.decisions.attribute(item)}({', '.join(tensors)})"
        return self._rendered(at, item, replace(applied, target=self.decisions.attribute(item)), tensors)

    def _rendered(self, at: int, item: Item, node: Node, tensors: tuple[str, ...]) -> str:
        """An op's call. Where no operand with a batch has a name, the batch size gets a variable."""
        types = [self.variables.type_of(src) for src in item.inputs]
        batched = next((name for name, type_ in zip(tensors, types, strict=True) if type_.batched), "")
        batch = f"{batched}.shape[0]" if batched.isidentifier() else "batch"
        ports = dict(zip(item.ports, tensors, strict=True)) if any(item.ports) else {}
        slot = self.aligned.get(at)
        items, cases = slot.present(self.cases) if slot is not None else ([item], list(self.cases[:1]))
        context = self.scribe.context(items, cases, tensors, ports, batch, batched=bool(types) and types[0].batched)
        text = render(node, context)
        if batch == "batch" and text != render(node, replace(context, batch="")):
            self.needs_batch = True
        return text

    def _inlines(self, at: int, item: Item, text: str) -> bool:
        """Whether a call can stand in the merge that alone uses it: `torch.cat([self.a(x), self.b(x)], dim=1)`."""
        uses, decisions = self.variables.uses, self.decisions
        if uses[Src(at)] != 1 or at in decisions.training or len(text) >= LONGEST_INLINED:
            return False
        calls = own_modules(item) or (isinstance(item.content, Leaf) and not item.content.op.is_module)
        if not calls or any(src in self.variables.inlined for src in item.inputs):
            return False
        reader_at = self.variables.last[Src(at)]
        if reader_at >= len(self.body.items) or reader_at in decisions.tests or reader_at in decisions.skipped:
            return False
        reader = self.body.items[reader_at]
        operands = {src.item for src in reader.inputs}
        adjacent = all(
            other in operands and uses[Src(other)] == 1 and other not in decisions.tests
            for other in range(at + 1, reader_at)
        )
        return adjacent and self._joins_fork(reader)

    def _joins_fork(self, reader: Item) -> bool:
        """Whether an item merges several single calls on the same tensor: the branches of a fork."""
        if not is_merge(reader) or len(reader.inputs) < 2 or any(src.item < 0 for src in reader.inputs):
            return False
        return len({self.body.items[src.item].inputs[:1] for src in reader.inputs}) == 1

    def _conditional(self, at: int, item: Item, text: str) -> None:
        """An item that some instances lack: then its input stands for its result."""
        handed = item.inputs[item.handed]
        source = self.variables.names[handed]
        test = self.decisions.tests[at]
        if source.isidentifier() and self.variables.last[handed] == at:
            self._emit(at, *self._under(test), f"{STEP}{source} = {text}")
            self.variables.names[Src(at)] = source
            return
        target = self.variables.choose(at, keep=frozenset({source}))
        self._say(at, f"{target} = {text} if {test} else {source}")
        self.variables.names[Src(at)] = target

    def _under(self, test: str) -> list[str]:
        """The `if` of a condition, unless the lines before already stand under it."""
        indented = next((n for n, line in enumerate(reversed(self.lines)) if not line.startswith(STEP)), 0)
        already = indented > 0 and self.lines[-1 - indented] == f"if {test}:"
        return [] if already else [f"if {test}:"]

    def _several(self, at: int, item: Item, text: str) -> None:
        """A call that returns a tuple."""
        targets: list[str] = []
        for result in range(len(item.types)):
            src = Src(at, result)
            if src not in self.variables.uses:
                targets.append("_")
                continue
            keep = frozenset(targets)
            wanted = argument_name(_result_name(item, result))
            free = wanted != "" and wanted not in self.variables.live(at) | keep
            targets.append(wanted if free else self.variables.choose(at, result, keep=keep))
            self.variables.names[src] = targets[-1]
        left = f"({targets[0]},)" if len(targets) == 1 else ", ".join(targets)
        self._say(at, f"{left} = {text}")

    def _unpacked(self, at: int, text: str, pattern: tuple[Pattern, ...]) -> None:
        """A module that returns a tuple: taken apart, and each result that is used made what the graph says."""
        results = leaf_of(self.body.items[at]).op.results
        named: list[tuple[str, Result]] = []

        def place(part: Pattern) -> str:
            if isinstance(part, tuple):
                inner = [place(p) for p in part]
                return "_" if all(p == "_" for p in inner) else f"({', '.join(inner)})"
            src = Src(at, results.index(part.name))
            if src not in self.variables.uses:
                return "_"
            name = self.variables.choose(at, src.result, keep=frozenset(name for name, _ in named))
            self.variables.names[src] = name
            named.append((name, part))
            return name

        self._say(at, f"{', '.join([place(part) for part in pattern])} = {text}")
        for name, part in named:
            if part.then is not None:
                context = Context((name,), {}, lambda _: "", lambda _: (), "")
                self._emit(at, f"{name} = {render(part.then, context)}")

    def _loop(self, at: int, loop: Loop) -> None:
        """A repeated module kept as a loop: one name holds the tensor through all rounds."""
        handed = self.body.items[at].inputs[0]
        name = self.variables.names[handed]
        if self.variables.last[handed] > at or not name.isidentifier():
            source, name = name, self.variables.choose(at)
            self._emit(at, f"{name} = {source}")
        span = loop.span(self.scribe.write(loop.end))
        self._emit(at, f"for {loop.variable} in {span}:", f"{STEP}{name} = getattr(self, {loop.name})({name})")
        for inner in range(at, at + len(loop.rounds.rounds) - loop.start):
            self.variables.names[Src(inner)] = name

    def _say(self, at: int, line: str) -> None:
        """The statement of an item, in a network with the shape that it makes."""
        shape = " x ".join(str(int(d)) for d in self.body.items[at].types[0].sample)
        news = self.decisions.in_network and shape not in ("", self.shown)
        self.shown = shape
        comment = f"  # {shape}" if news else ""
        depth = 3 if at in self.decisions.training else 2
        self._emit(at, line + comment if len(STEP) * depth + len(line + comment) <= WIDTH else line)

    def _emit(self, at: int, *lines: str) -> None:
        """Lines of an item, under `if self.training:` where only training-mode outputs need it."""
        if at not in self.decisions.training:
            self.in_training = False
            self.lines += lines
            return
        if not self.in_training:
            self.lines.append("if self.training:")
        self.in_training = True
        self.lines += [STEP + line for line in lines]

    def _return(self) -> None:
        outputs = self.body.outputs
        texts = [self.variables.read(output.src) for output in outputs]
        if len(outputs) == 1:
            self._return_one(texts[0])
            return
        if not self.decisions.in_network:
            self.lines.append(f"return {', '.join(texts)}")
            return
        everything = f"return {self.decisions.output_class}({_named(outputs, texts)})"
        lasting = [(output, text) for output, text in zip(outputs, texts, strict=True) if not output.train_only]
        if len(lasting) == len(outputs):
            self.lines.append(everything)
            return
        self.lines += [*([] if self.in_training else ["if self.training:"]), STEP + everything]
        if len(lasting) == 1:
            self.lines.append(f"return {lasting[0][1]}")
            return
        kept = _named([output for output, _ in lasting], [text for _, text in lasting])
        self.lines.append(f"return {self.decisions.output_class}({kept})")

    def _return_one(self, text: str) -> None:
        """`return f(x)` in place of `x = f(x)` and `return x`."""
        if self.lines and self.lines[-1].startswith(f"{text} = "):
            self.lines[-1] = f"return {self.lines[-1].removeprefix(f'{text} = ')}"
        else:
            self.lines.append(f"return {text}")


def _gives_tuple(item: Item) -> bool:
    """Whether a call gives a tuple, even of one tensor."""
    return isinstance(item.content, Leaf) and item.content.op.is_several


def _result_name(item: Item, result: int) -> str:
    """What the spec calls a result: where it is made, or else within the block that makes it."""
    if result < len(item.step.results) and item.step.results[result]:
        return item.step.results[result]
    return item.content.outputs[result].name if isinstance(item.content, Body) else ""


def _named(outputs: Sequence[Output], texts: Sequence[str]) -> str:
    return ", ".join(f"{output.name}={text}" for output, text in zip(outputs, texts, strict=True))


def _by_port(item: Item, tensors: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The tensors in the order of a block's inputs, where the call says which is which."""
    given = dict(zip(item.ports, tensors, strict=True)) if any(item.ports) else {}
    return tuple(given[name] for name in names) if set(given) == set(names) else tensors
