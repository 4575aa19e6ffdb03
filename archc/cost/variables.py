"""The variables of a `forward`: a name is taken over as soon as nothing needs what it held."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, count

from archc.ops.base import Op
from archc.tree import Body, Item, Leaf, Src

FRESH = ("x", "out", "y", "z", "u", "v", "w")
"""Names for tensors that the spec does not name."""
KEYWORDS = frozenset({"self", "nn", "torch", "F", "math", "batch", "i", "j", "OrderedDict", "Tensor"})
"""Names that a tensor's variable must not hide."""


def argument_name(name: str) -> str:
    """A tensor's variable for a name of the spec; `input` is written `x`, as everyone does."""
    if name == "input":
        return "x"
    return f"{name}_" if name in KEYWORDS else name


@dataclass
class Variables:
    """What each tensor of a body is called so far: filled while one `forward` is written, and known to that alone."""

    body: Body
    keeps_arguments: bool
    """Whether the arguments hold their tensors to the end, as a network's do."""
    training: frozenset[int]
    """Items that only training-mode outputs need."""
    names: dict[Src, str] = field(init=False)
    inlined: dict[Src, str] = field(default_factory=dict[Src, str])
    """Calls that stand within the one expression that uses them, in place of a variable."""
    last: dict[Src, int] = field(init=False)
    """The last item that reads a tensor; one past the items for what is returned."""
    uses: Counter[Src] = field(init=False)

    def __post_init__(self) -> None:
        reads = [(src, at) for at, item in enumerate(self.body.items) for src in item.inputs]
        reads += [(output.src, len(self.body.items)) for output in self.body.outputs]
        self.last = dict(reads)
        self.uses = Counter(src for src, _ in reads)
        self.names = {Src(-1 - at): argument_name(name) for at, name in enumerate(self.body.input_names)}

    def choose(self, at: int, result: int = 0) -> str:
        """The variable for a result of item `at`: a name it is needed by later, else one that is free."""
        item, src = self.body.items[at], Src(at, result)
        taken = self.live(at)
        landmark = self._is_landmark(src)
        needed_later = landmark or self.last.get(src, at) > at + 1
        output = self._output_name(src)
        if at in self.training and output is not None and output not in taken:
            return output
        named = item.step.name.plain if item.step.name is not None else None
        if named is not None and needed_later and not own_modules(item) and argument_name(named) not in taken:
            return argument_name(named)
        free = next((name for name in self._dying(at) if name in FRESH), None)
        if free is not None and not landmark:
            return free
        if needed_later and own_modules(item) and not item.name.isdigit() and argument_name(item.name) not in taken:
            return argument_name(item.name)
        if free is not None:
            return free
        return next(name for name in chain(FRESH, (f"x{number}" for number in count(2))) if name not in taken)

    def live(self, at: int) -> frozenset[str]:
        """The names that a result of item `at` must not take: what they hold is needed, or they mean something."""
        needed = {name for src, name in self.names.items() if self.last.get(src, -1) > at}
        arguments = {argument_name(name) for name in self.body.input_names} if self.keeps_arguments else set[str]()
        return frozenset(needed | arguments | KEYWORDS)

    def _output_name(self, src: Src) -> str | None:
        return next((argument_name(output.name) for output in self.body.outputs if output.src == src), None)

    def _is_landmark(self, src: Src) -> bool:
        """Whether readers look for a result by name: it is used more than once, or among several that are joined."""
        reader = self.last.get(src, -1)
        joined = 0 <= reader < len(self.body.items) and len(self.body.items[reader].inputs) > 2
        return self.uses[src] > 1 or joined

    def _dying(self, at: int) -> list[str]:
        """Variables whose tensors nothing needs after item `at`, the item's own operands first."""
        operands = self.body.items[at].inputs
        within = [src for read in operands if read in self.inlined for src in self.body.items[read.item].inputs]
        needed = {name for src, name in self.names.items() if self.last.get(src, -1) > at}
        kept = {src for src in self.names if src.item < 0} if self.keeps_arguments else set[Src]()
        ordered = [
            self.names[src] for src in (*operands, *within, *self.names) if src in self.names and src not in kept
        ]
        return [name for name in dict.fromkeys(ordered) if name.isidentifier() and name not in needed]


def is_source(item: Item) -> bool:
    """Whether an item is a parameter, a buffer or a constant rather than a call."""
    return isinstance(item.content, Leaf) and item.content.op.is_source


def is_merge(item: Item) -> bool:
    """Whether an item is an op that joins tensors."""
    return isinstance(item.content, Leaf) and item.content.op.merges


def own_modules(item: Item) -> bool:
    """Whether an item becomes an attribute of the class it is in."""
    return item.reuse is None and (isinstance(item.content, Body) or item.content.op.is_module)


def training_items(body: Body) -> frozenset[int]:
    """The items (by index) that only training-mode outputs need."""
    needed: set[int] = set()
    wanted = [output.src.item for output in body.outputs if not output.train_only]
    while wanted:
        at = wanted.pop()
        if at >= 0 and at not in needed:
            needed.add(at)
            wanted += [src.item for src in body.items[at].inputs]
    return frozenset(range(len(body.items))) - needed


def is_sequential(body: Body) -> bool:
    """Whether a group is an `nn.Sequential`: modules, or functions of one tensor that small modules stand for."""
    for at, item in enumerate(body.items):
        one_to_one = item.inputs == (Src(at - 1),) and len(item.types) == 1 and item.reuse is None
        if not one_to_one or not item.placed:
            return False
        if isinstance(item.content, Leaf) and not _is_one_to_one(item.content.op):
            return False
        if isinstance(item.content, Body) and len(item.content.inputs) != 1:
            return False
    return len(body.inputs) == 1 and body.outputs[0].src == Src(len(body.items) - 1)


def _is_one_to_one(op: Op) -> bool:
    """Whether an op takes one tensor and gives one."""
    if op.is_module:
        return op.apply() is None and op.unpack() is None and not op.is_source
    return len(op.ports) - len(op.optional) == 1 and not op.merges and not op.is_several
