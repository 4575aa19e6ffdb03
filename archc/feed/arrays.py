"""Arrays as their headers tell them: a name, a shape and a dtype."""

from __future__ import annotations

from archc import codes
from archc.diagnostics import Diagnostic, Where
from archc.record import record

MAX_ARRAYS = 1000
MAX_HEADER = 2**18
"""How many bytes a file's table of contents may have."""
MAX_RANK = 32
MAX_SIZE = 2**62


class FeedError(Exception):
    """Why a file, or an array in it, cannot be used: one line, lowercase; `help` is the cure."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


@record
class Header:
    """What an array's header says: its shape, its dtype in torch's words, and whether its bytes are swapped."""

    shape: tuple[int, ...]
    dtype: str
    swapped: bool = False


@record
class Array:
    """An array of a feed; the name is empty where the file gives none, as `.npy` does."""

    file: str
    name: str
    header: Header

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"array `{self.name}`" if self.name else "the array"

    @property
    def where(self) -> Where:
        """Its place: the file, and its name in it."""
        return Where(self.file, (self.name,) if self.name else ())

    def __str__(self) -> str:
        sizes = " x ".join(map(str, self.header.shape)) or "a single number"
        return f"{sizes} {self.header.dtype}"


@record
class Feed:
    """The arrays of all files, and what is wrong with the files."""

    files: tuple[str, ...]
    arrays: tuple[Array, ...]
    findings: tuple[Diagnostic, ...] = ()


def refused(file: str, error: FeedError) -> Diagnostic:
    """What cannot be read of a feed, as a finding."""
    short = file if len(file) <= 60 else f"...{file[-57:]}"
    return Diagnostic(codes.FEED_FILE, f"`{short}` {error.message}", Where(file), help=error.help)


def checked_shape(sizes: list[int]) -> tuple[int, ...]:
    """A shape within bounds; raises `FeedError` for one that no array has."""
    if len(sizes) > MAX_RANK:
        raise FeedError(f"declares an array of {len(sizes)} dimensions: there are at most {MAX_RANK}")
    if any(not 0 <= size <= MAX_SIZE for size in sizes):
        raise FeedError("declares an array of a size that no array has")
    return tuple(sizes)


def total(shape: tuple[int, ...], width: int) -> int:
    """The bytes of an array whose elements take `width`."""
    size = width
    for dim in shape:
        size *= dim
    return size
