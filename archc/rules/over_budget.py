"""Networks that cost more than their own cases allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archc.case_names import variant_of
from archc.diagnostics import Where
from archc.rules.base import Hit, spec_rule
from archc.spec.model import Budget

if TYPE_CHECKING:
    from archc.network import Network
    from archc.spec.model import Spec

_WORDS = {"params": "parameters", "macs": "MACs"}


@spec_rule("ARC427", severity="warning")
def over_budget(spec: Spec, networks: Sequence[Network]) -> Iterator[Hit]:
    """# ARC427 over-budget: more parameters or multiply-adds than a case of `check` allows

    ## What

    A case of the file's `check` gives the network as it stands a budget of parameters or MACs, which it exceeds.
    Cases that set parameters or sizes, and budgets of memory, are for `archc test` alone, which fails for this one too.

    ## Why

    Whoever wrote the budget has a device or a deadline in mind. It is cheaper to hear of it while a layer is being
    widened than when the tests run.

    ## Triggers it

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    steps: [{Linear: 128}, ReLU, {Linear: 8}]
    check: [{params: {max: 5e3}}]
    ```

    ## Mended

    ```yaml
    archc: 1
    name: net
    inputs: {x: [64]}
    steps: [{Linear: 64}, ReLU, {Linear: 8}]
    check: [{params: {max: 5e3}}]
    ```
    """
    for case in spec.checks:
        network = next((each for each in networks if each.variant == variant_of(spec, case)), None)
        budgets = {what: most.maximum for what, most in case.amounts.items() if isinstance(most, Budget)}
        if network is None or case.params or case.sizes or not budgets.keys() & _WORDS.keys():
            continue
        summary = network.summary()
        totals = {"params": summary.params, "macs": summary.macs}
        for what, word in _WORDS.items():
            if what in budgets and totals[what] > budgets[what]:
                message = f"`{network.name}` has {totals[what]:,} {word}, and a case allows {budgets[what]:,}"
                where = Where(case.where.file, (*case.where.route, what))
                yield Hit(where, message, help=f"`archc summary --sort {what}` shows where they are")
