"""The local cloud's use of IAM's decisions; stored with its data."""

import json
from enum import StrEnum
from pathlib import Path

from localcloud.machine import stored_files
from localcloud.machine.files import write_json


class Mode(StrEnum):
    """`enforce` refuses what policies do not allow; `audit` only records it; `off` checks nothing."""

    ENFORCE = "enforce"
    AUDIT = "audit"
    OFF = "off"


DEFAULT = Mode.ENFORCE
FILE = "mode.json"


def chosen(data_directory: Path, requested: Mode | None) -> Mode:
    """Return the mode: the requested one, which is kept for later runs, else that of the run before."""
    path = data_directory / "iam" / FILE
    if requested is None:
        return stored_files.read(path, lambda content: Mode(json.loads(content)["mode"])) or DEFAULT
    keep(data_directory, requested)
    return requested


def keep(data_directory: Path, mode: Mode) -> None:
    """Keep the mode for later runs. Errors: OSError."""
    directory = stored_files.directory(data_directory / "iam")
    write_json(directory / FILE, {"mode": mode.value})
