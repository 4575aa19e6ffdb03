"""How many examples the property tests try."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

MORE = int(os.environ.get("ARCHC_EXAMPLES", "0"))


def examples(few: int) -> settings:
    """The same `few` examples each time; or, with ARCHC_EXAMPLES set, so many new ones."""
    checks = (
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    )
    return settings(
        max_examples=MORE or few, derandomize=not MORE, deadline=None, database=None, suppress_health_check=checks
    )
