"""The process limits of this operating system."""

import resource


def resource_of(name: str) -> int | None:
    """Return the system's number of the limit that ECS calls `name`; None where the system lacks it."""
    number: int | None = getattr(resource, f"RLIMIT_{name.upper()}", None)
    return number
