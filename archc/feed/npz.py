"""The arrays of a `.npz` file: a zip archive of `.npy` files, of which the headers alone are unpacked."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import IO

from archc.feed.arrays import MAX_ARRAYS, MAX_HEADER, FeedError, Header
from archc.feed.npy import read_npy

LOCAL = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_LOCATOR64 = b"PK\x06\x07"
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, OverflowError, struct.error)
"""What the standard library says of archives that are none."""
_TAIL = 65_557
"""The longest end record: 22 bytes and a comment."""
_ENCRYPTED = 0x1


def read_npz(stream: IO[bytes], size: int) -> list[tuple[str, Header]]:
    """Names and headers, in the archive's order."""
    _bound(stream, size)
    try:
        with zipfile.ZipFile(stream) as archive:
            return _headers(archive)
    except _DAMAGES as error:
        raise FeedError("is a damaged .npz archive") from error


def _bound(stream: IO[bytes], size: int) -> None:
    """Refuse a table of contents too large to be one of arrays, before anything reads it."""
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise FeedError("is a .npz archive that is cut off")
    entries, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    if tail[at - 20 : at - 16] == _LOCATOR64 and at >= 20:
        start = struct.unpack("<Q", tail[at - 12 : at - 4])[0]
        if start > size - 56:
            raise FeedError("is a damaged .npz archive")
        stream.seek(start)
        record = stream.read(56)
        if record[:4] == _END64:
            entries, length = struct.unpack("<QQ", record[32:48])
    if length > MAX_HEADER:
        raise FeedError(f"has a table of contents of {length:,} bytes: at most {MAX_HEADER:,} are read")
    if entries > MAX_ARRAYS:
        raise FeedError(f"has {entries:,} entries: a feed has at most {MAX_ARRAYS:,} arrays")
    stream.seek(0)


def _headers(archive: zipfile.ZipFile) -> list[tuple[str, Header]]:
    found: dict[str, Header] = {}
    for entry in archive.infolist():
        name = entry.filename.removesuffix(".npy")
        shown = name if len(name) <= 60 else f"{name[:57]}..."
        if name == entry.filename:
            message = f"holds `{shown}`, which is no array"
            raise FeedError(message, "an archive of `np.savez` holds .npy files alone")
        if name in found:
            raise FeedError(f"holds two arrays called `{shown}`")
        if entry.flag_bits & _ENCRYPTED:
            raise FeedError("is encrypted")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise FeedError("is packed in a way that `np.load` does not know")
        try:
            with archive.open(entry) as stream:
                found[name] = read_npy(stream, entry.file_size)
        except FeedError as error:
            raise FeedError(f"cannot be used: its array `{shown}` {error.message}", error.help) from error
    return list(found.items())
