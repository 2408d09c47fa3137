"""The log of one server in hourly files, as RDS keeps and serves it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localcloud.machine import stored_files
from localcloud.machine.set_aside import SUFFIX, set_aside

DIRECTORY = "error"
KEPT_HOURS = 72
"""rds.log_retention_period, 4320 minutes."""
LARGEST_BYTES = 8 * 1024**2
"""The limit of an hourly file: statements logged in a loop must not fill the disk. The rest of the hour is dropped."""
PORTION_BYTES = 1024**2
PORTION_LINES = 10_000


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """A log file; `name` as in the API, `error/postgresql.log.2026-11-27-22`."""

    name: str
    size: int
    last_written_ms: int


@dataclass(frozen=True, kw_only=True)
class Portion:
    """A portion of a file. `end`: the offset after it, which is the marker of the next portion."""

    text: str
    end: int
    has_more: bool


class LogFiles:
    """Log files in the `directory` of an instance, which may be renamed: pass it each time."""

    @staticmethod
    def append(directory: Path, line: str) -> None:
        """Append one line of the server's output; starting a new file deletes the oldest ones."""
        if not directory.exists():  # the instance is being deleted
            return
        place = stored_files.directory(directory / "log")
        path = place / f"postgresql.log.{datetime.now(UTC):%Y-%m-%d-%H}"
        if path.is_dir():
            set_aside(path, "should be a file: the lines of this hour start again")
        if not path.exists():
            for old in _files(place)[: 1 - KEPT_HOURS]:
                old.unlink()
        elif path.stat().st_size > LARGEST_BYTES:
            return
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"{line}\n")

    @staticmethod
    def listed(directory: Path) -> list[LogFile]:
        """Return the files by name, which is chronological."""
        return [
            LogFile(
                name=f"{DIRECTORY}/{path.name}",
                size=path.stat().st_size,
                last_written_ms=int(path.stat().st_mtime * 1000),
            )
            for path in _files(directory / "log")
        ]

    @staticmethod
    def read(directory: Path, name: str) -> bytes | None:
        """Return a file's content; None when the file does not exist."""
        if name not in {each.name for each in LogFiles.listed(directory)}:
            return None
        return (directory / "log" / name.partition("/")[2]).read_bytes()


def _files(place: Path) -> list[Path]:
    """Return the log files, the oldest first."""
    return sorted(path for path in place.glob("postgresql.log.*") if path.is_file() and SUFFIX not in path.name)


def portion(content: bytes, begin: int | None, lines: int | None) -> Portion:
    """Return a portion from an offset, or the last lines without one. At most 1 MB, in whole lines where they fit."""
    if begin is None:
        kept = content.splitlines(keepends=True)[-(lines or PORTION_LINES) :]
        while kept and sum(map(len, kept)) > PORTION_BYTES:
            kept.pop(0)
        return _portion(content, len(content) - sum(map(len, kept)), len(content))
    end = begin
    for line in content[begin:].splitlines(keepends=True)[:lines]:
        if end + len(line) - begin > PORTION_BYTES:
            end = max(end, begin + (PORTION_BYTES if end == begin else 0))
            break
        end += len(line)
    return _portion(content, begin, end)


def _portion(content: bytes, begin: int, end: int) -> Portion:
    return Portion(text=content[begin:end].decode(errors="replace"), end=end, has_more=end < len(content))
