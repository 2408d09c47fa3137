"""Terraform's values in Python: unknown values, conversion to a type, and msgpack on the wire."""
