"""Names: which ones a spec may use, and what the generated source makes of them."""

from __future__ import annotations

import keyword
import re
import sys

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")

MODULE_ATTRIBUTES = frozenset({
    "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu",
    "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
    "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
    "named_children", "named_modules", "named_parameters", "parameters", "register_backward_hook",
    "register_buffer", "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train",
    "training", "type", "xpu", "zero_grad", "append", "extend", "insert", "pop", "reset_parameters", "init_weights",
    "_apply", "_backward_hooks", "_backward_pre_hooks", "_buffers", "_call_impl", "_compiled_call_impl",
    "_forward_hooks", "_forward_hooks_always_called", "_forward_hooks_with_kwargs", "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs", "_get_abs_string_index", "_get_backward_hooks", "_get_backward_pre_hooks",
    "_get_item_by_idx", "_get_name", "_is_full_backward_hook", "_load_from_state_dict", "_load_state_dict_post_hooks",
    "_load_state_dict_pre_hooks", "_maybe_warn_non_full_backward_hook", "_modules", "_named_members",
    "_non_persistent_buffers_set", "_parameters", "_register_load_state_dict_pre_hook", "_register_state_dict_hook",
    "_replicate_for_data_parallel", "_save_to_state_dict", "_slow_forward", "_state_dict_hooks",
    "_state_dict_pre_hooks", "_version", "_wrapped_call_impl",
})  # fmt: skip
"""What `nn.Module`, `nn.Sequential` and the classes that archc writes have: a submodule of that name would hide it."""
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{at}" for port in ("com", "lpt") for at in range(1, 10))})
"""What no file can be called on Windows, with any suffix."""


def problem_with_name(name: str) -> str:
    """Why a name cannot be used, as the end of a sentence; empty where it can."""
    if not IDENTIFIER.match(name):
        return "is not an identifier of at most 64 letters, digits and _"
    if keyword.iskeyword(name) or name in {"None", "True", "False"}:
        return "is a word of Python's own"
    if name.startswith("__"):
        return "begins with two underscores"
    return ""


def problem_with_module_name(name: str) -> str:
    """Why a step cannot be called so: the reasons of `problem_with_name`, and attributes of `nn.Module`."""
    problem = problem_with_name(name)
    if problem:
        return problem
    if name in ("reset_parameters", "init_weights"):
        return "is a method of the classes that archc writes"
    return "is an attribute that every nn.Module has" if name in MODULE_ATTRIBUTES else ""


def problem_with_file_name(name: str) -> str:
    """Why a network's files cannot be called so, as the end of a sentence; empty where they can."""
    if name.lower() in DEVICES:
        return "would have the name of a device on Windows"
    return "would hide the module of that name" if name in {*sys.stdlib_module_names, "torch", "archc"} else ""


def auto_name(key: str) -> str:
    """The stem of an unnamed step's name: the op or block, lowercase, without its namespace."""
    return key.rsplit(".", 1)[-1].lower()


def pascal(name: str) -> str:
    """A class name for a block: `conv_relu` becomes `ConvRelu`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part) or "Block"


def network_name(spec: str, variant: str | None) -> str:
    """What a network's files are called: its variant where that names the network, else both names together.

    `resnet50` of `resnet` and `resnext50_32x4d` of `resnet` stand alone; `lecture` of `lenet` becomes `lenet_lecture`.
    """
    if variant is None:
        return spec
    common = 0
    for ours, theirs in zip(spec, variant, strict=False):
        if ours != theirs:
            break
        common += 1
    alone = spec in variant or common >= 4
    return variant if alone else f"{spec}_{variant}"


def variant_name(spec: str, variant: str) -> str:
    """The function that makes a variant: its name where that begins with the network's, else both names together."""
    return variant if variant.startswith(spec) else f"{spec}_{variant}"


def class_name(name: str, title: str) -> str:
    """The class of a network: words capitalised, and cased as the title has them (`GoogLeNet`, `ResNet50`)."""
    if title == name:
        return pascal(name)
    titled = [re.sub(r"\W|_", "", word) for word in title.split()]
    titled = [form for word in titled for form in (word.rstrip("0123456789"), word)]
    cased = {word.lower(): word[:1].upper() + word[1:] for word in titled}
    parts = [part for part in name.split("_") if part]
    words: list[str] = []
    while parts:
        together = next((n for n in range(len(parts), 1, -1) if "".join(parts[:n]).lower() in cased), 1)
        part = "".join(parts[:together])
        parts = parts[together:]
        if part.lower() in cased:
            words.append(cased[part.lower()])
            continue
        stem = re.match(r"[a-zA-Z]*", part)
        head = stem[0] if stem else ""
        known = max((w for w in cased if w and head.lower().startswith(w)), key=len, default="")
        word = cased[known] + part[len(known) :] if known else part
        words.append(word[:1].upper() + word[1:])
    joined = ""
    for word in words:
        joined += ("_" if joined[-1:].isdigit() and word[:1].isdigit() else "") + word
    return joined if joined[:1].isalpha() else f"Net{joined}"
