"""The backward pass: the kernels in reverse, from the gradients of all results, as any loss makes them first."""

from __future__ import annotations

from collections import Counter

from archc.cost.forward import Forward, Ran

Gradients = dict[int, int]
"""By tensor: the storage that its gradient is in."""


def run_backward(forward: Forward) -> None:
    """Walk back over the heap of a forward pass."""
    heap = forward.heap
    shared = _Shared(forward)
    results = dict.fromkeys(tensor for tensor in forward.tape.outputs if tensor in forward.differentiable)
    gradients: Gradients = {tensor: heap.make(forward.sizes[tensor]) for tensor in results}
    for ran in reversed(forward.ran):
        given = [gradients.pop(number) for number in ran.outputs if number in gradients]
        if not given:
            heap.drop(ran.kept)
            continue
        if ran.kernel.steps:
            heap.pass_through(ran.kernel.backward)
            heap.drop(ran.kept)
        again = shared.learn(ran)
        _spread(forward, ran, given, gradients)
        heap.drop(again)
        heap.drop(given if ran.kernel.steps else [*ran.kept, *given])


class _Shared:
    """Gradients of weights that are not at once the ones to keep.

    Of weights that are used several times the later gradients are added to the first; where that is a view, the first
    two are summed into memory of its own, and the first waits for the second. One in another order is copied.
    """

    def __init__(self, forward: Forward) -> None:
        self.heap = forward.heap
        self.uses = Counter((ran.path, ran.kernel.uses) for ran in forward.ran if ran.kernel.weights)
        self.waiting: dict[tuple[str, str], int] = {}
        self.heard: set[tuple[str, str]] = set()

    def learn(self, ran: Ran) -> list[int]:
        """Make the gradients of a kernel's weights, where these are not the ones to keep; gives what goes then."""
        key, size = (ran.path, ran.kernel.uses), ran.kernel.weights
        if not size:
            return []
        if self.uses[key] < 2:
            return [self.heap.make(size)] if ran.kernel.relaid else []
        if key in self.heard:
            before = self.waiting.pop(key, None)
            return [self.heap.make(size), *([before] if before is not None else [])]
        self.heard.add(key)
        if ran.kernel.summed_apart:
            self.waiting[key] = self.heap.make(size)
        return []


def _spread(forward: Forward, ran: Ran, given: list[int], gradients: Gradients) -> None:
    """Add what a kernel hands back to the gradients of what it took."""
    heap, kernel = forward.heap, ran.kernel
    wanted = [number for number in ran.inputs if number in forward.differentiable and number not in forward.own]
    made: list[int] = []
    for number in wanted:
        size = forward.sizes[number]
        alike = kernel.gradient == "view" or (kernel.gradient == "same" and size == heap.sizes[given[0]])
        made.append(heap.hold(given[0]) if alike else heap.make(size))
    if not kernel.steps:
        heap.pass_through(kernel.backward)
    for number, gradient in zip(wanted, made, strict=True):
        _add(forward, gradients, number, gradient)


def _add(forward: Forward, gradients: Gradients, tensor: int, gradient: int) -> None:
    """One more gradient of a tensor, which is added to those before: in place, where nothing shares their memory."""
    heap = forward.heap
    before = gradients.get(tensor)
    if before is None:
        gradients[tensor] = gradient
        return
    if heap.holders[before] > 1:
        gradients[tensor] = heap.make(forward.sizes[tensor])
        heap.drop((before,))
    heap.drop((gradient,))
