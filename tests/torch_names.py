"""Write `archc/spec/torch_names.txt`: the names of torch that no op of archc has."""

from __future__ import annotations

import inspect
from pathlib import Path
from textwrap import wrap

import torch
from torch import nn
from torch.nn import functional as F

from archc import ops

FILE = Path(__file__).resolve().parents[1] / "archc" / "spec" / "torch_names.txt"


def lacking() -> list[str]:
    """The functions of `torch` and `torch.nn.functional`, the modules of `torch.nn`, all that a `torch.Tensor` has."""
    found = {
        name
        for home in (torch, F)
        for name in dir(home)
        if callable(there := getattr(home, name)) and not inspect.isclass(there) and not inspect.ismodule(there)
    }
    found |= {name for name, there in vars(nn).items() if inspect.isclass(there) and issubclass(there, nn.Module)}
    found |= {*dir(torch.Tensor)}
    return sorted(name for name in found if not name.startswith("_") and name.isascii() and name not in ops.names())


if __name__ == "__main__":
    FILE.write_text("\n".join(wrap(" ".join(lacking()), 118)) + "\n", encoding="ascii")
