"""Checks of requests that no service may answer here: moto's answer would be a false success."""
