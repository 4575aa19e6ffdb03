"""The files of a feed, told apart by their first bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from archc import codes
from archc.diagnostics import Diagnostic
from archc.feed.arrays import Array, Feed, FeedError, Header, refused
from archc.feed.npy import MAGIC, read_npy
from archc.feed.npz import LOCAL, read_npz
from archc.feed.safetensors import read_safetensors

KINDS = "a feed is a .npz, .npy or .safetensors file"
_EMPTY_ZIP = b"PK\x05\x06"
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def read_feeds(files: Sequence[str]) -> Feed:
    """The arrays of all files."""
    arrays: list[Array] = []
    findings: list[Diagnostic] = []
    for file in files:
        try:
            arrays += [Array(file, name, header) for name, header in _read(file)]
        except FeedError as error:
            findings.append(refused(file, error))
        except OSError as error:
            findings.append(refused(file, FeedError(f"cannot be read: {(error.strerror or str(error)).lower()}")))
        except ValueError:  # a name that no file can have
            findings.append(refused(file, FeedError("cannot be read: it is not the name of a file")))
    seen: dict[str, Array] = {}
    for array in arrays:
        first = seen.setdefault(array.name, array)
        if first is not array and array.name:
            message = f"{array.label} is in `{first.file}` too"
            findings.append(Diagnostic(codes.FEED_NAME, message, array.where, help="feed each name once"))
    return Feed(tuple(files), tuple(arrays), tuple(findings))


def _read(file: str) -> list[tuple[str, Header]]:
    path = Path(file)
    if not stat.S_ISREG(path.stat().st_mode):
        raise FeedError("is not a file", KINDS)
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        start = stream.read(16)
        stream.seek(0)
        return _reader(start, file)(stream, size)


def _reader(start: bytes, file: str) -> Callable[[IO[bytes], int], list[tuple[str, Header]]]:
    """What reads a file that begins so."""
    if not start:
        raise FeedError("is empty", KINDS)
    if start.startswith(MAGIC):
        return _one_array
    if start.startswith((LOCAL, _EMPTY_ZIP)):
        return read_npz
    if start.startswith(_PICKLES):
        raise FeedError("is a pickle, which archc does not open: it could run code", KINDS)
    if file.endswith(".safetensors") or start[8:9] == b"{":
        return read_safetensors
    raise FeedError("is none of the formats that a feed can have", KINDS)


def _one_array(stream: IO[bytes], size: int) -> list[tuple[str, Header]]:
    return [("", read_npy(stream, size))]
