"""`record` is held to what `dataclass(frozen=True, slots=True)` makes."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from archc.record import record


class Shape:
    x: int
    names: tuple[str, ...] = ()
    note: str = field(default="", compare=False, repr=False)
    made: list[int] = field(default_factory=list)
    only: int = field(default=7, kw_only=True)
    twice: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", 2 * self.x)


Ours: Any = record(type("Point", (), dict(vars(Shape))))
Theirs: Any = dataclass(frozen=True, slots=True)(type("Point", (), dict(vars(Shape))))


@record
class Leaf:
    """A value that can be pickled, being found by its name."""

    name: str
    size: int = 1


@pytest.mark.parametrize("made", [{"x": 1}, {"x": 2, "names": ("a",), "note": "n", "only": 3}])
def test_equal_to_a_frozen_dataclass(made: dict[str, Any]) -> None:
    ours, theirs = Ours(**made), Theirs(**made)
    assert repr(ours) == repr(theirs)
    assert [f.name for f in fields(ours)] == [f.name for f in fields(theirs)]
    assert [getattr(ours, f.name) for f in fields(ours)] == [getattr(theirs, f.name) for f in fields(theirs)]
    assert (ours == Ours(**made)) is (theirs == Theirs(**made)) is True
    assert (ours == Ours(x=9)) is (theirs == Theirs(x=9)) is False
    assert ours != theirs
    assert replace(ours, x=5).twice == replace(theirs, x=5).twice == 10


def test_takes_the_same_arguments() -> None:
    for wrong in ({}, {"x": 1, "y": 2}):
        for cls in (Ours, Theirs):
            with pytest.raises(TypeError):
                cls(**wrong)
    for cls in (Ours, Theirs):
        with pytest.raises(TypeError):
            cls(1, (), "", [], 3)


def test_cannot_be_changed() -> None:
    leaf = Leaf("a")
    for change in (
        lambda: setattr(leaf, "name", "b"),
        lambda: setattr(leaf, "other", 1),
        lambda: delattr(leaf, "name"),
    ):
        with pytest.raises(FrozenInstanceError):
            change()
    assert not hasattr(leaf, "__dict__")


def test_hashes_by_what_it_says() -> None:
    assert len({Leaf("a"), Leaf("a", 1), Leaf("a", 2)}) == 2
    plain = record(eq=False)(type("Plain", (), {"__annotations__": {"x": int}}))
    assert plain(1) != plain(1)


def test_copies_and_pickles() -> None:
    leaf = Leaf("a", 3)
    assert copy.deepcopy(leaf) == pickle.loads(pickle.dumps(leaf)) == leaf
    match leaf:
        case Leaf(name, size):
            assert (name, size) == ("a", 3)
