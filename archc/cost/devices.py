"""What devices can do at most, by their makers' data sheets: multiply-adds without sparsity, and bytes of memory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archc.record import record


@record
class Device:
    """A device: its full name, peak FLOP/s by dtype (`float32` without reduced precision), bytes/s of its memory."""

    name: str
    flops: Mapping[str, float]
    bandwidth: float
    source: str

    def peak(self, dtype: str) -> float:
        """FLOP/s in a dtype; those of float32 for one that the sheet does not tell."""
        return self.flops.get(dtype, self.flops["float32"])


_T, _G = 1e12, 1e9


def _peaks(half: float, single: float, double: float, *, brain: bool = True) -> Mapping[str, float]:
    """Peaks in TFLOP/s; where there is no bfloat16 it runs as float32."""
    peaks = {"float16": half * _T, "float32": single * _T, "float64": double * _T}
    return MappingProxyType({**peaks, "bfloat16": half * _T} if brain else peaks)


DEVICES: Mapping[str, Device] = MappingProxyType({
    "h100": Device(
        "NVIDIA H100 SXM", _peaks(989.5, 67, 34), 3350 * _G, "NVIDIA H100 Tensor Core GPU data sheet (2023)"
    ),
    "a100": Device(
        "NVIDIA A100 80GB SXM", _peaks(312, 19.5, 9.7), 2039 * _G, "NVIDIA A100 Tensor Core GPU data sheet (2021)"
    ),
    "v100": Device(
        "NVIDIA V100 SXM2", _peaks(125, 15.7, 7.8, brain=False), 900 * _G,
        "NVIDIA V100 Tensor Core GPU data sheet (2020)",
    ),
    "t4": Device("NVIDIA T4", _peaks(65, 8.1, 0.254, brain=False), 320 * _G, "NVIDIA T4 data sheet (2019)"),
    "cpu": Device(
        "Intel Xeon Platinum 8380, one socket", _peaks(5.888, 5.888, 2.944), 204.8 * _G,
        "Intel ARK: 40 cores at 2.3 GHz with two AVX-512 FMA units each, eight channels of DDR4-3200",
    ),
})  # fmt: skip
"""The devices that `--device` knows. Half precision is that of the tensor cores; a CPU without them computes it in
float32. T4's float64 is a 32nd of its float32, as for all of Turing."""
