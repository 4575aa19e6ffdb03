"""YAML text as plain data, with an exact place in the file for every key and value.

The YAML is the 1.2 core schema without what hides a spec's meaning: anchors, aliases, tags and merge keys are findings.
"""

from archc.document.document import Document, decode, parse, read

__all__ = ["Document", "decode", "parse", "read"]
