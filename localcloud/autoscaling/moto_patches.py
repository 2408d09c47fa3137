"""Patches moto's Application Auto Scaling: tags, policy updates that keep ARN and alarms, deregistration of policies.

localcloud/autoscaling/targets.py checks whether an ECS service exists.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, Unpack, cast

from localcloud.autoscaling.tracking_alarms import tracking_alarms
from localcloud.cloudwatch.moto_patches.alarms import put_metric
from localcloud.errors import AwsError
from localcloud.moto import patches
from localcloud.moto.patching import replace, wrap

if TYPE_CHECKING:
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeScalableTarget
    from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy as Policy
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
    from moto.cloudwatch.models import Alarm
    from types_boto3_application_autoscaling.type_defs import TargetTrackingScalingPolicyConfigurationTypeDef
    from types_boto3_cloudwatch.type_defs import PutMetricAlarmInputTypeDef

TAGS = "tags_of_targets"
NOT_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}
MOST_POLICIES = 10
"""How many policies DescribeScalingPolicies returns at once, and at most."""


@dataclass(frozen=True, kw_only=True)
class PolicyAlarm:
    """An alarm of a target tracking policy, as moto's responses name it."""

    name: str
    alarm_arn: str


class PutPolicy(TypedDict):
    """The arguments of moto's `put_scaling_policy`."""

    policy_name: str
    service_namespace: str
    resource_id: str
    scalable_dimension: str
    policy_body: dict[str, object] | None
    policy_type: str | None


def patch() -> None:
    """Patch moto, whose own ECS has none of our services and which stores no tags."""
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeApplicationAutoscalingPolicy
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

    patches.patch("monitoring")
    replace(ApplicationAutoScalingResponse, list_tags_for_resource, tag_resource, untag_resource)
    replace(ApplicationAutoScalingResponse, describe_scaling_policies)
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", _keeping_tags_of_new_targets)
    replace(ApplicationAutoscalingBackend, _ecs_service_exists_for_target)
    wrap(ApplicationAutoscalingBackend, "register_scalable_target", _completing_suspended_states)
    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", _keeping_updated_policies)
    wrap(ApplicationAutoscalingBackend, "deregister_scalable_target", _deleting_policies_of_targets)
    wrap(ApplicationAutoscalingBackend, "delete_scaling_policy", _refusing_unknown_policies)
    replace(FakeApplicationAutoscalingPolicy, _generate_ecs_alarms)


def _ecs_service_exists_for_target(_self: ApplicationAutoscalingBackend, _resource_id: str) -> bool:
    return True


def _generate_ecs_alarms(_self: Policy) -> list[Alarm]:
    """Create no alarms yet: they name the policy's ARN, which is not known before."""
    return []


def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    return json.dumps({"Tags": _tags(self, self._get_param("ResourceARN"))})


def tag_resource(self: ApplicationAutoScalingResponse) -> str:
    _tags(self, self._get_param("ResourceARN")).update(self._get_param("Tags") or {})
    return "{}"


def untag_resource(self: ApplicationAutoScalingResponse) -> str:
    tags = _tags(self, self._get_param("ResourceARN"))
    for key in self._get_param("TagKeys") or []:
        tags.pop(key, None)
    return "{}"


def describe_scaling_policies(self: ApplicationAutoScalingResponse) -> str:
    """Find policies by name and by the whole resource id: moto ignores names, and matches parts of ids."""
    from moto.applicationautoscaling.responses import _build_policy

    names = self._get_param("PolicyNames")
    place = {
        "service_namespace": self._get_param("ServiceNamespace"),
        "resource_id": self._get_param("ResourceId"),
        "scalable_dimension": self._get_param("ScalableDimension"),
    }
    found = [
        policy
        for policy in self.applicationautoscaling_backend.policies.values()
        if (not names or policy.policy_name in names)
        and all(value is None or getattr(policy, name) == value for name, value in place.items())
    ]
    begin = int(self._get_param("NextToken") or 0)
    end = begin + min(self._get_param("MaxResults") or MOST_POLICIES, MOST_POLICIES)
    response: dict[str, object] = {"ScalingPolicies": [_build_policy(policy) for policy in found[begin:end]]}
    if end < len(found):
        response["NextToken"] = str(end)
    return json.dumps(response)


