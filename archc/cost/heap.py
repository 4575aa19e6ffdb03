"""The storages of tensors: how many hold each, what they take together, and the most that they ever took."""

from __future__ import annotations

from collections.abc import Iterable


class Heap:
    """Storages by number; a storage that nobody holds is gone."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        """Bytes of each."""
        self.holders: list[int] = []
        self.total = 0
        self.peak = 0

    def make(self, size: int) -> int:
        """A new storage of so many bytes, held once."""
        self.sizes.append(size)
        self.holders.append(1)
        self.total += size
        self.peak = max(self.peak, self.total)
        return len(self.sizes) - 1

    def hold(self, storage: int) -> int:
        """One more holds a storage."""
        self.holders[storage] += 1
        return storage

    def drop(self, storages: Iterable[int]) -> None:
        """One holder less for each."""
        for storage in storages:
            self.holders[storage] -= 1
            if not self.holders[storage]:
                self.total -= self.sizes[storage]

    def pass_through(self, size: int) -> None:
        """A storage of so many bytes that is gone at once."""
        self.peak = max(self.peak, self.total + size)
