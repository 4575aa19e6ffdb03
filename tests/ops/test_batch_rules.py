"""Ops that meet tensors without a batch dimension (parameters), which the generic test never feeds, and the words."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from archc import ops
from archc.codegen.render import Context, render
from archc.codes import ARITY
from archc.dims import BATCH
from archc.ops.base import BATCH_AXIS, CHANNELS, MERGE, RANK, Inputs, Op, ShapeError
from archc.ops.joins import broadcast, promote
from archc.tensor import TensorType

N = BATCH
SHAPES = ((3,), (4,), (1,), (3, 4), (4, 3), (4, 4), (2, 3, 4), (2, 4, 3), (1, 4, 3), (5, 4, 3), (5, 1, 3, 4))


def build(name: str, **args: Any) -> Op:
    cls = ops.find(name)
    assert cls is not None
    return cls.model_validate(args)


def inputs(name: str, *shapes: tuple[Any, ...], dtype: str = "float32") -> Inputs:
    cls = ops.find(name)
    assert cls is not None
    ports = () if cls.merges else cls.ports[: len(shapes)]
    return Inputs(tuple(TensorType(shape, dtype) for shape in shapes), ports)


def shape(name: str, *shapes: tuple[Any, ...], **args: Any) -> tuple[Any, ...]:
    return build(name, **args).infer(inputs(name, *shapes))[0].shape


def code(name: str, batched: bool, *tensors: str, **args: Any) -> str:
    op = build(name, **args)
    return render(
        op.as_torch(),
        Context(
            tensors=tensors,
            ports={},
            field=lambda field: repr(getattr(op, field)),
            star=lambda field: tuple(map(repr, getattr(op, field))),
            batch="N",
            batched=batched,
        ),
    )


SIZES = st.lists(st.integers(1, 3), max_size=4).map(tuple)


@settings(derandomize=True, deadline=None, database=None)
@given(st.lists(SIZES, min_size=1, max_size=3))
def test_broadcasts_as_torch(shapes: list[tuple[int, ...]]) -> None:
    try:
        ours = broadcast([TensorType(shape) for shape in shapes])
    except ShapeError:
        with pytest.raises(RuntimeError):
            torch.broadcast_shapes(*shapes)
        return
    assert ours == tuple(torch.broadcast_shapes(*shapes))


DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")


@pytest.mark.parametrize(("left", "right"), list(itertools.product(DTYPES, DTYPES)))
def test_promotes_as_torch(left: str, right: str) -> None:
    theirs = torch.promote_types(getattr(torch, left), getattr(torch, right))
    assert promote(left, right) == str(theirs).removeprefix("torch.")


@pytest.mark.parametrize(("left", "right"), list(itertools.product(SHAPES, SHAPES)))
def test_matmul_of_parameters(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    op, types = build("matmul"), inputs("matmul", left, right)
    tensors = torch.rand(left), torch.rand(right)
    try:
        (result,) = op.infer(types)
    except ShapeError:
        with pytest.raises(RuntimeError):
            torch.matmul(*tensors)
        return
    with FlopCounterMode(display=False) as counter:
        theirs = torch.matmul(*tensors)
    assert result.shape == tuple(theirs.shape)
    assert op.macs(types, (result,)) == counter.get_total_flops() // 2


EQUATIONS = (
    *("ij,jk->ik", "ij,jk", "ii->i", "ij,kj->ik", "i,j->ij"),
    *("ij,jk,kl->il", "ijk,kj->i", "ij,ij,ij->j", "i->", "ij,j"),
)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_einsum_of_parameters(equation: str) -> None:
    op = build("einsum", equation=equation)
    operands = equation.split("->")[0].split(",")
    for shapes in itertools.product(*([s for s in SHAPES if len(s) == len(letters)] for letters in operands)):
        types, tensors = inputs("einsum", *shapes), [torch.rand(s) for s in shapes]
        try:
            (result,) = op.infer(types)
        except ShapeError:
            with pytest.raises(RuntimeError):
                torch.einsum(equation, *tensors)
            continue
        with FlopCounterMode(display=False) as counter:
            theirs = torch.einsum(equation, *tensors)
        assert result.shape == tuple(theirs.shape)
        assert op.macs(types, (result,)) == counter.get_total_flops() // 2, shapes


@pytest.mark.parametrize(
    ("name", "args", "shapes", "expected"),
    [
        ("add", {"broadcast": True}, [(N, 197, 768), (1, 197, 768)], (N, 197, 768)),
        ("add", {"broadcast": True}, [(197, 768), (N, 1, 768)], (N, 197, 768)),
        ("add", {}, [(4, 3), (4, 3)], (4, 3)),
        ("matmul", {}, [(N, 5, 8), (8, 4)], (N, 5, 4)),
        ("matmul", {}, [(N, 8), (8,)], (N,)),
        ("matmul", {}, [(6, 5), (N, 5, 8)], (N, 6, 8)),
        ("matmul", {}, [(6, 5), (N, 2, 5, 8)], (N, 2, 6, 8)),
        ("einsum", {"equation": "bnd,kd->bnk"}, [(N, 5, 8), (3, 8)], (N, 5, 3)),
        ("einsum", {"equation": "kd,bnd->bkn"}, [(3, 8), (N, 5, 8)], (N, 3, 5)),
        ("expand", {"shape": (1, 768)}, [(1, 1, 768)], (N, 1, 768)),
        ("expand", {"shape": (-1, -1)}, [(1, 1, 768)], (N, 1, 768)),
        ("expand", {"shape": (768,)}, [(768,)], (N, 768)),
        ("expand", {"shape": (4, -1)}, [(1, 768)], (N, 4, 768)),
        ("reshape", {"shape": (2, -1)}, [(4, 3)], (2, 6)),
        ("repeat", {"repeats": (2, 1)}, [(4, 3)], (8, 3)),
        ("repeat", {"repeats": (2, 1)}, [(3,)], (2, 3)),
        ("permute", {"dims": (1, 0)}, [(4, 3)], (3, 4)),
        ("transpose", {"dim0": 0, "dim1": 1}, [(4, 3)], (3, 4)),
        ("getitem", {"index": (0, "1:")}, [(4, 3)], (2,)),
        ("mean", {"dim": 0}, [(4, 3)], (3,)),
        ("unsqueeze", {"dim": 0}, [(4,)], (1, 4)),
    ],
)
def test_batch_meets_parameters(name: str, args: dict[str, Any], shapes: list[Any], expected: tuple[Any, ...]) -> None:
    got = shape(name, *shapes, **args)
    assert got == expected
    assert (got[0] is N) == (expected[0] is N)


@pytest.mark.parametrize(
    ("name", "args", "shapes", "error"),
    [
        ("add", {"broadcast": True}, [(N, 8), (2, 8)], BATCH_AXIS),
        ("add", {"broadcast": True}, [(N, 8), (N, 2, 8)], BATCH_AXIS),
        ("add", {"broadcast": True}, [(N, 8), (N, 1, 8)], BATCH_AXIS),
        ("add", {"broadcast": True}, [(5, 1, 8), (N, 8)], BATCH_AXIS),
        ("add", {}, [(N, 8), (2, 8)], MERGE),
        ("add", {}, [(N, 8)], ARITY),
        ("add", {"other": 1}, [(N, 8), (N, 8)], MERGE),
        ("sub", {}, [(N, 8), (N, 8), (N, 8)], ARITY),
        ("add", {"broadcast": True, "inplace": True}, [(N, 1), (N, 8)], MERGE),
        ("cat", {}, [(1, 1, 8), (N, 4, 8)], MERGE),
        ("matmul", {}, [(N, 5), (N, 5)], BATCH_AXIS),
        ("matmul", {}, [(4, 2), (N, 8)], BATCH_AXIS),
        ("matmul", {}, [(N, 8), (3, 8, 4)], BATCH_AXIS),
        ("matmul", {}, [(N, 2, 5, 8), (N, 8, 5)], BATCH_AXIS),
        ("bmm", {}, [(N, 5, 8), (2, 8, 5)], BATCH_AXIS),
        ("einsum", {"equation": "bi,ci->bc"}, [(N, 5), (N, 5)], BATCH_AXIS),
        ("einsum", {"equation": "bi,bi->i"}, [(N, 5), (N, 5)], BATCH_AXIS),
        ("einsum", {"equation": "bi,bi->ib"}, [(N, 5), (N, 5)], BATCH_AXIS),
        ("einsum", {"equation": "bi,bi"}, [(N, 5), (N, 5)], BATCH_AXIS),
        ("einsum", {"equation": "bi,bi->bi"}, [(N, 5), (2, 5)], BATCH_AXIS),
        ("expand", {"shape": (1, 768)}, [(2, 1, 768)], RANK),
        ("expand", {"shape": (-1, 768)}, [(768,)], CHANNELS),
        ("scaled_dot_product_attention", {}, [(N, 5, 8), (2, 5, 8), (2, 5, 8)], BATCH_AXIS),
    ],
)
def test_refuses_what_would_mix_samples(name: str, args: dict[str, Any], shapes: list[Any], error: str) -> None:
    with pytest.raises(ShapeError) as caught:
        shape(name, *shapes, **args)
    assert caught.value.code == error


def test_names_the_dimensions_that_differ() -> None:
    with pytest.raises(ShapeError, match=r"^joins tensors that differ in channels: 128 and 256$"):
        shape("add", (N, 128, 56, 56), (N, 256, 56, 56))
    with pytest.raises(ShapeError, match=r"^joins tensors that differ in height: 56 and 28, and in width: 55 and 28$"):
        shape("cat", (N, 64, 56, 55), (N, 32, 28, 28))
    with pytest.raises(ShapeError) as caught:
        shape("mul", (N, 64, 56, 56), (N, 64, 1, 1))
    assert "broadcast: true" in caught.value.help


@pytest.mark.parametrize(
    ("text", "name", "batched", "args"),
    [
        ("x.reshape(N, 8, -1)", "reshape", True, {"shape": (8, -1)}),
        ("x.reshape(8, -1)", "reshape", False, {"shape": (8, -1)}),
        ("x.expand(-1, 8, 4)", "expand", True, {"shape": (8, 4)}),
        ("x.expand(N, -1, -1)", "expand", False, {"shape": (-1, -1)}),
        ("x.repeat(1, 2)", "repeat", True, {"repeats": (2,)}),
        ("x.repeat(2)", "repeat", False, {"repeats": (2,)}),
        ("x[:, 0]", "getitem", True, {"index": 0}),
        ("x[0, 1:, ::2]", "getitem", False, {"index": (0, "1:", "::2")}),
        ("x.flatten(1)", "flatten", True, {}),
        ("x.flatten(1, 2)", "flatten", True, {"end_dim": 2}),
        ("x.mean((2, 3), keepdim=True)", "mean", True, {"dim": (2, 3), "keepdim": True}),
        ("x.chunk(2, dim=1)", "chunk", True, {"chunks": 2}),
        ("x.unbind(dim=1)", "unbind", True, {}),
        ("x.permute(0, 2, 3, 1)", "permute", True, {"dims": (0, 2, 3, 1)}),
        ("x.roll((-3, -3), dims=(1, 2))", "roll", True, {"shifts": (-3, -3), "dims": (1, 2)}),
        ("x + 1", "add", True, {"other": 1}),
        ("x ** 2", "pow", True, {"exponent": 2}),
        ("-x", "neg", True, {}),
        ("x.clamp(min=0, max=6)", "clamp", True, {"min": 0, "max": 6}),
    ],
)
def test_reads_as_written_by_hand(text: str, name: str, batched: bool, args: dict[str, Any]) -> None:
    assert code(name, batched, "x", **args) == text


def test_joins_read_as_written_by_hand() -> None:
    assert code("add", True, "a", "b", "c") == "a + b + c"
    assert code("sub", True, "a + b", "c") == "(a + b) - c"
    assert code("cat", True, "a", "b") == "torch.cat([a, b], dim=1)"
    assert code("maximum", True, "a", "b", "c") == "torch.maximum(torch.maximum(a, b), c)"
    assert code("einsum", True, "a", "b", equation="bi,ij->bj") == "torch.einsum('bi,ij->bj', a, b)"


@pytest.mark.parametrize("text", ["", "1", "::0", "::-1", "a:", "1:2:3:4", "x", "1: ", "__import__('os')"])
def test_slices_are_nothing_but_slices(text: str) -> None:
    with pytest.raises(ValueError, match="index"):
        build("getitem", index=(text, "no"))