def _keeping_tags_of_new_targets(
    register: Callable[[ApplicationAutoScalingResponse], str],
) -> Callable[[ApplicationAutoScalingResponse], str]:
    def register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
        response = register(self)
        _tags(self, json.loads(response)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return response

    return register_scalable_target


def _completing_suspended_states(register: Callable[..., FakeScalableTarget]) -> Callable[..., FakeScalableTarget]:
    """State for each activity whether it is suspended, as AWS does; moto returns only what was requested."""

    def register_scalable_target(
        self: ApplicationAutoscalingBackend, *place: str, **given: object
    ) -> FakeScalableTarget:
        target = register(self, *place, **given)
        target.suspended_state = NOT_SUSPENDED | (target.suspended_state or {})  # type: ignore[operator,assignment]
        return target

    return register_scalable_target


def _tags(answering: ApplicationAutoScalingResponse, arn: str) -> dict[str, str]:
    """Return the modifiable tags of an existing target. Errors: ResourceNotFoundException."""
    backend = answering.applicationautoscaling_backend
    if not any(target.arn == arn for targets in backend.targets.values() for target in targets.values()):
        raise AwsError("ResourceNotFoundException", f"The specified resource doesn't exist: {arn}")
    known: dict[str, dict[str, str]] = backend.__dict__.setdefault(TAGS, {})
    return known.setdefault(arn, {})


def _keeping_updated_policies(put: Callable[..., Policy]) -> Callable[..., Policy]:
    """Keep a policy's ARN and alarms on update: moto creates another policy and leaves the old one's alarms."""

    def put_scaling_policy(self: ApplicationAutoscalingBackend, **given: Unpack[PutPolicy]) -> Policy:
        place = given["service_namespace"], given["resource_id"], given["scalable_dimension"]
        old = self.policies.get(_key(*place, given["policy_name"]))
        policy = put(self, **given)
        if old is not None:
            policy._guid, policy.policy_arn, policy.creation_time = old._guid, old.policy_arn, old.creation_time
        if policy.service_namespace == "ecs":
            alarms = _alarms(self, policy, [alarm.name for alarm in old.alarms] if old else [])
            policy.alarms = cast("list[Alarm]", alarms)
        return policy

    return put_scaling_policy


def _alarms(backend: ApplicationAutoscalingBackend, policy: Policy, old_names: list[str]) -> list[PolicyAlarm]:
    """Create the alarms of a target tracking policy, under their existing names if there are any."""
    from moto.cloudwatch.models import cloudwatch_backends

    cloudwatch = cloudwatch_backends[backend.account_id][backend.region_name]
    if policy.policy_type != "TargetTrackingScaling":
        cloudwatch.delete_alarms(old_names)
        return []
    old = {kind: name for name in old_names for kind in ("AlarmHigh", "AlarmLow") if f"-{kind}-" in name}
    configuration = cast(
        "TargetTrackingScalingPolicyConfigurationTypeDef", policy.target_tracking_scaling_policy_configuration
    )
    action = f"{policy.policy_arn}:createdBy/{policy._guid}"
    alarms = []
    for kind, settings in tracking_alarms(configuration, policy.resource_id, action).items():
        name = old.get(kind, f"TargetTracking-{policy.resource_id}-{kind}-{uuid.uuid4()}")
        alarm = put_metric(cloudwatch, cast("PutMetricAlarmInputTypeDef", {**settings, "AlarmName": name}))
        alarms.append(PolicyAlarm(name=name, alarm_arn=alarm.arn))
    return alarms


def _deleting_policies_of_targets(deregister: Callable[..., None]) -> Callable[..., None]:
    """Remove a target's policies and scheduled actions when it is deregistered."""

    def deregister_scalable_target(
        self: ApplicationAutoscalingBackend, namespace: str, r_id: str, dimension: str
    ) -> None:
        if r_id not in self.targets.get(dimension, {}):
            where = f"service namespace: {namespace}, resource ID: {r_id}, scalable dimension: {dimension}"
            raise AwsError("ObjectNotFoundException", f"No scalable target found for {where}")
        deregister(self, namespace, r_id, dimension)
        own = [p for p in self.policies.values() if (p.resource_id, p.scalable_dimension) == (r_id, dimension)]
        for policy in own:
            self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
        self.scheduled_actions = [
            each for each in self.scheduled_actions if (each.resource_id, each.scalable_dimension) != (r_id, dimension)
        ]

    return deregister_scalable_target


def _refusing_unknown_policies(delete: Callable[..., None]) -> Callable[..., None]:
    """Refuse unknown policies as AWS does; moto returns ValidationException."""

    def delete_scaling_policy(
        self: ApplicationAutoscalingBackend,
        policy_name: str,
        service_namespace: str,
        resource_id: str,
        scalable_dimension: str,
    ) -> None:
        if _key(service_namespace, resource_id, scalable_dimension, policy_name) not in self.policies:
            where = f"resource ID: {resource_id}, scalable dimension: {scalable_dimension}, policy name: {policy_name}"
            raise AwsError(
                "ObjectNotFoundException",
                f"No scaling policy found for service namespace: {service_namespace}, {where}",
            )
        delete(
            self,
            policy_name=policy_name,
            service_namespace=service_namespace,
            resource_id=resource_id,
            scalable_dimension=scalable_dimension,
        )

    return delete_scaling_policy


def _key(service_namespace: str, resource_id: str, scalable_dimension: str, policy_name: str) -> str:
    from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy

    return FakeApplicationAutoscalingPolicy.formulate_key(
        service_namespace, resource_id, scalable_dimension, policy_name
    )
