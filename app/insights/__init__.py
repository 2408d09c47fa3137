"""Insights: summaries and findings computed from the transactions."""
