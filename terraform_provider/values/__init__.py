"""Terraform's values in Python: what is unknown, how a value fits a type, and msgpack on the wire."""
