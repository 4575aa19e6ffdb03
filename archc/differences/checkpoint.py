"""Whether the weights of one network load into another: what torch's `load_state_dict` would say."""

from __future__ import annotations

from archc.differences.description import Described, Description, Stored
from archc.differences.records import Checkpoint, Reshaped

_COUNTER = "num_batches_tracked"
"""The buffer that a norm makes up for where the checkpoint comes from something that had none."""


def checkpoint(one: Description, other: Description) -> Checkpoint:
    """How a `state_dict` of the first loads into the second."""
    before, after = ({each.key: each for each in description.state} for description in (one, other))
    both = [key for key in after if key in before]
    casts = (key for key in both if before[key].dtype != after[key].dtype)
    return Checkpoint(
        tuple(key for key in after if key not in before and not _is_made_up(key, one, other)),
        tuple(key for key in before if key not in after),
        tuple(Reshaped(key, before[key].shape, after[key].shape) for key in both if not _fits(before[key], after[key])),
        tuple(Reshaped(key, before[key].dtype, after[key].dtype) for key in casts),
        both != [key for key in before if key in after],
    )  # fmt: skip


def _fits(before: Stored, after: Stored) -> bool:
    """Whether the shape is taken; torch takes one number in a row for a scalar."""
    return before.shape == after.shape or (before.shape == (1,) and after.shape == ())


def _is_made_up(key: str, one: Description, other: Description) -> bool:
    """Whether it is the counter of a batch or instance norm at a path where the first has no such norm."""
    path, _, name = key.rpartition(".")
    return name == _COUNTER and _counts(other.steps.get((path, 0))) and not _counts(one.steps.get((path, 0)))


def _counts(step: Described | None) -> bool:
    return step is not None and step.op.startswith(("BatchNorm", "InstanceNorm"))
