"""Splits lists into pieces that fit in one request."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(listed: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(listed), size):
        yield listed[first : first + size]
