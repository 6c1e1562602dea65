"""Readers of strangers' texts. Tried by seeded corpora in `tests/hostile/test_readers.py`, and for as long
as one likes by atheris: `make fuzz T=60`. Nothing is imported here: what is fuzzed has to be seen first.
"""
