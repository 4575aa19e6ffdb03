"""What an op is: one class, in one file of its family, that says everything archc knows about it.

The pydantic fields are the op's arguments, named and defaulted as in torch. The class variables and methods say the
rest: ports, the shape rule, parameters, multiply-adds, how it reads in PyTorch, and the examples that are its tests
and its page in the reference. Nothing else in archc knows any op by name.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from archc.codes import BATCH_AXIS, CHANNELS, DTYPE, EMPTY, MERGE, RANK
from archc.ops import lowering
from archc.ops.kernels import Call, Kernel, Order, Reshaped, lone_kernel, resting
from archc.ops.parts import (
    FLOATING,
    INFERRED,
    INTEGERS,
    Aliases,
    Domain,
    Example,
    Flat,
    Inferred,
    Inputs,
    NonNegative,
    Numbers,
    Pad1,
    Pad2,
    Pad3,
    Positive,
    Probability,
    Saves,
    ShapeError,
    Size1,
    Size2,
    Size3,
    Slide,
    Weight,
    Window,
    axis,
    concrete,
    count,
    need_dtype,
    need_rank,
    pair,
)  # fmt: skip
from archc.tensor import TensorType

__all__ = [
    "BATCH_AXIS", "CHANNELS", "DTYPE", "EMPTY", "FLOATING", "INFERRED", "INTEGERS", "MERGE", "RANK", "Aliases", "Call",
    "Domain", "Example", "Flat", "Function", "Inferred", "Inputs", "Kernel", "Module", "NonNegative", "Numbers", "Op",
    "Order", "Pad1", "Pad2", "Pad3", "Positive", "Probability", "Reshaped", "Saves", "ShapeError", "Size1", "Size2",
    "Size3", "Slide", "Weight", "Window", "axis", "concrete", "count", "need_dtype", "need_rank", "pair",
]  # fmt: skip


class Op(BaseModel):
    """The base of every op; see `Module` and `Function`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)

    name: ClassVar[str] = ""
    """What specs call it; a module's is its class's name."""
    is_module: ClassVar[bool] = False
    """Whether it becomes a submodule (PascalCase in specs) or a call in `forward` (lowercase)."""
    family: ClassVar[str] = "other"
    """Its colour in diagrams: conv, linear, pool, norm, activation, merge, attention, recurrent, reshape, loss..."""
    primary: ClassVar[str | None] = None
    """The argument that `Linear: 10` gives."""
    ports: ClassVar[tuple[str, ...]] = ("input",)
    """Names of the inputs, required ones first."""
    optional: ClassVar[tuple[str, ...]] = ()
    """Those of `ports` that may be left unconnected."""
    results: ClassVar[tuple[str, ...]] = ("output",)
    """Names of a module's results; a function with several is named where it is used."""
    merges: ClassVar[bool] = False
    """Whether it takes any number of tensors, and so can join the branches of a fork (`ports` is then ignored)."""
    min_inputs: ClassVar[int] = 1
    """For merging ops: how few tensors it can take."""
    aliases: ClassVar[Aliases | None] = None
    """How its results can share the memory of its first input; `aliased` says when they do."""
    is_affine: ClassVar[bool] = False
    """Whether in inference it only scales, shifts or averages, so that linear layers around it are one linear map.

    Of norms that holds where they have running statistics.
    """
    flattens: ClassVar[Flat] = ""
    """For activations: where they are flat by -5 or 5, so that no gradient passes: below 0, or on both sides."""
    is_sum_or_join: ClassVar[bool] = False
    """For merging ops: whether equal tensors to merge are one too many, as in a sum, unlike in a product."""
    shifts_variance: ClassVar[bool] = False
    """Whether in training alone it changes the variance of what passes, as dropout does."""
    centres_channels: ClassVar[bool] = False
    """Whether it takes each channel's own mean away, and with it any bias that was added before."""
    is_several: ClassVar[bool] = False
    """Whether its call gives a tuple, even of one tensor."""
    numbers: ClassVar[Numbers] = ""
    """What its result's numbers are, where the op itself makes that certain; `archc/contract/numbers.py` reads it."""
    wants: ClassVar[Numbers] = ""
    """For losses: the kind of numbers that their first input must hold."""
    from_scores: ClassVar[str] = ""
    """For losses that do not want scores: the loss that computes the same from them."""
    class_axis: ClassVar[int | None] = None
    """For losses over classes: the dimension of their first input that has one entry a class."""
    is_source: ClassVar[bool] = False
    """Whether it makes a tensor from nothing (`Parameter`, `Buffer`) and so takes no input."""
    is_pointwise: ClassVar[bool] = False
    """Whether each place of its result sees the same place of its inputs and no other."""
    saves: ClassVar[Saves] = Saves("always")
    """What autograd saves of its tensors for the backward pass; `saved` says it where the arguments matter."""
    gradient: ClassVar[Literal["own", "same", "view"]] = "own"
    """The memory of its inputs' gradients: their own, that of its result's where they are as large, or a view of it."""
    gradient_takes: ClassVar[int] = 0
    """How many tensors as large as its result the backward pass makes and drops on its way to the gradient."""
    summed_apart: ClassVar[bool] = False
    """Whether its weights' gradients are views, as of a transposed product: autograd sums no gradient into a view."""
    packs: ClassVar[bool] = False
    """For views: whether it copies an input that lies in another order than that of its dimensions."""
    keeps_order: ClassVar[bool] = False
    """Whether its result lies in memory as its input does, as pointwise ops do it without saying so."""
    implied: ClassVar[Mapping[str, str]] = {}
    """Arguments that are the same left out as given where they equal another one."""
    examples: ClassVar[tuple[Example, ...]] = ()
    domain: ClassVar[Domain | None] = None

    @classmethod
    def inferred_fields(cls) -> tuple[str, ...]:
        """The arguments that the graph tells."""
        return tuple(name for name, info in cls.model_fields.items() if info.json_schema_extra == {INFERRED: True})

    def inferred(self, inputs: Inputs) -> Mapping[str, Any]:
        """The arguments that the graph tells, for these inputs; raises `ShapeError` where they cannot be told."""
        return {}

    def filled(self, values: Mapping[str, Any]) -> Self:
        """The same op with what the graph tells filled in: what `model_copy` gives, in a fraction of its time."""
        made = object.__new__(type(self))
        set_ = object.__setattr__
        set_(made, "__dict__", {**self.__dict__, **values})
        set_(made, "__pydantic_fields_set__", self.__pydantic_fields_set__ | values.keys())
        set_(made, "__pydantic_extra__", None)
        set_(made, "__pydantic_private__", None)
        return made

    @abstractmethod
    def infer(self, inputs: Inputs) -> tuple[TensorType, ...]:
        """The shape rule: the types of all results; raises `ShapeError` for what torch would refuse.

        Called with every inferred argument filled in. Sizes pass through as they come, numbers or formulas: return the
        size itself. They are compared by `equal`, `at_least` and `divides` of `archc.dims` alone, which is how the
        sizes that a network takes become known.
        """

    def weights(self) -> Sequence[Weight]:
        """Parameters and buffers, in torch's order; called with every inferred argument filled in."""
        return ()

    def macs(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> int:
        """Multiply-adds for one sample, as `torch.utils.flop_counter` counts them (half its FLOPs)."""
        return 0

    def windows(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[Window | None]:
        """Along each dimension of the first result, what its places see of the inputs; None where all of them."""
        return (Window(),) * outputs[0].rank if self.is_pointwise else (None,) * outputs[0].rank

    def saved(self, inputs: Inputs) -> Saves:
        """`saves`, where that depends on the arguments or the inputs.

        An input that the op overwrites is copied before it is saved.
        """
        return self.saves

    def aliased(self, inputs: Inputs, *, training: bool) -> Aliases | None:
        """How its results share its first input's memory, where they may; None where they have their own."""
        return Aliases("itself") if self.changes_input(training=training) else self.aliases

    def beside(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Tensors that it makes beside its results, such as a mask or indices.

        Autograd keeps them for the backward pass; in inference they are gone when it is done.
        """
        return ()

    def is_identity(self, inputs: Inputs) -> bool:
        """Whether its arguments are such that it hands its input on as it is, whatever the sizes."""
        return False

    def averaged(self, inputs: Inputs) -> int | None:
        """For norms: over how many values of a sample each statistic is taken; None where there is none."""
        return None

    def scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...], *, training: bool) -> Sequence[TensorType]:
        """Tensors that it makes on its way and drops before it is done, in the backward pass too unless that says."""
        return ()

    def gradient_scratch(self, inputs: Inputs, outputs: tuple[TensorType, ...]) -> Sequence[TensorType]:
        """Tensors that the backward pass makes and drops on its way to the gradients."""
        return (*self.scratch(inputs, outputs, training=True), *(outputs[0],) * self.gradient_takes)

    def scatters(self, call: Call) -> Reshaped:
        """Where its inputs' gradients are views with gaps, or of one number for many places: see `Kernel`."""
        return ""

    def gradient_order(self, call: Call) -> Order | None:
        """In which order its inputs' gradients lie; None for that of its result's gradient."""
        if self.is_pointwise:
            return None
        return call.orders[0] if self.keeps_order and call.orders else ()

    def relays(self, call: Call) -> bool:
        """Whether its weights' gradients are made in another order than the weights have, and so copied."""
        return False

    def kernels(self, call: Call) -> Sequence[Kernel]:
        """What it runs in torch; where that is one kernel, the declarations above tell it."""
        return (lone_kernel(self, call),)

    def orders(self, call: Call) -> tuple[Order, ...]:
        """In which order its results lie in memory."""
        return resting(self, call)

    def class_count(self, inputs: Inputs) -> int | None:
        """For losses over classes: how many its input scores."""
        return None

    @property
    def is_view(self) -> bool:
        """Whether it only arranges its input anew, in the same memory where that can be."""
        return self.aliases is not None

    def changes_input(self, *, training: bool = True) -> bool:
        """Whether it overwrites its first input (`inplace: true`), so that nothing may need that as it was."""
        return bool(self.__dict__.get("inplace"))

    @abstractmethod
    def as_torch(self) -> lowering.Node:
        """How it reads in PyTorch: a module's constructor call, or a function's call on its inputs."""

    def apply(self) -> lowering.Call | None:
        """For modules whose call is not `self.name(inputs...)`: the call, the module itself being the target `self`.

        As everywhere in a lowering, an argument made of an unconnected optional port is left out.
        """
        return None

    def unpack(self) -> tuple[lowering.Pattern, ...] | None:
        """For modules that return a tuple: the target that an assignment takes it apart with, a place for each result.

        `infer` may give fewer types than there are places: the results past them are None.
        """
        return None

    def given(self, *, skip: Sequence[str] = ()) -> tuple[tuple[str, lowering.Node], ...]:
        """Keyword arguments for every field that differs from its default, in declaration order."""
        fields = type(self).model_fields
        return tuple(
            (name, lowering.Field(name))
            for name, info in fields.items()
            if name not in skip and getattr(self, name) != info.get_default(call_default_factory=True)
        )


class Module(Op):
    """An op that is a submodule with torch's own class: reads as `nn.Name(positional, keyword=...)`."""

    is_module: ClassVar[bool] = True
    positional: ClassVar[tuple[str, ...]] = ()
    """The arguments written without their name, as everyone writes `nn.Linear(400, 120)`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name", cls.__name__)

    def as_torch(self) -> lowering.Node:
        """`nn.Name(...)` with the positional arguments and whatever else is not the default."""
        args = tuple(lowering.Field(name) for name in self.positional)
        return lowering.Call(f"nn.{self.name}", args, self.given(skip=self.positional))


class Function(Op):
    """An op that is a call in `forward` and owns no module: reads as `target(input, keyword=...)`."""

    target: ClassVar[str] = ""
    """The dotted name to call; `F.` and the op's name unless said. `.name` makes it a method of the first input."""
    positional: ClassVar[tuple[str, ...]] = ()

    def as_torch(self) -> lowering.Node:
        """The call on the inputs, with the positional arguments and whatever else is not the default."""
        target = self.target or f"F.{self.name}"
        args = tuple(lowering.Field(name) for name in self.positional)
        kwargs = self.given(skip=self.positional)
        tensors = tuple(lowering.Input(i) for i in range(len(self.ports) - len(self.optional)))
        if target.startswith("."):
            return lowering.Method(tensors[0], target[1:], tensors[1:] + args, kwargs)
        return lowering.Call(target, tensors + args, kwargs)
