"""Credentials of a task's role: when they are renewed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from localcloud.authorization.principals import Kind, Principal
from localcloud.ecs.model.tasks import Task
from localcloud.identity.sealing import Seal, Temporary
from localcloud.identity.sts import Sts
from localcloud.protocol.caller import Session
from localcloud.tasks.roles import RoleCredentials

BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/task"
PRINCIPAL = Principal(kind=Kind.ROLE_SESSION, arn="arn:aws:sts::123456789012:assumed-role/task/t")


class Clock:
    def __init__(self) -> None:
        self.moment = BEGIN

    def issue(self) -> Temporary:
        session = Session(name="t", issued=self.moment, expires=self.moment + timedelta(hours=1), role_arn=ROLE)
        return Seal(b"k" * 32).issue(PRINCIPAL, session)


class Issuing:
    """STS, as far as a task needs it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def as_service(self, *asked: Any) -> tuple[None, Temporary]:
        return None, self._clock.issue()


def test_they_are_renewed_twenty_minutes_before_they_end() -> None:
    clock = Clock()
    task = Task(
        arn="arn:aws:ecs:us-west-1:123456789012:task/c/t",
        cluster_arn="c",
        task_definition="d",
        launch={},
        group="",
        started_by="",
        created_at=BEGIN,
    )
    credentials = RoleCredentials(cast(Sts, Issuing(clock)), task, ROLE, clock.issue(), lambda: clock.moment)

    def key(minutes: int) -> str:
        clock.moment = BEGIN + timedelta(minutes=minutes)
        return str(asyncio.run(credentials.document())["AccessKeyId"])

    first = key(0)
    assert key(39) == first
    second = key(40)
    assert second != first
    assert key(79) == second
    assert asyncio.run(credentials.document())["Expiration"] == "2026-05-04T01:40:00Z"
