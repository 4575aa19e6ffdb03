"""From a checked network to PyTorch source: one class for each definition, and the proof that it is the graph."""
