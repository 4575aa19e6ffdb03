"""What `check:` cases name: the variant that each is about, and steps that there may be none of."""

from __future__ import annotations

from collections.abc import Iterator

from archc import codes
from archc.diagnostics import Diagnostic, Where
from archc.expand import Settings
from archc.network import Network, check
from archc.spec.model import Check, Spec
from archc.step_paths import find_type, nearest


def variant_of(spec: Spec, case: Check) -> str | None:
    """The variant a case is about: the first, where it names none."""
    return case.variant or (spec.variants[0].name if spec.variants else None)


def settings_of(spec: Spec, case: Check, base: Settings) -> Settings:
    """What a case sets, over what is set for all cases."""
    return Settings(variant_of(spec, case), {**base.params, **case.params}, {**base.sizes, **case.sizes})


def unknown_names(network: Network, case: Check) -> Iterator[Diagnostic]:
    """What a case says the shape of, and no step, input or output of its network is called."""
    for name, _ in case.expect_shapes:
        if find_type(network.body, name) is None:
            where = Where(case.where.file, (*case.where.route, "shapes", name), on_key=True)
            message = f"`{name}` is no step, input or output of this network"
            yield Diagnostic(codes.CHECK, message, where, help=nearest(network.body, name))


def unknown_names_in_cases(network: Network, base: Settings) -> Iterator[Diagnostic]:
    """The same for all cases about the variant that `network` is; `base` is what it was made with."""
    spec = network.spec
    for case in spec.checks:
        if variant_of(spec, case) != network.variant or not case.expect_shapes:
            continue
        # parameters decide which steps there are; sizes seldom do, so they are only tried where a name seems wrong
        own = bool(case.params) or (bool(case.sizes) and any(unknown_names(network, case)))
        made = check(network.loaded, settings_of(spec, case, base)).network if own else network
        if made is not None:
            yield from unknown_names(made, case)
