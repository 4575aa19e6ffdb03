"""Findings, and sums of networks, in the forms that people and programs read."""

from archc.report.records import as_json
from archc.report.text import as_text, tally

__all__ = ["as_json", "as_text", "tally"]
