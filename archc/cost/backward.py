"""The backward pass: the kernels in reverse, from the gradients of all results, as any loss makes them first."""

from __future__ import annotations

from collections import Counter

from archc.cost.forward import Forward, Ran
from archc.cost.gradient import Gradient, behind, is_apart

Gradients = dict[int, Gradient]
"""By tensor."""


def run_backward(forward: Forward) -> None:
    """Walk back over the heap of a forward pass."""
    heap = forward.heap
    shared = _Shared(forward)
    results = dict.fromkeys(tensor for tensor in forward.tape.outputs if tensor in forward.differentiable)
    gradients: Gradients = {tensor: Gradient(heap.make(forward.sizes[tensor])) for tensor in results}
    for ran in reversed(forward.ran):
        heard = [number for number in ran.outputs if number in gradients]
        given = [gradients.pop(number) for number in heard]
        if not given:
            heap.drop(ran.kept)
            continue
        if ran.overwrites:
            _spread_over_view(forward, ran, given[0], gradients)
            continue
        given = [_reshaped(forward, ran, number, gradient) for number, gradient in zip(heard, given, strict=True)]
        if ran.kernel.steps:
            heap.pass_through(ran.kernel.backward)
            heap.drop(ran.kept)
        again = shared.learn(ran)
        _spread(forward, ran, given, gradients)
        heap.drop(again)
        heap.drop(gradient.storage for gradient in given)
        if not ran.kernel.steps:
            heap.drop(ran.kept)


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


def _reshaped(forward: Forward, ran: Ran, number: int, gradient: Gradient) -> Gradient:
    """A gradient as a kernel takes it: a copy, where dimensions that are made one lie apart."""
    if not is_apart(gradient, ran.kernel.reshapes):
        return gradient
    copied = forward.heap.make(forward.sizes[number])
    forward.heap.drop((gradient.storage,))
    return Gradient(copied)


def _spread_over_view(forward: Forward, ran: Ran, given: Gradient, gradients: Gradients) -> None:
    """The gradient of a view that was overwritten: of the whole tensor it is of, written out twice, and of the view."""
    heap = forward.heap
    whole = heap.make(ran.overwrites)
    heap.drop((given.storage,))
    result = heap.make(ran.overwrites)
    size = forward.sizes[ran.outputs[0]]
    part = [heap.make(size)]
    if ran.kernel.gradient == "own":
        part.append(heap.make(size))
    heap.pass_through(ran.kernel.backward)
    heap.drop([whole, *part, *ran.kept])
    _add(forward, gradients, ran.inputs[0], Gradient(result))


def _spread(forward: Forward, ran: Ran, given: list[Gradient], gradients: Gradients) -> None:
    """Add what a kernel hands back to the gradients of what it took."""
    heap, kernel = forward.heap, ran.kernel
    wanted = [number for number in ran.inputs if number in forward.differentiable and number not in forward.own]
    first, made = given[0], list[Gradient]()
    for number in wanted:
        size = forward.sizes[number]
        alike = kernel.gradient == "view" or (kernel.gradient == "same" and size == heap.sizes[first.storage])
        storage = heap.hold(first.storage) if alike else heap.make(size)
        made.append(behind(kernel, first, storage, alike=alike))
    if not kernel.steps:
        heap.pass_through(kernel.backward)
    for number, gradient in zip(wanted, made, strict=True):
        _add(forward, gradients, number, gradient)


def _add(forward: Forward, gradients: Gradients, tensor: int, gradient: Gradient) -> None:
    """One more gradient of a tensor, which is added to those before: in place, where nothing shares their memory."""
    heap = forward.heap
    before = gradients.get(tensor)
    if before is None:
        gradients[tensor] = gradient
        return
    if before.gaps or heap.holders[before.storage] > 1:
        gradients[tensor] = Gradient(heap.make(forward.sizes[tensor]), before.order)
        heap.drop((before.storage,))
    heap.drop((gradient.storage,))
