"""What torch really holds in memory while a module runs: every storage that an op makes, from its birth to its death."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

HELD_HERE = 2
"""How often a storage that nothing else shares counts as used where a mode looks at it."""


@dataclass
class _Life:
    """One storage: the steps between which it is alive."""

    ref: StorageWeakRef
    storage: int
    bytes: int
    born: int
    died: int | None = None


@dataclass
class Storages(TorchDispatchMode):
    """Watches every op that torch dispatches; a step is one of them."""

    known: set[int]
    """Storages that do not count: those of parameters and buffers."""
    lives: list[_Life] = field(default_factory=list)
    alive: dict[int, _Life] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    in_backward: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def see(self, values: object) -> None:
        """Count the storages of tensors from here on."""
        for tensor in tree_leaves(values):
            if not isinstance(tensor, Tensor):
                continue
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key in self.alive and storage.nbytes() > self.alive[key].bytes:  # made empty, and filled later
                self.alive.pop(key).died = max(0, len(self.names) - 1)
            if key not in self.alive and key not in self.known:
                life = _Life(StorageWeakRef(storage), key, storage.nbytes(), max(0, len(self.names) - 1))
                self.alive[key] = life
                self.lives.append(life)

    def sweep(self) -> None:
        """Note which storages are gone."""
        for key, life in list(self.alive.items()):
            if life.ref.expired():
                life.died = len(self.names)
                del self.alive[key]

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.sweep()
        self.names.append(str(func))
        result = args[0].add_(args[1]) if self._adds_gradients(func, args) else func(*args, **(kwargs or {}))
        if self._notes_places(func, args):
            result = result[0], result[1].new_empty((*result[1].shape[:-1], 0))
        self.see(result)
        return result

    def _notes_places(self, func: object, args: Sequence[object]) -> bool:
        """Whether a maximum over sequences notes where it stands: in inference it does so only while a mode looks on."""
        is_maximum = func is torch.ops.aten.max_pool2d_with_indices.default and not torch.is_grad_enabled()
        return is_maximum and args[0].shape[-2] == args[1][0] == 1

    def _adds_gradients(self, func: object, args: Sequence[object]) -> bool:
        """Whether autograd adds one gradient to another: it does so in place, but not while a mode looks on."""
        if not self.in_backward or func is not torch.ops.aten.add.Tensor or args[0].shape != args[1].shape:
            return False
        return _is_dense(args[0]) and torch._C._storage_Use_Count(args[0].untyped_storage()._cdata) <= HELD_HERE

    def peak(self, but: Sequence[Tensor] = ()) -> int:
        """The most bytes alive at once, the storages of `but` aside."""
        return max(self.course(but), default=0)

    def course(self, but: Sequence[Tensor] = ()) -> list[int]:
        """The bytes alive at each step."""
        apart = {tensor.untyped_storage()._cdata for tensor in but}
        change = [0] * (len(self.names) + 2)
        for life in self.lives:
            if life.died is None and life.storage in apart:
                continue
            change[life.born] += life.bytes
            if life.died is not None:
                change[life.died] -= life.bytes
        course, total = [], 0
        for step in change:
            total += step
            course.append(total)
        return course


def _is_dense(tensor: Tensor) -> bool:
    """Whether its elements fill its memory without gaps, in whatever order."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1 and stride != expected:
            return False
        expected *= size
    return True


class _Loss(torch.autograd.Function):
    """A number whose gradient is 1 everywhere, in memory of its own as any loss makes it, and let go when it is used.

    The number itself is not counted: how it comes about is the loss's own business.
    """

    @staticmethod
    def forward(ctx, result, number):
        ctx.like = result.shape, result.dtype
        return number.detach()

    @staticmethod
    def backward(ctx, _):
        shape, dtype = ctx.like
        return torch.ones(shape, dtype=dtype), None


def inference(module: nn.Module, inputs: Sequence[Tensor]) -> Storages:
    """The storages of a run without gradients."""
    module.eval()
    with torch.no_grad(), Storages(_owned(module)) as watched:
        watched.see(inputs)
        results = module(*inputs)
        watched.sweep()
    del results
    return watched


def training(module: nn.Module, inputs: Sequence[Tensor]) -> tuple[Storages, list[Tensor]]:
    """The storages of a forward and a backward pass, and the gradients of the parameters."""
    module.train().zero_grad()
    number = torch.ones(())
    with Storages(_owned(module) | {number.untyped_storage()._cdata}) as watched:
        watched.see(inputs)
        results = [leaf for leaf in tree_leaves(module(*inputs)) if isinstance(leaf, Tensor) and leaf.requires_grad]
        losses = [_Loss.apply(result, number) for result in results]
        watched.in_backward = True
        torch.autograd.backward(losses, [number] * len(losses))
        del losses
        watched.sweep()
    return watched, [p.grad for p in module.parameters() if p.grad is not None]


def _owned(module: nn.Module) -> set[int]:
    tensors = [*module.parameters(), *module.buffers()]
    return {tensor.untyped_storage()._cdata for tensor in tensors}
