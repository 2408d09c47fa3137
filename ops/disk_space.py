"""Checks whether a disk has room left."""

import os
from pathlib import Path

FULL_BYTES = 64 * 1024
"""A disk with less free space than this counts as full."""


def is_full(place: Path) -> bool:
    """Return whether the disk that holds a directory has no room for another file; False if that is unknown."""
    try:
        room = os.statvfs(place)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < FULL_BYTES or bool(room.f_files and not room.f_favail)
