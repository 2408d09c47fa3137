"""The analyses: pure functions from rows to findings."""
