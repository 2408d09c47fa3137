"""Benchmarks: measurements beside their counterparts, in one run."""
