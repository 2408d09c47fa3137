"""Batches under permissions for a part of them: AWS does that part, and lists the rest as errors.

Sources: Secrets Manager API Reference, BatchGetSecretValue; Resource Groups Tagging API Reference, TagResources.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from localcloud.authorization.decision import Decision
from localcloud.authorization.messages import denial
from localcloud.enforcement import deleted_objects
from localcloud.enforcement.calls import Call
from localcloud.enforcement.deleted_objects import Remaining
from localcloud.protocol.wire import AwsRequest, AwsResponse, json_response

READ = "secretsmanager:GetSecretValue"
SECRET = re.compile(r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+)-[A-Za-z0-9?]{6}")
DENIED = "AccessDeniedException"


class Rest(Protocol):
    """The remainder of a call. `request`: None if nothing may be done."""

    @property
    def request(self) -> AwsRequest | None: ...

    def answer(self, response: AwsResponse | None) -> AwsResponse:
        """Add what was refused to the response to the rest; None where there was no rest."""


@dataclass(frozen=True, kw_only=True)
class RestOfList:
    """The rest of a request in JSON. `refused`: the entries of the response's `member`."""

    request: AwsRequest | None
    empty: Mapping[str, Any]
    member: str
    refused: Any

    def answer(self, response: AwsResponse | None) -> AwsResponse:
        """Add the refused entries to a response; one that reports a failure stays."""
        response = response or json_response(self.empty)
        if response.status != 200:
            return response
        answer = json.loads(response.body)
        others = answer.get(self.member) or type(self.refused)()
        answer[self.member] = others | self.refused if isinstance(others, dict) else [*others, *self.refused]
        headers = {name: text for name, text in response.headers.items() if name.lower() != "content-length"}
        return replace(response, headers=headers, body=json.dumps(answer).encode())


def is_partial(call: Call, denied: Sequence[Decision]) -> bool:
    """Return whether the rest of a call can be done in spite of its denials."""
    match call.service, call.protocol, call.operation:
        case "s3", _, "DeleteObjects":
            return deleted_objects.is_partial(denied)
        case "secretsmanager", "json", "BatchGetSecretValue":
            ids = call.parameters.get("SecretIdList") or []
            return not call.parameters.get("Filters") and all(_is_of(each, ids) for each in denied)
        case "tagging", "json", "TagResources" | "UntagResources":
            return all(not each.request.action.startswith("tag:") for each in denied)
    return False


def remaining(request: AwsRequest, denied: Sequence[Decision]) -> Rest:
    """Return what is left of a call for which `is_partial`."""
    if request.operation == "BatchGetSecretValue":
        return _of_secrets(request, denied)
    if request.operation in ("TagResources", "UntagResources"):
        return _of_tags(request, denied)
    rest: Remaining = deleted_objects.remaining(request, denied)
    return rest


def _of_secrets(request: AwsRequest, denied: Sequence[Decision]) -> RestOfList:
    messages = {name: denial(each) for each in denied for name in _names(each.request.resource)}
    given = json.loads(request.body)
    ids = [str(each) for each in given["SecretIdList"]]
    return RestOfList(
        request=_with(request, given, "SecretIdList", [each for each in ids if each not in messages]),
        empty={"SecretValues": [], "Errors": []},
        member="Errors",
        refused=[
            {"SecretId": each, "ErrorCode": DENIED, "Message": messages[each]} for each in ids if each in messages
        ],
    )


def _is_of(decision: Decision, ids: object) -> bool:
    """Return whether a decision is about reading one of the secrets, and of no other kind."""
    request = decision.request
    return request.action == READ and isinstance(ids, list) and any(each in ids for each in _names(request.resource))


def _names(arn: str) -> list[str]:
    """Return what a request can call the secret of an ARN: it, or the name, which AWS extends by six characters."""
    found = SECRET.fullmatch(arn)
    return [arn, arn.partition(":secret:")[2], *([found[1]] if found else [])]


def _of_tags(request: AwsRequest, denied: Sequence[Decision]) -> RestOfList:
    messages = {each.request.resource: denial(each) for each in denied}
    given = json.loads(request.body)
    arns = [str(each) for each in given["ResourceARNList"]]
    return RestOfList(
        request=_with(request, given, "ResourceARNList", [each for each in arns if each not in messages]),
        empty={"FailedResourcesMap": {}},
        member="FailedResourcesMap",
        refused={
            each: {"StatusCode": 403, "ErrorCode": DENIED, "ErrorMessage": messages[each]}
            for each in arns
            if each in messages
        },
    )


def _with(request: AwsRequest, given: Mapping[str, Any], member: str, left: Sequence[str]) -> AwsRequest | None:
    if not left:
        return None
    body = json.dumps({**given, member: left}).encode()
    return replace(request, body=body, headers={**request.headers, "content-length": str(len(body))})
