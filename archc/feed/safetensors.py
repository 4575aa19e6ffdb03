"""The header of a `.safetensors` file: JSON, read with bounds; the numbers behind it are not read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from archc.feed.arrays import MAX_ARRAYS, MAX_HEADER, FeedError, Header, checked_shape, total
from archc.spec.data import is_list, is_mapping

_WIDTHS = {
    "BOOL": ("bool", 1), "U8": ("uint8", 1), "I8": ("int8", 1), "I16": ("int16", 2), "U16": ("uint16", 2),
    "I32": ("int32", 4), "U32": ("uint32", 4), "I64": ("int64", 8), "U64": ("uint64", 8), "F16": ("float16", 2),
    "BF16": ("bfloat16", 2), "F32": ("float32", 4), "F64": ("float64", 8), "F8_E4M3": ("float8_e4m3fn", 1),
    "F8_E5M2": ("float8_e5m2", 1),
}  # fmt: skip
_META = "__metadata__"


def read_safetensors(stream: IO[bytes], size: int) -> list[tuple[str, Header]]:
    """Names and headers, in the file's order."""
    start = stream.read(8)
    if len(start) < 8:
        raise FeedError("is cut off")
    length = int.from_bytes(start, "little")
    if length > size - 8:
        raise FeedError("is no .safetensors file, or is cut off within its header")
    if length > MAX_HEADER:
        raise FeedError(f"has a header of {length:,} bytes: at most {MAX_HEADER:,} are read")
    entries = _parse(stream.read(length))
    if len(entries) > MAX_ARRAYS:
        raise FeedError(f"has {len(entries):,} arrays: a feed has at most {MAX_ARRAYS:,}")
    read = [(name, *_tensor(name, entry)) for name, entry in entries.items() if name != _META]
    end = 0
    for _, _, start_at, stop in sorted(read, key=lambda each: each[2:]):
        if start_at != end:
            raise FeedError("is damaged: the arrays in it overlap, or leave gaps")
        end = stop
    if end != size - 8 - length:
        raise FeedError(f"declares {end:,} bytes of numbers, but holds {size - 8 - length:,}: it is cut off or damaged")
    return [(name, header) for name, header, _, _ in read]


def _parse(raw: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(raw.decode("utf-8"), object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise FeedError("has a header that is no JSON") from error
    if not is_mapping(found):
        raise FeedError("has a header that archc cannot read")
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise FeedError(f"says `{name[:60]}` twice in its header")
        found[name] = value
    return found


def _tensor(name: str, entry: object) -> tuple[Header, int, int]:
    """A tensor's header, and where its bytes begin and end."""
    shown = name[:60]
    if not is_mapping(entry) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FeedError(f"has an entry `{shown}` that is no array")
    dtype, sizes, offsets = entry["dtype"], _whole(entry["shape"]), _whole(entry["data_offsets"])
    if not isinstance(dtype, str) or dtype not in _WIDTHS:
        raise FeedError(f"has an array `{shown}` of a dtype that archc does not know")
    if sizes is None or offsets is None or len(offsets) != 2:
        raise FeedError(f"has an entry `{shown}` that is no array")
    shape = checked_shape(sizes)
    word, width = _WIDTHS[dtype]
    if offsets[1] - offsets[0] != total(shape, width):
        raise FeedError(f"is damaged: its array `{shown}` has another size than its shape")
    return Header(shape, word), offsets[0], offsets[1]


def _whole(value: object) -> list[int] | None:
    """A list of whole numbers, or None."""
    if not is_list(value) or not all(type(part) is int for part in value):
        return None
    return [part for part in value if isinstance(part, int)]
