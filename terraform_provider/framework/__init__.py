"""Shared code of resource types: base class, AWS clients, tags, waiting, errors, and the life cycle of a resource."""
