"""Checks integrations of HTTP APIs before moto stores them: moto accepts any mapping, but AWS refuses some."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.apigateway.parameter_mapping import check_parameters, header_changes
from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest

PATH = re.compile(r"/v2/apis/([^/]+)/integrations(?:/([^/]+))?/?")
LONGEST_TIMEOUT_MS = 30_000
"""An integration's timeout unless it asks for a shorter one; the service model refuses a longer one."""


@dataclass(frozen=True, kw_only=True)
class IntegrationRequest:
    """CreateIntegration or UpdateIntegration. `integration_id`: empty for a new integration."""

    api_id: str
    integration_id: str
    members: Mapping[str, Any]


def read_request(request: AwsRequest) -> IntegrationRequest | None:
    """Return None for other requests and for bodies that are not a JSON object; moto handles those."""
    matched = PATH.fullmatch(request.path)
    if matched is None or request.method not in ("POST", "PATCH"):
        return None
    try:
        members = json.loads(request.body or b"{}")
    except ValueError:
        return None
    if not isinstance(members, dict):
        return None
    return IntegrationRequest(api_id=matched[1], integration_id=matched[2] or "", members=members)


def check_mappings(members: Mapping[str, Any]) -> None:
    """Check the complete integration, as it will be stored.

    Errors: AwsError: BadRequestException for what API Gateway refuses, 501 for what the local gateway cannot do.
    """
    parameters = members.get("requestParameters") or {}
    if members.get("integrationSubtype") or not _is_text(parameters):
        return
    check_parameters(parameters)
    if (members.get("integrationType"), members.get("connectionType")) != ("HTTP_PROXY", "VPC_LINK"):
        return
    header_changes(parameters)
    if members.get("responseParameters"):
        raise AwsError("InvalidAction", "The local gateway does not change responses: ResponseParameters", 501)


def _is_text(parameters: object) -> bool:
    return isinstance(parameters, dict) and all(isinstance(value, str) for value in parameters.values())
