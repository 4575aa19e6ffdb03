"""Findings, and sums of networks, in the forms that people and programs read."""
