"""What changed between two networks, as a reviewer needs it.

In go two checked networks, out comes a `Difference`: a frozen value whose parts are lists of what differs, with its
text, Markdown and JSON. Both networks are described by plain values (`description`), their steps paired (`matching`, by
`alignment`), and the pairs compared (`changes`). Equality of descriptions is the one test of "identical".
"""

from __future__ import annotations

from archc.differences.difference import Difference, diff

__all__ = ["Difference", "diff"]
