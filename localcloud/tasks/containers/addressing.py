"""Replaces a container's own addresses by the task's loopback address: a process has no network namespace."""

import re
from collections.abc import Mapping, Sequence

ANY_ADDRESS = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])")
OWN_ADDRESS = re.compile(r"(?<![\w.])(?:localhost|127\.0\.0\.1)(?![\w.])")


def bind_to(address: str, command: Sequence[str]) -> list[str]:
    """Replace the address to listen on: `--host 0.0.0.0` -> `--host 127.40.1.2`."""
    return [ANY_ADDRESS.sub(address, word) for word in command]


def bind_environment(address: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Replace values that are exactly `0.0.0.0`: they are meant for a listener."""
    return {name: address if value == "0.0.0.0" else value for name, value in environment.items()}


def reach(address: str, command: Sequence[str]) -> list[str]:
    """Replace the address to reach: a health check's `http://localhost:8000` -> `http://127.40.1.2:8000`."""
    return [OWN_ADDRESS.sub(address, word) for word in command]
