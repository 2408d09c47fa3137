"""Compares roles' permissions with their use."""
