"""The table of costs that was asked for, with the notes that say what its numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archc.cost.devices import DEVICES
from archc.cost.groups import By, Group, grouped
from archc.cost.memory import memory
from archc.cost.nodes import costs, total
from archc.cost.receptive import Along, receptive_fields, spatial_axes
from archc.network import Network
from archc.report.costs import COLUMNS, Costs, Value, device_note
from archc.summary import bytes_text


def tabled(
    network: Network, by: By | None, sort: str | None, columns: Sequence[str], device: str | None, batch: int,
    dtype: str = "float32",
) -> Costs:  # fmt: skip
    """The costs of a network; by its blocks unless said, or by layer where it has none."""
    on = DEVICES[device] if device is not None else None
    each = costs(network, batch, on, dtype)
    has_blocks = any(node.origin is not None and node.origin.block for node in each)
    by = by or ("block" if has_blocks else "layer")
    groups = list(grouped(each, by))
    if "field" in columns:
        groups = _with_fields(network, groups)
    if sort is not None:
        groups.sort(key=lambda group: _number(COLUMNS[sort].value(group)), reverse=True)
    whole, summary, peak = total(tuple(each.values())), network.summary(), memory(network, batch)
    samples = "one sample" if batch == 1 else f"{batch:,} samples"
    sizes = ", ".join(f"{name}={size}" for name, size in network.settled.sizes.items())
    notes = [
        f"For {samples}{f' at {sizes}' if sizes else ''}; MACs are those of convolutions and matrix products",
        f"Memory at peak: {bytes_text(peak.inference)} in inference, {bytes_text(peak.training)} in training",
        f"Training holds {bytes_text(2 * summary.bytes)} of parameters and gradients beside that; momentum adds"
        f" {bytes_text(summary.bytes)}, Adam {bytes_text(2 * summary.bytes)}",
        *([device_note(on, whole, dtype)] if on is not None else []),
    ]
    facts: dict[str, Value] = {
        "name": network.name, "batch": batch, "params": whole.params, "macs": whole.macs, "flops": whole.flops,
        "inference_bytes": peak.inference, "training_bytes": peak.training, "kept_bytes": whole.memory,
        "parameter_bytes": summary.bytes, "gradient_bytes": summary.bytes, "momentum_bytes": summary.bytes,
        "adam_bytes": 2 * summary.bytes, "device": on.name if on else None, "dtype": dtype if on else None,
        "seconds": whole.time if on else None,
    }  # fmt: skip
    if dtype != "float32":
        notes.append(f"Bytes moved are those of numbers in {dtype}; memory is that of float32")
    if "memory" in columns:
        notes.insert(1, "Kept is what autograd keeps of the results for the backward pass")
    return Costs(network.name, by, groups, whole, [COLUMNS[name] for name in columns], notes, facts)


def _with_fields(network: Network, groups: Sequence[Group]) -> list[Group]:
    """The layers with their receptive fields."""
    axes, fields = spatial_axes(network), receptive_fields(network)
    by_path: dict[str, tuple[Along, ...]] = {}
    for node, field in fields.items():
        along = [field[axis] for axis in axes]
        by_path.setdefault(node.path, tuple(each for each in along if each is not None) if all(along) else ())
    return [replace(group, field=by_path.get(group.name, ())) for group in groups]


def _number(value: Value) -> float:
    return value if isinstance(value, (int, float)) else 0.0
