"""Resource policies, and subscription destinations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localcloud.cloudwatch.logs.operations.account import Account, Call, Operation, Response, invalid, without_none
from localcloud.cloudwatch.logs.operations.pages import page
from localcloud.cloudwatch.logs.operations.tags import check_tags
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend


MOST_POLICIES = 10
TARGETS = ("kinesis", "firehose")


class LogPolicies:
    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: dict[str, Operation] = {
            "PutResourcePolicy": self._put_policy,
            "DescribeResourcePolicies": self._describe_policies,
            "DeleteResourcePolicy": self._delete_policy,
            "PutDestination": self._put_destination,
            "DescribeDestinations": self._describe_destinations,
            "DeleteDestination": self._delete_destination,
            "PutDestinationPolicy": self._put_destination_policy,
        }

    async def _put_policy(self, call: Call) -> Response:
        name, document = self._named_policy(call), call.parameters.get("policyDocument")
        if document is None or not _is_object(document):
            raise invalid("The policy document is not a JSON object.")

        def put(backend: LogsBackend) -> Response:
            if name not in backend.resource_policies and len(backend.resource_policies) >= MOST_POLICIES:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            return _policy(backend.put_resource_policy(name, document))

        return {"resourcePolicy": await self._account.change(call.region, put)}

    async def _describe_policies(self, call: Call) -> Response:
        self._check_resources(call)
        if call.parameters.get("policyScope") == "RESOURCE":
            return {"resourcePolicies": []}
        found = await self._account.look(
            call.region, lambda backend: [_policy(each) for each in backend.resource_policies.values()]
        )
        return page(call, "resourcePolicies", found, key=lambda each: each["policyName"])

    async def _delete_policy(self, call: Call) -> Response:
        name = self._named_policy(call)

        def delete(backend: LogsBackend) -> None:
            if backend.resource_policies.pop(name, None) is None:
                raise AwsError("ResourceNotFoundException", f"Policy with name [{name}] does not exist.")

        await self._account.change(call.region, delete)
        return {}

    def _named_policy(self, call: Call) -> str:
        self._check_resources(call)
        name = call.parameters.get("policyName")
        if not name:
            raise invalid("The policy name is required.")
        return str(name)

    def _check_resources(self, call: Call) -> None:
        if call.parameters.get("resourceArn"):
            raise AwsError(
                "InvalidAction",
                f"{call.operation}: this local cloud does not offer policies of a single log group",
                501,
            )

    async def _put_destination(self, call: Call) -> Response:
        """Create a destination; an existing one of this name gets the new target and role."""
        parameters = call.parameters
        tags = parameters.get("tags") or {}
        check_tags(tags)
        if _service(parameters["targetArn"]) not in TARGETS:
            raise invalid(f"The target {parameters['targetArn']} is not a Kinesis or Firehose stream.")

        def put(backend: LogsBackend) -> Response:
            made = backend.put_destination(
                parameters["destinationName"], parameters["roleArn"], parameters["targetArn"], tags
            )
            return without_none(made.to_dict())

        return {"destination": await self._account.change(call.region, put)}

    async def _describe_destinations(self, call: Call) -> Response:
        prefix = call.parameters.get("DestinationNamePrefix", "")

        def describe(backend: LogsBackend) -> list[Response]:
            found = [without_none(each.to_dict()) for each in backend.destinations.values()]
            return [each for each in found if each["destinationName"].startswith(prefix)]

        found = await self._account.look(call.region, describe)
        return page(call, "destinations", found, key=lambda each: each["destinationName"])

    async def _delete_destination(self, call: Call) -> Response:
        def delete(backend: LogsBackend) -> None:
            arn = _destination(backend, call).arn
            backend.tagger.delete_all_tags_for_resource(arn)
            del backend.destinations[arn]

        await self._account.change(call.region, delete)
        return {}

    async def _put_destination_policy(self, call: Call) -> Response:
        if not _is_object(call.parameters["accessPolicy"]):
            raise invalid("The access policy is not a JSON object.")

        def put(backend: LogsBackend) -> None:
            _destination(backend, call).access_policy = call.parameters["accessPolicy"]

        await self._account.change(call.region, put)
        return {}


def _destination(backend: LogsBackend, call: Call) -> Any:
    name = call.parameters["destinationName"]
    for each in backend.destinations.values():
        if each.destination_name == name:
            return each
    raise AwsError("ResourceNotFoundException", "The specified destination does not exist.")


def _policy(policy: Any) -> Response:
    described: Response = policy.describe()
    return described | {"policyScope": "ACCOUNT"}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _service(arn: str) -> str:
    return (arn.split(":") + [""] * 3)[2]
