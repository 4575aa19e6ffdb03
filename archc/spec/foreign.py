"""Names that people write and archc has not: torch's own, and those of Keras and of other habits.

A name that torch has is never taken for a slip of another one. `torch_names.txt` lists those that archc lacks; it is
written and checked by `python -m tests.torch_names`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from archc import ops
from archc.record import record

_HOMES = re.compile(
    r"F|x|(?:torch\.)?Tensor|torch(?:\.nn)?(?:\.functional)?|nn(?:\.functional)?|(?:tf\.)?(?:keras\.)?(?:layers|activations)|tf(?:\.nn)?"
)
"""What stands before names where they are imported from."""
SAME = {
    "absolute": "abs", "concat": "cat", "concatenate": "cat", "divide": "div", "multiply": "mul",
    "subtract": "sub", "negative": "neg", "true_divide": "div", "clip": "clamp", "swish": "silu", "Swish": "SiLU",
    "moveaxis": "movedim", "SpatialDropout1D": "Dropout1d", "SpatialDropout2D": "Dropout2d",
    "SpatialDropout3D": "Dropout3d", "NLLLoss2d": "NLLLoss",
}  # fmt: skip
"""Other names of ops: the same function of the same arguments."""
SPELLINGS = {
    "Dense": "`Linear`: `{Linear: 10}`",
    "Convolution2D": "`Conv2d`: `{Conv2d: {out_channels: 8, kernel_size: 3}}`",
    "Conv1DTranspose": "`ConvTranspose1d`",
    "Conv2DTranspose": "`ConvTranspose2d`",
    "Conv3DTranspose": "`ConvTranspose3d`",
    "DepthwiseConv2D": "`Conv2d` with `groups: input.channels`",
    "SeparableConv2D": "`Conv2d` with `groups: input.channels`, then a 1 x 1 `Conv2d`",
    "MaxPooling1D": "`MaxPool1d`",
    "MaxPooling2D": "`MaxPool2d`",
    "MaxPooling3D": "`MaxPool3d`",
    "AveragePooling1D": "`AvgPool1d`",
    "AveragePooling2D": "`AvgPool2d`",
    "AveragePooling3D": "`AvgPool3d`",
    "GlobalAveragePooling1D": "`{mean: 2}`",
    "GlobalAveragePooling2D": "`{mean: [2, 3]}`",
    "GlobalAveragePooling3D": "`{mean: [2, 3, 4]}`",
    "GlobalAvgPool2d": "`{mean: [2, 3]}`, or `{AdaptiveAvgPool2d: 1}`",
    "GlobalMaxPooling1D": "`{amax: 2}`",
    "GlobalMaxPooling2D": "`{amax: [2, 3]}`",
    "GlobalMaxPooling3D": "`{amax: [2, 3, 4]}`",
    "BatchNorm": "`BatchNorm1d`, `BatchNorm2d` and `BatchNorm3d`, by the number of dimensions",
    "BatchNormalization": "`BatchNorm1d`, `BatchNorm2d` and `BatchNorm3d`, by the number of dimensions",
    "LayerNormalization": "`LayerNorm`",
    "GroupNormalization": "`GroupNorm`",
    "InstanceNorm": "`InstanceNorm1d`, `InstanceNorm2d` and `InstanceNorm3d`, by the number of dimensions",
    "Conv": "`Conv1d`, `Conv2d` and `Conv3d`, by the number of dimensions",
    "MaxPool": "`MaxPool1d`, `MaxPool2d` and `MaxPool3d`, by the number of dimensions",
    "AvgPool": "`AvgPool1d`, `AvgPool2d` and `AvgPool3d`, by the number of dimensions",
    "SimpleRNN": "`RNN`",
    "Bidirectional": "`bidirectional: true` of `RNN`, `LSTM` and `GRU`",
    "ZeroPadding1D": "`ZeroPad1d`",
    "ZeroPadding2D": "`ZeroPad2d`",
    "ZeroPadding3D": "`ZeroPad3d`",
    "UpSampling1D": "`Upsample`: `{Upsample: {scale_factor: 2}}`",
    "UpSampling2D": "`Upsample`: `{Upsample: {scale_factor: 2}}`",
    "UpSampling3D": "`Upsample`: `{Upsample: {scale_factor: 2}}`",
    "Concatenate": "`cat`: `{cat: {dim: 1}, from: [a, b]}`",
    "Concat": "`cat`: `{cat: {dim: 1}, from: [a, b]}`",
    "Subtract": "`sub`: `{sub: {}, from: [a, b]}`",
    "Multiply": "`mul`: `{mul: {}, from: [a, b]}`",
    "Activation": "the function's own name: `relu`, `gelu`, `sigmoid`",
    "view": "`reshape`, whose shape leaves the batch out",
    "size": "`input.shape` in a formula",
    "shape": "`input.shape` in a formula",
    "dim": "`len(input.shape)` in a formula",
    "ndim": "`len(input.shape)` in a formula",
    "T": "`transpose`",
    "t": "`transpose`",
    "mT": "`transpose` with `dim0: -2, dim1: -1`",
    "swapaxes": "`transpose`",
    "swapdims": "`transpose`",
    "transpose_": "`transpose`",
    "adjoint": "`transpose` with `dim0: -2, dim1: -1`",
    "mm": "`matmul`",
    "mv": "`matmul`",
    "dot": "`einsum`",
    "inner": "`einsum`",
    "outer": "`einsum`",
    "tensordot": "`einsum`",
    "baddbmm": "`bmm`, then `add`",
    "max": "`amax`, or `maximum` of two tensors",
    "min": "`amin`, or `minimum` of two tensors",
    "hstack": "`cat`",
    "vstack": "`cat`",
    "column_stack": "`cat`",
    "tile": "`repeat`",
    "broadcast_to": "`expand`",
    "expand_as": "`expand`",
    "view_as": "`reshape`",
    "reshape_as": "`reshape`",
    "float": "`{to: float32}`",
    "double": "`{to: float64}`",
    "half": "`{to: float16}`",
    "bfloat16": "`{to: bfloat16}`",
    "long": "`{to: int64}`",
    "int": "`{to: int32}`",
    "type": "`to`: `{to: float32}`",
    "type_as": "`to`: `{to: float32}`",
    "rot90": "`transpose` and `flip`",
    "fliplr": "`flip`",
    "flipud": "`flip`",
    "tensor_split": "`split` or `chunk`",
    "hsplit": "`split` or `chunk`",
    "vsplit": "`split` or `chunk`",
    "index_select": "`getitem`",
    "slice": "`getitem`",
    "ModuleList": "a step with `repeat`, which makes one",
    "ModuleDict": "steps with names of their own",
    "Module": "a block, under `blocks`",
    "Transformer": "`TransformerEncoderLayer` and `TransformerDecoderLayer` with `repeat`",
    "TransformerEncoder": "`TransformerEncoderLayer` with `repeat`",
    "TransformerDecoder": "`TransformerDecoderLayer` with `repeat`",
    "linear": "`Linear`, the layer with weights of its own",
    "embedding": "`Embedding`, the layer with weights of its own",
    "batch_norm": "`BatchNorm2d`, the layer with statistics of its own",
    "prelu": "`PReLU`, the layer with weights of its own",
    "bilinear": "`Bilinear`, the layer with weights of its own",
    "upsample": "`interpolate`",
    "upsample_nearest": "`interpolate`",
    "upsample_bilinear": "`interpolate` with `mode: bilinear, align_corners: true`",
    **{f"conv{n}d": f"`Conv{n}d`, the layer with weights of its own" for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": f"`ConvTranspose{n}d`, the layer with weights of its own" for n in (1, 2, 3)},
    **{f"LazyConv{n}d": f"`Conv{n}d`: `in_channels` is always inferred" for n in (1, 2, 3)},
    **{f"LazyBatchNorm{n}d": f"`BatchNorm{n}d`: `num_features` is always inferred" for n in (1, 2, 3)},
    "LazyLinear": "`Linear`: `in_features` is always inferred",
    "cross_entropy": "`CrossEntropyLoss`, under `loss`",
    "mse_loss": "`MSELoss`, under `loss`",
    "l1_loss": "`L1Loss`, under `loss`",
    "nll_loss": "`NLLLoss`, under `loss`",
    "binary_cross_entropy": "`BCELoss`, under `loss`",
    "binary_cross_entropy_with_logits": "`BCEWithLogitsLoss`, under `loss`",
}
"""How archc says what other names mean, where that is no other name for one op."""


@record
class Foreign:
    """What to say of a name, and the op of the same function, if there is one."""

    message: str
    help: str = ""
    op: str = ""


def foreign(name: str) -> Foreign | None:
    """Return what is known of a name that no op has; None where it is nobody's, and so may be a slip."""
    home, dot, bare = name.rpartition(".")
    if dot and not _HOMES.fullmatch(home):
        return None
    known = ops.find(bare)
    if known is not None:
        return (
            Foreign(f"unknown op or block `{name}`", f"write `{bare}`: ops stand without `{home}.`", bare)
            if dot
            else None
        )
    is_torchs = bare in torch_names()
    message = f"torch has `{bare}`, archc has not" if is_torchs else f"unknown op or block `{name}`"
    if bare in SAME:
        return Foreign(message, f"write `{SAME[bare]}`, the same function", SAME[bare])
    if bare in SPELLINGS:
        return Foreign(message, f"archc has {SPELLINGS[bare]}")
    if not is_torchs:
        return None
    base = ops.find(bare.removesuffix("_"))
    if base is None:
        return Foreign(message)
    in_place = "inplace" in base.model_fields
    return Foreign(
        message, f"archc has `{{{base.name}: {{inplace: true}}}}`" if in_place else f"archc has `{base.name}`"
    )


@cache
def torch_names() -> frozenset[str]:
    """Names of `torch`, `torch.nn`, `torch.nn.functional` and `torch.Tensor` that no op of archc's own has."""
    return frozenset(Path(__file__).with_name("torch_names.txt").read_text(encoding="ascii").split())
