"""The source of an instance's restoration, in the instance's own directory until it is complete."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.errors import CannotStart
from localcloud.machine import stored_files
from localcloud.machine.files import write_json
from localcloud.rds.server import superuser
from localcloud.rds.server.archive import RESTORE_COMMAND, RESTORE_VARIABLE

BACKUP, LOG = "backup", "wal"


@dataclass(frozen=True, kw_only=True)
class Until:
    """The content of restore.json."""

    until: str | None


class Restoration:
    """A restoration in progress.

    `restore/` in the instance's directory contains hard links to the base backup and the log, so changes of their
    source do not affect it. `restore.json`, written last, marks it as pending and says up to when the log is followed.
    """

    def __init__(self, directory: Path) -> None:
        self._instance = directory
        self.directory = directory / "restore"
        self._record = directory / "restore.json"

    def is_pending(self) -> bool:
        return self._record.exists()

    def prepare(self, backup: Path, source: Path, log: Iterable[Path], until: datetime | None) -> None:
        """Prepare a restoration.

        `source`: the directory with the source's superuser file, whose password is in the data too.

        `log`: every segment to follow, none for the backup alone. `until`: None to follow the log to its end.
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
        """Drop the target time, because no commit follows it: PostgreSQL would look for one, and fail."""
        write_json(self._record, {"until": None})

    def settings(self) -> dict[str, str]:
        """Return the server's settings while it follows the log; clients are let in afterwards. Errors: CannotStart."""
        kept = stored_files.read_record(self._record, Until)
        if kept is None:
            raise CannotStart(
                f"{self._record}: was lost. It should say up to what time the log is replayed; delete this instance "
                "and restore it again"
            )
        until = kept.until
        return {
            "restore_command": RESTORE_COMMAND,
            "recovery_target_timeline": "current",
            "recovery_target_action": "promote",
            "hot_standby": "off",
            **({"recovery_target_time": until} if until else {}),
        }

    def check_known(self) -> None:
        """Refuse to start when the record of a restoration is lost: the instance would be empty.

        Errors: CannotStart.
        """
        if (self.directory / BACKUP).exists():
            raise CannotStart(
                f"{self._record}: was lost. It should say what is being restored; delete this instance and restore it "
                "again"
            )

    def environment(self) -> dict[str, str]:
        return {RESTORE_VARIABLE: str(self.directory / LOG)}

    def finish(self) -> None:
        """Mark the restoration as complete and delete its files."""
        self._record.unlink()
        self.clear()

    def clear(self) -> None:
        """Delete the files that the instance was restored from."""
        if self.directory.exists():
            shutil.rmtree(self.directory)
