"""What people import: a spec as a checked network, and as a module."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from archc.diagnostics import SpecError
from archc.expand import Settings
from archc.loading import Loaded, load_file, load_text
from archc.network import Network, check
from archc.spec.data import plain

if TYPE_CHECKING:
    from torch import nn  # noqa: TID251 - a type alone


def load(
    path: str | Path,
    *,
    variant: str | None = None,
    params: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Network:
    """Return the checked network of a spec: a path, `path:variant`, or the name of one that ships with archc.

    Parameters and sizes may be NumPy's and OmegaConf's numbers and lists. Raises `SpecError`, holding every diagnostic,
    where the spec has errors; `TypeError` where `path` is no path.
    """
    return _checked(load_file(_path(path)), _settings(variant, params, sizes))


def loads(
    text: str,
    *,
    variant: str | None = None,
    params: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None,
    folder: str | Path | None = None,
) -> Network:
    """Return the checked network of a spec given as text; `use:` paths start from `folder`. Raises as `load` does."""
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"archc.loads takes the text of a spec, a str, not {type(text).__name__}")
    loaded = load_text(text, folder=Path(folder) if folder is not None else None)
    return _checked(loaded, _settings(variant, params, sizes))


def _path(path: str | Path) -> str:
    try:
        return os.fsdecode(path)
    except TypeError:
        raise TypeError(f"a spec is named by a path or a str, not {type(path).__name__}") from None


def _settings(variant: str | None, params: Mapping[str, object] | None, sizes: Mapping[str, int] | None) -> Settings:
    """The settings that a caller gives, in plain data."""
    given = {"params": params or {}, "sizes": sizes or {}}
    for what, values in given.items():
        if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"`{what}` takes a mapping from names to values, not {type(values).__name__}")
    plain_params, plain_sizes = ({name: plain(value) for name, value in values.items()} for values in given.values())
    return Settings(variant, plain_params, cast("Mapping[str, int]", plain_sizes))


def _checked(loaded: Loaded, settings: Settings) -> Network:
    checked = check(loaded, settings)
    if checked.network is None:
        raise SpecError(checked.findings, [loaded.place(finding.where) for finding in checked.findings])
    return checked.network


def build(
    path: str | Path,
    *,
    variant: str | None = None,
    params: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None,
    device: str | None = None,
    dtype: object = None,
    max_weights: int | None = None,
) -> nn.Module:
    """The network of a spec as an `nn.Module`; arguments as for `load`, and as for `Network.module`.

    A spec that has not changed since it was last built is not compiled again.
    """
    settings = _settings(variant, params, sizes)
    key = (_path(path), variant, repr(sorted(settings.params.items())), repr(sorted(settings.sizes.items())))
    known = _BUILT.get(key)
    if known is None or not known.loaded.is_current():
        known = _BUILT[key] = _checked(load_file(key[0]), settings)
        if len(_BUILT) > MOST_BUILT:
            del _BUILT[next(iter(_BUILT))]
    return known.module(device, dtype, max_weights=max_weights)


MOST_BUILT = 64
_BUILT: dict[tuple[str, str | None, str, str], Network] = {}
"""The networks that `build` has compiled last, by what they were asked for."""
