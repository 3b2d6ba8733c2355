"""Measurements of what studyatlas does. `make bench` runs every `bench_*.py` here."""
