"""Checks before a deploy: what would make it fail, found before anything is registered."""
