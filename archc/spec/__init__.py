"""Specs: what a document says, read into frozen values with every name in it resolved.

Everything in here is imported whenever archc starts, and two habits keep that fast. Dataclasses that nobody compares
or prints say `eq=False, repr=False`: each generated method is source that Python compiles at import. Pydantic models
say `defer_build=True`, so that only those which are used get their validator.
"""
