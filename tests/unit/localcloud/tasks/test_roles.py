"""Credentials of a task's role: when they are renewed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from localcloud.authorization.needs import needs_of
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.resources import Place
from localcloud.ecs.model.tasks import Task
from localcloud.identity.sealing import Seal, Temporary
from localcloud.identity.sts import Sts
from localcloud.protocol.caller import Session
from localcloud.tasks.agent.server import Agent
from localcloud.tasks.roles import RoleCredentials, TaskRoles

BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/task"
PRINCIPAL = Principal(kind=Kind.ROLE_SESSION, arn="arn:aws:sts::123456789012:assumed-role/task/t")
TASK = Task(
    arn="arn:aws:ecs:us-west-1:123456789012:task/c/t",
    cluster_arn="c",
    task_definition="d",
    launch={},
    group="",
    started_by="",
    created_at=BEGIN,
)


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


def test_an_empty_role_is_none() -> None:
    """The tool ecs-deploy registers definitions with empty roles."""
    empty = {"executionRoleArn": "", "taskRoleArn": ""}
    roles = TaskRoles(cast(Sts, Issuing(Clock())), cast(Agent, None))
    assert asyncio.run(roles.execution(TASK, empty)).principal.kind is Kind.SERVICE
    assert asyncio.run(roles.environment(TASK, empty)) == {}
    needs = needs_of(
        "ecs", "RegisterTaskDefinition", {"family": "f", **empty}, Place(account_id="1", region="us-west-1")
    )
    assert [each.action for each in needs] == ["ecs:RegisterTaskDefinition"]


def test_they_are_renewed_twenty_minutes_before_they_end() -> None:
    clock = Clock()
    credentials = RoleCredentials(cast(Sts, Issuing(clock)), TASK, ROLE, clock.issue(), lambda: clock.moment)

    def key(minutes: int) -> str:
        clock.moment = BEGIN + timedelta(minutes=minutes)
        return str(asyncio.run(credentials.document())["AccessKeyId"])

    first = key(0)
    assert key(39) == first
    second = key(40)
    assert second != first
    assert key(79) == second
    assert asyncio.run(credentials.document())["Expiration"] == "2026-05-04T01:40:00Z"
