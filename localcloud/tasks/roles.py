"""The roles of a task: credentials for its programs, and the execution role that ECS uses."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.authorization.context import Context
from localcloud.ecs.model.tasks import Task
from localcloud.errors import AwsError
from localcloud.identity.sealing import Temporary
from localcloud.identity.sts import Sts
from localcloud.protocol.caller import NOBODY, Caller, service
from localcloud.tasks.agent.server import Agent
from localcloud.tasks.containers.supervisor import CannotStartTask

SERVICE = "ecs-tasks.amazonaws.com"
URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
"""Fargate sets ..._RELATIVE_URI instead, below an address that a process of this machine cannot have."""
RENEWED = timedelta(minutes=20)
"""How long before their end they are renewed: SDKs ask again in the last 15 minutes."""
CANNOT_ASSUME = (
    "ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role being "
    "passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
)


class RoleCredentials:
    """Credentials of one task's session, renewed when requested shortly before they expire."""

    def __init__(
        self,
        sts: Sts,
        task: Task,
        role: str,
        issued: Temporary,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sts = sts
        self._task = task
        self._role = role
        self._held = issued
        self._now = now

    async def document(self) -> dict[str, Any]:
        """Return the credentials as the ECS agent serves them. Errors: AwsError when the role no longer trusts ECS."""
        if self._held.expires - RENEWED <= self._now():
            _, self._held = await begin(self._sts, self._task, self._role)
        return {
            "RoleArn": self._role,
            "AccessKeyId": self._held.access_key_id,
            "SecretAccessKey": self._held.secret,
            "Token": self._held.token,
            "Expiration": self._held.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class TaskRoles:
    """Gives tasks their roles."""

    def __init__(self, sts: Sts, agent: Agent) -> None:
        self._sts = sts
        self._agent = agent

    async def execution(self, task: Task, definition: Mapping[str, object]) -> Caller:
        """Begin a session of the execution role, which pulls images, reads secrets and writes logs.

        Without the role, ECS itself is the caller. Errors: CannotStartTask.
        """
        role = _role(task, definition, "executionRoleArn")
        return service(SERVICE) if role is None else (await self._begun(task, role))[0]

    async def environment(self, task: Task, definition: Mapping[str, object]) -> dict[str, str]:
        """Return the variables by which SDKs find the credentials; none without a role. Errors: CannotStartTask."""
        role = _role(task, definition, "taskRoleArn")
        if role is None:
            return {}
        _, issued = await self._begun(task, role)
        credentials = RoleCredentials(self._sts, task, role, issued)
        return {URI: self._agent.offer(task, credentials.document)}

    async def exec_agent(self, task: Task, definition: Mapping[str, object]) -> Caller:
        """Begin the session with which the agent of ECS Exec connects, with the task's role.

        Errors: CannotStartTask.
        """
        role = _role(task, definition, "taskRoleArn")
        return NOBODY if role is None else (await self._begun(task, role))[0]

    async def _begun(self, task: Task, role: str) -> tuple[Caller, Temporary]:
        try:
            return await begin(self._sts, task, role)
        except AwsError as error:
            raise CannotStartTask(CANNOT_ASSUME.format(role=role)) from error


async def begin(sts: Sts, task: Task, role: str) -> tuple[Caller, Temporary]:
    """Begin a session for a task. Errors: AwsError if the role does not trust ECS for this task."""
    keys = Context({"aws:SourceAccount": _account(task), "aws:SourceArn": task.arn})
    return await sts.as_service(SERVICE, role, task.id, keys)


def _role(task: Task, definition: Mapping[str, Any], member: str) -> str | None:
    """Return the role's ARN; None when it is missing or, as some clients send it, empty."""
    named = task.overrides.get(member) or definition.get(member)
    if not named:
        return None
    return str(named) if named.startswith("arn:") else f"arn:aws:iam::{_account(task)}:role/{named}"


def _account(task: Task) -> str:
    return task.arn.split(":")[4]
