"""A server's superuser password: one file beside the cluster, or beside the backup of it."""

import re
import secrets
import shutil
from pathlib import Path

from localcloud.machine import stored_files
from localcloud.machine.files import write_atomically

NAME = "superuser"
BYTES = 24
PASSWORD = re.compile(r"[A-Za-z0-9_-]{32}")


def new() -> str:
    return secrets.token_urlsafe(BYTES)


def keep(directory: Path, password: str) -> Path:
    """Store the password; -> the path."""
    path = directory / NAME
    write_atomically(path, password.encode())
    return path


def kept(directory: Path) -> str | None:
    """Return the password; None when it is lost."""
    return stored_files.read(directory / NAME, _checked)


def copy(source: Path, target: Path) -> None:
    """Copy the password between the directories of servers and snapshots.

    A lost one is replaced at the server's next start.
    """
    if kept(source) is not None:
        shutil.copy2(source / NAME, target / NAME)


def _checked(content: bytes) -> str:
    password = content.decode()
    if not PASSWORD.fullmatch(password):
        raise ValueError("it does not contain a password as the local cloud writes it")
    return password
