"""What devices can do at most: FLOP/s without sparsity by dtype, and bytes of memory a second.

Of NVIDIA's devices half precision is that of the tensor cores; float32 and float64 are those of the ordinary cores, as
torch computes them unless TF32 is asked for.

- H100 SXM: "NVIDIA H100 Tensor Core GPU" data sheet, 2023: 34 and 67 TFLOP/s in float64 and float32, 1,979 with
  sparsity in half precision and so 989.5 without, 3.35 TB/s.
- A100 80GB SXM: "NVIDIA A100 Tensor Core GPU" data sheet, 2021: 9.7, 19.5 and 312 TFLOP/s, 2,039 GB/s.
- V100 SXM2: "NVIDIA V100 Tensor Core GPU" data sheet, 2020: 7.8, 15.7 and 125 TFLOP/s, 900 GB/s; no bfloat16.
- T4: "NVIDIA T4" data sheet, 2019: 8.1 and 65 TFLOP/s, 320 GB/s; no bfloat16. float64 is a 32nd of float32, as the
  "NVIDIA Turing GPU Architecture" white paper has it.
- Intel Xeon Platinum 8380, one socket, by its page in Intel's product specifications: 40 cores at 2.3 GHz, with two
  AVX-512 units for 16 multiply-adds in float32 each, and eight channels of DDR4-3200 at 25.6 GB/s.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archc.record import record


@record
class Device:
    """A device: its full name, FLOP/s by dtype, bytes/s of its memory, and the document that says so."""

    name: str
    flops: Mapping[str, float]
    bandwidth: float
    source: str

    def peak(self, dtype: str) -> float:
        """FLOP/s in a dtype; those of float32 for one that the document does not tell, as for whole numbers."""
        return self.flops.get(dtype, self.flops["float32"])


_T, _G = 1e12, 1e9


def _flops(float64: float, float32: float, **half: float) -> Mapping[str, float]:
    """From TFLOP/s."""
    return MappingProxyType({d: x * _T for d, x in {"float64": float64, "float32": float32, **half}.items()})


DEVICES: Mapping[str, Device] = MappingProxyType({
    "h100": Device(
        "NVIDIA H100 SXM", _flops(34, 67, bfloat16=989.5, float16=989.5), 3350 * _G,
        "NVIDIA H100 Tensor Core GPU data sheet (2023)",
    ),
    "a100": Device(
        "NVIDIA A100 80GB SXM", _flops(9.7, 19.5, bfloat16=312, float16=312), 2039 * _G,
        "NVIDIA A100 Tensor Core GPU data sheet (2021)",
    ),
    "v100": Device(
        "NVIDIA V100 SXM2", _flops(7.8, 15.7, float16=125), 900 * _G, "NVIDIA V100 Tensor Core GPU data sheet (2020)"
    ),
    "t4": Device("NVIDIA T4", _flops(8.1 / 32, 8.1, float16=65), 320 * _G, "NVIDIA T4 data sheet (2019)"),
    "cpu": Device(
        "Intel Xeon Platinum 8380, one socket", _flops(40 * 2.3e-3 * 2 * 8 * 2, 40 * 2.3e-3 * 2 * 16 * 2), 204.8 * _G,
        "Intel product specifications: 40 cores, 2.3 GHz, two AVX-512 FMA units, eight channels of DDR4-3200",
    ),
})  # fmt: skip
"""The devices that `--device` knows; `flops` has the dtypes that `--dtype` takes with each."""
