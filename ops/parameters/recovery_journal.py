"""The progress of a recovery, in an SSM parameter: the next run of the command resumes from it, on any machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Self

from ops.aws.clients import Aws
from ops.console import Console


@dataclass(kw_only=True)
class Journal:
    """One recovery. Times are ISO 8601 with their zone.

    moment: the time to restore to; empty when the database stays as it is. source: kind and name of what the database
    is restored from. restoring: the instance that becomes the database; set_aside: the current one's later name.
    held_at: since when nothing serves. desired: the desired count before. done: completed steps.
    """

    id: str
    began_at: str
    moment: str = ""
    latest: bool = False
    source_kind: str = ""
    source: str = ""
    restoring: str = ""
    restored_id: str = ""
    set_aside: str = ""
    task_definition: str = ""
    desired: int | None = None
    held_at: str = ""
    ended_at: str = ""
    steps: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    phases_s: dict[str, float] = field(default_factory=dict)

    @classmethod
    def new(cls, now: datetime) -> Self:
        return cls(id=now.strftime("%Y%m%d%H%M%S"), began_at=now.isoformat())

    @property
    def is_in_progress(self) -> bool:
        return not self.ended_at

    @property
    def moment_time(self) -> datetime | None:
        return datetime.fromisoformat(self.moment) if self.moment else None

    def save(self, aws: Aws) -> None:
        """Store the journal. SSM PutParameter."""
        aws.ssm.put_parameter(
            Name=aws.environment.recovery_parameter, Value=json.dumps(asdict(self)), Type="String", Overwrite=True
        )

    @contextmanager
    def step(self, aws: Aws, console: Console, name: str) -> Iterator[bool]:
        """Yield whether the step still has to be done; then record it with its seconds."""
        if name in self.done:
            console.say(f"{name.replace('_', ' '):<22} done before", style="dim")
            yield False
            return
        before_s = console.phases_s.get(name, 0.0)
        try:
            with console.phase(name):
                yield True
        finally:
            spent_s = console.phases_s.get(name, 0.0) - before_s
            self.phases_s[name] = round(self.phases_s.get(name, 0.0) + spent_s, 3)
            self.save(aws)
        self.done.append(name)
        self.save(aws)


def read(aws: Aws) -> Journal | None:
    """Read the newest recovery, in progress or ended; None when there never was one. SSM GetParameter."""
    try:
        response = aws.ssm.get_parameter(Name=aws.environment.recovery_parameter)
    except aws.ssm.exceptions.ParameterNotFound:
        return None
    return Journal(**json.loads(response["Parameter"]["Value"]))


def in_progress_since(aws: Aws) -> str | None:
    """Return when the unfinished recovery began; None when there is none."""
    found = read(aws)
    return found.began_at if found is not None and found.is_in_progress else None


def now() -> datetime:
    return datetime.now(UTC)
