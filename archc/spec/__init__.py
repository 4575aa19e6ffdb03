"""Specs: what a document says, read into frozen values with every name in it resolved."""
