"""Checks before a deploy: find what would make it fail before anything is registered."""
