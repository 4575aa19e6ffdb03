"""The canonical long form of a spec: one text for all ways to write the same network."""

from archc.canonical.spec import spec_data
from archc.canonical.writer import write_yaml
from archc.spec.model import Spec

__all__ = ["canonical_text"]


def canonical_text(spec: Spec) -> str:
    """The spec as YAML in which nothing is abbreviated: arguments and block parameters by name, forks under `branches`.

    It reads back as the same network, and its own canonical text is itself. Blocks of used files stay in their files.
    Raises `ValueError` for a spec with faults.
    """
    return write_yaml(spec_data(spec))
