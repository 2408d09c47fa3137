"""Unexpected failures, counted by operation for the health report."""

import traceback
from collections.abc import Mapping
from pathlib import PurePath

MOST = 50
"""Number of operations that are kept, the latest ones."""
PACKAGE, MOTO = "localcloud", "moto"


class Failures:
    """A counter of failures; not thread-safe."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, what: str, error: BaseException) -> None:
        """Count a failure. `what`: the operation, with its service."""
        count, _ = self._found.pop(what, (0, ""))
        self._found[what] = count + 1, f"{type(error).__name__} in {place_of(error)}"
        for oldest in list(self._found)[:-MOST]:
            del self._found[oldest]

    def report(self) -> Mapping[str, str]:
        """Return operation -> count, with type and place of the latest error; contains no values of requests."""
        return {what: f"{count}x {newest}" for what, (count, newest) in sorted(self._found.items())}


def place_of(error: BaseException) -> str:
    """Return file and line of the innermost frame in our code or moto's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        parts = PurePath(frame.filename).parts
        for root in (PACKAGE, MOTO):
            if root in parts:
                return f"{'/'.join(parts[len(parts) - parts[::-1].index(root) - 1 :])}:{frame.lineno}"
    return "an unknown place"
