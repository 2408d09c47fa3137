"""The write-ahead log (WAL) of one instance, archived by its server segment by segment."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from localcloud.rds.server.programs import make_directory

SEGMENT = re.compile(r"[0-9A-F]{24}")
SUFFIX = ".gz"

ARCHIVE_VARIABLE = "RDS_ARCHIVE"
# The directory comes from the shell's environment, because a path may contain characters that PostgreSQL or the shell
# would interpret. Segments are compressed, because one that is closed early is mostly zeros (level 4 is the lowest that
# shrinks those to almost nothing). A segment keeps its modification time; see below.
ARCHIVE_COMMAND = (
    f'gzip -4 <"%p" >"${ARCHIVE_VARIABLE}/%f.part" && touch -r "%p" "${ARCHIVE_VARIABLE}/%f.part"'
    f' && mv "${ARCHIVE_VARIABLE}/%f.part" "${ARCHIVE_VARIABLE}/%f{SUFFIX}"'
)
RESTORE_VARIABLE = "RDS_RESTORE"
RESTORE_COMMAND = f'test -f "${RESTORE_VARIABLE}/%f{SUFFIX}" && gzip -dc <"${RESTORE_VARIABLE}/%f{SUFFIX}" >"%p"'

ACKNOWLEDGED_WITHIN_S = 1.0
"""A commit takes its timestamp before it reaches the log: a moment counts as archived this much later."""
QUIET_S = 2.0
"""Time after the longest period for which a change stays in an open segment: what is still in one then is no change."""


class Archive:
    """The archived segments in `directory`.

    `timeout_s`: the longest time (real seconds) for which a change stays in an open segment.
    """

    def __init__(self, directory: Path, timeout_s: float) -> None:
        self.directory = directory
        self.timeout_s = max(1, int(timeout_s))

    def prepare(self) -> None:
        """Make the directory and give it to the server's user."""
        self.directory.parent.mkdir(mode=0o700, exist_ok=True)
        make_directory(self.directory)

    def settings(self) -> dict[str, str]:
        """Return the server's settings. An idle server writes nothing, so nothing is archived."""
        return {
            "archive_mode": "on",
            "archive_timeout": f"{self.timeout_s}s",
            "archive_command": ARCHIVE_COMMAND,
        }

    def segments(self) -> dict[str, int]:
        """Return segment name -> bytes."""
        return {path.name.removesuffix(SUFFIX): path.stat().st_size for path in self._files()}

    def path(self, segment: str) -> Path:
        return self.directory / f"{segment}{SUFFIX}"

    def drop_before(self, segment: str) -> None:
        """Delete the segments older than this one."""
        for path in list(self._files()):
            if path.name < segment:
                path.unlink()

    def archived_until(self, log: Path | None, now: float) -> float | None:
        """Return the moment (epoch seconds) up to which every commit is in the archive; None while nothing is.

        `log`: the running server's own directory of segments, None when there is none. A segment's time is that of its
        last write, in the archive too. The result is the present as long as nothing was written since the newest
        archived segment, or only what PostgreSQL does not archive for (it closes a segment that contains a change after
        `timeout_s`).
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
        """Record that everything is archived up to now: the server shut down cleanly, so it has archived all segments
        unless some still wait, and nothing was written since.
        """
        newest = max((path for path in self._files()), default=None)
        if newest is not None and not _waits(log):
            os.utime(newest, (now, now))

    def _files(self) -> Iterator[Path]:
        """Yield the files of whole segments: a backup's label and a timeline's history are archived too."""
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
    except FileNotFoundError:  # the server has just removed it, to reuse it under another name
        return 0.0
