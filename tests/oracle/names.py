"""Names to draw from: those that whoever writes PyTorch code uses himself, and quiet ones."""

from __future__ import annotations

HOSTILE = (
    "x", "out", "self", "nn", "F", "torch", "channels", "in_channels", "out_channels", "features", "in_features",
    "layers", "math", "i", "j", "n", "k", "block", "module", "modules_", "width", "height", "length", "rank", "Tensor",
    "Sequence", "NamedTuple", "OrderedDict", "Callable", "ClassVar", "range", "len_", "list", "dict", "tuple", "zip",
    "enumerate", "super", "options", "args", "kwargs", "row", "rows", "stage", "stages", "current", "channels_size",
    "int_", "str", "bool", "object", "print", "isinstance", "Block", "Module", "Net", "Linear_", "make_divisible",
    "stochastic_depth_", "divide", "windows", "size", "shape", "dim", "name", "parameter", "fnmatchcase", "annotations",
    "reset_parameters", "init_weights", "in_height", "skip", "skip_channels", "memory", "count", "index", "y", "a", "b",
    "_x", "head", "body", "side_", "device", "dtype", "data", "weight", "bias", "value", "values", "items", "keys", "get",
    "update", "property", "type_", "id", "hash", "vars", "map", "filter", "any", "all", "min_", "max_", "sum_", "abs_",
    "round_", "h", "N", "C", "H_", "W_", "T", "inputs", "outputs", "result", "results", "Parameter", "Sequential_",
    "ValueError", "float_", "ceil_", "partial", "reduce", "total", "next", "iter", "sorted", "reversed", "set", "drop",
    "has_relu", "has_add", "cast", "Literal", "typing", "collections", "F_", "nn_", "torch_", "Final", "Any", "Self",
    "training_", "forward_", "left", "right", "first", "last", "add_module_", "get_submodule_", "names", "choices",
    "Row", "Stage", "ROWS", "STAGES", "ACTS", "Type", "Union", "Optional", "List", "Iterable", "Flag", "layer", "unit",
)  # fmt: skip
"""Identifiers that are free in the language but not in a Python file that uses torch."""

EXPRESSION_HOSTILE = (
    "len",
    "sum",
    "min",
    "max",
    "abs",
    "round",
    "ceil",
    "floor",
    "make_divisible",
    "type",
    "float",
    "int_",
)
"""Names of the functions of expressions, and others that only steps may not have."""

BLOCK_WORDS = (
    "conv_bn", "residual", "mlp", "Block", "Module", "Tensor", "Sequence", "NamedTuple", "x", "out", "self_", "layers",
    "nn", "F", "torch", "math", "list", "dict", "super", "range", "len", "print", "module", "row", "rows", "stages",
    "make_divisible", "divide", "windows", "net", "Net", "named_tuple", "ordered_dict", "value_error", "callable",
    "Any", "block", "unit", "object", "str", "int", "bool", "tuple", "stochastic", "permute_", "encoder", "Row", "Stage",
)  # fmt: skip
"""Names for blocks."""

OPS = frozenset((
    "add", "sub", "mul", "div", "sum", "abs", "round", "ceil", "floor", "repeat", "flip", "pad", "split", "select", "exp",
    "relu", "log", "sign", "pow", "stack", "cat", "squeeze", "std", "var", "mean", "Parameter", "Buffer", "side", "chain",
    "reuse", "Sequential", "branches", "to",
))  # fmt: skip
"""Ops and words of the language, which blocks and block-typed parameters are not called."""

MODULE_HAS = frozenset((
    "type", "float", "double", "half", "to", "train", "eval", "apply", "forward", "modules", "children", "parameters",
    "buffers", "reset_parameters", "init_weights", "append", "extend", "insert", "pop", "training", "compile", "cpu", "cuda", "input",
))  # fmt: skip
"""What a step is not called."""
