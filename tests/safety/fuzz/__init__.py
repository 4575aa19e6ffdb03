"""Fuzzing archc with what a stranger might write: `python -m tests.safety.fuzz --minutes 30 --seed 1`."""
