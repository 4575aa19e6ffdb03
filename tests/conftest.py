"""What holds for all tests."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    # workers share the cores: threads of their own would only get in each other's way
    os.environ.setdefault("OMP_NUM_THREADS", "1")
