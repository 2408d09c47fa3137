"""The overlay of Application Auto Scaling: checks, effects and activities; moto does the rest."""

import json
from functools import partial
from typing import cast

from localcloud.autoscaling.activities import DIMENSION
from localcloud.autoscaling.checks import check_policy, check_scheduled_action
from localcloud.autoscaling.engine import Scaling
from localcloud.autoscaling.records import Registered, registered, scheduled_names
from localcloud.autoscaling.requests import ScalingRequest
from localcloud.autoscaling.scheduled import ScheduledScaling
from localcloud.autoscaling.services import EcsServices
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse, json_response

DEFAULT_PAGE = 50
SCHEDULING = {"PutScheduledAction", "DeleteScheduledAction", "RegisterScalableTarget", "DeregisterScalableTarget"}
"""Operations that may change when the next scheduled action is due."""


class ScalableTargets:
    """Handles namespace `ecs`; moto handles the others."""

    def __init__(self, host: Host, services: EcsServices, scaling: Scaling, scheduled: ScheduledScaling) -> None:
        self._host = host
        self._services = services
        self._scaling = scaling
        self._scheduled = scheduled
        self._model = RequestModel("application-autoscaling")

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Answer a request, or leave it to moto. Errors: AwsError."""
        wire = cast("ScalingRequest", self._model.read(request))
        if request.operation.startswith("Describe"):
            _token(wire)
        if wire.get("ServiceNamespace") != "ecs":
            return None
        match request.operation:
            case "RegisterScalableTarget":
                self._check_target(wire, await self._registered(wire))
            case "PutScalingPolicy":
                await self._check_registered(wire)
                check_policy(wire)
            case "PutScheduledAction":
                await self._check_registered(wire)
                check_scheduled_action(wire)
            case "DeleteScheduledAction":
                await self._check_scheduled_exists(wire)
            case "DescribeScalingActivities":
                return self._describe_activities(wire)
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Apply a new range or schedule immediately."""
        wire: ScalingRequest = json.loads(
            request.body or b"{}"
        )  # valid: `handle` refuses a body that is not a JSON object
        if wire.get("ServiceNamespace") != "ecs" or response.status >= 400:
            return response
        if request.operation == "RegisterScalableTarget":
            self._scaling.range_changed(_resource(wire))
        if request.operation in SCHEDULING:
            self._scheduled.changed()
        return response

    async def _registered(self, parameters: ScalingRequest) -> Registered | None:
        return await self._host.moto.run(partial(registered, self._host, _resource(parameters)))

    async def _check_registered(self, parameters: ScalingRequest) -> None:
        if await self._registered(parameters) is None:
            where = f"resource ID: {_resource(parameters)}, scalable dimension: {parameters.get('ScalableDimension')}"
            raise AwsError(
                "ObjectNotFoundException", f"No scalable target registered for service namespace: ecs, {where}"
            )

    async def _check_scheduled_exists(self, parameters: ScalingRequest) -> None:
        stored = await self._host.moto.run(partial(scheduled_names, self._host, _resource(parameters)))
        name = parameters.get("ScheduledActionName")
        if name not in stored:
            where = f"resource ID: {_resource(parameters)}, scalable dimension: {parameters.get('ScalableDimension')}"
            raise AwsError(
                "ObjectNotFoundException",
                f"No scheduled action found for service namespace: ecs, {where}, scheduled action name: {name}",
            )

    def _check_target(self, parameters: ScalingRequest, known: Registered | None) -> None:
        """Check a target as AWS does. Errors: AwsError ValidationException."""
        if self._services.capacity(_resource(parameters)) is None:
            raise AwsError("ValidationException", f"ECS service doesn't exist: {_resource(parameters)}")
        minimum = parameters.get("MinCapacity", known.target.minimum if known else None)
        maximum = parameters.get("MaxCapacity", known.target.maximum if known else None)
        if minimum is None or maximum is None:
            raise AwsError("ValidationException", "Both MinCapacity and MaxCapacity are required for a new target")
        if not 0 <= minimum <= maximum:
            raise AwsError(
                "ValidationException", f"Minimum capacity {minimum} should be from 0 to the maximum capacity {maximum}"
            )

    def _describe_activities(self, parameters: ScalingRequest) -> AwsResponse:
        if parameters.get("ScalableDimension", DIMENSION) != DIMENSION:
            raise AwsError("ValidationException", "Unsupported service namespace, resource type or scalable dimension")
        found = list(
            self._scaling.activities.of(
                parameters.get("ResourceId"), with_not_scaled=parameters.get("IncludeNotScaledActivities", False)
            )
        )
        begin = _token(parameters)
        end = begin + min(parameters.get("MaxResults") or DEFAULT_PAGE, DEFAULT_PAGE)
        response: dict[str, object] = {"ScalingActivities": [activity.wire() for activity in found[begin:end]]}
        if end < len(found):
            response["NextToken"] = str(end)
        return json_response(response)


def _resource(parameters: ScalingRequest) -> str:
    return str(parameters.get("ResourceId", ""))


def _token(parameters: ScalingRequest) -> int:
    token = str(parameters.get("NextToken") or "0")
    if not token.isdecimal():
        raise AwsError("InvalidNextTokenException", f"Invalid NextToken: {token}")
    return int(token)
