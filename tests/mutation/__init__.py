"""Sound specs with faults planted in them: archc must find each at its own line, and nothing else.

A kind of fault is a function (see `kinds`) that turns a place of a specimen into a `Fault`: edits of its text, with
the line and the codes of the one finding that they must lead to. `plant` puts several independent ones into a text,
`judge` holds what archc finds against them, `measure` does so many times. Run `python -m tests.mutation`.
"""
