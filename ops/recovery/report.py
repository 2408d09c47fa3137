"""The outcome of a recovery or of its plan: how long it took, how old the data is, what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ops.aws.service import revision_of
from ops.console import Console, command_name
from ops.parameters.recovery_journal import Journal
from ops.recovery.files import Found

RTO_GOAL_S, RPO_GOAL_S = 3600.0, 900.0

# The fields to show of the report by app.after_restore.
TOLD = ("users", "uploads", "transactions", "newest_write_at", "erased_again", "sessions_ended", "files_missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryReport:
    """journal: None when nothing was missing. told: the report by app.after_restore."""

    message: str
    plan: Sequence[str] = ()
    journal: Journal | None = None
    dry_run: bool = False
    files: Mapping[str, Found] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    next_steps: Sequence[str] = ()

    exit_code = 0

    @property
    def data(self) -> dict[str, Any]:
        return {key: self.told[key] for key in TOLD if key in self.told}

    def as_json(self) -> dict[str, object]:
        made = self.journal or Journal(id="", began_at="")
        counts = {name: {"seen": each.seen, "brought_back": each.brought_back} for name, each in self.files.items()}
        return {
            "ok": True,
            "dry_run": self.dry_run,
            "message": self.message,
            "plan": list(self.plan),
            "moment": made.moment or None,
            "source": {"kind": made.source_kind, "name": made.source} if made.source else None,
            "set_aside": made.set_aside or None,
            "files": counts,
            "data": self.data,
            "revision": revision_of(made.task_definition) if "serve" in made.done else None,
            "rto_s": recovery_s(made),
            "lost_s": lost_s(made),
            "phases_s": made.phases_s,
            "next_steps": list(self.next_steps),
        }

    def show(self, console: Console) -> None:
        for line in self.plan:
            console.result(line)
        console.result(self.message, style="bold green")
        for bucket, found in self.files.items():
            console.result(f"  files      {bucket}: {found.seen} looked at, {found.brought_back} brought back")
        for key, value in self.data.items():
            console.result(f"  data       {key.replace('_', ' ')}: {value}")
        for step in self.next_steps:
            console.result(f"  next       {step}")


def report_of(made: Journal, environment: str, files: Mapping[str, Found], told: Mapping[str, Any]) -> RecoveryReport:
    """Return the report of a recovery that has ended."""
    took_s, gone_s = recovery_s(made) or 0.0, lost_s(made)
    message = f"Recovered: {environment} after {took_s:.1f} s"
    if gone_s is not None:
        message += (
            f", with the data of {made.moment_time:%Y-%m-%dT%H:%M:%SZ}: {gone_s:.0f} s before the service stopped"
        )
    steps = []
    if took_s > RTO_GOAL_S:
        steps.append(f"it took longer than the goal of {RTO_GOAL_S / 3600:g} h: see phases_s of `--json`")
    if gone_s is not None and made.latest and gone_s > RPO_GOAL_S:
        steps.append(f"more was lost than the goal of {RPO_GOAL_S / 60:g} minutes: are backups made?")
    if told.get("files_missing"):
        steps.append(f"{told['files_missing']} uploads have no file: {', '.join(told.get('first_missing', []))}")
    if made.held_at and "serve" not in made.done:
        steps.append(f"nothing serves: start the service on this data with `{command_name()} recover --only service`")
    if made.set_aside:
        steps.append(f"the database before it is {made.set_aside}: look, then delete it; it costs as much as the other")
    if made.restored_id and environment != "local":
        steps.append("tell Terraform which instance it is: docs/recovery.md, 'Afterwards'")
    return RecoveryReport(message=message, journal=made, files=files, told=told, next_steps=tuple(steps))


def recovery_s(made: Journal) -> float | None:
    """Return the seconds from the beginning until the service was verified, pauses included."""
    if not made.ended_at:
        return None
    return (datetime.fromisoformat(made.ended_at) - datetime.fromisoformat(made.began_at)).total_seconds()


def lost_s(made: Journal) -> float | None:
    """Return the seconds of lost writes: from the moment that the database went back to until nothing served."""
    if not made.held_at or made.moment_time is None or not made.restored_id:
        return None
    return (datetime.fromisoformat(made.held_at) - made.moment_time).total_seconds()
