"""Reads the values that a container's `secrets` refer to: Secrets Manager and Parameter Store."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.errors import AwsError
from localcloud.faults.active import Faults
from localcloud.moto.server import MotoServer
from localcloud.protocol.caller import Caller
from localcloud.protocol.own_requests import json_request

Check = Callable[[Caller, str], Awaitable[None]]


class Unusable(Exception):
    """The secret was read, but what the task definition names is not in it. The words are the agent's own."""


class SecretUnavailable(Exception):
    """A stopped task's reason, `ResourceInitializationError: unable to pull secrets ...`, never with the value."""


class SecretReader:
    """Reads secrets: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX[:json-key:version-stage:version-id]`."""

    def __init__(self, moto: MotoServer, region: str, faults: Faults) -> None:
        self._moto = moto
        self._region = region
        self._faults = faults

    async def read(self, value_from: str, caller: Caller, check: Check) -> str:
        """Return the value to a task whose execution role is `caller`, if `check` allows. Errors: SecretUnavailable."""
        try:
            await check(caller, value_from)
            if value_from.startswith("arn:aws:secretsmanager:"):
                return await self._secret(value_from, caller)
            response = await self._call(
                "ssm", "AmazonSSM.GetParameter", {"Name": value_from, "WithDecryption": True}, caller
            )
            return str(response["Parameter"]["Value"])
        except (AwsError, Unusable) as exc:
            reason = f"{value_from}: {exc.code}: {exc.message}" if isinstance(exc, AwsError) else str(exc)
            raise SecretUnavailable(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                f"failed: unable to retrieve secret from {_service_name(value_from)}: {reason}"
            ) from exc

    async def _secret(self, value_from: str, caller: Caller) -> str:
        parts = value_from.split(":")
        arn, (key, stage, version) = ":".join(parts[:7]), (*parts[7:10], "", "", "")[:3]
        if stage and version:
            raise AwsError("ValidationException", "a version stage and a version id cannot both be given")
        requested = {"SecretId": arn} | ({"VersionStage": stage} if stage else {})
        response = await self._call(
            "secretsmanager",
            "secretsmanager.GetSecretValue",
            requested | ({"VersionId": version} if version else {}),
            caller,
        )
        if "SecretString" not in response:
            raise Unusable("retrieved secret from Secrets Manager is binary, which no environment variable can hold")
        text = str(response["SecretString"])
        if not key:
            return text
        try:
            value = json.loads(text)[key]
        except (ValueError, KeyError, TypeError) as exc:
            raise Unusable(f"retrieved secret from Secrets Manager did not contain json key {key}") from exc
        return value if isinstance(value, str) else json.dumps(value)

    async def _call(self, service: str, target: str, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        request = json_request(service, self._region, target, parameters, caller)
        if refused := self._faults.refusal(request):
            raise refused
        response = await self._moto.request(request)
        answer: dict[str, Any] = json.loads(response.body)
        if response.status >= 400:
            code = str(answer.get("__type", "InternalServiceError"))
            raise AwsError(code, str(answer.get("message") or answer.get("Message", "")), response.status)
        return answer


def _service_name(value_from: str) -> str:
    return "asm" if ":secretsmanager:" in value_from else "ssm"
