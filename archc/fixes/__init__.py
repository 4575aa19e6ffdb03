"""Fixes carried out: from a finding's edits, by place, to a file's new text, which is checked before it is kept.

`changes` makes characters of places, `rounds` fixes a spec as far as that is safe.
"""

from archc.fixes.changes import Change, apply_changes, resolve_edits

__all__ = ["Change", "apply_changes", "resolve_edits"]
