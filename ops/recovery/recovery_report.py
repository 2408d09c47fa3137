"""The outcome of a recovery or of its plan: duration, age of the data, next steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ops.aws.service import revision_of
from ops.console import Console, command_name
from ops.parameters.recovery_journal import Journal
from ops.recovery.files import Counts

RTO_GOAL_S, RPO_GOAL_S = 3600.0, 900.0

# The fields to show of the report by app.after_restore.
SHOWN = ("users", "uploads", "transactions", "newest_write_at", "erased_again", "sessions_ended", "files_missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryReport:
    """journal: None when nothing was missing. after_restore: the report by app.after_restore."""

    message: str
    plan: Sequence[str] = ()
    journal: Journal | None = None
    dry_run: bool = False
    files: Mapping[str, Counts] = field(default_factory=dict)
    after_restore: Mapping[str, Any] = field(default_factory=dict)
    next_steps: Sequence[str] = ()

    exit_code = 0

    @property
    def data(self) -> dict[str, Any]:
        return {key: self.after_restore[key] for key in SHOWN if key in self.after_restore}

    def as_json(self) -> dict[str, object]:
        journal = self.journal or Journal(id="", began_at="")
        counts = {name: {"seen": each.seen, "brought_back": each.restored} for name, each in self.files.items()}
        return {
            "ok": True,
            "dry_run": self.dry_run,
            "message": self.message,
            "plan": list(self.plan),
            "moment": journal.moment or None,
            "source": {"kind": journal.source_kind, "name": journal.source} if journal.source else None,
            "set_aside": journal.set_aside or None,
            "files": counts,
            "data": self.data,
            "revision": revision_of(journal.task_definition) if "serve" in journal.done else None,
            "rto_s": recovery_s(journal),
            "lost_s": lost_s(journal),
            "phases_s": journal.phases_s,
            "next_steps": list(self.next_steps),
        }

    def show(self, console: Console) -> None:
        for line in self.plan:
            console.result(line)
        console.result(self.message, style="bold green")
        for bucket, found in self.files.items():
            console.result(f"  files      {bucket}: {found.seen} checked, {found.restored} restored")
        for key, value in self.data.items():
            console.result(f"  data       {key.replace('_', ' ')}: {value}")
        for step in self.next_steps:
            console.result(f"  next       {step}")


def report_of(
    journal: Journal, environment: str, files: Mapping[str, Counts], after_restore: Mapping[str, Any]
) -> RecoveryReport:
    """Return the report of a recovery that has ended."""
    took_s, lost_time_s = recovery_s(journal) or 0.0, lost_s(journal)
    message = f"Recovered: {environment} after {took_s:.1f} s"
    if lost_time_s is not None:
        moment = f"{journal.moment_time:%Y-%m-%dT%H:%M:%SZ}"
        message += f", with the data of {moment}: {lost_time_s:.0f} s before the service stopped"
    steps = []
    if took_s > RTO_GOAL_S:
        steps.append(f"the recovery took longer than the goal of {RTO_GOAL_S / 3600:g} h: see phases_s of `--json`")
    if lost_time_s is not None and journal.latest and lost_time_s > RPO_GOAL_S:
        steps.append(f"more data was lost than the goal of {RPO_GOAL_S / 60:g} minutes allows: check that backups run")
    if after_restore.get("files_missing"):
        steps.append(
            f"{after_restore['files_missing']} uploads have no file: "
            f"{', '.join(after_restore.get('first_missing', []))}"
        )
    if journal.held_at and "serve" not in journal.done:
        steps.append(f"nothing serves: start the service on this data with `{command_name()} recover --only service`")
    on_aws = "" if environment == "local" else ": docs/recovery.md, 'Afterwards'"
    if journal.set_aside:
        steps.append(
            f"the previous database is now {journal.set_aside}: check it, then delete it, as it costs as much as the "
            f"new one{on_aws}"
        )
    if journal.restored_id and environment != "local":
        steps.append(f"import the new instance into the Terraform state{on_aws}")
    return RecoveryReport(
        message=message, journal=journal, files=files, after_restore=after_restore, next_steps=tuple(steps)
    )


def recovery_s(journal: Journal) -> float | None:
    """Return the seconds from the beginning until the service was verified, pauses included."""
    if not journal.ended_at:
        return None
    return (datetime.fromisoformat(journal.ended_at) - datetime.fromisoformat(journal.began_at)).total_seconds()


def lost_s(journal: Journal) -> float | None:
    """Return the seconds of lost writes: from the restored moment until nothing served."""
    if not journal.held_at or journal.moment_time is None or not journal.restored_id:
        return None
    return (datetime.fromisoformat(journal.held_at) - journal.moment_time).total_seconds()
