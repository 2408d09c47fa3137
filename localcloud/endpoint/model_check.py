"""The overlay of a service that moto answers: requests that violate the service's model never reach moto."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only import kms_rules
from localcloud.moto_only.backup_check import BackupCheck
from localcloud.moto_only.secretsmanager_rules import refuse_wrong
from localcloud.moto_only.sns_rules import refuse_names
from localcloud.protocol.request_form import refuse_malformed
from localcloud.protocol.request_model import RequestModel, formed, parameters
from localcloud.protocol.rest_check import RestCheck
from localcloud.protocol.wire import CREDENTIAL_SCOPE, AwsRequest, AwsResponse

JSON = "application/x-amz-json-"
Rules = Callable[[str, Mapping[str, Any], str], None]
"""Operation, parameters and region. Errors: AwsError."""


class ModelCheck:
    """Checks requests of one service. `name`: botocore's name (`events`).

    `has_own_words`: check types only, because the service words constraint errors itself. `rules`: constraints that the
    model lacks. `not_offered`: operations that moto would answer with a false success.
    """

    def __init__(
        self,
        name: str,
        *,
        has_own_words: bool = False,
        rules: Rules | None = None,
        not_offered: Collection[str] = (),
    ) -> None:
        self._model = RequestModel(name)
        self._has_own_words = has_own_words
        self._rules = rules
        self._not_offered = not_offered

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError."""
        if request.operation in self._not_offered:
            raise AwsError("InvalidAction", f"{request.operation} is not offered by the local cloud.", 501)
        asked: Mapping[str, Any] = {}
        if request.headers.get("content-type", "").startswith(JSON):
            asked = self._model.read_json(request.operation, request.body, is_checked=not self._has_own_words)
        elif request.form:
            asked = self._check_form(request)
        else:
            return None
        if self._rules is not None:
            scope = CREDENTIAL_SCOPE.search(request.headers.get("authorization", ""))
            self._rules(request.operation, asked, scope.group(1) if scope else "")
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    def _check_form(self, request: AwsRequest) -> Mapping[str, Any]:
        if not self._model.knows(request.operation):
            version = request.form.get("Version", "")
            raise AwsError("InvalidAction", f"Could not find operation {request.operation} for version {version}")
        shape = self._model.input_shape(request.operation)
        if shape is None:
            return {}
        asked: Mapping[str, Any] = formed(shape, parameters(request.form))
        refuse_malformed(shape, asked)
        if not self._has_own_words:
            self._model.refuse(request.operation, asked)
        return asked


def checks() -> dict[str, ModelCheck | RestCheck]:
    """Return the checks by signing name: the services that people and Terraform use through moto."""
    return {
        "acm": ModelCheck("acm"),
        "backup": BackupCheck(),
        "budgets": ModelCheck("budgets"),
        "events": ModelCheck("events", not_offered=("PutPartnerEvents",)),
        "iam": ModelCheck("iam"),
        "kms": ModelCheck("kms", rules=kms_rules.refuse_wrong),
        "monitoring": ModelCheck("cloudwatch", has_own_words=True),
        "secretsmanager": ModelCheck("secretsmanager", rules=refuse_wrong),
        "sns": ModelCheck("sns", rules=refuse_names),
        "ssm": ModelCheck("ssm"),
        "sts": ModelCheck("sts"),
    }
