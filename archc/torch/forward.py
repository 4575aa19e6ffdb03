"""Writing `forward`: statements on named tensors, each name taken over as soon as nothing needs what it held."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import cast

from archc.ops.lowering import Infix, Pattern, Result
from archc.tensor import TensorType
from archc.torch.align import Slot
from archc.torch.constructor import Loop
from archc.torch.formulas import Case
from archc.torch.layout import WIDTH
from archc.torch.render import Context, render
from archc.torch.scribe import Scribe
from archc.torch.sequential import own_modules
from archc.tree import Body, Item, Leaf, Output, Src

FRESH = ("x", "out", "y", "z", "u", "v", "w")
"""Names for tensors that the spec does not name."""
KEYWORDS = frozenset({"self", "nn", "torch", "F", "math", "batch", "i", "j", "OrderedDict", "Tensor"})
"""Names that a tensor's variable must not hide."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the constructor decided that `forward` must follow."""

    attribute: Callable[[Item], str]
    """How an item's module is reached: `self.conv1`, `self[2]`."""
    tests: Mapping[int, str]
    """For conditional items (by index): what is true where the item is there."""
    loops: Mapping[int, Loop]
    """For the first item (by index) of a step kept as a loop: the loop."""
    skipped: frozenset[int]
    """Items within loops."""
    comments: bool = False
    """Whether lines tell the shape that they make."""
    training: frozenset[int] = frozenset()
    """Items that only training-mode outputs need."""


