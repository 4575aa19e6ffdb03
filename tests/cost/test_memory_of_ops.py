"""The memory of every op by itself: its examples, and cases drawn from its domain, against what torch allocates."""

from __future__ import annotations

import pytest

from tests.cost.chains import OPS, behind_linear, drawn, examples
from tests.cost.test_memory import assert_agrees

every_op = pytest.mark.parametrize("name", OPS)
