"""What an instance is restored from, in its own directory until it is done."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.errors import CannotStart
from localcloud.machine import stored
from localcloud.machine.files import write_json
from localcloud.rds import superuser
from localcloud.rds.archive import RESTORE_COMMAND, RESTORE_VARIABLE

BACKUP, LOG = "backup", "wal"


@dataclass(frozen=True, kw_only=True)
class Until:
    """What restore.json holds."""

    until: str | None


class Restoration:
    """`restore/` in the instance's directory holds the base backup and the log, linked: whatever happens to their
    source meanwhile does not matter. `restore.json`, written last, says so and until when the log is followed."""

    def __init__(self, directory: Path) -> None:
        self._instance = directory
        self.directory = directory / "restore"
        self._record = directory / "restore.json"

    def is_pending(self) -> bool:
        return self._record.exists()

    def prepare(self, backup: Path, source: Path, log: Iterable[Path], until: datetime | None) -> None:
        """`source`: the directory with the file of the source's superuser, whose password is in the data too.

        `log`: every segment that is followed, none for the backup alone. `until`: None to its end.
        """
        shutil.copytree(backup, self.directory / BACKUP, copy_function=os.link)
        (self.directory / LOG).mkdir()
        superuser.copy(source, self._instance)
        for segment in log:
            os.link(segment, self.directory / LOG / segment.name)
        write_json(self._record, {"until": until.isoformat() if until else None})

    @property
    def follows_log(self) -> bool:
        return any((self.directory / LOG).iterdir())

    @property
    def backup(self) -> Path:
        return self.directory / BACKUP

    def follow_to_the_end(self) -> None:
        """There is no commit after the moment asked for: PostgreSQL would look for one, and fail without."""
        write_json(self._record, {"until": None})

    def settings(self) -> dict[str, str]:
        """The server's, while it follows the log. Clients are let in when it is done. Errors: CannotStart."""
        kept = stored.read_record(self._record, Until)
        if kept is None:
            raise CannotStart(
                f"{self._record}: should say until when the log is followed, and is lost; delete this instance and "
                "restore it once more"
            )
        until = kept.until
        return {
            "restore_command": RESTORE_COMMAND,
            "recovery_target_timeline": "current",
            "recovery_target_action": "promote",
            "hot_standby": "off",
            **({"recovery_target_time": until} if until else {}),
        }

    def refuse_unknown(self) -> None:
        """Errors: CannotStart when something was to be restored, and nothing says what: an empty instance is not it."""
        if (self.directory / BACKUP).exists():
            raise CannotStart(
                f"{self._record}: should say what is restored, and is lost; delete this instance and restore it once "
                "more"
            )

    def environment(self) -> dict[str, str]:
        return {RESTORE_VARIABLE: str(self.directory / LOG)}

    def finish(self) -> None:
        """The instance is whole without it."""
        self._record.unlink()
        self.clear()

    def clear(self) -> None:
        """Delete what the instance was restored from."""
        if self.directory.exists():
            shutil.rmtree(self.directory)
