"""Faults on demand: what can go wrong on AWS, brought about here on purpose and for a while."""
