"""The overlay of a service that moto handles: requests that violate the service's model never reach moto."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from localcloud.errors import not_offered
from localcloud.moto_only.checks.backup import BackupCheck
from localcloud.moto_only.checks.event_targets import check_targets
from localcloud.moto_only.checks.kms import check_keys
from localcloud.moto_only.checks.secretsmanager import check_secrets
from localcloud.moto_only.checks.sns import check_topics
from localcloud.moto_only.checks.sqs import check_queues
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse, region_of

JSON = "application/x-amz-json-"
Checks = Callable[[str, Mapping[str, Any], str], None]
"""Operation, parameters and region. Errors: AwsError."""


class ModelCheck:
    """Checks requests of one service. `name`: botocore's name (`events`).

    `types_only`: the service checks constraints itself. `checks`: constraints that the model lacks. `without`:
    operations for which moto would return a false success. `json_only`: forms, which older SDKs send, are not read.
    """

    def __init__(
        self,
        name: str,
        *,
        types_only: bool = False,
        checks: Checks | None = None,
        without: Collection[str] = (),
        json_only: bool = False,
    ) -> None:
        self._model = RequestModel(name)
        self._types_only = types_only
        self._checks = checks
        self._without = without
        self._json_only = json_only

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError."""
        if request.operation in self._without:
            raise not_offered(request.operation)
        is_json = request.headers.get("content-type", "").startswith(JSON)
        if not is_json and (self._json_only or not request.form):
            return None
        parameters = self._model.parse(request) if self._types_only else self._model.read(request)
        if self._checks is not None:
            self._checks(request.operation, parameters, region_of(request))
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response


def checks() -> dict[str, ModelCheck | BackupCheck]:
    """Return the checks by signing name: the services that people and Terraform use through moto."""
    return {
        "acm": ModelCheck("acm"),
        "backup": BackupCheck(),
        "budgets": ModelCheck("budgets"),
        "events": ModelCheck("events", checks=check_targets, without=("PutPartnerEvents",)),
        "iam": ModelCheck("iam"),
        "kms": ModelCheck("kms", checks=check_keys),
        "monitoring": ModelCheck("cloudwatch", types_only=True),
        "secretsmanager": ModelCheck("secretsmanager", checks=check_secrets),
        "sns": ModelCheck("sns", checks=check_topics),
        "sqs": ModelCheck("sqs", types_only=True, checks=check_queues, json_only=True),
        "ssm": ModelCheck("ssm"),
        "sts": ModelCheck("sts"),
    }
