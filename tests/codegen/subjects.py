"""The files whose proof is tried: what is written for the shipped specs and those of tests/networks."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import archc
from archc.codegen.classes import class_infos, network_info
from archc.codegen.classnames import instance_call
from archc.codegen.proven import variants
from archc.codegen.search import probes
from archc.codegen.signatures import compare_signatures
from archc.codegen.source import Writer
from tests.codegen.mutants import Subject

ROOT = Path(__file__).parents[2]
SPECS = {
    file.stem: file
    for folder in ("specs", "tests/networks/specs", "tests/codegen/specs")
    for file in sorted((ROOT / folder).glob("*.yaml"))
}


@cache
def subject(name: str) -> Subject:
    """A file and all that holds for it."""
    network = archc.load(SPECS[name])
    writer = Writer(network)
    text = writer.write()
    infos, whole = tuple(class_infos(writer)), network_info(writer)
    return Subject(
        name,
        text,
        [(each, instance_call(each)) for each in (network, *variants(network))],
        tuple(probes(network, text, [*infos, whole])),
        lambda text: compare_signatures(network, text, infos, whole),
    )


def subjects() -> list[Subject]:
    """All of them."""
    return [subject(name) for name in SPECS]
