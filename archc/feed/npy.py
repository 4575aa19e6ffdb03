"""The header of a `.npy` file, as NumPy's format says it; the numbers behind it are not read."""

from __future__ import annotations

import re
from typing import IO

from archc.feed.arrays import FeedError, Header, checked_shape, total

MAGIC = b"\x93NUMPY"
MAX_TEXT = 65_536
_LENGTHS = {1: 2, 2: 4, 3: 4}
"""How many bytes give the header's length, by version of the format."""
_KEY = re.compile(r"""\s*(?:'(\w{1,20})'|"(\w{1,20})")\s*:\s*""")
_VALUE = re.compile(r"""(True|False)|\(([\d\s,L]*)\)|'([^']{0,40})'|"([^"]{0,40})"|(\[)""")
_DTYPES = {
    "f2": "float16", "f4": "float32", "f8": "float64", "c8": "complex64", "c16": "complex128",
    "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
    "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "bool",
}  # fmt: skip
_OTHERS = {"U": "text", "S": "bytes", "M": "dates", "m": "durations", "V": "records", "f": "long floats"}


def read_npy(stream: IO[bytes], size: int) -> Header:
    """The header of an array whose file, or whose entry in an archive, has `size` bytes."""
    start = stream.read(8)
    if not start.startswith(MAGIC) or len(start) < 8:
        raise FeedError("is cut off" if MAGIC.startswith(start[:6]) else "holds what is no .npy array")
    length = _LENGTHS.get(start[6])
    if length is None:
        raise FeedError(f"is of version {start[6]}.{start[7]} of the .npy format, which archc does not know")
    counted = stream.read(length)
    count = int.from_bytes(counted, "little")
    if len(counted) == length and count > MAX_TEXT:
        raise FeedError(f"has a header of {count:,} bytes: at most {MAX_TEXT:,} are read")
    text = stream.read(count)
    if len(counted) < length or len(text) < count:
        raise FeedError("is cut off within its header")
    header, width = _parse(text.decode("latin-1"))
    held = size - 8 - length - count
    if total(header.shape, width) != held:
        shape = " x ".join(map(str, header.shape)) or "a single number"
        raise FeedError(f"declares {shape} {header.dtype}, but holds {max(held, 0):,} bytes: it is cut off or damaged")
    return header


def _parse(text: str) -> tuple[Header, int]:
    """What the header says, and how many bytes an element has: a Python literal, of which this is all there is."""
    body = text.strip()
    if not (body.startswith("{") and body.endswith("}")):
        raise FeedError("has a header that archc cannot read")
    body, at = body[1:-1], 0
    found: dict[str, re.Match[str]] = {}
    while body[at:].strip(" ,\n"):
        key = _KEY.match(body, at)
        value = _VALUE.match(body, key.end()) if key else None
        if key is None or value is None or (key[1] or key[2]) in found:
            raise FeedError("has a header that archc cannot read")
        found[key[1] or key[2]] = value
        if value[5]:
            raise FeedError("holds records, not numbers", "save one array for each field")
        comma = re.compile(r"\s*,?").match(body, value.end())
        at = comma.end() if comma else value.end()
    if set(found) != {"descr", "fortran_order", "shape"} or found["shape"][2] is None:
        raise FeedError("has a header that archc cannot read")
    dtype, swapped, width = _dtype(found["descr"][3] or found["descr"][4] or "")
    return Header(_shape(found["shape"][2]), dtype, swapped), width


def _shape(text: str) -> tuple[int, ...]:
    parts = [part.strip().rstrip("L") for part in text.split(",") if part.strip()]
    if any(not re.fullmatch(r"\d{1,19}", part) for part in parts):
        raise FeedError("declares an array of a size that no array has")
    return checked_shape([int(part) for part in parts])


def _dtype(descr: str) -> tuple[str, bool, int]:
    """NumPy's `<f4` as torch's word, whether the bytes are swapped, and how many there are."""
    order, kind = descr[:1], descr[1:]
    if kind[:1] == "O":
        message = "holds Python objects, which archc does not open: they are pickled, and could run code"
        raise FeedError(message, "save arrays of numbers: `np.asarray(x, dtype=np.float32)`")
    if kind in _DTYPES and order in "<>|=":
        width = int(kind[1:])
        return _DTYPES[kind], order == ">" and width > 1, width
    if kind[:1] in _OTHERS:
        raise FeedError(f"holds {_OTHERS[kind[:1]]}, not numbers that torch has")
    raise FeedError("has a dtype that archc does not know")
