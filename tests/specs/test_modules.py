"""Every shipped network builds, and its module is what the graph says: weights, their order, and shapes."""

import pytest
import torch

import archc
from archc.graph import ops_of
from archc.loading import shipped_variants

ALL = [(path.stem, variant) for path, variants in shipped_variants().items() for variant in variants]


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "variant"), ALL)
def test_module_is_the_graph(spec: str, variant: str):
    network = archc.load(spec, variant=variant)
    module, summary = network.module(device="meta"), network.summary()
    entries = [(f"{node.path}.{w.name}", w.shape) for node in ops_of(network.graph) for w in node.op.weights()]
    assert [(key, tuple(value.shape)) for key, value in module.state_dict().items()] == entries
    image = torch.empty(2, *next(iter(summary.inputs.values())), device="meta")
    assert module.eval()(image).shape == (2, *next(iter(summary.outputs.values())))
    results = module.train()(image)
    trained = results if isinstance(results, tuple) else (results,)
    assert [tuple(t.shape[1:]) for t in trained] == list(summary.outputs.values())
