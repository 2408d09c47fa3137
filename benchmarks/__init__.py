"""Benchmarks: measurements beside what they are compared with, in one run."""
