"""Calls that ECS makes with a task's execution role: pulling images, reading secrets, opening log streams.

Source: ECS Developer Guide, "Amazon ECS task execution IAM role", and its troubleshooting pages for the words.
"""

import re
from collections.abc import Mapping

from localcloud.enforcement.calls import Call
from localcloud.enforcement.enforcer import Enforcer
from localcloud.errors import AwsError
from localcloud.protocol.caller import Caller
from localcloud.tasks.images.image_store import CannotPullContainer

PRIVATE = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/(?P<repository>[^@:]+)")
PULLING = ("BatchGetImage", "GetDownloadUrlForLayer")


class ExecutionRole:
    """Checks each call before ECS makes it. `caller`: the session of the role; a task without one is not checked."""

    def __init__(self, permissions: Enforcer) -> None:
        self._permissions = permissions

    async def check_pull(self, caller: Caller, images: list[str]) -> None:
        """Check that the role may pull these images from ECR. Errors: CannotPullContainer."""
        found = [(image, matched["repository"]) for image in dict.fromkeys(images) if (matched := PRIVATE.match(image))]
        if not found:
            return
        try:
            await self._check(caller, "ecr", "GetAuthorizationToken", {})
        except AwsError as exc:
            raise CannotPullContainer(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                "failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): "
                f"{exc.code}: {exc.message}"
            ) from exc
        for image, repository in found:
            try:
                for operation in PULLING:
                    await self._check(caller, "ecr", operation, {"repositoryName": repository})
            except AwsError as exc:
                raise CannotPullContainer(
                    f"CannotPullContainerError: pull image manifest has been retried 1 time(s): pull access denied for "
                    f"{image}: {exc.code}: {exc.message}"
                ) from exc

    async def check_secret(self, caller: Caller, value_from: str) -> None:
        """Check that the role may read a container's secret. Errors: AwsError."""
        if value_from.startswith("arn:aws:secretsmanager:"):
            arn = ":".join(value_from.split(":")[:7])
            await self._check(caller, "secretsmanager", "GetSecretValue", {"SecretId": arn})
        else:
            name = value_from.partition(":parameter")[2] if value_from.startswith("arn:") else value_from
            await self._check(caller, "ssm", "GetParameters", {"Names": [name], "WithDecryption": True})

    async def check_logs(self, caller: Caller, group: str, stream: str, *, creates_group: bool) -> None:
        """Check that the role may write a container's log. Errors: AwsError."""
        if creates_group:
            await self._check(caller, "logs", "CreateLogGroup", {"logGroupName": group})
        for operation in ("CreateLogStream", "PutLogEvents"):
            await self._check(caller, "logs", operation, {"logGroupName": group, "logStreamName": stream})

    async def _check(self, caller: Caller, service: str, operation: str, parameters: Mapping[str, object]) -> None:
        if caller.principal.is_of_account:
            call = Call(service=service, operation=operation, parameters=parameters, protocol="json")
            await self._permissions.check_as(caller, call)
