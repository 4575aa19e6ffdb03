"""Specs as PyTorch modules: each definition translated once, each file proven to be the checked graph.

Takes a `Network` and its `Spec`; gives the text of a Python module, and instances of it. The only folder that may
import torch, and of it `module.py` alone does.
"""
