"""Run as a script, where archc cannot be imported: makes the module of each file, and runs it, on the meta device.

    python -I alone.py JOBS.json

A job is {file, class, inputs: [[shape, dtype]], outputs: [shape], params}; whatever is not so ends the process.
"""

import importlib.util
import json
import sys
from pathlib import Path

FOREIGN = {"archc", "yaml", "pydantic", "graphviz", "pygraphviz", "click", "rich"}
"""What archc needs and a generated module must not."""


class Refuse:
    """Makes importing archc, and what it is made with, fail: as if it were not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in FOREIGN:
            raise ModuleNotFoundError(f"No module named {name!r}")


def run(job):
    """Import one generated file and hold it to what the graph says."""
    import torch

    spec = importlib.util.spec_from_file_location("generated", job["file"])
    made = importlib.util.module_from_spec(spec)
    sys.modules["generated"] = made
    spec.loader.exec_module(made)
    with torch.device("meta"):
        module = eval(job["call"], vars(made)).eval()
        inputs = [torch.zeros(shape, dtype=getattr(torch, dtype)) for shape, dtype in job["inputs"]]
    result = module(*inputs)
    shapes = [list(o.shape) for o in ([result] if isinstance(result, torch.Tensor) else result) if o is not None]
    assert shapes == job["outputs"], f"{job['file']}: {shapes}"
    params = sum(p.numel() for p in module.parameters())
    assert params == job["params"], f"{job['file']}: {params:,} parameters"


def main():
    sys.meta_path.insert(0, Refuse())
    try:
        import archc  # noqa: F401
    except ModuleNotFoundError:
        pass
    else:
        raise AssertionError("archc can be imported here")
    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for job in jobs:
        run(job)
    found = FOREIGN & {name.partition(".")[0] for name in sys.modules}
    assert not found, f"imported {found}"
    print(len(jobs))


main()