@dataclass
class Forward:
    """The writing of one `forward`."""

    body: Body
    cases: Sequence[Case]
    aligned: Mapping[int, Slot]
    scribe: Scribe
    plan: Plan
    lines: list[str] = field(default_factory=list[str])
    names: dict[Src, str] = field(default_factory=dict[Src, str])
    last: dict[Src, int] = field(default_factory=dict[Src, int])
    uses: dict[Src, int] = field(default_factory=dict[Src, int])
    inlined: dict[Src, str] = field(default_factory=dict[Src, str])
    needs_batch: bool = False
    shown: str = ""
    """The shape that the last comment told."""

    def write(self) -> list[str]:
        """The statements, the last one being the return."""
        self._count_uses()
        for at, name in enumerate(self.body.input_names):
            self.names[Src(-1 - at)] = argument_name(name)
        end = len(self.body.items)
        for at, item in enumerate(self.body.items):
            if at in self.plan.skipped:
                continue
            if at in self.plan.loops:
                self._loop(at, self.plan.loops[at])
                continue
            self._item(at, item)
        if self.needs_batch:
            self.lines.insert(0, f"batch = {argument_name(self.body.input_names[0])}.shape[0]")
        self._return(end)
        return self.lines

    def _count_uses(self) -> None:
        for at, item in enumerate(self.body.items):
            for src in item.inputs:
                self.last[src] = at
                self.uses[src] = self.uses.get(src, 0) + 1
        for output in self.body.outputs:
            self.last[output.src] = len(self.body.items)
            self.uses[output.src] = self.uses.get(output.src, 0) + 1

    def _item(self, at: int, item: Item) -> None:
        if isinstance(item.content, Leaf) and item.content.op.is_source:
            self.names[Src(at)] = self.plan.attribute(item)
            return
        text = self.expression(at, item)
        unpack = item.content.op.unpack() if isinstance(item.content, Leaf) else None
        if unpack is not None:
            self._unpacked(at, item, text, unpack)
            return
        if len(item.types) > 1 or item.step.results:
            self._several(at, item, text)
            return
        if at in self.plan.tests:
            self._conditional(at, item, text)
            return
        if self._inlines(at, item, text):
            self.inlined[Src(at)] = text
            return
        target = self._target(at, item, Src(at))
        if self._updates_in_place(item, target):
            operator = cast("Infix", cast("Leaf", item.content).op.as_torch()).operator
            self._say(f"{target} {operator}= {' '.join(text.split(' ')[2:])}", item, at)
        else:
            self._say(f"{target} = {text}", item, at)
        self.names[Src(at)] = target

    def _updates_in_place(self, item: Item, target: str) -> bool:
        if not isinstance(item.content, Leaf) or not item.content.op.merges or not item.content.op.changes_input():
            return False
        return (
            isinstance(item.content.op.as_torch(), Infix)
            and self.names.get(item.inputs[0]) == target
            and len(item.inputs) == 2
        )

    def expression(self, at: int, item: Item) -> str:
        """The call that makes an item's results."""
        tensors = tuple(self._read(src) for src in item.inputs)
        content = item.content
        if isinstance(content, Body):
            ordered = _by_port(item, tensors, content.input_names) if any(item.ports) else tensors
            return f"{self.plan.attribute(item)}({', '.join(ordered)})"
        op = content.op
        ports = dict(zip(item.ports, tensors, strict=True)) if any(item.ports) else {}
        types = [self._type(src) for src in item.inputs]
        context = self._context(at, item, tensors, ports, types)
        if not op.is_module:
            self.scribe.note_imports(op.as_torch())
            return render(op.as_torch(), context)
        call = op.apply()
        if call is None:
            return f"{self.plan.attribute(item)}({', '.join(tensors)})"
        return render(replace(call, target=self.plan.attribute(item)), context)

    def _context(
        self, at: int, item: Item, tensors: tuple[str, ...], ports: Mapping[str, str], types: Sequence[TensorType]
    ) -> Context:
        batched = next((name for name, type_ in zip(tensors, types, strict=True) if type_.batched), None)
        batch = f"{batched}.shape[0]" if batched and batched.isidentifier() else "batch"
        slot = self.aligned.get(at)
        items, cases = slot.present(self.cases) if slot is not None else ([item], list(self.cases[:1]))
        context = self.scribe.context(items, cases, tensors, ports, batch, "", batched=bool(types) and types[0].batched)
        if batch == "batch" and "batch" in _words(render_safely(item, context)):
            self.needs_batch = True
        return context

    def _type(self, src: Src) -> TensorType:
        return self.body.inputs[-1 - src.item] if src.item < 0 else self.body.items[src.item].types[src.result]

    def _read(self, src: Src) -> str:
        return self.inlined.get(src) or self.names[src]

    def _inlines(self, at: int, item: Item, text: str) -> bool:
        """Whether a call can stand within the merge that alone uses it, as `torch.cat([self.a(x), self.b(x)], dim=1)`."""
        if self.uses.get(Src(at)) != 1 or at in self.plan.training:
            return False
        reader_at = self.last[Src(at)]
        if reader_at >= len(self.body.items) or reader_at in self.plan.tests or reader_at in self.plan.skipped:
            return False
        reader = self.body.items[reader_at]
        if not (isinstance(reader.content, Leaf) and reader.content.op.merges and len(reader.inputs) > 1):
            return False
        operands = {src.item for src in reader.inputs}
        between = range(at + 1, reader_at)
        adjacent = all(
            other in operands and self.uses.get(Src(other)) == 1 and other not in self.plan.tests for other in between
        )
        calls = own_modules(item) or (isinstance(item.content, Leaf) and not item.content.op.is_module)
        simple = all(src not in self.inlined for src in item.inputs)
        fan = sum(1 for o in operands if o >= 0 and o in range(min(between, default=at), reader_at)) >= 1
        return adjacent and calls and simple and fan and len(text) < WIDTH - 20 and self._is_fan(reader)

    def _is_fan(self, reader: Item) -> bool:
        """Whether a merge's operands are single calls on the same tensor: the branches of a fork."""
        made = [src for src in reader.inputs if src.item >= 0]
        starts = {self.body.items[src.item].inputs[:1] for src in made}
        return len(made) == len(reader.inputs) and len(starts) == 1

    def _target(self, at: int, item: Item, src: Src, *, keep: frozenset[str] = frozenset()) -> str:
        """The variable for a result: the step's own name if it is needed later by name, else one that is free."""
        output = next((o.name for o in self.body.outputs if o.src == src), None)
        if at in self.plan.training and output is not None and argument_name(output) not in self._live(at) | set(keep):
            return argument_name(output)
        free = [name for name in self._dying(at) if name not in keep]
        named = item.step.name.plain if item.step.name is not None else None
        later = self.last.get(src, at) > at + 1 or self._is_landmark(src)
        taken = self._live(at) | set(keep)
        if named is not None and later and not own_modules(item) and argument_name(named) not in taken:
            return argument_name(named)
        generic = [name for name in free if name in FRESH]
        if generic and not self._is_landmark(src):
            return generic[0]
        if later and own_modules(item) and not item.name.isdigit() and argument_name(item.name) not in taken:
            return argument_name(item.name)
        if generic:
            return generic[0]
        names = chain(FRESH, (f"x{n}" for n in count(2)))
        return next(name for name in names if name not in taken)

    def _is_landmark(self, src: Src) -> bool:
        """Whether a result is one that readers look for by name: used more than once, or among several that are joined."""
        reader = self.last.get(src, -1)
        joined = 0 <= reader < len(self.body.items) and len(self.body.items[reader].inputs) > 2
        return self.uses.get(src, 0) > 1 or joined

    def _dying(self, at: int) -> list[str]:
        """Variables whose tensors nothing needs after item `at`, the item's own operands first."""
        item = self.body.items[at]
        dead: list[str] = []
        live = {name for src, name in self.names.items() if self.last.get(src, -1) > at and src in self.names}
        inline_sources = [s for src in item.inputs if src in self.inlined for s in self.body.items[src.item].inputs]
        order = [*item.inputs, *inline_sources, *self.names]
        for src in order:
            name = self.names.get(src)
            if (
                name is None
                or not name.isidentifier()
                or name in live
                or name in dead
                or (self.plan.comments and src.item < 0)
            ):
                continue  # the network's own arguments keep their names
            dead.append(name)
        return dead

    def _live(self, at: int) -> set[str]:
        kept = {argument_name(name) for name in self.body.input_names} if self.plan.comments else set[str]()
        return {name for src, name in self.names.items() if self.last.get(src, -1) > at} | set(KEYWORDS) | kept

    def _conditional(self, at: int, item: Item, text: str) -> None:
        """An item that some instances lack: then its input stands for its result."""
        handed = item.inputs[item.handed]
        source = self.names[handed]
        test = self.plan.tests[at]
        if source.isidentifier() and self.last[handed] == at:
            self.lines += [*self._under(test), f"    {source} = {text}"]
            self.names[Src(at)] = source
            return
        target = self._target(at, item, Src(at), keep=frozenset({source}))
        self._say(f"{target} = {text} if {test} else {source}", item, at)
        self.names[Src(at)] = target

    def _under(self, test: str) -> list[str]:
        """The `if` of a condition, unless the lines before already stand under it."""
        at = next((n for n in range(len(self.lines) - 1, -1, -1) if not self.lines[n].startswith("    ")), None)
        return (
            [] if at is not None and self.lines[at] == f"if {test}:" and at < len(self.lines) - 1 else [f"if {test}:"]
        )

    def _several(self, at: int, item: Item, text: str) -> None:
        keep: set[str] = set()
        targets: list[str] = []
        for result in range(len(item.types)):
            src = Src(at, result)
            if src not in self.uses:
                targets.append("_")
                continue
            wanted = item.step.results[result] if result < len(item.step.results) else ""
            if not wanted and isinstance(item.content, Body):
                wanted = item.content.outputs[result].name
            wanted = argument_name(wanted) if wanted else ""
            name = (
                wanted
                if wanted and wanted not in self._live(at) | keep
                else self._target(at, item, src, keep=frozenset(keep))
            )
            keep.add(name)
            targets.append(name)
            self.names[src] = name
        left = ", ".join(targets) + ("," if len(targets) == 1 else "")
        self._say(f"{left} = {text}", item, at)

    def _unpacked(self, at: int, item: Item, text: str, pattern: tuple[Pattern, ...]) -> None:
        """A module that returns a tuple: taken apart, and each result that is used made what the graph says."""
        results = cast("Leaf", item.content).op.results
        keep: set[str] = set()
        after: list[tuple[str, Result]] = []

        def place(part: Pattern) -> str:
            if isinstance(part, tuple):
                inner = [place(p) for p in part]
                return "_" if all(p == "_" for p in inner) else f"({', '.join(inner)})"
            src = Src(at, results.index(part.name))
            if src not in self.uses:
                return "_"
            name = self._target(at, item, src, keep=frozenset(keep))
            keep.add(name)
            self.names[src] = name
            if part.then is not None:
                after.append((name, part))
            return name

        targets = [place(part) for part in pattern]
        self._say(f"{', '.join(targets)} = {text}", item, at)
        for name, part in after:
            assert part.then is not None
            context = Context((name,), {}, lambda _: "", lambda _: (), "")
            self.lines.append(f"{name} = {render(part.then, context)}")

    def _loop(self, at: int, loop: Loop) -> None:
        """A repeated module kept as a loop: one name holds the tensor through all rounds."""
        item = self.body.items[at]
        source = self.names[item.inputs[0]]
        final = at + len(loop.rounds.rounds) - loop.start - 1
        if self.last[item.inputs[0]] > at or not source.isidentifier():
            target = self._target(at, item, Src(at))
            self.lines.append(f"{target} = {source}")
            source = target
        end = self.scribe.write(loop.rest)
        span = f"range({loop.start}, {end})" if loop.counted else f"range({end})"
        self.lines += [f"for {loop.variable} in {span}:", f"    {source} = getattr(self, {loop.name})({source})"]
        for inner in range(at, final + 1):
            self.names[Src(inner)] = source

    def _say(self, line: str, item: Item, at: int) -> None:
        indent = ""
        if at in self.plan.training:
            if at - 1 not in self.plan.training:
                self.lines.append("if self.training:")
            indent = "    "
        shape = " x ".join(str(int(d)) for d in item.types[0].sample)
        comment = f"  # {shape}" if self.plan.comments and shape != self.shown else ""
        self.shown = shape
        fits = len(line) + len(comment) + len(indent) + 8 <= WIDTH
        self.lines.append(indent + line + (comment if fits and comment.strip("# ") else ""))

    def _return(self, end: int) -> None:
        outputs = self.body.outputs
        texts = [self._read(output.src) for output in outputs]
        always = [text for text, output in zip(texts, outputs, strict=True) if not output.train_only]
        if len(outputs) == 1:
            self._return_one(texts[0], end)
            return
        if not self.plan.comments:
            self.lines.append(f"return {', '.join(texts)}")
            return
        if len(always) < len(texts):
            if self.plan.training != frozenset() and not self.lines[-1].startswith("    "):
                self.lines.append("if self.training:")
            self.lines.append(f"    return OUTPUT({_named(outputs, texts)})")
            lasting = [output for output in outputs if not output.train_only]
            self.lines.append(
                f"return {always[0]}" if len(always) == 1 else f"return OUTPUT({_named(lasting, always)})"
            )
            return
        self.lines.append(f"return OUTPUT({_named(outputs, texts)})")

    def _return_one(self, text: str, end: int) -> None:
        """`return f(x)` in place of `x = f(x)` and `return x`."""
        last = self.lines[-1] if self.lines else ""
        prefix = f"{text} = "
        if last.startswith(prefix) and not last.startswith(" "):
            expression, _, comment = last[len(prefix) :].partition("  # ")
            self.lines[-1] = f"return {expression}" + (f"  # {comment}" if comment else "")
            return
        self.lines.append(f"return {text}")


def _named(outputs: Sequence[Output], texts: Sequence[str]) -> str:
    return ", ".join(f"{output.name}={text}" for output, text in zip(outputs, texts, strict=True))


def render_safely(item: Item, context: Context) -> str:
    """An op's call as text, for looking at what it mentions."""
    op = cast("Leaf", item.content).op
    node = op.apply() if op.is_module else op.as_torch()
    return "" if node is None else render(node, context)


def _words(text: str) -> set[str]:
    import re

    return set(re.findall(r"\w+", text))


def _by_port(item: Item, tensors: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    given = dict(zip(item.ports, tensors, strict=True))
    return tuple(given[name] for name in names) if set(given) == set(names) else tensors


def argument_name(name: str) -> str:
    """A tensor's variable for a name of the spec; `input` is written `x`, as everyone does."""
    if name == "input":
        return "x"
    return f"{name}_" if name in KEYWORDS else name
