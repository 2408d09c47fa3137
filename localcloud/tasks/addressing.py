"""A process has no network namespace: what a container calls its own addresses becomes the task's loopback address."""

import re
from collections.abc import Mapping, Sequence

ANY_ADDRESS = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])")
OWN_ADDRESS = re.compile(r"(?<![\w.])(?:localhost|127\.0\.0\.1)(?![\w.])")


def bind_to(address: str, command: Sequence[str]) -> list[str]:
    """`--host 0.0.0.0` -> `--host 127.40.1.2`."""
    return [ANY_ADDRESS.sub(address, word) for word in command]


def bind_environment(address: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Values that are exactly `0.0.0.0` are meant for a listener."""
    return {name: address if value == "0.0.0.0" else value for name, value in environment.items()}


def reach(address: str, command: Sequence[str]) -> list[str]:
    """A health check's `http://localhost:8000` -> `http://127.40.1.2:8000`."""
    return [OWN_ADDRESS.sub(address, word) for word in command]
