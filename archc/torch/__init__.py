"""The PyTorch backend: a typed tree as Python source, and as a live module. Only here is torch imported."""
