"""The write-ahead log (WAL) of one instance, which its server archives segment by segment."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from localcloud.rds.programs import make_directory

SEGMENT = re.compile(r"[0-9A-F]{24}")
SUFFIX = ".gz"

ARCHIVE_VARIABLE = "RDS_ARCHIVE"
# The shell has the directory from its environment, for a path may hold what PostgreSQL or the shell would take for
# syntax. Compressed, for a segment that is closed early is mostly zeros (level 4 is the first that makes
# nearly nothing of those); with the segment's own time, see below.
ARCHIVE_COMMAND = (
    f'gzip -4 <"%p" >"${ARCHIVE_VARIABLE}/%f.part" && touch -r "%p" "${ARCHIVE_VARIABLE}/%f.part"'
    f' && mv "${ARCHIVE_VARIABLE}/%f.part" "${ARCHIVE_VARIABLE}/%f{SUFFIX}"'
)
RESTORE_VARIABLE = "RDS_RESTORE"
RESTORE_COMMAND = f'test -f "${RESTORE_VARIABLE}/%f{SUFFIX}" && gzip -dc <"${RESTORE_VARIABLE}/%f{SUFFIX}" >"%p"'

ACKNOWLEDGED_WITHIN_S = 1.0
"""A commit notes its time before it reaches the log: a moment counts as archived this much later."""
QUIET_S = 2.0
"""After the longest time for which a change stays in an open segment: what is then still in one is no change."""


class Archive:
    """Segments in `directory`; `timeout_s`: the longest time (real seconds) for which a change stays in an open one."""

    def __init__(self, directory: Path, timeout_s: float) -> None:
        self.directory = directory
        self.timeout_s = max(1, int(timeout_s))

    def prepare(self) -> None:
        """Make the directory, for the server's user."""
        self.directory.parent.mkdir(mode=0o700, exist_ok=True)
        make_directory(self.directory)

    def settings(self) -> dict[str, str]:
        """The server's. An idle server writes nothing, so nothing is archived."""
        return {
            "archive_mode": "on",
            "archive_timeout": f"{self.timeout_s}s",
            "archive_command": ARCHIVE_COMMAND,
        }

    def segments(self) -> dict[str, int]:
        """Bytes of each, by name."""
        return {path.name.removesuffix(SUFFIX): path.stat().st_size for path in self._files()}

    def path(self, segment: str) -> Path:
        return self.directory / f"{segment}{SUFFIX}"

    def drop_before(self, segment: str) -> None:
        """Delete what is older."""
        for path in list(self._files()):
            if path.name < segment:
                path.unlink()

    def archived_until(self, log: Path | None, now: float) -> float | None:
        """The moment (epoch seconds) up to which each commit is in the archive; None while nothing is.

        `log`: the running server's own directory of segments, None when there is none. A segment's time is that of its
        last write, in the archive too. As long as nothing was written since the newest archived one, or only what
        PostgreSQL does not archive for (it closes a segment with a change in it after `timeout_s`), that moment is now.
        """
        newest = max((path.name for path in self._files()), default="").removesuffix(SUFFIX)
        if not newest:
            return None
        closed = self.path(newest).stat().st_mtime
        if log is None:
            return closed - ACKNOWLEDGED_WITHIN_S
        written = max((_last_write(path) for path in log.iterdir() if _is_after(path.name, newest)), default=0.0)
        idle = written <= closed or now - written > self.timeout_s + QUIET_S
        return (now if idle and not _waits(log) else closed) - ACKNOWLEDGED_WITHIN_S

    def all_until(self, log: Path, now: float) -> None:
        """The server has ended as it should: it has archived all, unless it still waits to, and nothing came after."""
        newest = max((path for path in self._files()), default=None)
        if newest is not None and not _waits(log):
            os.utime(newest, (now, now))

    def _files(self) -> Iterator[Path]:
        """Of whole segments: a backup's label and a timeline's history are archived too."""
        if self.directory.exists():
            for path in self.directory.iterdir():
                if path.suffix == SUFFIX and SEGMENT.fullmatch(path.name.removesuffix(SUFFIX)):
                    yield path


def _waits(log: Path) -> bool:
    return any((log / "archive_status").glob("*.ready"))


def _is_after(name: str, segment: str) -> bool:
    return SEGMENT.fullmatch(name) is not None and name > segment


def _last_write(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # the server has just taken it away, to be used again under another name
        return 0.0
