"""Ways in which a file of the data directory can be damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

DAMAGES: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"http://127.0."),
    lambda path: path.write_bytes(b"http://[::1"),
    lambda path: path.write_bytes(b"http://127.0.0.1:99999999/"),
    lambda path: path.write_bytes(bytes(range(256))),
    lambda path: path.write_bytes(b"[]"),
    lambda path: path.mkdir(),
]


damaged = pytest.mark.parametrize("damage", DAMAGES)
