"""The limits of processes that this operating system has."""

import resource


def resource_of(name: str) -> int | None:
    """The system's number of a limit that ECS calls `name`; None where the system has no such limit."""
    number: int | None = getattr(resource, f"RLIMIT_{name.upper()}", None)
    return number
